"""Pull one system: its Airbyte messages into the store, batch by batch, cursors in the same transaction.

Room: flows. A crash repeats work and never skips it. A record that cannot be used is named and counted; the rest go on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from airbyte_cdk.models import (
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStream,
    AirbyteStreamState,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    StreamDescriptor,
    SyncMode,
    Type,
)

from connectors.contract import SKIPPED
from connectors.errors import ConnectorError, QuotaPaused
from flows.hub import ConfiguredSystem, Hub
from flows.other_hubs import look_at
from flows.pauses import SystemPaused, heed, held_of
from flows.tally import Tally, Trouble
from golden_record.landing import Landed, Pulled, land
from golden_record.store import cursors
from golden_record.store.engine import CHUNK
from mapping.pull import record_id_of
from mapping.values import MappingError

log = logging.getLogger(__name__)

Progress = Callable[[str, str, int], None]
"""Told (system, stream, records read so far) now and then."""


def silent(_system: str, _stream: str, _read: int) -> None:
    """Tell nobody."""


def pull_system(hub: Hub, system: ConfiguredSystem, tally: Tally, *, full: bool, progress: Progress = silent) -> None:
    """Pull every mapped stream of one system; what fails is noted in *tally*, nothing is raised.

    The caller holds the system's lease. *full*: from the beginning, whatever the cursors say.
    """
    for (name, stream), mistakes in hub.project.broken.items():
        if name == system.name:
            for mistake in mistakes:
                tally.trouble(Trouble(name, stream, None, "mapping", str(mistake), "Correct the file; run again."))
    pulling = _Pulling(hub, system, tally, progress)
    before = system.budget.calls
    try:
        states = {} if full else pulling.states()
        source = system.pull_source()
        for message in source.read(log, system.written, _catalog(system), _state_messages(states)):
            pulling.take(message)
    except SystemPaused as error:
        tally.hold(held_of(error))
    except ConnectorError as error:
        tally.error(error, system.name)
    finally:
        pulling.flush(None)
        tally.system(system.name).calls += system.budget.calls - before


def fetch_records(hub: Hub, system: ConfiguredSystem, stream: str, ids: Sequence[str], tally: Tally) -> list[bytes]:
    """Pull just these records; return the refs of what changed."""
    pulling = _Pulling(hub, system, tally, silent)
    try:
        _fetch(pulling, stream, ids)
    except ConnectorError as error:
        tally.error(error, system.name, stream)
    return pulling.refs


def read_records(hub: Hub, system: ConfiguredSystem, stream: str, ids: Sequence[str], tally: Tally) -> list[bytes]:
    """Pull just these records, as `fetch_records` does; what stops the reading is raised once the rest has landed.

    Raises:
        ConnectorError: nothing more could be read; some of the records may have landed.
    """
    pulling = _Pulling(hub, system, tally, silent)
    _fetch(pulling, stream, ids)
    return pulling.refs


def _fetch(pulling: _Pulling, stream: str, ids: Sequence[str]) -> None:
    before = pulling.system.budget.calls
    try:
        for record in pulling.system.fetch(stream, ids):
            pulling.record(stream, dict(record))
    finally:
        pulling.flush(None)
        pulling.tally.system(pulling.system.name).calls += pulling.system.budget.calls - before


def land_records(
    hub: Hub, system: ConfiguredSystem, stream: str, records: Sequence[dict[str, Any]], tally: Tally
) -> list[bytes]:
    """Land records that are at hand (a webhook's, a stale write's); return the refs of what changed."""
    pulling = _Pulling(hub, system, tally, silent)
    for record in records:
        pulling.record(stream, record)
    pulling.flush(None)
    return pulling.refs


class _Pulling:
    """Collects records of one system into batches and lands them."""

    def __init__(self, hub: Hub, system: ConfiguredSystem, tally: Tally, progress: Progress) -> None:
        self.hub, self.system, self.tally, self.progress = hub, system, tally, progress
        self.batch: list[Pulled] = []
        self.stream: str | None = None
        self.refs: list[bytes] = []

    def states(self) -> dict[str, dict[str, Any]]:
        """Return the kept cursor of each mapped stream."""
        with self.hub.store.read() as connection:
            found = {name: cursors.load(connection, self.system.name, name) for name in self.system.mappings}
        return {name: state for name, state in found.items() if state is not None}

    def take(self, message: AirbyteMessage) -> None:
        """Take one message of the source."""
        if message.type == Type.RECORD and message.record is not None:
            self.record(message.record.stream, message.record.data)
        elif message.type == Type.STATE and message.state is not None and message.state.stream is not None:
            name = message.state.stream.stream_descriptor.name
            if message.state.stream.stream_state is not None:
                self.switch(name)
                self.flush(dict(vars(message.state.stream.stream_state)))
        elif message.type == Type.TRACE and message.trace is not None:
            self.trace(message)

    def trace(self, message: AirbyteMessage) -> None:
        """Note a stream's end, or what stopped it."""
        trace = message.trace
        if trace is None:
            return
        if trace.analytics is not None and trace.analytics.type == SKIPPED:
            self._skipped(_facts(trace.analytics.value))
        elif trace.error is not None:
            self.flush(None)
            self._error(trace.error)
        elif trace.stream_status is not None and trace.stream_status.status == AirbyteStreamStatus.COMPLETE:
            name = trace.stream_status.stream_descriptor.name
            self.switch(name)
            self.flush(None)
            with self.hub.store.write() as connection:
                cursors.complete(connection, self.system.name, name, self.hub.now())

    def record(self, stream: str, data: dict[str, Any]) -> None:
        """Take one record; a record without an id is named by its place and left out."""
        self.switch(stream)
        mapping = self.system.mappings[stream]
        counts = self.tally.stream(self.system.name, stream)
        counts.read += 1
        try:
            self.batch.append(Pulled(record_id_of(mapping, data), mapping.mapped_paths(data), data))
        except MappingError as error:
            counts.invalid += 1
            where = f"record {counts.read} of the pull"
            cure = "Mend it in the system, or correct `key:` in the mapping."
            self.tally.trouble(Trouble(self.system.name, stream, where, "unusable_record", str(error), cure))
        if len(self.batch) >= CHUNK:
            self.flush(None)
            heed(self.hub, self.system.name)

    def switch(self, stream: str) -> None:
        """Go over to another stream: what was collected of the last one is landed first."""
        if stream != self.stream:
            self.flush(None)
            self.stream = stream

    def flush(self, state: dict[str, Any] | None) -> None:
        """Land what was collected, with the cursor that covers it."""
        if self.stream is None or (not self.batch and state is None):
            return
        stream, batch, self.batch = self.stream, self.batch, []
        look_at(self.hub, self.system, stream, ((one.record_id, one.whole) for one in batch))
        now = self.hub.now()
        landed = land(
            self.hub.store, self.system.landing(stream), batch, now=now, beside=self._keep(stream, state, now)
        )
        self._count(stream, landed)

    def _keep(self, stream: str, state: dict[str, Any] | None, now: datetime) -> Callable[[sa.Connection], None]:
        def keep(connection: sa.Connection) -> None:
            if state is not None:
                cursors.save(connection, self.system.name, stream, state, now)

        return keep

    def _count(self, stream: str, landed: Landed) -> None:
        counts = self.tally.stream(self.system.name, stream)
        counts.changed += landed.changed
        counts.invalid += landed.invalid
        self.refs += landed.refs
        self.progress(self.system.name, stream, counts.read)

    def _skipped(self, facts: dict[str, Any]) -> None:
        """Count what a source could not read, and name it."""
        count, stream = int(facts.get("count", 1)), str(facts.get("stream", ""))
        counts = self.tally.stream(self.system.name, stream)
        counts.read += count
        counts.invalid += count
        place, code, what, cure = (str(facts.get(name, "")) for name in ("place", "code", "what", "cure"))
        self.tally.trouble(Trouble(self.system.name, stream, place, code, what, cure))

    def _error(self, error: AirbyteErrorTraceMessage) -> None:
        stream = error.stream_descriptor.name if error.stream_descriptor else None
        facts = _facts(error.internal_message)
        if facts.get("continues_at"):
            until = datetime.fromisoformat(facts["continues_at"])
            paused = QuotaPaused(system=self.system.name, bucket=facts["bucket"] or "", continues_at=until)
            self.tally.error(paused, self.system.name)
            return
        what, cure = facts.get("what") or error.message or "the source failed", facts.get("cure") or ""
        code = facts.get("code") or "source"
        self.tally.trouble(Trouble(self.system.name, stream, facts.get("record_id"), code, what, cure))


def _facts(said: str | None) -> dict[str, Any]:
    """Read what `connectors.source` puts beside an error; another Airbyte source puts free text there."""
    try:
        facts = json.loads(said or "")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _catalog(system: ConfiguredSystem) -> ConfiguredAirbyteCatalog:
    """Ask for every mapped stream, from its cursor on."""
    return ConfiguredAirbyteCatalog(
        streams=[
            ConfiguredAirbyteStream(
                stream=AirbyteStream(
                    name=name, json_schema={}, supported_sync_modes=[SyncMode.full_refresh, SyncMode.incremental]
                ),
                sync_mode=SyncMode.incremental,
                destination_sync_mode=DestinationSyncMode.append_dedup,
            )
            for name in system.config.streams
            if name in system.mappings
        ]
    )


def _state_messages(states: dict[str, dict[str, Any]]) -> list[AirbyteStateMessage]:
    return list(_each_state(states))


def _each_state(states: dict[str, dict[str, Any]]) -> Iterator[AirbyteStateMessage]:
    for name, state in states.items():
        stream = AirbyteStreamState(
            stream_descriptor=StreamDescriptor(name=name), stream_state=AirbyteStateBlob(**state)
        )
        yield AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream)
