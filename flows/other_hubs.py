"""Does another hub write into the same system? Told by binding ids that this one never minted.

Room: flows. Two hubs on one CRM would each take the other's writes for people's edits and make second records. So the
first sign stops the writing there; reading goes on. A store that was set back to a backup has forgotten ids of its own:
they carry its key's tag, and those minted before the restore are its own (docs/decisions/0033-other-hubs.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from connectors.errors import StopSystem
from flows.hub import ConfiguredSystem, Hub
from golden_record.binding_ids import is_ours, minted_at, read
from golden_record.errors import NotDecidable
from golden_record.store import act_notes, marks, outbox, runs

RESTORED = "restored"
"""The mark of when the store was last made from a backup."""
ANOTHER, TWIN = "another_hub", "twin_hub"
FOR_GOOD = datetime.max.replace(tzinfo=UTC)


class OtherHub(StopSystem):
    """Somebody else's marks stand in the system's records: nothing is written there until a person has looked."""

    def __init__(self, system: str, found: Mapping[str, str]) -> None:
        who = "another hub" if found["kind"] == ANOTHER else "a second hub with this project's key"
        super().__init__(
            f"{who} seems to write here: record {found['stream']}/{found['record_id']} carries binding id "
            f"{found['binding_id']}, which this store never minted; nothing is written",
            system=system,
            code=found["kind"],
            cure="Stop the other hub, or set its push.mode to report. Where it is stopped, or this store was set "
            f"back to a backup: `crmhub systems adopt {system} --reason …`.",
        )


def look_at(hub: Hub, system: ConfiguredSystem, stream: str, records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Note the first record, of (id, record), that carries a mark which is none of this store's."""
    names = _binding_fields(system)
    found = {mark: record_id for record_id, record in records for mark in _marks(record, names)}
    if not found:
        return
    with hub.store.read() as connection:
        strange = found.keys() - outbox.known_bindings(connection, found)
        if not strange:
            return
        adopted, known = _own_until(hub, connection, system.name)
    keyed = hub.store.vault.digest_bytes
    for mark in sorted(strange):
        ours = is_ours(keyed, mark)
        if minted_at(mark) > (max(adopted, known) if ours else adopted):
            said = {"kind": TWIN if ours else ANOTHER, "stream": stream, "record_id": found[mark], "binding_id": mark}
            with hub.store.write() as connection:
                marks.save(connection, hub.store.vault, {_mark(system.name): json.dumps(said)})
            return


def heed_other_hub(hub: Hub, system: str) -> None:
    """Go on only if no other hub was seen to write into the system.

    Raises:
        OtherHub: one was.
    """
    found = seen_in(hub, system)
    if found is not None:
        raise OtherHub(system, found)


def seen_in(hub: Hub, system: str) -> dict[str, str] | None:
    """Return the sign of another hub in a system; None where there is none, or a person has adopted it."""
    with hub.store.read() as connection:
        said = marks.load(connection, hub.store.vault, [_mark(system)]).get(_mark(system))
    return json.loads(said) if said else None


def adopt(hub: Hub, system: str, *, author: str, reason: str, for_good: bool) -> None:
    """Take every mark that was minted until now for one of no living hub; writing goes on.

    *for_good*: those to come as well: ids of another program that happen to look like these.

    Raises:
        NotDecidable: no other hub was seen there.
    """
    if seen_in(hub, system) is None and not for_good:
        raise NotDecidable(f"no other hub was seen in {system}", "There is nothing to adopt")
    until = FOR_GOOD if for_good else hub.now()
    with hub.store.write() as connection:
        marks.save(connection, hub.store.vault, {_adopted(system): until.isoformat(), _mark(system): ""})
        facts: dict[str, Any] = {"system": system, "reason": reason, "for_good": for_good}
        act_notes.note(connection, hub.store.vault, "system.adopted", who=author, at=hub.now(), **facts)


def _own_until(hub: Hub, connection: sa.Connection, system: str) -> tuple[datetime, datetime]:
    """Return until when foreign marks are adopted, and until when own ones may have been forgotten."""
    said = marks.load(connection, hub.store.vault, [_adopted(system), RESTORED])
    earliest = datetime.min.replace(tzinfo=UTC)
    until = {name: datetime.fromisoformat(text) for name, text in said.items()}
    restored, begun = until.get(RESTORED, earliest), runs.first_start(connection)
    return until.get(_adopted(system), earliest), max(restored, begun or earliest)


def _binding_fields(system: ConfiguredSystem) -> list[str]:
    names = type(system.settings).model_fields
    return [
        str(getattr(system.settings, name)) for name in names if name == "binding" or name.endswith("binding_field")
    ]


def _marks(record: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        for place in (record, *(record.get(group) for group in ("cf", "custom_fields", "cf_"))):
            mark = read(place.get(name)) if isinstance(place, Mapping) else None
            if mark is not None:
                yield mark


def _mark(system: str) -> str:
    return f"other_hub:{system}"


def _adopted(system: str) -> str:
    return f"adopted:{system}"
