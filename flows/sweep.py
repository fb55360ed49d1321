"""Compare all ids of a stream with those that the hub knows: find what went, or came back, without a word.

Room: flows. Some APIs tell of no deletion, or only for a time; a record restored from a bin may keep its old stamp.
An id that a sweep misses is never taken for deleted: the record is asked for, and what comes back is landed like any
other. Nothing is concluded from a sweep that breaks off, comes back empty, or has lost half of what was known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import Sweeper
from connectors.errors import ConnectorError
from flows.hub import ConfiguredSystem, Hub
from flows.pull import fetch_records
from flows.tally import Tally, Trouble
from golden_record.store import cursors, marks, source_records
from golden_record.store.source_records import ref_of

MOST_MISSING = 0.5
"""Share of the known records above which a sweep is not believed (the acting user may have lost a right)."""
FEW = 10
"""Below so many known records the share says nothing."""
FETCHED = 1000
"""Ids that are asked for together; each connector cuts them to its own batch."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one stream's sweep came to: *known* before, *missing* from the sweep, *unknown* to the hub until now."""

    known: int
    missing: int
    unknown: int


def sweep_due(hub: Hub, system: ConfiguredSystem, tally: Tally) -> None:
    """Sweep the streams of one system whose time has come; what fails is noted in *tally*.

    A stream's clock starts with its first complete read, which saw every record.
    """
    every = system.config.pull.sweep_seconds()
    if every is None:
        return
    now = hub.now()
    with hub.store.read() as connection:
        kept = marks.load(connection, hub.store.vault, [_mark(system.name, stream) for stream in system.mappings])
        read = cursors.freshness(connection)
    for stream, sweeper in _sweepers(system):
        last = kept.get(_mark(system.name, stream))
        if last is None:
            if read.get((system.name, stream)) is not None:
                _note(hub, system.name, stream, now)
        elif datetime.fromisoformat(last) + timedelta(seconds=every) <= now:
            sweep_stream(hub, system, stream, sweeper, tally)


def sweep_stream(hub: Hub, system: ConfiguredSystem, stream: str, sweeper: Sweeper, tally: Tally) -> Swept | None:
    """Sweep one stream and land what is found; None where nothing could be concluded, which *tally* then names."""
    before = system.budget.calls
    try:
        missing, unknown, known = _compared(hub, system.name, stream, sweeper)
    except ConnectorError as error:
        tally.error(error, system.name, stream)
        return None
    finally:
        tally.system(system.name).calls += system.budget.calls - before
    if known >= FEW and len(missing) > known * MOST_MISSING:
        what = f"{len(missing)} of {known} known records were not listed; none is taken for deleted"
        cure = "Check that the hub's user still sees this stream; if they were deleted, crmhub sync --full tells."
        tally.trouble(Trouble(system.name, stream, None, "shrunken_sweep", what, cure))
        return None
    for part in source_records.chunks([*missing, *unknown], FETCHED):
        fetch_records(hub, system, stream, part, tally)
    _note(hub, system.name, stream, hub.now())
    return Swept(known, len(missing), len(unknown))


def _compared(hub: Hub, system: str, stream: str, sweeper: Sweeper) -> tuple[list[str], list[str], int]:
    """Return the ids that the sweep misses, those that the hub does not hold as live, and how many it held."""
    vault = hub.store.vault
    with hub.store.read() as connection:
        left = source_records.live_refs(connection, system, stream)
    known, unknown = len(left), list[str]()
    for ids in sweeper.sweep():
        for record_id in ids:
            ref = ref_of(vault, system, stream, record_id)
            if ref in left:
                left.discard(ref)
            else:
                unknown.append(record_id)
    with hub.store.read() as connection:
        missing = source_records.ids_of(connection, left)
    return missing, list(dict.fromkeys(unknown)), known


def _sweepers(system: ConfiguredSystem) -> Iterator[tuple[str, Sweeper]]:
    readers = system.readers()
    for stream in system.mappings:
        reader = readers.get(stream)
        if isinstance(reader, Sweeper):
            yield stream, reader


def _note(hub: Hub, system: str, stream: str, at: datetime) -> None:
    with hub.store.write() as connection:
        marks.save(connection, hub.store.vault, {_mark(system, stream): at.isoformat()})


def _mark(system: str, stream: str) -> str:
    return f"swept:{system}/{stream}"
