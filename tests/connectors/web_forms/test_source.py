from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, Status, Type

from connectors.web_forms.source import Source
from tests.connectors.web_forms.conftest import Marketing
from tests.connectors.web_forms.posts import settings

LOG = logging.getLogger("test")
CATALOG = {
    "streams": [
        {
            "stream": {"name": "entries", "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
        }
    ]
}


def test_a_product_without_a_pull_offers_the_stream_and_makes_no_call() -> None:
    for unconfigured in ({"product": "jinshuju"}, {"product": "typeform", "base_url": "http://127.0.0.1:1"}):
        source = Source()
        assert source.check(LOG, unconfigured).status == Status.SUCCEEDED
        (stream,) = source.discover(LOG, unconfigured).streams
        assert (stream.name, stream.source_defined_primary_key) == ("entries", [["id"]])
        (reader,) = source.readers(settings(**unconfigured))
        assert not list(reader.read(None))
        assert not list(reader.fetch(["F:1"]))


def test_a_check_names_what_is_wrong(start: Callable[..., Marketing]) -> None:
    marketing = start(3)
    assert Source().check(LOG, marketing.config).status == Status.SUCCEEDED
    assert Source().check(LOG, {**marketing.config, "forms": []}).status == Status.SUCCEEDED
    for change, named in (({"token": "x"}, "token"), ({"forms": ["nix"]}, "forms"), ({"colour": 1}, "colour")):
        answer = Source().check(LOG, {**marketing.config, **change})
        assert answer.status == Status.FAILED
        assert named in str(answer.message)


def test_secrets_are_marked_in_the_spec() -> None:
    properties: Any = Source().spec(LOG).connectionSpecification["properties"]
    assert "password" in json.dumps(properties["token"])
    assert "password" in json.dumps(properties["secrets"])


def test_the_catalog_names_the_questions_of_the_forms(start: Callable[..., Marketing]) -> None:
    (stream,) = Source().discover(LOG, start(3).config).streams
    asked: Any = stream.json_schema["properties"]["fields"]["properties"]
    assert {"name", "email", "phone", "company", "consent"} <= set(asked)
    assert stream.default_cursor_field == ["revision"]


def test_a_read_speaks_airbyte_with_a_state_behind_the_records(start: Callable[..., Marketing]) -> None:
    marketing = start(20)
    catalog = ConfiguredAirbyteCatalogSerializer.load(CATALOG)
    messages = list(Source().read(LOG, marketing.config, catalog))
    kinds = [message.type for message in messages]
    assert kinds.count(Type.RECORD) == 20
    assert kinds.index(Type.STATE) > kinds.index(Type.RECORD)
    assert [
        message.trace.stream_status.status.value
        for message in messages
        if message.trace and message.trace.stream_status
    ] == [
        "STARTED",
        "COMPLETE",
    ]


def test_the_source_runs_on_its_own(start: Callable[..., Marketing], tmp_path: Path) -> None:
    config, catalog = tmp_path / "config.json", tmp_path / "catalog.json"
    config.write_text(json.dumps(start(5).config))
    catalog.write_text(json.dumps(CATALOG))
    command = [sys.executable, "-m", "connectors.web_forms.source", "read", "--config", str(config)]
    done = subprocess.run([*command, "--catalog", str(catalog)], capture_output=True, text=True, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(message["type"] == "RECORD" for message in messages) == 5
