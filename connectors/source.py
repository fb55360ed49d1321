"""The base of every source: our stream readers, spoken as Airbyte messages.

A connector's `source.py` subclasses `HubSource` in a few lines; it is then a normal airbyte-cdk source:
`python -m connectors.<system>.source spec|check|discover|read`.
"""

from __future__ import annotations

import json
import logging
import time
from abc import abstractmethod
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from airbyte_cdk.models import (
    AirbyteAnalyticsTraceMessage,
    AirbyteCatalog,
    AirbyteConnectionStatus,
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteRecordMessage,
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStream,
    AirbyteStreamState,
    AirbyteStreamStatus,
    AirbyteStreamStatusTraceMessage,
    AirbyteTraceMessage,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    FailureType,
    Status,
    StreamDescriptor,
    SyncMode,
    TraceType,
    Type,
)
from airbyte_cdk.sources import Source
from pydantic import ValidationError

from connectors.clock_jumps import read_past_jumps
from connectors.contract import SKIPPED, Skipped
from connectors.errors import ConnectorError, QuotaPaused, StopSystem
from connectors.ports import Budget, MemoryTokenStore, TokenStore, WindowBudget
from connectors.read_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from connectors.contract import Channels, Lacking, StreamReader
    from connectors.settings import ConnectorSettings

log = logging.getLogger(__name__)


class HubSource(Source):
    """A source made of stream readers.

    Args:
        tokens: where rotating tokens are kept; default: for the life of this process.
        budget: the account's rate budget; default: the connector's documented limits, within this process.
    """

    name: ClassVar[str]
    settings_model: ClassVar[type[ConnectorSettings]]
    reads_ahead: ClassVar[bool] = True
    """Whether the next page is fetched while the last one is worked on; of no use where nothing is waited for."""

    def __init__(self, tokens: TokenStore | None = None, budget: Budget | None = None) -> None:
        super().__init__()
        self.tokens: TokenStore = tokens or MemoryTokenStore()
        self.budget: Budget = budget or WindowBudget()

    @abstractmethod
    def probe(self, settings: Any) -> str:  # noqa: ANN401 (the subclass's own settings model)
        """Sign in and make one cheap read; return one line on what was reached. Raises ConnectorError."""

    def prepare(self, settings: Any) -> Sequence[str]:  # noqa: ANN401
        """Make in the system what pushing needs (the field that carries the binding id), where its API can.

        Returns:
            A line for each thing made; none where nothing was lacking. Twice is once.

        Raises:
            ConnectorError: it could not be made; the cure says how to do it by hand.
        """
        del settings
        return ()

    def lacking(self, settings: Any) -> Sequence[Lacking]:  # noqa: ANN401
        """Say what the system lacks for records to be made in it: most often the field that carries the binding id.

        Raises:
            ConnectorError: the system cannot be asked.
        """
        del settings
        return ()

    def keep_channels(self, settings: Any, notify_url: str) -> Channels | None:  # noqa: ANN401
        """See to it that the system posts its changes to *notify_url*: open, renew or leave what is there.

        Returns:
            What stands now; None where posts are set up by hand in the system. Twice is once.

        Raises:
            ConnectorError: the system cannot be asked, or refuses.
        """
        del settings, notify_url
        return None

    def close_channels(self, settings: Any) -> int:  # noqa: ANN401
        """End what `keep_channels` opened; return how many channels there were."""
        del settings
        return 0

    @abstractmethod
    def readers(self, settings: Any) -> Sequence[StreamReader]:  # noqa: ANN401
        """Return a reader for each stream that this configuration offers. Makes no call where it can."""

    def settings(self, config: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Check *config*; a mistake is a `pydantic.ValidationError`."""
        return self.settings_model.model_validate(dict(config))

    def spec(self, logger: logging.Logger) -> ConnectorSpecification:
        """Return the settings' JSON schema; secrets are marked `airbyte_secret`."""
        del logger
        schema = self.settings_model.model_json_schema()
        for described in schema.get("properties", {}).values():
            if described.get("format") == "password":
                described["airbyte_secret"] = True
        return ConnectorSpecification(connectionSpecification=schema)

    def check(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteConnectionStatus:
        """Say whether the system can be reached with *config*, and if not, why and what to do."""
        del logger
        try:
            return AirbyteConnectionStatus(status=Status.SUCCEEDED, message=self.probe(self.settings(config)))
        except ConnectorError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=str(error))
        except ValidationError as error:
            return AirbyteConnectionStatus(status=Status.FAILED, message=_mistakes(error))

    def discover(self, logger: logging.Logger, config: Mapping[str, Any]) -> AirbyteCatalog:
        """Return every stream with its schema."""
        del logger
        return AirbyteCatalog(streams=[_described(reader) for reader in self.readers(self.settings(config))])

    def read(
        self,
        logger: logging.Logger,
        config: Mapping[str, Any],
        catalog: ConfiguredAirbyteCatalog,
        state: list[AirbyteStateMessage] | None = None,
    ) -> Iterator[AirbyteMessage]:
        """Yield the configured streams one after another, each framed by its status.

        A stream that fails ends INCOMPLETE behind an error trace and the next goes on, unless the whole
        system has to be stopped (credentials, quota): then the remaining ones end INCOMPLETE too.
        """
        readers = {reader.name: reader for reader in self.readers(self.settings(config))}
        states = states_of(state)
        stopped: StopSystem | None = None
        for configured in catalog.streams:
            name = configured.stream.name
            yield status_message(name, AirbyteStreamStatus.STARTED)
            try:
                if stopped is not None:
                    raise stopped
                incremental = configured.sync_mode == SyncMode.incremental
                yield from self._stream(readers[name], states.get(name) if incremental else None)
            except ConnectorError as error:
                stopped = error if isinstance(error, StopSystem) else None
                logger.warning("%s", error)
                yield error_message(name, error)
                yield status_message(name, AirbyteStreamStatus.INCOMPLETE)
            else:
                yield status_message(name, AirbyteStreamStatus.COMPLETE)

    def _stream(self, reader: StreamReader, state: Mapping[str, Any] | None) -> Iterator[AirbyteMessage]:
        name, kind = reader.name, Type.RECORD
        pages = read_past_jumps(reader, state)
        for page in read_ahead(pages) if self.reads_ahead else pages:
            emitted_at = int(time.time() * 1000)
            for record in page.records:
                said = AirbyteRecordMessage(stream=name, data=dict(record), emitted_at=emitted_at)
                yield AirbyteMessage(type=kind, record=said)
            for skipped in page.skipped:
                yield skipped_message(name, skipped)
            if page.state is not None:
                yield state_message(name, page.state)


def _described(reader: StreamReader) -> AirbyteStream:
    modes = [SyncMode.full_refresh, *([SyncMode.incremental] if reader.cursor_field else [])]
    return AirbyteStream(
        name=reader.name,
        json_schema=dict(reader.schema()),
        supported_sync_modes=modes,
        source_defined_cursor=True if reader.cursor_field else None,
        default_cursor_field=[reader.cursor_field] if reader.cursor_field else None,
        source_defined_primary_key=[[reader.primary_key]],
    )


def states_of(state: list[AirbyteStateMessage] | None) -> dict[str, dict[str, Any]]:
    """Return what each stream keeps, by its name."""
    found: dict[str, dict[str, Any]] = {}
    for message in state or ():
        if message.stream is not None and message.stream.stream_state is not None:
            found[message.stream.stream_descriptor.name] = dict(vars(message.stream.stream_state))
    return found


def skipped_message(stream: str, skipped: Skipped) -> AirbyteMessage:
    """Say that a record of *stream* was left out, and why, in a form that stops no reader of the protocol."""
    log.info("%s: %s: %s", stream, skipped.place, skipped.what)
    value = json.dumps({"stream": stream, **asdict(skipped)}, ensure_ascii=False)
    trace = AirbyteTraceMessage(
        type=TraceType.ANALYTICS,
        emitted_at=time.time() * 1000,
        analytics=AirbyteAnalyticsTraceMessage(type=SKIPPED, value=value),
    )
    return AirbyteMessage(type=Type.TRACE, trace=trace)


def state_message(name: str, state: Mapping[str, Any]) -> AirbyteMessage:
    """Return the message that says how far *name* was read."""
    stream = AirbyteStreamState(stream_descriptor=StreamDescriptor(name=name), stream_state=AirbyteStateBlob(**state))
    return AirbyteMessage(type=Type.STATE, state=AirbyteStateMessage(type=AirbyteStateType.STREAM, stream=stream))


def status_message(name: str, status: AirbyteStreamStatus) -> AirbyteMessage:
    """Return the message that frames a stream."""
    trace = AirbyteTraceMessage(
        type=TraceType.STREAM_STATUS,
        emitted_at=time.time() * 1000,
        stream_status=AirbyteStreamStatusTraceMessage(stream_descriptor=StreamDescriptor(name=name), status=status),
    )
    return AirbyteMessage(type=Type.TRACE, trace=trace)


def error_message(name: str, error: ConnectorError) -> AirbyteMessage:
    """Return the trace of what stopped a stream."""
    kind = FailureType.config_error if isinstance(error, StopSystem) else FailureType.transient_error
    trace = AirbyteTraceMessage(
        type=TraceType.ERROR,
        emitted_at=time.time() * 1000,
        error=AirbyteErrorTraceMessage(
            message=str(error),
            internal_message=json.dumps(_facts(error)),
            failure_type=kind,
            stream_descriptor=StreamDescriptor(name=name),
        ),
    )
    return AirbyteMessage(type=Type.TRACE, trace=trace)


def _facts(error: ConnectorError) -> dict[str, str | None]:
    """Return what the hub needs to know of an error beside its text, as JSON travels in Airbyte's internal message."""
    until = error.continues_at.isoformat() if isinstance(error, QuotaPaused) else None
    return {
        "what": error.what,
        "code": error.code,
        "cure": error.cure,
        "record_id": error.record_id,
        "bucket": error.bucket if isinstance(error, QuotaPaused) else None,
        "continues_at": until,
    }


def _mistakes(error: ValidationError) -> str:
    """Name every wrong setting without its value: a value may be a secret."""
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
