from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import (
    AirbyteStateBlob,
    AirbyteStateMessage,
    AirbyteStateType,
    AirbyteStreamState,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteStream,
    DestinationSyncMode,
    Status,
    StreamDescriptor,
    SyncMode,
    Type,
)

from connectors.errors import StopSystem
from connectors.fxiaoke.settings import Settings
from connectors.fxiaoke.source import Source
from tests.connectors.fxiaoke.conftest import Start, World, typed

LOG = logging.getLogger("test")
ROOT = Path(__file__).parents[3]


def config(world: World) -> dict[str, Any]:
    return dict(world.block["config"]["config"])


def test_the_specification_marks_secrets() -> None:
    properties = Source().spec(LOG).connectionSpecification["properties"]
    assert properties["app_secret"]["airbyte_secret"] is True
    assert properties["permanent_code"]["airbyte_secret"] is True


def test_check_signs_in_and_names_a_missing_object(world: World) -> None:
    good = Source().check(LOG, config(world))
    assert good.status == Status.SUCCEEDED
    bad = Source().check(LOG, {**config(world), "objects": ["AccountObj", "nothing__c"]})
    assert bad.status == Status.FAILED
    assert "nothing__c" in str(bad.message)
    secret = Source().check(LOG, {**config(world), "app_secret": "wr0ng"})
    assert secret.status == Status.FAILED
    assert "wr0ng" not in str(secret.message)
    stranger = Settings.model_validate({**config(world), "open_user_id": "FSUID_nobody"})
    with pytest.raises(StopSystem, match="20012"):
        Source().probe(stranger)


def test_every_stream_reads_in_full_and_then_incrementally(start: Start) -> None:
    world = start([typed("a", "account", company="示例"), typed("1", refers_to="a"), typed("l", "lead")])
    source = Source(tokens=world.tokens)
    catalog = source.discover(LOG, config(world))
    assert [stream.name for stream in catalog.streams] == ["AccountObj", "ContactObj", "LeadsObj"]
    chosen = ConfiguredAirbyteCatalog(
        streams=[
            ConfiguredAirbyteStream(
                stream=stream,
                sync_mode=SyncMode.incremental,
                destination_sync_mode=DestinationSyncMode.append,
                cursor_field=stream.default_cursor_field,
            )
            for stream in catalog.streams
        ]
    )
    messages = list(source.read(LOG, config(world), chosen))
    records = [message.record for message in messages if message.type == Type.RECORD]
    assert sorted(record.stream for record in records if record) == ["AccountObj", "ContactObj", "LeadsObj"]
    states = [message.state.stream for message in messages if message.type == Type.STATE and message.state]
    kept = [
        AirbyteStateMessage(
            type=AirbyteStateType.STREAM,
            stream=AirbyteStreamState(
                stream_descriptor=StreamDescriptor(name=state.stream_descriptor.name),
                stream_state=AirbyteStateBlob(**vars(state.stream_state)),
            ),
        )
        for state in states
        if state is not None
    ]
    world.calls()
    list(source.read(LOG, config(world), chosen, kept))
    assert world.calls() == {"query": 3}


def test_the_source_runs_on_its_own(world: World, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config(world)))
    ran = subprocess.run(
        [sys.executable, "-m", "connectors.fxiaoke.source", "check", "--config", "config.json"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    status = [one["connectionStatus"]["status"] for one in said if one.get("type") == "CONNECTION_STATUS"]
    assert status == ["SUCCEEDED"], ran.stderr
    assert (tmp_path / ".fxiaoke-token.json").stat().st_mode & 0o777 == 0o600


def test_objects_without_the_field_of_the_binding_id_are_named(start: Start) -> None:
    world = start()
    assert Source().lacking(world.settings) == ()
    (lacking,) = Source().lacking(world.settings.model_copy(update={"binding_field": "nope__c"}))
    assert lacking.streams == tuple(world.settings.objects)
    assert "nope__c" in lacking.what
