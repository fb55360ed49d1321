"""Whose record is it? The true customer behind every record, for scoring the hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored
    from connectors.sandboxes.contract import Sandbox

Entry = dict[str, str | None]
Owners = Mapping[tuple[str, str], set[str]]
"""(entity, identity text) -> the customers whose records show that text."""


def truth(sandboxes: Iterable[Sandbox], *, deleted: bool = False) -> list[Entry]:
    """Return one entry per entity of every record; records that are gone only where *deleted* is set.

    A record that the population made carries its customer. Any other carries the one customer that all its identity
    texts (those that the population knows) point to; None where they point to several or to nobody.
    """
    held = [(sandbox, one) for sandbox in sandboxes for one in _records(sandbox) if deleted or one.deleted_at is None]
    entities = _entities(held)
    known = _owners(held) if any(not one.customers for _, one in held) else {}
    entries: list[Entry] = []
    for sandbox, one in held:
        customers = one.customers or _told(
            sandbox, one, entities.get((sandbox.name, one.stream)) or _only(sandbox, one), known
        )
        entries += [
            {"system": sandbox.name, "stream": one.stream, "id": one.record_id, "entity": entity, "customer": customer}
            for entity, customer in customers.items()
        ]
    return entries


def _records(sandbox: Sandbox) -> Iterator[Stored]:
    for stream in sandbox.book.streams():
        yield from sandbox.book.all(stream)


def _entities(held: Iterable[tuple[Sandbox, Stored]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """What a stream's records hold, learnt from those of the population."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for sandbox, one in held:
        found.setdefault((sandbox.name, one.stream), {}).update(dict.fromkeys(one.customers))
    return {stream: tuple(entities) for stream, entities in found.items() if entities}


def _only(sandbox: Sandbox, one: Stored) -> tuple[str, ...]:
    """What a stream's records hold where the population has none there."""
    return ("company",) if one.stream in sandbox.company_streams else ("person",)


def _owners(held: Iterable[tuple[Sandbox, Stored]]) -> Owners:
    owners: dict[tuple[str, str], set[str]] = {}
    for sandbox, one in held:
        if not one.customers:
            continue
        typed_first = {name: new for name, (_, new) in one.history[0].fields.items()} if one.history else {}
        for text in {*_texts(sandbox, one.stream, typed_first), *_texts(sandbox, one.stream, one.values)}:
            for entity, customer in one.customers.items():
                owners.setdefault((entity, text), set()).add(customer)
    return owners


def _texts(sandbox: Sandbox, stream: str, values: Mapping[str, object]) -> set[str]:
    return {text for text in sandbox.identity_of(stream, values) if text}


def _told(sandbox: Sandbox, one: Stored, entities: Iterable[str], known: Owners) -> dict[str, str | None]:
    texts = _texts(sandbox, one.stream, one.values)
    told: dict[str, str | None] = {}
    for entity in entities:
        pointed_to = [known[entity, text] for text in texts if (entity, text) in known]
        agreed = set.intersection(*pointed_to) if pointed_to else set()
        told[entity] = agreed.pop() if len(agreed) == 1 else None
    return told
