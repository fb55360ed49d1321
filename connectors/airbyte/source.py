"""Any Airbyte source behind the hub's own: what it says is checked, and passed on in the form that the hub reads.

`python -m connectors.airbyte.source spec|check|discover|read` runs it on its own.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from airbyte_cdk.entrypoint import launch
from airbyte_cdk.models import (
    AirbyteCatalog,
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateMessage,
    AirbyteStream,
    AirbyteStreamStatus,
    AirbyteTraceMessage,
    ConfiguredAirbyteCatalog,
    StreamDescriptor,
    SyncMode,
    TraceType,
    Type,
)

from connectors.airbyte import states
from connectors.airbyte.catalog import KEY, Offered, configured, offered
from connectors.airbyte.reader import AirbyteReader
from connectors.airbyte.run import Ending, Message, SourceProgram
from connectors.airbyte.settings import Settings
from connectors.contract import Skipped
from connectors.errors import ConnectorError
from connectors.settings import ConnectorSettings
from connectors.source import HubSource, error_message, skipped_message, state_message, states_of, status_message


class Source(HubSource):
    """The streams of one Airbyte source."""

    name: ClassVar[str] = "airbyte"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def probe(self, settings: Settings) -> str:
        """Let the source check itself."""
        return SourceProgram(settings, self.tokens).check()

    def readers(self, settings: Settings) -> Sequence[AirbyteReader]:
        """Ask the source for its streams, and return a reader for each."""
        program = SourceProgram(settings, self.tokens)
        return [AirbyteReader(program, stream) for stream in offered(program.discover()).values()]

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Return the streams as the source describes them."""
        del logger
        return AirbyteCatalog(streams=[_described(reader.stream) for reader in self.readers(self.settings(config))])

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Run the source once for all streams of *catalog*, and yield what it gives.

        A stream that fails ends INCOMPLETE behind an error trace; the others go on as far as the source does.
        """
        settings = self.settings(config)
        asked = [one.stream.name for one in catalog.streams]
        incremental = {one.stream.name for one in catalog.streams if one.sync_mode == SyncMode.incremental}
        reading: _Reading | None = None
        try:
            program = SourceProgram(settings, self.tokens)
            there = offered(program.discover())
            for name in asked:
                if name not in there:
                    yield from _not_offered(name, there)
            chosen = [there[name] for name in asked if name in there]
            kept = {name: one for name, one in states_of(state).items() if name in incremental and name in there}
            reading = _Reading(program, chosen, settings.full, kept)
            if chosen:
                yield from reading.messages()
        except ConnectorError as error:
            logger.info("%s", error)
            for name in reading.unfinished() if reading is not None else asked:
                yield error_message(name, error)
                yield status_message(name, AirbyteStreamStatus.INCOMPLETE)


@dataclass
class _Reading:
    """One read: what is asked of the source, and which streams have ended."""

    program: SourceProgram
    streams: Sequence[Offered]
    full: Sequence[str]
    kept: Mapping[str, Mapping[str, Any]]
    ended: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    told: bool = False
    """Whether a stream's error was told."""

    def unfinished(self) -> list[str]:
        """Return the streams that have neither ended nor failed."""
        return [stream.name for stream in self.streams if stream.name not in self.ended | self.failed]

    def messages(self) -> Iterator[AirbyteMessage]:
        """Yield the hub's form of what the source says; streams that it forgets to end are ended with it."""
        by_name = {stream.name: stream for stream in self.streams}
        catalog = configured(self.streams, self.full)
        modes = {one["stream"]["name"]: one["sync_mode"] for one in catalog["streams"]}
        given = {name: one for name, one in self.kept.items() if modes[name] == "incremental"}
        number = states.last_number(self.kept)
        state = states.joined(given, {stream.name: stream.namespace for stream in self.streams})
        ending = Ending()
        for message in self.program.read(catalog, state, ending):
            kind = message["type"]
            if kind == "RECORD":
                yield from self._record(message.get("record") or {}, by_name, ending)
            elif kind == "STATE":
                number += 1
                names = [name for name, mode in modes.items() if mode == "incremental"]
                for name, kept in states.split(message.get("state") or {}, names, number):
                    yield state_message(name, kept)
            elif kind == "TRACE":
                yield from self._trace(message.get("trace") or {}, modes)
        for name in self.unfinished() if not ending.exit_code else ():
            yield from self._complete(name, modes)
        for name in self.unfinished():
            yield status_message(name, AirbyteStreamStatus.INCOMPLETE)
        if ending.damaged:
            what = f"{ending.damaged} lines of the source were damaged messages; records may be lost"
            lost = Skipped("the source's output", "damaged", what, "Report it to the source's makers.", ending.damaged)
            yield skipped_message(self.streams[0].name, lost)

    def _record(
        self, record: Mapping[str, Any], streams: Mapping[str, Offered], ending: Ending
    ) -> Iterator[AirbyteMessage]:
        name, data = record.get("stream"), record.get("data")
        stream = streams.get(name) if isinstance(name, str) else None
        if stream is None or not isinstance(data, dict):
            ending.damaged += not isinstance(data, dict)
            return
        at = int(time.time() * 1000)
        made = AirbyteRecordMessage(stream=stream.name, data=stream.with_key(data), emitted_at=at)
        yield AirbyteMessage(type=Type.RECORD, record=made)

    def _trace(self, trace: Message, modes: Mapping[str, str]) -> Iterator[AirbyteMessage]:
        if trace.get("type") == "STREAM_STATUS":
            said = trace.get("stream_status") or {}
            name, status = (said.get("stream_descriptor") or {}).get("name"), said.get("status")
            if not isinstance(name, str) or name not in modes or status not in {"STARTED", "COMPLETE", "INCOMPLETE"}:
                return
            if status == "COMPLETE":
                yield from self._complete(name, modes)
            else:
                self.failed |= {name} if status == "INCOMPLETE" else set()
                yield status_message(name, AirbyteStreamStatus(status))
        elif trace.get("type") == "ERROR" and not self._sums_up(trace.get("error") or {}):
            yield self._error(trace.get("error") or {}, modes)

    def _sums_up(self, error: Message) -> bool:
        """Say whether an error only names streams whose own errors were told: airbyte-cdk ends such reads with it."""
        return self.told and not error.get("stream_descriptor") and _SUMMARY in str(error.get("message"))

    def _complete(self, name: str, modes: Mapping[str, str]) -> Iterator[AirbyteMessage]:
        """End a stream. One that is read whole keeps no state: what the source gives there means "all done"."""
        self.ended.add(name)
        if modes[name] != "incremental":
            yield state_message(name, states.complete())
        yield status_message(name, AirbyteStreamStatus.COMPLETE)

    def _error(self, error: Message, modes: Mapping[str, str]) -> AirbyteMessage:
        """Pass an error on: its text for the user, masked; never what it holds for developers."""
        name = (error.get("stream_descriptor") or {}).get("name")
        stream = name if name in modes else None
        self.failed |= {stream} if stream else set()
        self.told |= stream is not None
        kind = str(error.get("failure_type") or "system_error")
        cure = _CURES.get(kind, "Run it by hand, or again with --debug for its log; the next run tries again.")
        facts = {"what": f"the source reports: {self.program.mask(str(error.get('message') or 'an error'))}"}
        said = AirbyteErrorTraceMessage(
            message=facts["what"],
            internal_message=json.dumps({**facts, "code": kind, "cure": cure}),
            stream_descriptor=StreamDescriptor(name=stream) if stream else None,
        )
        trace = AirbyteTraceMessage(type=TraceType.ERROR, emitted_at=time.time() * 1000, error=said)
        return AirbyteMessage(type=Type.TRACE, trace=trace)


_SUMMARY = "the following streams did not sync successfully"
_CURES = {
    "config_error": "Correct the source's `config`.",
    "transient_error": "Nothing to do: the next run goes on from the last state.",
}


def _not_offered(name: str, there: Mapping[str, Offered]) -> Iterator[AirbyteMessage]:
    cure = f"Correct `streams`. It offers: {', '.join(sorted(there)) or 'none'}."
    what = "the source offers no such stream"
    yield error_message(name, ConnectorError(what, system=Source.name, stream=name, code="no_stream", cure=cure))
    yield status_message(name, AirbyteStreamStatus.INCOMPLETE)


def _described(stream: Offered) -> AirbyteStream:
    modes = [SyncMode.full_refresh, *([SyncMode.incremental] if stream.incremental else [])]
    several = len(stream.key) > 1
    return AirbyteStream(
        name=stream.name,
        json_schema=dict(stream.described.get("json_schema") or {}),
        supported_sync_modes=modes,
        source_defined_cursor=True if stream.incremental else None,
        default_cursor_field=list(stream.described.get("default_cursor_field") or []) or None,
        source_defined_primary_key=[[KEY]] if several else stream.key or None,
        namespace=stream.namespace,
    )


if __name__ == "__main__":
    launch(Source(), sys.argv[1:])
