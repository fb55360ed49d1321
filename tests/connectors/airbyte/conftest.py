"""Sources that say what a test wants, behind the hub's connector."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, ConfiguredAirbyteCatalogSerializer, Type

from connectors.airbyte.source import Source
from connectors.ports import MemoryTokenStore
from connectors.source import state_message

LOG = logging.getLogger("test")
STANDIN = Path(__file__).with_name("standin.py")
USERS = {
    "name": "users",
    "json_schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
    "supported_sync_modes": ["full_refresh", "incremental"],
    "source_defined_cursor": True,
    "default_cursor_field": ["at"],
    "source_defined_primary_key": [["id"]],
}
SHOPS = {"name": "shops", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}


def record(number: int, stream: str = "users", **values: Any) -> dict[str, Any]:
    return {"type": "RECORD", "record": {"stream": stream, "data": {"id": number, **values}, "emitted_at": 1}}


def stream_state(value: int, stream: str = "users") -> dict[str, Any]:
    one = {"stream_descriptor": {"name": stream}, "stream_state": {"at": value}}
    return {"type": "STATE", "state": {"type": "STREAM", "stream": one}}


def status(said: str, stream: str = "users") -> dict[str, Any]:
    one = {"stream_descriptor": {"name": stream}, "status": said}
    return {"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1, "stream_status": one}}


class Run:
    """What one read gave."""

    def __init__(self, messages: Sequence[AirbyteMessage]) -> None:
        self.messages = messages

    @property
    def ids(self) -> list[int]:
        return [one.record.data["id"] for one in self.messages if one.record is not None]

    @property
    def states(self) -> dict[str, dict[str, Any]]:
        """The last state of each stream."""
        found = {}
        for one in self.messages:
            if one.type == Type.STATE and one.state and one.state.stream and one.state.stream.stream_state:
                found[one.state.stream.stream_descriptor.name] = dict(vars(one.state.stream.stream_state))
        return found

    @property
    def statuses(self) -> list[tuple[str, str]]:
        said = [one.trace.stream_status for one in self.messages if one.trace and one.trace.stream_status]
        return [(one.stream_descriptor.name, one.status.value) for one in said]

    @property
    def errors(self) -> list[dict[str, Any]]:
        said = [one.trace.error for one in self.messages if one.trace and one.trace.error]
        return [json.loads(one.internal_message or "{}") for one in said]

    @property
    def skipped(self) -> list[dict[str, Any]]:
        said = [one.trace.analytics for one in self.messages if one.trace and one.trace.analytics]
        return [json.loads(one.value or "{}") for one in said]


class Scripted:
    """A source whose read follows a script."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tokens = MemoryTokenStore()

    def config(self, *script: Any, streams: Sequence[Any] = (USERS,), **options: Any) -> dict[str, Any]:
        (self.folder / "script").write_text(json.dumps(script))
        (self.folder / "catalog").write_text(json.dumps(streams))
        (self.folder / "check").write_text(json.dumps([options.pop("check", {"status": "SUCCEEDED"})]))
        config = {"play": str(self.folder), **options.pop("config", {})}
        command = [sys.executable, str(STANDIN)]
        return {"command": command, "config": config, "project": str(self.folder), **options}

    def read(
        self,
        *script: Any,
        state: Mapping[str, Mapping[str, Any]] | None = None,
        ask: Sequence[str] | None = None,
        streams: Sequence[Any] = (USERS,),
        **options: Any,
    ) -> Run:
        config = self.config(*script, streams=streams, **options)
        names = ask or [one["name"] for one in streams]
        return Run(list(self.source().read(LOG, config, asked(names), given(state or {}))))

    def source(self) -> Source:
        return Source(self.tokens)

    def noted(self, verb: str = "read") -> list[dict[str, Any]]:
        """What each run was given."""
        lines = (self.folder / "note").read_text().splitlines()
        return [note for note in map(json.loads, lines) if note["verb"] == verb]


def asked(names: Sequence[str]) -> Any:
    """Ask for streams as the hub does."""
    modes = ["full_refresh", "incremental"]
    streams = [
        {
            "stream": {"name": name, "json_schema": {}, "supported_sync_modes": modes},
            "sync_mode": "incremental",
            "destination_sync_mode": "append_dedup",
        }
        for name in names
    ]
    return ConfiguredAirbyteCatalogSerializer.load({"streams": streams})


def given(state: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    return [state_message(name, one).state for name, one in state.items()]


@pytest.fixture
def scripted(tmp_path: Path) -> Scripted:
    return Scripted(tmp_path)
