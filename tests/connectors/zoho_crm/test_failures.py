from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.errors import QuotaPaused
from connectors.failures import Action
from connectors.http import Patience, Reply
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.failures import API_FAILURES, BINDING_REFUSED
from connectors.zoho_crm.streams import ModuleReader
from tests.connectors.zoho_crm.conftest import Start, contact, records


def reply(status: int, body: Any, *, is_json: bool = True) -> Reply:
    return Reply(status, {}, body, is_json, b"x" if body is not None or not is_json else b"")


def error(code: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "details": details, "message": "…", "status": "error"}


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (401, error("INVALID_TOKEN"), Action.REFRESH),
        (400, error("INVALID_TOKEN"), Action.REFRESH),
        (401, error("AUTHENTICATION_FAILURE"), Action.REFRESH),
        (401, error("OAUTH_SCOPE_MISMATCH"), Action.STOP),
        (403, error("OAUTH_SCOPE_MISMATCH"), Action.STOP),
        (403, error("NO_PERMISSION"), Action.STOP),
        (400, error("INVALID_MODULE"), Action.STOP),
        (400, error("INVALID_DATA", json_path="$.duplicate_check_fields"), Action.STOP),
        (429, error("TOO_MANY_REQUESTS"), Action.RETRY),
        (429, None, Action.RETRY),
        (500, error("INTERNAL_ERROR"), Action.RETRY),
        (503, [], Action.RETRY),
        (202, error("SOMETHING"), Action.SKIP),
        (400, error("INVALID_DATA", maximum_length=100, json_path="$.data"), Action.SKIP),
        (400, [], Action.SKIP),
    ],
)
def test_each_answer_has_its_action(status: int, body: Any, action: Action) -> None:
    failure = API_FAILURES.judge(reply(status, body))
    assert failure is not None
    assert failure.action is action
    assert failure.cure


@pytest.mark.parametrize(("status", "action"), [(200, Action.RETRY), (502, Action.RETRY), (403, Action.STOP)])
def test_html_is_never_taken_for_an_answer(status: int, action: Action) -> None:
    failure = API_FAILURES.judge(reply(status, None, is_json=False))
    assert failure is not None
    assert failure.action is action


@pytest.mark.parametrize("status", [200, 201, 207, 400, 412])
def test_a_list_of_results_is_an_answer_whatever_its_status(status: int) -> None:
    assert API_FAILURES.judge(reply(status, {"data": [error("INVALID_DATA")]})) is None


@pytest.mark.parametrize("status", [204, 304])
def test_an_empty_answer_that_says_nothing_was_found_is_a_success(status: int) -> None:
    assert API_FAILURES.judge(reply(status, None, is_json=False)) is None


def test_a_record_field_named_code_is_no_error() -> None:
    assert API_FAILURES.judge(reply(200, {"data": [{"id": "1", "code": "X"}], "code": "Y"})) is None


def test_a_refused_binding_field_has_a_code_of_its_own() -> None:
    body = error("INVALID_DATA", json_path="$.duplicate_check_fields")
    assert API_FAILURES.code_of(reply(400, body)) == BINDING_REFUSED


@pytest.mark.parametrize("path", ["/Contacts$", "/actions/count$"])
def test_calls_that_zoho_goes_on_refusing_pause_the_system_and_say_until_when(start: Start, path: str) -> None:
    zoho = start([contact(n) for n in range(210)])
    zoho.faults({"system": "zoho_crm", "method": "GET", "path": path, "kind": "status", "status": 429})
    client = Client(
        zoho.settings(), tokens=zoho.tokens, budget=zoho.budget, patience=Patience(attempts=1, longest_pause=0)
    )
    before = datetime.now(UTC)
    with pytest.raises(QuotaPaused, match="paused by quota, continues at") as paused:
        records(ModuleReader(client, "Contacts").read(None))
    assert timedelta(minutes=14) < paused.value.continues_at - before < timedelta(minutes=16)
