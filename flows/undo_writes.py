"""Take back what the hub wrote: plan the inverse, show it, keep it as holds, and carry it out by the normal way.

Room: flows. A field is taken back only where it still shows what the hub's write left there: what people have edited
since is left alone, and named. What is put back is planned by the planner of every other write and goes through the
outbox; the hold keeps the next sync from writing the same again (docs/decisions/0031-taken-back.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from connectors.removals import REMOVING
from flows import push as pushing
from flows.beside_sync import whole_hub
from flows.ceilings import ceilings_of
from flows.hub import ConfiguredSystem, Hub
from flows.partial_writes import shows
from flows.plan import Blocked, Intended
from flows.plan_grounds import Planner
from flows.plan_json import blocked_json, write_json
from flows.planning import targets_of
from flows.profile_view import Show
from flows.put_out import put_out
from flows.sync import Watcher, each, finish, resolve_changed, start
from flows.taken_back import UNDONE, keys_after, raw
from flows.tally import Tally, Trouble
from golden_record.errors import NotDecidable
from golden_record.history import Mark
from golden_record.store import act_notes, audit, holds, outbox, profiles, source_records
from golden_record.store import normalised_records as records
from golden_record.store.holds import RECORD, VALUES, HeldField, Hold
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.outbox import CONFIRMED, Write
from golden_record.store.profiles import Profile
from golden_record.store.source_records import Shadow, chunks, record_ref
from golden_record.vault import dump
from mapping.changes import FieldChange, with_changes
from mapping.compile import CompiledMapping

CREATED = "created"
"""Why a record is not taken back: the hub made it. It is released, and its department may delete it."""

REMOVED = {"delete": "deleted", "merge": "merged"}
"""Why a record is not had back: the hub takes back no delete and no merge. What can be done is for its own people."""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A part of a write that is not taken back.

    *why*: edited_since, gone, no_longer_mapped, not_written_to, created, deleted, merged.
    """

    write_id: str
    system: str
    stream: str
    record_id: str
    profile_field: str | None
    why: str


@dataclass
class Taking:
    """What taking writes back comes to: holds that say it, writes that follow, what is left alone or blocked."""

    holds: list[Hold] = field(default_factory=list)
    writes: list[Intended] = field(default_factory=list)
    left_alone: list[LeftAlone] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)

    def to_json(self, hub: Hub, show: Show) -> dict[str, Any]:
        """Return what `crmhub undo` tells of writes."""
        return {
            "writes": [write_json(hub, one, show) for one in self.writes],
            "blocked": [blocked_json(one) for one in self.blocked],
            "left_alone": [
                {
                    "write_id": one.write_id,
                    "system": one.system,
                    "stream": one.stream,
                    "record_id": one.record_id,
                    "field": one.profile_field,
                    "why": one.why,
                }
                for one in self.left_alone
            ],
            "holds": [one.hold_id for one in self.holds],
        }


def writes_named(hub: Hub, name: str) -> list[Write]:
    """Return the write of this id, or those that the run of this id made; empty where it names neither.

    Raises:
        NotDecidable: it is a write that was not made.
    """
    with hub.store.read() as connection:
        one = outbox.get(connection, hub.store.vault, name)
        if one is None:
            return outbox.of_run(connection, hub.store.vault, name)
    if one.state != CONFIRMED:
        raise NotDecidable(f"write {name} was not made: it is {one.state}", "See `crmhub outbox list`")
    return [one]


def holds_named(hub: Hub, name: str) -> list[Hold]:
    """Return the hold of this id, or those of the undo of this run id, that still stand."""
    with hub.store.read() as connection:
        return [one for one in holds.named(connection, hub.store.vault, name) if one.lifted_at is None]


def plan_undo(hub: Hub, writes: Sequence[Write], *, run_id: str, author: str, reason: str) -> Taking:
    """Return what taking *writes* back would come to now; changes nothing.

    Raises:
        NotDecidable: every one of them was taken back already.
    """
    taking = Taking()
    by_ref: dict[tuple[bytes, int], list[Write]] = {}
    for write in writes:
        if write.ref is not None:
            by_ref.setdefault((write.ref, write.emit), []).append(write)
    with hub.store.read() as connection:
        for part in chunks(by_ref, 200):
            _take_back(hub, connection, {key: by_ref[key] for key in part}, taking, (run_id, author, reason))
        if not taking.holds and writes and not taking.left_alone:
            raise NotDecidable("all of it was taken back already", "`crmhub holds list` shows what is held")
        _follow(hub, connection, taking)
    return taking


def carry_out_undo(hub: Hub, taking: Taking, run_id: str, watcher: Watcher, *, wait: float = 60.0) -> Tally:
    """Keep the holds, then write what follows from them; note it in `runs`.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*; nothing was kept.
    """
    tally = Tally(run_id)
    systems = [hub.systems[name] for name in sorted({one.system for one in taking.holds})]
    for system in systems:
        tally.system(system.name)
    with whole_hub(hub, wait=wait):
        start(hub, tally, "undo")
        status = "failed"
        try:
            with hub.store.write() as connection:
                holds.add(connection, hub.store.vault, taking.holds)
                profiles.set_to_plan(connection, {one.profile_id for one in taking.holds}, waiting=True)
                first = taking.holds[0]
                of: dict[str, Any] = {
                    "systems": sorted({one.system for one in taking.holds}),
                    "holds": len(taking.holds),
                }
                act_notes.note(
                    connection, hub.store.vault, "writes.undone", who=first.author, at=hub.now(), run_id=run_id, **of
                )
            each(hub, systems, tally, lambda system: pushing.recover_system(hub, system, tally))
            _send(hub, taking, systems, tally, watcher)
            resolve_changed(hub, tally)
            status = tally.status()
        finally:
            finish(hub, tally, status)
    return tally


def lift_holds(hub: Hub, found: Sequence[Hold], *, author: str) -> set[str]:
    """End holds: what the profile says is written there again by the next sync. Return the profiles."""
    with hub.store.write() as connection:
        about = holds.lift(connection, [one.hold_id for one in found], author, hub.now())
        living = set(profiles.resolve_redirects(connection, about).values())
        profiles.set_to_plan(connection, living, waiting=True)
        of: dict[str, Any] = {"holds": [one.hold_id for one in found]}
        act_notes.note(connection, hub.store.vault, "holds.lifted", who=author, at=hub.now(), **of)
    return living


# ------------------------------------------------------------------------------------------------- planning


def _take_back(
    hub: Hub,
    connection: sa.Connection,
    by_ref: Mapping[tuple[bytes, int], Sequence[Write]],
    taking: Taking,
    facts: tuple[str, str, str],
) -> None:
    vault = hub.store.vault
    refs = {ref for ref, _emit in by_ref}
    shadows = source_records.shadows(connection, vault, refs)
    rows = records.load(connection, vault, [record_ref(ref, emit) for ref, emit in by_ref])
    named = profiles.load(connection, vault, {row.profile_id for row in rows.values() if row.profile_id})
    standing = holds.of_records(connection, vault, refs)
    read_back = _read_back(hub, connection, refs)
    for (ref, emit), writes in sorted(by_ref.items()):
        done = {one for hold in standing.get((ref, emit), ()) for one in hold.writes}
        mine = [write for write in writes if write.write_id not in done]
        if not mine:
            continue
        mine, removed = [one for one in mine if one.kind not in REMOVING], [one for one in mine if one.kind in REMOVING]
        taking.left_alone += [_left(write, None, REMOVED[write.kind]) for write in removed]
        if not mine:
            continue
        row, shadow = rows.get(record_ref(ref, emit)), shadows.get(ref)
        system = hub.systems.get(mine[0].system)
        mapping = system.mappings.get(mine[0].stream) if system is not None else None
        if row is None or shadow is None or row.state != "live" or row.profile_id is None:
            taking.left_alone += [_left(write, None, "gone") for write in mine]
        elif system is None or mapping is None or not system.pushes:
            taking.left_alone += [_left(write, None, "not_written_to") for write in mine]
        else:
            one = _Record(row, shadow, mapping, named[row.profile_id], read_back)
            _hold(hub, one, mine, taking, facts)


@dataclass(frozen=True, slots=True)
class _Record:
    """A record in which writes are to be taken back; *read_back*: write -> system field -> what was read back."""

    row: NormalisedRow
    shadow: Shadow
    mapping: CompiledMapping
    profile: Profile
    read_back: Mapping[str, Mapping[str, Any]]


def _read_back(hub: Hub, connection: sa.Connection, refs: Iterable[bytes]) -> dict[str, dict[str, Any]]:
    noted = audit.about(connection, hub.store.vault, audit.WRITES, refs)
    return {
        str(one.content["write"]): {
            name: said["read_back"] for name, said in one.content["fields"].items() if "read_back" in said
        }
        for one in noted
        if one.content
    }


def _hold(hub: Hub, one: _Record, writes: Sequence[Write], taking: Taking, facts: tuple[str, str, str]) -> None:
    run_id, author, reason = facts
    newest_first = sorted(writes, key=lambda write: write.write_id, reverse=True)
    created = next((write for write in writes if write.kind == "create"), None)
    fields = {} if created is not None else _fields(one, newest_first, taking)
    if created is not None:
        taking.left_alone.append(_left(created, None, CREATED, one.row.record_id))
    if fields or created is not None:
        row = one.row
        place = (row.source_ref, row.emit, row.system, row.stream, row.record_id, one.profile.profile_id)
        kind = RECORD if created is not None else VALUES
        ids = tuple(write.write_id for write in writes)
        taking.holds.append(Hold(str(ULID()), *place, kind, ids, fields, author, reason, run_id, hub.now()))


def _fields(one: _Record, newest_first: Sequence[Write], taking: Taking) -> dict[str, HeldField]:
    """Return what is held, by profile field: each as it was before the oldest of the writes."""
    found: dict[str, HeldField] = {}
    names = {field.profile_field for write in newest_first for field in write.fields.values()}
    for name in sorted(names):
        restore: dict[str, tuple[Any, Any]] = {}
        sent: set[str] = set()
        why = _in_the_way(one, name)
        for write in newest_first:
            left = one.read_back.get(write.write_id, {})
            for path, field_write in write.fields.items():
                if field_write.profile_field != name:
                    continue
                shown = left.get(path, field_write.new)
                now = restore[path][1] if path in restore else raw(one.shadow.payload, path)
                if not (shows(now, shown) or shows(now, field_write.new)):
                    why = why or "edited_since"
                restore[path] = (restore[path][0] if path in restore else now, field_write.old)
            sent |= set(write.sent_keys.get(name, ()))
        if why is not None:
            taking.left_alone += [
                _left(write, name, why)
                for write in newest_first
                if any(f.profile_field == name for f in write.fields.values())
            ]
            continue
        back = [FieldChange(name, path, left, before) for path, (left, before) in restore.items()]
        kept = set(keys_after(one.mapping, one.row.emit, one.shadow.payload, back).get(name, ()))
        wanted = frozenset(element.key for element in one.profile.fields.get(name, ()))
        found[name] = HeldField(wanted, frozenset(sent - kept), restore)
    return found


def _in_the_way(one: _Record, name: str) -> str | None:
    """Say why a field is not taken back whatever it shows: people edited it, or the mapping has no such field now."""
    emit = one.mapping.emits[one.row.emit]
    if name not in emit.fields and name not in emit.relations:
        return "no_longer_mapped"
    history = one.row.body.histories.get(name, ())
    return "edited_since" if history and history[-1].mark is not Mark.PUSHED else None


def _left(write: Write, name: str | None, why: str, record_id: str | None = None) -> LeftAlone:
    return LeftAlone(write.write_id, write.system, write.stream, record_id or write.record_id or "", name, why)


def _follow(hub: Hub, connection: sa.Connection, taking: Taking) -> None:
    """Note the writes that the holds lead to, as the planner would make them."""
    for hold in taking.holds:
        changes = [
            FieldChange(name, path, left, before)
            for name, held in hold.fields.items()
            for path, (left, before) in held.restore.items()
            if dump(left) != dump(before)
        ]
        if not changes:
            continue
        mapping = hub.systems[hold.system].mappings[hold.stream]
        shadow = source_records.shadows(connection, hub.store.vault, [hold.ref])[hold.ref]
        entity = mapping.emits[hold.emit].entity
        fields = {c.system_field: outbox.FieldWrite(c.old, c.new, c.profile_field, "", UNDONE) for c in changes}
        sent = keys_after(mapping, hold.emit, with_changes(shadow.payload, ()), changes)
        place = (hold.profile_id, entity, hold.system, hold.stream, "update", hold.emit)
        taking.writes.append(Intended(*place, fields, sent, hold.ref, hold.record_id))


# ------------------------------------------------------------------------------------------------- carrying out


def _send(hub: Hub, taking: Taking, systems: Sequence[ConfiguredSystem], tally: Tally, watcher: Watcher) -> None:
    """Put what the planner of now makes of the holds into the outbox, and nothing else; send it."""
    targets = targets_of(hub, systems)
    by_key = {(hold.ref, hold.emit): hold for hold in taking.holds}
    ids = sorted({one.profile_id for one in taking.holds})
    with hub.store.write() as connection:
        for target in targets:
            profiles.set_to_plan(connection, outbox.discard_planned(connection, target.name, hub.now()), waiting=True)
        ceilings = ceilings_of(connection, targets, tally)
    for page in chunks(ids, 200):
        with hub.store.write() as connection:
            living = sorted(set(profiles.resolve_redirects(connection, page).values()))
            planned = Planner(hub, connection).plan(living, targets).writes
            back = [one for write in planned if (one := _only_back(write, by_key)) is not None]
            first = next(iter(taking.holds))
            word = {"undone_by": first.author, "reason": first.reason}
            blocked = put_out(hub, connection, back, targets, tally, ceilings.allow, word)
            taking.blocked += blocked
        for kept_out in blocked:
            cure = "It stays to be taken back: the next sync tries again. See `crmhub outbox list`."
            tally.trouble(
                Trouble(kept_out.system, kept_out.stream, kept_out.record_id, kept_out.why, "not put back", cure)
            )
    watcher.phase("push")
    each(hub, systems, tally, lambda system: _push(hub, system, tally, watcher))


def _only_back(write: Intended, by_key: Mapping[tuple[bytes, int], Hold]) -> Intended | None:
    if write.ref is None or (write.ref, write.emit) not in by_key:
        return None
    fields = {path: one for path, one in write.fields.items() if one.rule == UNDONE}
    names = {one.profile_field for one in fields.values()}
    sent = {name: keys for name, keys in write.sent.items() if name in names}
    return replace(write, fields=fields, sent=sent) if fields else None


def _push(hub: Hub, system: ConfiguredSystem, tally: Tally, watcher: Watcher) -> bool:
    landed = pushing.push_system(hub, system, tally, progress=watcher.pushed)
    return pushing.recover_system(hub, system, tally) or landed
