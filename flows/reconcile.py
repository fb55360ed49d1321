"""Sweep a system: is what it shows what the hub believes it shows? Report; and mend in the normal way.

Room: flows. Every record of every mapped stream is read and compared with its shadow. A record that the sweep did not
show is asked for by its id before anything is concluded, and nothing at all is concluded from a sweep that was cut
off, came back empty, or shrank (docs/decisions/0002).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ulid import ULID

from connectors.contract import Record
from connectors.errors import ConnectorError
from flows.beside_sync import whole_hub
from flows.hub import ConfiguredSystem, Hub
from flows.pauses import heed
from flows.pull import land_records
from flows.sync import finish, resolve_changed, start
from flows.tally import Tally, Trouble
from golden_record.rereading import content_hash
from golden_record.store import leases, source_records
from golden_record.store.source_records import Known, chunks, ref_of
from mapping.pull import record_id_of
from mapping.values import MappingError

SHRUNKEN = 0.5
"""Share of the living records that a sweep must show before anything is concluded from those that it did not."""
LISTED = 1_000
"""Records named one by one, per stream."""
_ASKED = 100


@dataclass
class StreamReport:
    """What the sweep of one stream found, by kind, each with the ids of its first records.

    - missed: the system has it, the hub does not know it, or took it for gone;
    - drifted: it shows something else than the hub last saw; *fields* counts by mapped path;
    - gone: the hub takes it for living, and the system, asked for it, says it is not there;
    - unlisted: it is there when asked for, but the sweep did not show it.
    """

    read: int = 0
    known: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    records: dict[str, list[str]] = field(default_factory=dict)
    fields: Counter[str] = field(default_factory=Counter)
    concluded: bool = True

    def note(self, kind: str, record_id: str) -> None:
        """Count one record."""
        self.counts[kind] += 1
        named = self.records.setdefault(kind, [])
        if len(named) < LISTED:
            named.append(record_id)

    def to_json(self) -> dict[str, Any]:
        """Return counts and ids; never a value."""
        return {
            "read": self.read,
            "known": self.known,
            **{kind: self.counts[kind] for kind in ("missed", "drifted", "gone", "unlisted")},
            "fields": dict(self.fields.most_common()),
            "concluded": self.concluded,
            "records": self.records,
        }


@dataclass
class Report:
    """What a reconcile came to."""

    tally: Tally
    system: str
    mended: bool
    streams: dict[str, StreamReport] = field(default_factory=dict)

    @property
    def differences(self) -> int:
        """Return how many records differ."""
        return sum(sum(stream.counts.values()) for stream in self.streams.values())

    def to_json(self) -> dict[str, Any]:
        """Return the shape of `crmhub reconcile --json`."""
        return {
            "run_id": self.tally.run_id,
            "status": self.tally.status(),
            "system": self.system,
            "mended": self.mended,
            "streams": {name: stream.to_json() for name, stream in self.streams.items()},
            "errors": [trouble.to_json() for trouble in self.tally.troubles],
        }


def reconcile(hub: Hub, system: ConfiguredSystem, *, mend: bool, wait: float = 60.0) -> Report:
    """Compare *system* with what the hub knows of it; note it in `runs`.

    Args:
        hub: the hub.
        system: which of its systems.
        mend: land what differs, and what is gone, as a pull would have; profiles follow at once, other systems with
            the next sync.
        wait: seconds to wait for a sync that is at work.

    Raises:
        LeaseHeld: a sync held the work for longer than *wait*.
        SystemPaused: a person has put the system on hold.
    """
    heed(hub, system.name)
    report = Report(Tally(str(ULID())), system.name, mend)
    report.tally.system(system.name)
    with whole_hub(hub, wait=wait), leases.hold(hub.store, f"system:{system.name}", wait=wait):
        start(hub, report.tally, "reconcile")
        status = "failed"
        try:
            for stream in system.mappings:
                report.streams[stream] = _Sweep(hub, system, stream, report.tally, mend=mend).run()
            if mend:
                resolve_changed(hub, report.tally)
            status = report.tally.status()
        finally:
            finish(hub, report.tally, status)
    return report


class _Sweep:
    """The sweep of one stream."""

    def __init__(self, hub: Hub, system: ConfiguredSystem, stream: str, tally: Tally, *, mend: bool) -> None:
        self.hub, self.system, self.stream, self.tally, self.mend = hub, system, stream, tally, mend
        self.mapping = system.mappings[stream]
        self.report = StreamReport()
        with hub.store.read() as connection:
            self.living = source_records.live_refs(connection, system.name, stream)
        self.report.known = len(self.living)
        self.seen: set[bytes] = set()

    def run(self) -> StreamReport:
        """Read everything, then ask for what was not shown."""
        calls = self.system.budget.calls
        try:
            for page in self.system.readers()[self.stream].read(None):
                self._take(page.records)
            self._ask_for_the_rest()
        except ConnectorError as error:
            self.report.concluded = False
            self.tally.error(error, self.system.name, self.stream)
        finally:
            self.tally.system(self.system.name).calls += self.system.budget.calls - calls
            self.tally.stream(self.system.name, self.stream).read += self.report.read
        return self.report

    def _take(self, records: Sequence[Record]) -> None:
        by_ref: dict[bytes, tuple[str, Record]] = {}
        for record in records:
            self.report.read += 1
            try:
                record_id = record_id_of(self.mapping, record)
            except MappingError:
                continue  # a pull names it
            by_ref[ref_of(self.hub.store.vault, self.system.name, self.stream, record_id)] = (record_id, record)
        self.seen |= by_ref.keys()
        with self.hub.store.read() as connection:
            known = source_records.known(connection, by_ref)
        differing: list[bytes] = []
        for ref, (record_id, record) in by_ref.items():
            kind = self._difference(record, known.get(ref))
            if kind is not None:
                self.report.note(kind, record_id)
            if kind == "drifted":
                differing.append(ref)
        self._count_fields({ref: by_ref[ref][1] for ref in differing})
        if self.mend:
            land_records(self.hub, self.system, self.stream, [dict(one) for _id, one in by_ref.values()], self.tally)

    def _difference(self, record: Record, held: Known | None) -> str | None:
        living = held is not None and held.state == "live"
        content = content_hash(self.hub.store.vault, self.mapping.mapped_paths(dict(record)))
        if held is not None and living and held.content_hash == content:
            return None
        if self._is_gone(record):
            return "gone" if living else None
        return "drifted" if living else "missed"

    def _is_gone(self, record: Record) -> bool:
        """Whether a record is deleted or merged away, by its system's word or by the mapping's rule."""
        normalised = self.system.landing(self.stream).normalise(record)
        return bool(normalised.deleted or normalised.merged_into)

    def _count_fields(self, drifted: Mapping[bytes, Record]) -> None:
        with self.hub.store.read() as connection:
            shadows = source_records.shadows(connection, self.hub.store.vault, drifted)
        for ref, shadow in shadows.items():
            now = self.mapping.mapped_paths(dict(drifted[ref]))
            self.report.fields.update(
                name for name in shadow.payload.keys() | now.keys() if shadow.payload.get(name) != now.get(name)
            )

    def _ask_for_the_rest(self) -> None:
        missing = self.living - self.seen
        if not missing:
            return
        if len(missing) > SHRUNKEN * len(self.living):
            self.report.concluded = False
            what = f"the sweep showed {len(self.living) - len(missing)} of {len(self.living)} records"
            cure = "Nothing was concluded. Check the rights of the hub's user there; then run it again."
            self.tally.trouble(Trouble(self.system.name, self.stream, None, "shrunken", what, cure))
            return
        with self.hub.store.read() as connection:
            ids = source_records.ids_of(connection, missing)
        for part in chunks(ids, _ASKED):
            found = {record_id_of(self.mapping, one): dict(one) for one in self.system.fetch(self.stream, part)}
            for record_id in part:
                if record_id in found:
                    self.report.note("gone" if self._is_gone(found[record_id]) else "unlisted", record_id)
            if self.mend:
                land_records(self.hub, self.system, self.stream, list(found.values()), self.tally)
