"""Read stored records anew under an edited mapping, without asking their systems.

Room: golden_record. `reread` is pure: it says what a record's history becomes when its reading changes and, with the
same pull, perhaps the record. `remap` is the shell: one page of a stream's records in one transaction, so that the job
can be stopped anywhere and goes on where it stood (docs/decisions/0016-edited-mappings.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa

from golden_record.bodies import contribute
from golden_record.bodies import remap as remapped
from golden_record.landing import Pulled, Stream, orphaned, restate, shadow_of, targets_of
from golden_record.rereading import content_hash
from golden_record.store import normalised_records as records
from golden_record.store import relations, source_records, tombstones
from golden_record.store.engine import CHUNK, Store
from golden_record.store.grades import Graded
from golden_record.store.normalised_records import TO_INDEX, NormalisedRow
from golden_record.store.source_records import Shadow, record_ref
from golden_record.vault import Vault
from mapping.values import Emitted, MappingError, NormalisedRecord


@dataclass
class Remapped:
    """What a page came to.

    *read* records were read anew, of which *changed* say something else now (their refs in *refs*). *to_fetch*: ids of
    records whose new paths are not in the store. *unusable*: ids of records that the mapping cannot read. *last*: the
    ref after which the next page begins; None where this was the last.
    """

    read: int = 0
    changed: int = 0
    refs: list[bytes] = field(default_factory=list)
    to_fetch: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    last: bytes | None = None


def remap(  # noqa: PLR0913 (which records, and how)
    store: Store,
    stream: Stream,
    *,
    now: datetime,
    after: bytes = b"",
    only: Sequence[bytes] | None = None,
    unfetched: bool = False,
    limit: int = CHUNK,
) -> Remapped:
    """Read the next *limit* records of *stream* that another version of its mapping read, in order of their refs.

    Args:
        store: the store.
        stream: the stream with the mapping that is in force.
        now: the time.
        after: begin behind this ref.
        only: just these records.
        unfetched: also those whose new paths are not in the store: nobody can be asked for them, and what was kept
            must do until they change.
        limit: records of one transaction.

    Values change, their stamps do not. A record that says what it said is noted as read, and nothing comes of it.
    """
    vault = store.vault
    with store.write() as connection:
        shadows = source_records.stale(
            connection, vault, stream.system, stream.name, stream.version, after, limit, only
        )
        done = Remapped(last=shadows[-1].ref if len(shadows) == limit and only is None else None)
        rows = records.of_sources(connection, vault, [shadow.ref for shadow in shadows])
        said = relations.of(connection, rows)
        page = _Page(connection, vault, stream, now, said, done)
        by_source: dict[bytes, dict[int, NormalisedRow]] = {}
        for row in rows.values():
            by_source.setdefault(row.source_ref, {})[row.emit] = row
        for shadow in shadows:
            if not unfetched and shadow.state == "live" and stream.lacks(shadow.mapping_version):
                done.to_fetch.append(shadow.record_id)
                continue
            try:
                made = stream.normalise(shadow.payload)
            except MappingError:
                made = None
            if made is None or made.record_id != shadow.record_id:
                done.unusable.append(shadow.record_id)
                continue
            page.take(shadow, made, by_source.get(shadow.ref, {}))
        page.save()
    return done


class _Page:
    """Collects what a page of records comes to, and writes it."""

    def __init__(  # noqa: PLR0913 (what the page works with)
        self,
        connection: sa.Connection,
        vault: Vault,
        stream: Stream,
        now: datetime,
        said: Mapping[bytes, Mapping[str, bytes]],
        done: Remapped,
    ) -> None:
        self.connection, self.vault, self.stream, self.now = connection, vault, stream, now
        self.said, self.done = said, done
        self.shadows: list[Shadow] = []
        self.new: list[NormalisedRow] = []
        self.changed: list[NormalisedRow] = []
        self.regraded: list[NormalisedRow] = []
        self.graded = Graded(vault, stream.system, stream.name)
        self.stated: dict[bytes, list[tuple[str, bytes]]] = {}
        self.graves: list[tuple[str, str, str]] = []

    def take(self, shadow: Shadow, made: NormalisedRecord, mine: Mapping[int, NormalisedRow]) -> None:
        """Take one record, read anew."""
        mapped = self.stream.mapped_paths(shadow.payload)
        pulled = Pulled(shadow.record_id, mapped, shadow.payload)
        digest = content_hash(self.vault, mapped)
        after = shadow_of(self.vault, self.stream, shadow.ref, pulled, made, digest, shadow, self.now)
        after = replace(after, modified_at=shadow.modified_at, changed_at=shadow.changed_at)
        before = (len(self.new), len(self.changed))
        if after.state == "live":
            self._emits(after, made, mine)
        elif shadow.state == "live":
            gone = [orphaned(row, after.state, self.now) for row in mine.values()]
            self.graves += [(row.profile_id, row.system, row.stream) for row in gone if row.profile_id]
            self.changed += gone
        self.done.read += 1
        if before != (len(self.new), len(self.changed)):
            self.done.changed += 1
            after = replace(after, changed_at=self.now)
        self.shadows.append(after)

    def _emits(self, shadow: Shadow, made: NormalisedRecord, mine: Mapping[int, NormalisedRow]) -> None:
        seen = _ms(self.now)
        for emitted in made.emits:
            row = mine.get(emitted.emit)
            ref = record_ref(shadow.ref, emitted.emit)
            stated = targets_of(self.vault, self.stream, shadow.ref, emitted)
            at = _ms(shadow.modified_at) if shadow.modified_at else seen
            body = (
                remapped(row.body, emitted, at=at, seen=seen)
                if row is not None
                else contribute(None, emitted, at=at, seen=seen)
            )
            if row is None:
                if emitted.became is None:
                    facts = (self.stream.system, self.stream.name, shadow.record_id, emitted.emit, emitted.entity)
                    self.new.append(NormalisedRow(ref, *facts, body, "live", grade=self._grade(emitted)))
                    self.stated[ref] = stated
                continue
            state, gone_at = ("live", None) if emitted.became is None else ("merged", row.orphaned_at or self.now)
            grade = self._grade(emitted) if state == "live" else None
            if row.body != body or row.state != state or dict(stated) != self.said.get(ref, {}):
                anew = replace(row, body=body, state=state, orphaned_at=gone_at, dirty=TO_INDEX, grade=grade)
                self.changed.append(anew)
                self.stated[ref] = stated
            elif row.grade != grade:
                self.regraded.append(replace(row, grade=grade))
        emitted_now = {emitted.emit for emitted in made.emits}
        self.changed += [
            orphaned(row, "deleted", self.now)
            for emit, row in mine.items()
            if emit not in emitted_now and row.state == "live"
        ]

    def _grade(self, emitted: Emitted) -> bytes | None:
        return self.graded.add(emitted.entity, self.stream.grade(emitted))

    def save(self) -> None:
        """Write the page."""
        self.graded.keep(self.connection)
        source_records.save(self.connection, self.vault, [], self.shadows)
        records.insert(self.connection, self.vault, self.new)
        records.update(self.connection, self.vault, [*self.changed, *self.regraded])
        new, old = ([row.ref for row in rows] for rows in (self.new, self.changed))
        restate(self.connection, self.stream, self.stated, new, old)
        tombstones.bury(self.connection, self.graves, self.now)
        self.done.refs = [row.ref for row in (*self.new, *self.changed)]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
