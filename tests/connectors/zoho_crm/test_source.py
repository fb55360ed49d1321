from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer, Status, SyncMode, Type
from pydantic import ValidationError

from connectors.zoho_crm.metadata import fields_of
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.source import Source
from tests.connectors.zoho_crm.conftest import Start, Zoho, records

LOG = logging.getLogger("test")
ROOT = Path(__file__).parents[3]


def catalog(*streams: str) -> dict[str, Any]:
    return {
        "streams": [
            {
                "stream": {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
                "sync_mode": "incremental",
                "destination_sync_mode": "append",
            }
            for name in streams
        ]
    }


def test_a_source_that_can_read_says_what(zoho: Zoho) -> None:
    status = Source().check(LOG, zoho.config)
    assert status.status is Status.SUCCEEDED
    assert status.message == "signed in; Contacts, Accounts, Leads can be read"


@pytest.mark.parametrize("binding_field", ["missing", "plain"])
def test_the_modules_where_nothing_could_be_created_are_named(start: Start, binding_field: str) -> None:
    zoho = start(binding_field=binding_field)
    assert Source().check(LOG, zoho.config).status is Status.SUCCEEDED
    (lacking,) = Source().lacking(zoho.settings())
    assert lacking.what == "a unique text field Crmhub_Binding"
    assert lacking.streams == ("Contacts", "Accounts", "Leads")


def test_wrong_credentials_fail_the_check_without_showing_them(zoho: Zoho) -> None:
    status = Source().check(LOG, {**zoho.config, "client_secret": "hush"})
    assert status.status is Status.FAILED
    assert "crmhub connect" in str(status.message)
    assert "hush" not in str(status.message)


def test_secrets_are_marked_in_the_spec() -> None:
    properties = Source().spec(LOG).connectionSpecification["properties"]
    assert all(properties[name].get("airbyte_secret") for name in ("client_secret", "refresh_token"))


def test_discover_offers_each_module_with_its_cursor(zoho: Zoho) -> None:
    streams = {stream.name: stream for stream in Source().discover(LOG, zoho.config).streams}
    assert set(streams) == {"Contacts", "Accounts", "Leads"}
    assert SyncMode.incremental in streams["Leads"].supported_sync_modes
    assert streams["Leads"].default_cursor_field == ["Modified_Time"]


def test_reading_yields_records_and_states_and_a_failing_stream_leaves_the_others_alone(zoho: Zoho) -> None:
    zoho.faults({"kind": "status", "status": 404, "system": "zoho_crm", "path": "/Accounts"})
    asked = ConfiguredAirbyteCatalogSerializer.load(catalog("Accounts", "Contacts"))
    messages = list(Source().read(LOG, zoho.config, asked))
    assert sum(1 for message in messages if message.type is Type.RECORD) == 3
    states = [message for message in messages if message.type is Type.STATE]
    assert states
    ends = [
        (message.trace.stream_status.stream_descriptor.name, message.trace.stream_status.status.value)
        for message in messages
        if message.type is Type.TRACE and message.trace is not None and message.trace.stream_status is not None
    ]
    assert ("Accounts", "INCOMPLETE") in ends
    assert ("Contacts", "COMPLETE") in ends


@pytest.mark.slow
def test_the_source_runs_on_its_own_and_keeps_its_token_between_runs(zoho: Zoho, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(zoho.config))
    (tmp_path / "catalog.json").write_text(json.dumps(catalog("Contacts")))
    command = [sys.executable, "-m", "connectors.zoho_crm.source"]
    for arguments in (
        ["check", "--config", "config.json"],
        ["read", "--config", "config.json", "--catalog", "catalog.json"],
    ):
        done = subprocess.run(
            [*command, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    kinds = [json.loads(line)["type"] for line in done.stdout.splitlines() if line.startswith("{")]
    assert kinds.count("RECORD") == 3
    assert zoho.control("GET", "/_stats")["zoho_crm"]["calls"]["POST /oauth/v2/token"] == 1
    kept = tmp_path / ".zoho_crm_tokens.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "wrong",
    [
        {"data_center": "mars"},
        {"binding_field": "no spaces please"},
        {"version": "8"},
        {"modules": []},
        {"clientid": "x"},
    ],
)
def test_a_wrong_setting_is_named(zoho: Zoho, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        Settings.model_validate({**zoho.config, **wrong})


def test_without_a_data_centre_or_url_the_cure_is_named(zoho: Zoho) -> None:
    config = {key: value for key, value in zoho.config.items() if key != "accounts_url"}
    with pytest.raises(ValidationError, match="give data_center"):
        Settings.model_validate(config)


def test_a_stream_can_be_any_module(zoho: Zoho) -> None:
    zoho.edit("Deals", set={"Deal_Name": "One", "Amount": 5})
    readers = {reader.name: reader for reader in Source().readers(zoho.settings(modules=["Deals"]))}
    assert [record["Amount"] for record in records(readers["Deals"].read(None))] == [5]


def test_no_shipped_mapping_of_zoho_reads_the_full_name() -> None:
    """It holds the salutation, and cannot be written."""
    mappings = sorted((Path(__file__).parents[3] / "config/mappings/zoho_crm").glob("*.yaml"))
    assert mappings
    assert [file.name for file in mappings if "Full_Name" in file.read_text(encoding="utf-8")] == []


def test_a_field_is_read_only_where_no_operation_of_the_api_writes_it() -> None:
    described: list[dict[str, Any]] = [
        {"api_name": "Owner", "field_read_only": True, "operation_type": {"api_create": True, "api_update": True}},
        {"api_name": "Full_Name", "operation_type": {"api_create": False, "api_update": False}},
        {"api_name": "Old", "field_read_only": True},
    ]
    assert [field.read_only for field in fields_of(described)] == [False, True, True]
