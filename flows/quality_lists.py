"""Whom to mend and whom to ask: records with values that cannot be used, and values that nobody has confirmed for long.

Room: flows. Lists go by department and, where the mapping names `owner`, by the colleague who is responsible for the
record in its system. Values are personal: masked where asked, and a file is made with mode 0600.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from flows.export import ExportImpossible, cell, private_file
from flows.hub import ConfiguredSystem, Hub
from flows.profile_view import Show, instant
from flows.quality_measure import PAGE, Stale, grade_backlog, stale_page
from golden_record.store import grades, source_records
from golden_record.store.grades import GradedRecord
from golden_record.store.source_records import Shadow
from mapping.grades import NOTED, Grade, read_grades
from mapping.issue_words import STALE, words_of
from mapping.pull import pull
from mapping.system_path import Absent
from mapping.values import FieldValue, MappingError

Kind = Literal["mend", "verify"]
LEAST_READ: Final = 60
"""Records that one look into the store reads at least."""
COLUMNS: Final = (
    *("kind", "department", "owner", "system", "stream", "id", "entity", "profile_id"),
    *("field", "codes", "value", "confirmed_at", "what_en", "what_zh"),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records are listed; empty means all. *owner* as the system names the colleague."""

    kinds: Collection[Kind] = ("mend", "verify")
    systems: Collection[str] = ()
    departments: Collection[str] = ()
    owners: Collection[str] = ()
    fields: Collection[str] = ()

    def takes(self, item: Mapping[str, Any]) -> bool:
        """Whether an item passes."""
        return (
            (not self.departments or item["department"] in self.departments)
            and (not self.owners or item["owner"] in self.owners)
            and (not self.fields or item["field"] in self.fields)
        )

    def reads(self, system: str) -> bool:
        """Whether a system's records are looked at."""
        return not self.systems or system in self.systems


@dataclass(slots=True)
class Listing:
    """A page: *items*, and the cursor behind the last one, None at the end."""

    items: list[dict[str, Any]] = field(default_factory=list)
    next: str | None = None


def quality_list(  # noqa: PLR0913 (which page, shown how)
    hub: Hub, wanted: Filter, show: Show, *, after: str | None, limit: int, most_looks: int | None = None
) -> dict[str, Any]:
    """Return a page of items: `{"items": [...], "next"}`; an item is one field of one record.

    Every field of a record (of a profile, for stale ones) stands on one page, so that a page may hold a few items more
    than *limit*. *most_looks*: stop after so many looks into the store, with fewer items or none and the cursor from
    which to go on: so a page costs the same however seldom something passes.

    Raises:
        ValueError: *after* is no cursor of this list.
    """
    page = Listing()
    looks = 0
    for cursor, item in _items(
        hub, wanted, show, after or "", min(PAGE, max(limit, LEAST_READ)) if most_looks else PAGE
    ):
        if len(page.items) >= limit and cursor != page.next:
            return {"items": page.items, "next": page.next}
        page.next = cursor
        if item is not None:
            page.items.append(item)
            continue
        looks += 1
        if looks == most_looks:
            return {"items": page.items, "next": page.next}
    return {"items": page.items, "next": None}


def export_list(hub: Hub, wanted: Filter, show: Show, file: Path) -> int:
    """Write the whole list as CSV (with a byte-order mark, so that Excel reads Chinese); return how many items.

    Raises:
        ExportImpossible: the file cannot be written; nothing was.
    """
    return write_csv(file, COLUMNS, (item for _cursor, item in _items(hub, wanted, show, "", PAGE) if item))


def write_csv(file: Path, columns: Sequence[str], items: Iterator[dict[str, Any]]) -> int:
    """Write items as rows, mode 0600; the file appears when it is whole.

    Raises:
        ExportImpossible: the file cannot be written; nothing was.
    """
    part = file.with_name(f".{file.name}.part")
    count = 0
    try:
        with private_file(part, "utf-8-sig") as out:
            rows = csv.writer(out)
            rows.writerow(columns)
            for count, item in enumerate(items, 1):  # noqa: B007 (the last number is the count)
                rows.writerow([cell(item.get(name)) for name in columns])
        part.replace(file)
    except OSError as wrong:
        raise ExportImpossible(f"{file} cannot be written: {wrong.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return count


Found = Iterator[tuple[str, dict[str, Any] | None]]
"""(cursor, item); no item: so far was looked, and the store is looked into again next."""


def _items(hub: Hub, wanted: Filter, show: Show, after: str, size: int) -> Found:
    """Iterate over records to mend in the order of their refs, then stale ones by profile; *size* of a look."""
    kind, _, place = after.partition(":")
    if after and (kind not in ("m", "v") or not place):
        raise ValueError(after)
    if "mend" in wanted.kinds and kind != "v":
        yield from _to_mend(hub, wanted, show, bytes.fromhex(place) if kind == "m" else b"", size)
    if "verify" in wanted.kinds:
        yield from _to_verify(hub, wanted, show, place if kind == "v" else "", size)


# -------------------------------------------------------------------------------------------------- mending


def _to_mend(hub: Hub, wanted: Filter, show: Show, after: bytes, size: int) -> Found:
    grade_backlog(hub, [system for system in hub.systems.values() if wanted.reads(system.name)])
    with hub.store.read() as connection:
        bad = {
            one.grade_id: read_grades(one.marks)
            for one in grades.counted(connection)
            if one.system in hub.systems
            and wanted.reads(one.system)
            and any(grade.to_mend for grade in read_grades(one.marks).values())
        }
    while bad:
        with hub.store.read() as connection:
            page = grades.having(connection, bad, after, size)
            shadows = source_records.shadows(connection, hub.store.vault, {one.source_ref for one in page})
        for record in page:
            shadow = shadows.get(record.source_ref)
            for item in _mend_items(hub, record, shadow, bad[record.grade], show) if shadow else ():
                if wanted.takes(item):
                    yield f"m:{record.ref.hex()}", item
        if len(page) < size:
            return
        after = page[-1].ref
        yield f"m:{after.hex()}", None


def _mend_items(
    hub: Hub, record: GradedRecord, shadow: Shadow, marks: Mapping[str, Grade], show: Show
) -> Iterator[dict[str, Any]]:
    system = hub.systems[record.system]
    values = _values_of(system, record, shadow)
    for name, grade in marks.items():
        if not grade.to_mend:
            continue
        codes = [*grade.codes, *(["placeholder"] if grade.placeholder else [])]
        shown = [show(record.entity, name, value.raw if isinstance(value.raw, str) else value.value)
                 for value in values.get(name, ()) if _is_bad(value)]  # fmt: skip
        yield _item("mend", hub, record, shadow, name) | {
            "codes": codes,
            "value": shown,
            "confirmed_at": None,
            "what_en": "; ".join(words_of(code).en for code in codes),
            "what_zh": "；".join(words_of(code).zh for code in codes),
        }


def _is_bad(value: FieldValue) -> bool:
    return not value.valid or bool((NOTED | {"placeholder"}).intersection(value.issues))


def _values_of(system: ConfiguredSystem, record: GradedRecord, shadow: Shadow) -> dict[str, list[FieldValue]]:
    mapping = system.mappings.get(record.stream)
    if mapping is None:
        return {}
    try:
        made = pull(mapping, shadow.payload)
    except MappingError:
        return {}
    emitted = next((one for one in made.emits if one.emit == record.ref[-1]), None)
    return {name: [slot.value for slot in state.values] for name, state in emitted.fields.items()} if emitted else {}


# ------------------------------------------------------------------------------------------------ verifying


def items_to_verify(hub: Hub, wanted: Filter, show: Show, after: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Iterate over (cursor, item) of stale values, in order of profile id, behind *after*."""
    for cursor, item in _to_verify(hub, wanted, show, after, PAGE):
        if item is not None:
            yield cursor, item


def _to_verify(hub: Hub, wanted: Filter, show: Show, after: str, size: int) -> Found:
    last: str | None = after
    while last is not None:
        stale, last = stale_page(hub, last, size)
        page = [one for one in stale if one.row.system in hub.systems and wanted.reads(one.row.system)]
        with hub.store.read() as connection:
            shadows = source_records.shadows(connection, hub.store.vault, {one.row.source_ref for one in page})
        for one in page:
            item = _verify_item(hub, one, shadows.get(one.row.source_ref), show)
            if wanted.takes(item):
                yield f"v:{one.row.profile_id or ''}", item
        if last is not None:
            yield f"v:{last}", None


def _verify_item(hub: Hub, one: Stale, shadow: Shadow | None, show: Show) -> dict[str, Any]:
    row = one.row
    place = (row.system, row.stream, row.record_id, row.entity, row.profile_id or "", b"")
    record = GradedRecord(row.ref, row.source_ref, *place)
    shown = [show(row.entity, one.field, element.value) for _slot, element in row.body.histories[one.field][-1].shown]
    return _item("verify", hub, record, shadow, one.field) | {
        "codes": ["stale"],
        "value": shown,
        "confirmed_at": instant(datetime.fromtimestamp(one.at / 1000, UTC)),
        "what_en": STALE.en,
        "what_zh": STALE.zh,
    }


# ----------------------------------------------------------------------------------------------- both lists


def _item(kind: Kind, hub: Hub, record: GradedRecord, shadow: Shadow | None, name: str) -> dict[str, Any]:
    system = hub.systems[record.system]
    return {
        "kind": kind,
        "department": system.config.department,
        "owner": owner_of(system, record.stream, shadow.payload) if shadow else None,
        "system": record.system,
        "stream": record.stream,
        "id": record.record_id,
        "entity": record.entity,
        "profile_id": record.profile_id,
        "field": name,
    }


def owner_of(system: ConfiguredSystem, stream: str, payload: Mapping[str, Any]) -> str | None:
    """Return the colleague who is responsible for a record in its system, as the system names them; None if nobody."""
    mapping = system.mappings.get(stream)
    if mapping is None or mapping.owner is None:
        return None
    found = mapping.owner.read(payload)
    if isinstance(found, Sequence) and not isinstance(found, str):
        found = found[0] if found else None
    return str(found) if not isinstance(found, Absent | Mapping | None) and found != "" else None
