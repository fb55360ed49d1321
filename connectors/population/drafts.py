"""A record on its way: values, whose it is, and which true facts its values show.

The facts serve one end: to see that a customer's records can be told to be one by somebody who reads them, and to
tie most of those that noise has torn off.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connectors.population.contract import Kind
from connectors.population.happens import happens


@dataclass(slots=True)
class Draft:
    """One record; *facts*: entity -> what its values show of that entity beyond doubt."""

    system: str
    kind: Kind
    key: str
    customers: dict[str, str]
    values: dict[str, str | bool | list[str]]
    facts: dict[str, set[str]] = field(default_factory=dict)
    refers_to: str | None = None
    stale: bool = False


Repair = Callable[[Draft, str], None]
"""Write a fact into a draft, clean."""


def tie(  # noqa: PLR0913 (everything it decides by)
    chance: random.Random,
    drafts: Sequence[Draft],
    entity: str,
    solid: Sequence[str],
    repair: Repair,
    undecidable: float,
) -> None:
    """Give records that share no fact with the largest group of their customer's records one of its *solid* facts.

    Leaves a record alone with probability *undecidable*: such things happen.
    """
    found = groups(drafts, entity)
    if len(found) < 2:  # noqa: PLR2004 (one group: all are tied)
        return
    main, *torn_off = sorted(found, key=len, reverse=True)
    shown = set().union(*(one.facts[entity] for one in main))
    fact = next((one for one in solid if one in shown), None)
    for draft in (draft for group in torn_off for draft in group):
        if happens(chance, undecidable):
            continue
        if fact is None:
            fact = solid[0]
            _write(main[0], entity, fact, repair)
        _write(draft, entity, fact, repair)


def _write(draft: Draft, entity: str, fact: str, repair: Repair) -> None:
    repair(draft, fact)
    draft.facts[entity].add(fact)


def groups(drafts: Sequence[Draft], entity: str) -> list[list[Draft]]:
    """Split drafts into groups that hang together by shared facts."""
    apart_so_far: list[tuple[set[str], list[Draft]]] = []
    for draft in drafts:
        facts, members = set(draft.facts[entity]), [draft]
        apart = []
        for known, others in apart_so_far:
            if known & facts:
                facts |= known
                members = others + members
            else:
                apart.append((known, others))
        apart_so_far = [*apart, (facts, members)]
    return [members for _, members in apart_so_far]
