"""Wide modules and malformed records, told to the client by `responses`."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses

from connectors.ports import MemoryTokenStore, WindowBudget
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.records import Records
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.streams import ModuleReader
from tests.connectors.zoho_crm.conftest import QUICK, records

API = "https://www.zohoapis.com/crm/v8"
WIDE = ["Modified_Time", *(f"F{n}" for n in range(119))]


@pytest.fixture
def client() -> Client:
    config = {"client_id": "c", "client_secret": "s", "refresh_token": "r", "data_center": "us"}
    responses.post("https://accounts.zoho.com/oauth/v2/token", json={"access_token": "a", "expires_in": 3600})
    settings = Settings.model_validate(config)
    return Client(settings, tokens=MemoryTokenStore(), budget=WindowBudget(), patience=QUICK)


def described(names: list[str]) -> dict[str, Any]:
    return {"fields": [{"api_name": name, "data_type": "text", "json_type": "string"} for name in names]}


def shown(names: list[str], record_id: str, at: str) -> dict[str, Any]:
    return {"id": record_id, **{name: at if name == "Modified_Time" else f"{name} at {at}" for name in names}}


def wide_module(*, changed_between: bool) -> None:
    """Serve two records of 120 fields; with *changed_between* the second changes after the first call."""
    calls = []

    def listed(request: Any) -> tuple[int, dict[str, str], str]:
        asked = parse_qs(urlsplit(request.url).query)
        names = asked["fields"][0].split(",")
        assert len(names) <= 50
        calls.append(names)
        late = "2026-01-02T00:00:00Z" if changed_between and len(calls) > 1 else "2026-01-01T00:00:00Z"
        rows = [shown(names, "1", "2026-01-01T00:00:00Z"), shown(names, "2", late)]
        return 200, {}, json.dumps({"data": rows, "info": {"more_records": False}})

    responses.get(f"{API}/settings/fields", json=described(WIDE))
    responses.add_callback("GET", f"{API}/Contacts", callback=listed)
    responses.get(f"{API}/Contacts/2", json={"data": [shown(WIDE, "2", "2026-01-02T00:00:00Z")]})
    responses.get(f"{API}/Contacts/deleted", status=204)


@responses.activate
@pytest.mark.parametrize("changed_between", [False, True])
def test_a_module_wider_than_a_call_comes_whole_and_never_half_old(client: Client, *, changed_between: bool) -> None:
    wide_module(changed_between=changed_between)
    found = {record["id"]: record for record in records(ModuleReader(client, "Contacts").read(None))}
    late = "2026-01-02T00:00:00Z" if changed_between else "2026-01-01T00:00:00Z"
    assert found == {"1": shown(WIDE, "1", "2026-01-01T00:00:00Z"), "2": shown(WIDE, "2", late)}


@responses.activate
def test_a_record_without_an_id_is_named_in_the_log_and_the_others_come(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [{"Last_Name": "Secret"}, {"id": None}, {"id": 5725767000000900001}, {"id": "2"}, "text", {"id": ""}]
    responses.get(f"{API}/Contacts", json={"data": rows, "info": {}})
    with caplog.at_level(logging.WARNING):
        found = Records(client, "Contacts").by_ids(["1"], ["Last_Name"])
    assert list(found) == ["5725767000000900001", "2"]
    assert "zoho_crm/Contacts" in caplog.text
    assert "Secret" not in caplog.text


@responses.activate
def test_a_lone_surrogate_becomes_a_replacement_character(client: Client) -> None:
    responses.get(f"{API}/Contacts", body=b'{"data": [{"id": "1", "Last_Name": "x\\ud83dy"}], "info": {}}')
    found = Records(client, "Contacts").by_ids(["1"], ["Last_Name"])
    assert found["1"]["Last_Name"] == "x\ufffdy"


@responses.activate
@pytest.mark.parametrize("body", [b"{}", b'{"data": null}', b'{"data": {}}', b'{"data": [], "info": []}'])
def test_an_answer_of_another_shape_holds_no_records(client: Client, body: bytes) -> None:
    responses.get(f"{API}/Contacts", body=body)
    assert Records(client, "Contacts").by_ids(["1"], ["Last_Name"]) == {}


@responses.activate
def test_a_module_without_modified_time_is_read_as_a_whole_by_token(client: Client) -> None:
    pages = [{"data": [{"id": str(n)}], "info": {"more_records": n < 3, "next_page_token": f"t{n}"}} for n in (1, 2, 3)]
    responses.get(f"{API}/settings/fields", json=described(["Name"]))
    for page in pages:
        responses.get(f"{API}/Links", json=page)
    reader = ModuleReader(client, "Links")
    assert reader.cursor_field is None
    found = list(reader.read(None))
    assert [record["id"] for page in found for record in page.records] == ["1", "2", "3"]
    assert all(page.state is None for page in found)


@responses.activate
def test_an_id_that_comes_as_a_number_loses_no_digit(client: Client) -> None:
    body = '{"data": [{"id": 5725767000000900001, "Modified_Time": null}, {"id": "98765432109876543210987"}]}'
    responses.get(f"{API}/Contacts", body=body, content_type="application/json")
    listed = client.page("Contacts", ["Modified_Time"], since=None, token=None, sort_by="id")
    found = Records(client, "Contacts").named(listed.rows)
    assert [one["id"] for one in found] == ["5725767000000900001", "98765432109876543210987"]
