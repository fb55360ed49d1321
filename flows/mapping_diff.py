"""What an edited mapping would change, before it is in force: in records, in profiles, in planned writes.

Room: flows. Everything is done for real, on a copy of the store that is thrown away: the edited mapping reads the
stored records anew, profiles are resolved, writes are planned. Systems are only read, and only where a newly mapped
path asks for it, for a sample.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ulid import ULID

from connectors.errors import ConnectorError
from flows.hub import ConfiguredSystem, Hub, rules_of
from flows.mapping_versions import InForce, Key, load, put_in_force
from flows.plan import Intended
from flows.plan_json import field_json
from flows.planning import plan_now
from flows.profile_view import Show
from flows.project import Made
from flows.pull import read_records
from flows.rehearsal import rehearsed
from flows.tally import Tally
from golden_record.remapping import remap
from golden_record.resolution.resolve import resolve
from golden_record.store import profiles, source_records
from golden_record.store.engine import Store
from golden_record.store.profiles import Profile
from mapping.compile import CompiledMapping, compile_mapping
from mapping.field_types import registry as field_types
from mapping.language import StreamMapping
from mapping.mistakes import CuredError
from mapping.pull import pull
from mapping.values import Json, MappingError

_PAGE = 500


class NeverSynced(Exception):
    """Nothing was pulled of this stream yet, so there is nothing to compare with."""


@dataclass
class Difference:
    """What would change; each list holds at most *limit* items, as *show* shows them; the counts are of all."""

    show: Show
    limit: int
    records: int = 0
    to_fetch: int = 0
    fetched: int = 0
    paths: tuple[str, ...] = ()
    changed_records: int = 0
    by_field: Counter[str] = field(default_factory=Counter)
    record_items: list[dict[str, Any]] = field(default_factory=list)
    profiles: Counter[str] = field(default_factory=Counter)
    profile_items: list[dict[str, Any]] = field(default_factory=list)
    writes: Counter[str] = field(default_factory=Counter)
    write_items: list[dict[str, Any]] = field(default_factory=list)
    trouble: str = ""

    def __bool__(self) -> bool:
        """Whether anything would change."""
        return bool(self.changed_records or self.profiles.total() or self.writes.total() or self.to_fetch)

    def to_json(self) -> dict[str, Any]:
        """Return the shape of `mapping diff --json`."""
        return {
            "records": {
                "read_anew": self.records,
                "to_fetch": self.to_fetch,
                "fetched": self.fetched,
                "new_paths": list(self.paths),
                "changed": self.changed_records,
                "by_field": dict(sorted(self.by_field.items())),
                "items": self.record_items,
            },
            "profiles": self._counted(self.profiles, ("new", "changed", "gone"), self.profile_items),
            "writes": self._counted(self.writes, ("added", "changed", "dropped"), self.write_items),
            "trouble": self.trouble,
        }

    @staticmethod
    def _counted(counts: Counter[str], kinds: Sequence[str], items: list[dict[str, Any]]) -> dict[str, Any]:
        return {**{kind: counts[kind] for kind in kinds}, "items": items}


def mapping_diff(  # noqa: PLR0913 (what is compared, and how it is shown)
    hub: Hub,
    key: Key,
    edited: Made,
    show: Show,
    *,
    limit: int,
    fetch: int,
    phase: Callable[[str], None] = lambda _name: None,
) -> Difference:
    """Return what putting *edited* in force for the stream *key* would change.

    Args:
        hub: the project's hub; nothing in its store or systems is changed.
        key: (system, stream).
        edited: the mapping, written and compiled.
        show: how values are shown.
        limit: records, profiles and writes listed one by one, at most, of each kind.
        fetch: records read from the system at most, where newly mapped paths are not in the store.
        phase: is told what is done now: plan, copy, records, profiles, writes.

    Raises:
        NeverSynced: the stream was never synced.
    """
    remembered = load(hub.store, hub.project.mappings)
    before = _as_in_force(hub, remembered)
    if remembered.get(key, InForce()).mapping() is None:
        raise NeverSynced
    after = with_mappings(before, {key: edited})
    found = Difference(show, limit)
    phase("plan")
    writes_before = _writes(before)
    phase("copy")
    with rehearsed(after) as copy:
        put_in_force(copy.store, copy.project, copy.now())
        phase("records")
        _remap(copy, key, found, fetch)
        _compare_records(before, copy, key, found)
        phase("profiles")
        resolve(copy.store, copy.rules, str(ULID()), copy.now)
        compare_profiles(before.store, copy.store, found)
        phase("writes")
        _compare_writes(writes_before, _writes(copy), found)
    return found


def _as_in_force(hub: Hub, remembered: Mapping[Key, InForce]) -> Hub:
    """Return the hub with the mappings of the last sync; those edited since would only blur the picture."""
    made: dict[Key, Made] = {}
    for key, one in remembered.items():
        written = one.mapping()
        compiled = _compiled(hub, key, written) if written is not None else None
        if written is not None and compiled is not None:
            made[key] = (written, compiled)
    return with_mappings(hub, made)


def _compiled(hub: Hub, key: Key, written: StreamMapping) -> CompiledMapping | None:
    system = hub.project.hub.systems[key[0]]
    try:
        return compile_mapping(
            written,
            stream=key[1],
            profile=hub.project.profile,
            types=field_types.field_type,
            region=system.region,
            timezone=system.timezone,
        )
    except CuredError:  # profile.yaml has changed since: the field that it read is gone
        return None


def with_mappings(hub: Hub, made: Mapping[Key, Made]) -> Hub:
    """Return the hub with these mappings in place of its own; nothing is kept of it."""
    mappings = {**hub.project.mappings, **{key: compiled for key, (_, compiled) in made.items()}}
    written = {**hub.project.written, **{key: one for key, (one, _) in made.items()}}
    project = replace(hub.project, mappings=mappings, written=written)
    systems = {
        name: replace(system, mappings={stream: one for (of, stream), one in mappings.items() if of == name})
        for name, system in hub.systems.items()
    }
    return Hub(project, hub.store, rules_of(project, hub.rules.models), systems)


# ------------------------------------------------------------------------------------------------- records


def _remap(hub: Hub, key: Key, found: Difference, fetch: int) -> None:
    """Read the stream's stored records anew on the copy; what must be fetched, for a sample."""
    system = hub.systems[key[0]]
    stream = system.landing(key[1])
    with hub.store.read() as connection:
        versions = source_records.versions(connection, *key)
    earlier = [stream.earlier(version) for version in versions if version != stream.version]
    found.paths = tuple(dict.fromkeys(path for one in earlier if one is not None for path in one.lacks))
    after: bytes | None = b""
    waiting: list[str] = []
    while after is not None:
        page = remap(hub.store, stream, now=hub.now(), after=after)
        found.records += page.read
        waiting += page.to_fetch
        after = page.last
    found.to_fetch = len(waiting)
    found.records += len(waiting)
    sample = waiting[:fetch]
    if sample:
        tally = Tally("")
        try:
            read_records(hub, system, key[1], sample, tally)
        except ConnectorError as error:
            found.trouble = f"{error.what}. {error.cure}"
        found.fetched = tally.stream(*key).read
    after = b""
    while after is not None:
        after = remap(hub.store, stream, now=hub.now(), after=after, unfetched=True).last


def _compare_records(before: Hub, after: Hub, key: Key, found: Difference) -> None:
    """Compare what the two mappings make of each record of the stream."""
    for refs in _pages(before.store, key):
        with before.store.read() as one, after.store.read() as other:
            old = source_records.shadows(one, before.store.vault, refs)
            new = source_records.shadows(other, after.store.vault, refs)
        for ref in refs:
            if ref not in old or ref not in new:
                continue
            was = _made(before.systems[key[0]], key[1], old[ref].payload)
            now = _made(after.systems[key[0]], key[1], new[ref].payload)
            names = [name for name in dict.fromkeys([*was, *now]) if was.get(name, ()) != now.get(name, ())]
            found.changed_records += bool(names)
            for entity, name in names:
                found.by_field[f"{entity}.{name}"] += 1
                if len(found.record_items) < found.limit:
                    found.record_items.append(
                        {
                            "id": old[ref].record_id,
                            "field": f"{entity}.{name}",
                            "old": _shown(found.show, entity, name, was.get((entity, name), ())),
                            "new": _shown(found.show, entity, name, now.get((entity, name), ())),
                        }
                    )


def _pages(store: Store, key: Key) -> Iterator[list[bytes]]:
    with store.read() as connection:
        refs = sorted(source_records.live_refs(connection, *key))
    for start in range(0, len(refs), _PAGE):
        yield refs[start : start + _PAGE]


_Value = tuple[Json, bool, tuple[str, ...]]
"""Value, whether it is valid, its issues."""


_Shown = dict[tuple[str, str], tuple[_Value, ...]]
"""(entity, field) -> the values that a record shows there."""


def _made(system: ConfiguredSystem, stream: str, payload: Mapping[str, Any]) -> _Shown:
    try:
        made = pull(system.mappings[stream], payload)
    except MappingError:
        return {}
    return {
        (emitted.entity, name): tuple((one.value.value, one.value.valid, one.value.issues) for one in state.values)
        for emitted in made.emits
        for name, state in emitted.fields.items()
        if state.values
    }


def _shown(show: Show, entity: str, name: str, values: Sequence[_Value]) -> list[dict[str, Any]]:
    return [
        {"value": show(entity, name, value), "valid": valid, "issues": list(issues)} for value, valid, issues in values
    ]


# ------------------------------------------------------------------------------------------------ profiles


def compare_profiles(before: Store, after: Store, found: Difference) -> None:
    """Count in *found* which profiles are new, changed or gone in the store *after*, and list some."""
    for profile_id, was, now in _side_by_side(_contents(before), _contents(after)):
        if was is None or now is None:
            found.profiles["new" if was is None else "gone"] += 1
        names = list(dict.fromkeys([*(was.fields if was else ()), *(now.fields if now else ())]))
        changed = [name for name in names if _values(was, name) != _values(now, name)]
        found.profiles["changed"] += bool(was is not None and now is not None and changed)
        entity = (now or was).entity  # type: ignore[union-attr]  # one of the two is there
        for name in changed:
            if len(found.profile_items) < found.limit:
                found.profile_items.append(
                    {
                        "profile_id": profile_id,
                        "field": f"{entity}.{name}",
                        "old": [found.show(entity, name, value) for value in _values(was, name)],
                        "new": [found.show(entity, name, value) for value in _values(now, name)],
                    }
                )


def _side_by_side(
    left: Iterator[Profile], right: Iterator[Profile]
) -> Iterator[tuple[str, Profile | None, Profile | None]]:
    """Yield (id, profile on the left, on the right) of two stores; both come in order of id, so none is held."""
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        first = min(each.profile_id for each in (one, other) if each is not None)
        was = one if one is not None and one.profile_id == first else None
        now = other if other is not None and other.profile_id == first else None
        yield first, was, now
        one = next(left, None) if was is not None else one
        other = next(right, None) if now is not None else other


def _contents(store: Store) -> Iterator[Profile]:
    after: str | None = None
    while True:
        with store.read() as connection:
            page = profiles.page(connection, store.vault, after, _PAGE, None)
        if not page:
            return
        yield from page
        after = page[-1].profile_id


def _values(profile: Profile | None, name: str) -> list[Json]:
    return [element.value for element in profile.fields.get(name, ())] if profile is not None else []


# -------------------------------------------------------------------------------------------------- writes


def _writes(hub: Hub) -> dict[tuple[str, ...], Intended]:
    found = plan_now(hub, list(hub.systems.values()), every=True).writes
    return {(one.system, one.stream, one.record_id or one.profile_id, one.kind, str(one.emit)): one for one in found}


def _compare_writes(
    before: Mapping[tuple[str, ...], Intended],
    after: Mapping[tuple[str, ...], Intended],
    found: Difference,
) -> None:
    for place in sorted(before.keys() | after.keys()):
        was, now = before.get(place), after.get(place)
        if was is not None and now is not None and _content(was) == _content(now):
            continue
        what = "added" if was is None else "dropped" if now is None else "changed"
        found.writes[what] += 1
        one = now or was
        if one is not None and len(found.write_items) < found.limit:
            found.write_items.append(
                {
                    "what": what,
                    "system": one.system,
                    "stream": one.stream,
                    "record_id": one.record_id,
                    "profile_id": one.profile_id,
                    "kind": one.kind,
                    "fields": {
                        name: field_json(one.entity, each, found.show) for name, each in sorted(one.fields.items())
                    },
                }
            )


def _content(one: Intended) -> dict[str, tuple[Json, Json]]:
    return {name: (each.old, each.new) for name, each in one.fields.items()}
