"""Land pulled records: compare with the shadow, note what people contributed, mark what must be resolved.

Room: golden_record, shell. Knows no system by name: what a mapping made of a record comes in as data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from golden_record.bodies import Body, Habits, confirm, contribute, lessons, remap
from golden_record.departed import UNLINK, OnDelete
from golden_record.read_back import known_after
from golden_record.rereading import Earlier, Normalise, Rereading, content_hash, rereading
from golden_record.store import audit, matching_index, outbox, profiles, relations, source_records, tombstones
from golden_record.store import normalised_records as records
from golden_record.store.again import tried_again
from golden_record.store.engine import Store
from golden_record.store.grades import Graded
from golden_record.store.habits import Lesson, StreamHabits
from golden_record.store.normalised_records import TO_INDEX, NormalisedRow
from golden_record.store.source_records import Known, Shadow, record_ref, ref_of
from golden_record.vault import Vault
from golden_record.write_entry import write_entry
from mapping.values import Emitted, NormalisedRecord

GradeOf = Callable[[Emitted], str | None]
"""How an emitted entity's fields are filled, as `mapping.grades` writes it; None: the stream is not graded."""


def ungraded(_emitted: Emitted) -> None:
    """Grade nothing."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """One record as pulled: its id, its mapped paths (kept and hashed), and the whole of it (read by the mapping)."""

    record_id: str
    mapped: Mapping[str, Any]
    whole: Mapping[str, Any]


@dataclass
class Landed:
    """What a batch came to: counts, and the ids of records with a value that could not be normalised."""

    read: int = 0
    changed: int = 0
    invalid: int = 0
    refs: list[bytes] = field(default_factory=list)

    def add(self, other: Landed) -> None:
        """Count *other* in."""
        self.read += other.read
        self.changed += other.changed
        self.invalid += other.invalid
        self.refs += other.refs


def _unknown(_version: str) -> None:
    """Know nothing of any earlier version."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The stream that a batch belongs to; *version* is its mapping's.

    *summed*: relations by which computed fields of other profiles read what this stream yields. *on_delete*: what
    follows when people delete a record here.
    *mapped_paths* is what the mapping keeps of a record; *earlier* tells of the version under which a record was read
    before, None where that is not known.
    """

    system: str
    name: str
    version: str
    normalise: Normalise
    mapped_paths: Callable[[Mapping[str, Any]], dict[str, Any]] = dict
    earlier: Callable[[str], Earlier | None] = _unknown
    grade: GradeOf = ungraded
    summed: frozenset[str] = frozenset()
    on_delete: OnDelete = UNLINK

    def lacks(self, version: str) -> bool:
        """Whether a record that *version* read must be read from its system again; where unknown: yes."""
        known = self.earlier(version)
        return known is None or bool(known.lacks)


@tried_again
def land(
    store: Store,
    stream: Stream,
    batch: Sequence[Pulled],
    *,
    now: datetime,
    beside: Callable[[sa.Connection], None] = lambda _connection: None,
) -> Landed:
    """Land *batch* in one transaction, with what *beside* writes (the cursor that covers these records).

    A record with an unchanged hash costs one comparison. Of several versions of one record the last counts.
    Landing the same batch twice is landing it once.
    """
    vault = store.vault
    latest = {ref_of(vault, stream.system, stream.name, one.record_id): one for one in batch}
    hashes = {ref: content_hash(vault, one.mapped) for ref, one in latest.items()}
    with store.write() as connection:
        known = source_records.known(connection, latest)
        changed = [ref for ref in latest if _differs(known.get(ref), hashes[ref], stream.version)]
        landed = Landed(read=len(batch), changed=len(changed))
        if changed:
            _land_changed(connection, vault, stream, {ref: latest[ref] for ref in changed}, hashes, known, now, landed)
        beside(connection)
    return landed


def _differs(known: Known | None, content: bytes, version: str) -> bool:
    return known is None or known.content_hash != content or known.mapping_version != version


def _land_changed(  # noqa: PLR0913 (one step of `land`, cut out for reading)
    connection: sa.Connection,
    vault: Vault,
    stream: Stream,
    changed: Mapping[bytes, Pulled],
    hashes: Mapping[bytes, bytes],
    known: Mapping[bytes, Known],
    now: datetime,
    landed: Landed,
) -> None:
    before = source_records.shadows(connection, vault, [ref for ref in changed if ref in known])
    rows = records.of_sources(connection, vault, [ref for ref in changed if ref in known])
    edited = any(ref in known and known[ref].mapping_version != stream.version for ref in changed)
    said_before = relations.of(connection, rows) if edited else {}
    new_shadows: list[Shadow] = []
    old_shadows: list[Shadow] = []
    new_rows: list[NormalisedRow] = []
    old_rows: list[NormalisedRow] = []
    stated: dict[bytes, list[tuple[str, bytes]]] = {}
    graded = Graded(vault, stream.system, stream.name)
    habits = StreamHabits(connection, vault, stream.system, stream.name).alike
    graves: list[tuple[str, str, str]] = []
    for ref, pulled in changed.items():
        normalised = stream.normalise(pulled.whole)
        shadow = shadow_of(vault, stream, ref, pulled, normalised, hashes[ref], before.get(ref), now)
        (old_shadows if ref in before else new_shadows).append(shadow)
        mine = {row.emit: row for row in rows.values() if row.source_ref == ref} if ref in before else {}
        if shadow.state != "live":
            gone = [orphaned(row, shadow.state, now, stream.on_delete) for row in mine.values()]
            # One that was gone already was buried then; what was said of that since stands.
            lost = [row for row in mine.values() if row.state == "live"]
            graves += [(row.profile_id, row.system, row.stream) for row in lost if row.profile_id]
            old_rows += gone
            continue
        anew = rereading(vault, stream, known.get(ref), pulled.whole, before.get(ref))
        news = False
        for emitted in normalised.emits:
            old = mine.get(emitted.emit)
            if emitted.became is not None and old is None:
                continue  # it was turned into another record before anybody here saw it: that one knows all of it
            row = _contributed(stream, ref, pulled.record_id, emitted, old, shadow, now, anew, habits)
            if emitted.became is not None and old is not None:
                row = replace(row, state="merged", orphaned_at=old.orphaned_at or now, grade=None)
            else:
                row = replace(row, grade=graded.add(emitted.entity, stream.grade(emitted)))
            landed.invalid += bool(row.body.invalid)
            said = targets_of(vault, stream, ref, emitted)
            if anew is not None and old is not None and _says_the_same(old, row, said_before.get(row.ref, {}), said):
                continue
            (new_rows if old is None else old_rows).append(row)
            stated[row.ref] = said
            news = True
        emitted_now = {emitted.emit for emitted in normalised.emits}
        gone = [
            orphaned(row, "deleted", now)
            for emit, row in mine.items()
            if emit not in emitted_now and (anew is None or row.state == "live")
        ]
        old_rows += gone
        landed.changed -= not (news or gone or anew is None)
    graded.keep(connection)
    source_records.save(connection, vault, new_shadows, old_shadows)
    records.insert(connection, vault, new_rows)
    records.update(connection, vault, old_rows)
    restate(connection, stream, stated, [row.ref for row in new_rows], [row.ref for row in old_rows])
    tombstones.bury(connection, graves, now)
    landed.refs += [row.ref for row in (*new_rows, *old_rows)]


def restate(
    connection: sa.Connection, stream: Stream, stated: relations.Stated, new: Sequence[bytes], old: Sequence[bytes]
) -> None:
    """Keep what records state, and have those looked at again whom it concerns.

    Those that borrow evidence from *old* records; and the customers, before and now, of summed interactions.
    """
    customers = relations.targets(connection, old, stream.summed) if stream.summed else set()
    relations.replace(connection, stated)
    if stream.summed:
        customers |= relations.targets(connection, [*new, *old], stream.summed)
        records.set_stage(connection, customers, records.CLEAN, records.TO_SETTLE)
        # Not to be settled at once: a load that is killed before it has scored them must not leave them unscored.
        records.set_stage(connection, customers, records.IN_HAND, records.TO_INDEX)
    records.index_referrers(connection, old)


def shadow_of(  # noqa: PLR0913 (the facts of a shadow)
    vault: Vault,
    stream: Stream,
    ref: bytes,
    pulled: Pulled,
    normalised: NormalisedRecord,
    content: bytes,
    before: Shadow | None,
    now: datetime,
) -> Shadow:
    """Return what is kept of a record from now on."""
    state = "merged" if normalised.merged_into else "deleted" if normalised.deleted else "live"
    winner = ref_of(vault, stream.system, stream.name, normalised.merged_into) if normalised.merged_into else None
    if state == "deleted" and before is not None and before.state == "merged":
        state, winner = before.state, before.merged_into  # gone by a merge, as was learned before: most lists say less
    payload = pulled.mapped if state == "live" or before is None else {**before.payload, **pulled.mapped}
    return Shadow(
        ref,
        stream.system,
        stream.name,
        pulled.record_id,
        content,
        stream.version,
        payload,
        state,
        winner,
        normalised.modified_at,
        before.first_seen_at if before else now,
        now,
        before.binding_id if before else None,
    )


def _contributed(  # noqa: PLR0913 (the facts of a contribution)
    stream: Stream,
    ref: bytes,
    record_id: str,
    emitted: Emitted,
    row: NormalisedRow | None,
    shadow: Shadow,
    now: datetime,
    anew: Rereading | None,
    habits: Habits,
) -> NormalisedRow:
    seen = _ms(now)
    at = _ms(shadow.modified_at) if shadow.modified_at else seen
    body = row.body if row else None
    if anew is None:
        body = contribute(body, emitted, at=at, seen=seen, habits=habits)
    else:
        if body is not None and emitted.emit in anew.stored:
            body = remap(body, anew.stored[emitted.emit], at=at, seen=seen)
        fresh = anew.fresh_of(emitted.emit)
        body = contribute(body, emitted, at=at, seen=seen, remapped=anew.same, fresh=fresh, habits=habits)
    if row is not None:
        return replace(row, body=body, state="live", orphaned_at=None, dirty=TO_INDEX, on_delete=None)
    return NormalisedRow(
        record_ref(ref, emitted.emit), stream.system, stream.name, record_id, emitted.emit, emitted.entity, body, "live"
    )


def _says_the_same(
    old: NormalisedRow, row: NormalisedRow, said_before: Mapping[str, bytes], said: Sequence[tuple[str, bytes]]
) -> bool:
    """Whether a record that was read under an edited mapping says what it said before: then nothing comes of it."""
    return old.state == row.state and old.body == row.body and dict(said) == said_before


def orphaned(row: NormalisedRow, state: str, now: datetime, on_delete: OnDelete = UNLINK) -> NormalisedRow:
    """Return the row of a record that is gone: its contributions stand as orphans; merged-away ones likewise.

    *on_delete* is kept with one that lived until now and was deleted.
    """
    gone = "merged" if state == "merged" else "orphan"
    word = None if gone == "merged" else row.on_delete
    if gone == "orphan" and row.state == "live":
        word = None if on_delete == UNLINK else on_delete
    orphaned_at = row.orphaned_at or now
    return replace(row, state=gone, orphaned_at=orphaned_at, dirty=TO_INDEX, grade=None, on_delete=word)


def targets_of(vault: Vault, stream: Stream, ref: bytes, emitted: Emitted) -> list[tuple[str, bytes]]:
    """Return the relations that a record states: (name, ref of the other record)."""
    became = (emitted.became,) if emitted.became is not None else ()
    return [
        (
            one.relation,
            record_ref(ref_of(vault, stream.system, one.stream, one.record_id) if one.record_id else ref, one.emit),
        )
        for one in (*emitted.references, *became)
    ]


# ------------------------------------------------------------------------------------------ confirmed pushes


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmed write: the record's mapped paths as they are now, and the values sent, by profile field.

    *whole*: the record was made just now and read back whole, before anybody can have touched it.
    """

    write: outbox.Write
    record_id: str
    mapped: Mapping[str, Any]
    whole: bool = False


@tried_again
def confirm_writes(store: Store, stream: Stream, confirmed: Sequence[Confirmed], *, now: datetime) -> None:
    """Take confirmed writes into shadow, histories, bindings and outbox, in one transaction.

    The shadow gets what was written, as read back, so that the next pull finds nothing new in it; what people did there
    meanwhile is left for that pull. The record's own contributions to the written fields are displaced, not lost.
    """
    vault = store.vault
    by_ref = {ref_of(vault, stream.system, stream.name, one.record_id): one for one in confirmed}
    with store.write() as connection:
        before = source_records.shadows(connection, vault, by_ref)
        rows = records.of_sources(connection, vault, by_ref)
        written: dict[bytes, list[tuple[str, bytes]]] = {}
        learned: list[Lesson] = []
        graded = Graded(vault, stream.system, stream.name)
        new_shadows: list[Shadow] = []
        old_shadows: list[Shadow] = []
        new_rows: list[NormalisedRow] = []
        old_rows: list[NormalisedRow] = []
        for ref, one in by_ref.items():
            shadow = before.get(ref)
            sent = {name: frozenset(keys) for name, keys in one.write.sent_keys.items()}
            mapped = _known_after(stream, shadow, one, sent) if shadow else dict(one.mapped)
            normalised = stream.normalise(mapped)
            made = shadow_of(
                vault,
                stream,
                ref,
                Pulled(one.record_id, mapped, mapped),
                normalised,
                content_hash(vault, mapped),
                shadow,
                now,
            )
            # What was not written is still as the mapping of the last pull read it: an edited one has yet to read it.
            version = shadow.mapping_version if shadow else stream.version
            made = replace(made, binding_id=one.write.binding_id or made.binding_id, mapping_version=version)
            made = made if normalised.modified_at else replace(made, modified_at=shadow.modified_at if shadow else now)
            (old_shadows if shadow else new_shadows).append(made)
            row = rows.get(record_ref(ref, one.write.emit))
            emitted = next((e for e in normalised.emits if e.emit == one.write.emit), None)
            if emitted is not None:
                names = {field.profile_field for field in one.write.fields.values()}
                written[record_ref(ref, emitted.emit)] = [
                    (name, target) for name, target in targets_of(vault, stream, ref, emitted) if name in names
                ]
                body = confirm(row.body if row else None, emitted, sent, seen=_ms(now), whole=one.whole)
                said = lessons(row.body if row else None, emitted, sent)
                learned += [Lesson((emitted.emit, name), pair, same) for name, pair, same in said]
                grade = graded.add(emitted.entity, stream.grade(emitted))
                if row is not None:
                    old_rows.append(replace(row, body=body, grade=grade))
                else:
                    new_rows.append(replace(_created(stream, ref, one, emitted, body), grade=grade))
        StreamHabits(connection, vault, stream.system, stream.name).learn(learned, now)
        graded.keep(connection)
        ended = [(one.write.write_id, ref, one.record_id) for ref, one in by_ref.items()]
        outbox.confirm(connection, ended, now)
        outbox.bind(connection, [(one.write.binding_id, ref) for ref, one in by_ref.items() if one.write.binding_id])
        source_records.save(connection, vault, new_shadows, old_shadows)
        records.insert(connection, vault, new_rows)
        records.update_in_place(connection, vault, old_rows)
        relations.note_pushed(connection, written)
        matching_index.hold_together(connection, {row.ref: row.profile_id or "" for row in new_rows}, now)
        profiles.set_related_to_plan(connection, _companions(connection, new_rows))
        entries = [write_entry(one.write, one.record_id, one.mapped, ref, now) for ref, one in by_ref.items()]
        audit.append(connection, vault, audit.WRITES, entries)  # last: whoever else notes something waits for it


def _known_after(stream: Stream, shadow: Shadow, one: Confirmed, sent: Mapping[str, frozenset[str]]) -> dict[str, Any]:
    def emitted(payload: Mapping[str, Any]) -> Emitted | None:
        return next((e for e in stream.normalise(payload).emits if e.emit == one.write.emit), None)

    return known_after(shadow.payload, one.mapped, one.write.fields, sent, emitted)


def _companions(connection: sa.Connection, made: Sequence[NormalisedRow]) -> list[bytes]:
    """Return the records of the profiles that now have a record more: whoever refers to them may be written now."""
    return records.refs_of_profiles(connection, {row.profile_id for row in made if row.profile_id})


def _created(stream: Stream, ref: bytes, one: Confirmed, emitted: Emitted, body: Body) -> NormalisedRow:
    """A record that the hub made: bound to its profile from the start, with nothing that people said."""
    return NormalisedRow(
        record_ref(ref, emitted.emit),
        stream.system,
        stream.name,
        one.record_id,
        emitted.emit,
        emitted.entity,
        body,
        "live",
        profile_id=one.write.profile_id,
        dirty=records.CLEAN,
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
