"""Measure the quality of the data: how each field of each stream is filled, and keep it for the trend.

Room: flows. Counting grades is one query of the database, so every sync that changed something does it. What is stale
depends on the day and takes a look into every profile: `crmhub quality` does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from ulid import ULID

from flows.hub import ConfiguredSystem, Hub, grader
from golden_record.freshness import VERIFIED_AT, confirmed, stale_in, stale_keys, verified_at
from golden_record.store import grades, profiles, source_records
from golden_record.store import normalised_records as records
from golden_record.store.grades import Counted, Graded, Measure
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.survive import Voice
from mapping.grades import read_grades
from mapping.pull import pull
from mapping.values import MappingError

COUNTS: Final = ("filled", "valid", "invalid", "corrected", "placeholder")
"""What is counted of grades; `stale` and `disputed` come beside."""
PAGE: Final = 500

Counts = dict[str, Any]
"""`system/stream/entity` -> {"records": n, "fields": {field: {count: n}}}."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A field of a living record that shows a value which nobody has confirmed for long; *at* in ms since 1970."""

    row: NormalisedRow
    field: str
    at: int


def measure(hub: Hub, *, stale: bool) -> Counts:
    """Count how the fields of all living records are filled; *stale* values too, which opens every profile."""
    with hub.store.read() as connection:
        found = grades.counted(connection)
        disputed = grades.disputed(connection)
    counts = count_grades(one for one in found if one.system in hub.systems)
    for (system, stream, entity, field), number in disputed.items():
        _add(counts, f"{system}/{stream}/{entity}", field, "disputed", number)
    if stale:
        for entity, name, _days in aging_fields(hub):
            for key, one in counts.items():
                if key.endswith(f"/{entity}") and name in one["fields"]:
                    one["fields"][name]["stale"] = 0
        for each in stale_fields(hub):
            _add(counts, f"{each.row.system}/{each.row.stream}/{each.row.entity}", each.field, "stale", 1)
    return counts


def measure_and_keep(hub: Hub, run_id: str | None, *, stale: bool) -> Counts:
    """Measure, and keep it under a run (None: one of its own) for the trend."""
    counts = measure(hub, stale=stale)
    with hub.store.write() as connection:
        grades.keep_measure(connection, Measure(run_id or str(ULID()), hub.now(), counts))
    return counts


def count_grades(found: Iterable[Counted]) -> Counts:
    """Sum up grades by stream and field."""
    counts: Counts = {}
    for one in found:
        key = f"{one.system}/{one.stream}/{one.entity}"
        place = counts.setdefault(key, {"records": 0, "fields": {}})
        place["records"] += one.records
        for name, grade in read_grades(one.marks).items():
            field = place["fields"].setdefault(name, dict.fromkeys((*COUNTS, "disputed"), 0))
            marks = {
                "filled": grade.filled,
                "valid": grade.filled and not grade.invalid,
                "invalid": grade.invalid,
                "corrected": grade.corrected,
                "placeholder": grade.placeholder,
            }
            for count, holds in marks.items():
                field[count] += one.records if holds else 0
    return counts


def _add(counts: Counts, key: str, field: str, count: str, number: int) -> None:
    """Add to a count of a field that its stream carries; of others nothing is shown."""
    fields = counts.get(key, {}).get("fields", {})
    if field in fields:
        fields[field][count] = fields[field].get(count, 0) + number


# ------------------------------------------------------------------------------------------------- backlog


def grade_backlog(hub: Hub, systems: Iterable[ConfiguredSystem]) -> int:
    """Grade records that were landed before the store knew of grades; return how many. Can be stopped and goes on."""
    done = 0
    for system in systems:
        for stream in system.mappings:
            while part := _grade_some(hub, system, stream):
                done += part
    return done


def _grade_some(hub: Hub, system: ConfiguredSystem, stream: str) -> int:
    mapping = system.mappings[stream]
    grade = grader(mapping)
    with hub.store.write() as connection:
        waiting = grades.not_graded(connection, system.name, stream, PAGE)
        shadows = source_records.shadows(connection, hub.store.vault, {source for _ref, source in waiting})
        graded = Graded(hub.store.vault, system.name, stream)
        found: dict[bytes, bytes] = {}
        for ref, source in waiting:
            emitted = None
            if source in shadows:
                try:
                    made = pull(mapping, shadows[source].payload)
                except MappingError:
                    made = None
                emitted = next((one for one in made.emits if one.emit == ref[-1]), None) if made else None
            # What the mapping no longer emits has no fields: an empty grade keeps it from being asked for again.
            key = graded.add(emitted.entity if emitted else "", (grade(emitted) if emitted else None) or "")
            if key is not None:
                found[ref] = key
        graded.keep(connection)
        grades.set_grades(connection, found)
    return len(waiting)


# --------------------------------------------------------------------------------------------------- stale


def aging_fields(hub: Hub) -> list[tuple[str, str, int]]:
    """Return (entity, field, days) of the fields whose values get stale."""
    found = []
    for entity, name, shape in hub.project.profile.walk():
        days = shape.fresh_days()
        if days is not None:
            found.append((entity, name, days))
    return found


def stale_fields(hub: Hub, *, after: str = "") -> Iterator[Stale]:
    """Iterate over what is stale, profile by profile in order of id, behind *after*; a page is held at a time."""
    last: str | None = after
    while last is not None:
        found, last = stale_page(hub, last, PAGE)
        yield from found


def stale_page(hub: Hub, after: str, size: int) -> tuple[list[Stale], str | None]:
    """Return what is stale in the next *size* profiles behind *after*, and the last one; None: there are no more."""
    days: dict[str, dict[str, int]] = {}
    for entity, name, fresh in aging_fields(hub):
        days.setdefault(entity, {})[name] = fresh
    now = int(hub.now().timestamp() * 1000)
    if not days:
        return [], None
    with hub.store.read() as connection:
        page = profiles.page(connection, hub.store.vault, after, size, None)
        rows = records.of_profiles(connection, hub.store.vault, [one.profile_id for one in page])
    members: dict[str, list[NormalisedRow]] = {}
    for row in sorted(rows.values(), key=lambda one: one.key):
        members.setdefault(row.profile_id or "", []).append(row)
    found = [
        one
        for profile in page
        for one in _stale_of(hub, profile, members.get(profile.profile_id, []), days.get(profile.entity, {}), now)
    ]
    return found, page[-1].profile_id if len(page) == size else None


def _stale_of(hub: Hub, profile: Profile, rows: list[NormalisedRow], days: dict[str, int], now: int) -> Iterator[Stale]:
    policies = hub.rules.entities[profile.entity].policies if profile.entity in hub.rules.entities else {}
    verified = verified_at(profile.fields.get(VERIFIED_AT, ()), now)
    for name, fresh in days.items():
        if name not in profile.fields or name not in policies:
            continue
        voices = [
            Voice(row.key, row.system, "", row.body.histories[name]) for row in rows if row.body.histories.get(name)
        ]
        last = confirmed(profile.fields[name], profile.sources.get(name, ()), voices, policies[name], verified=verified)
        stale = stale_keys(last, fresh_days=fresh, now=now)
        for row in rows if stale else ():
            at = stale_in(row.body.histories.get(name, ()), stale) if row.state == "live" else None
            if at is not None:
                yield Stale(row, name, at)
