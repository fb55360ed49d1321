"""The pull, against answers that the simulator never gives."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses

from connectors.contract import Page
from connectors.errors import SkipRecord, StopSystem, TryAgain
from connectors.http import Patience
from connectors.web_forms.client import Client, limits
from connectors.web_forms.entries import PulledEntries
from tests.connectors.web_forms.posts import settings

BASE = "https://api.typeform.com"
NOW = datetime(2026, 2, 1, tzinfo=UTC)


class Free:
    """A budget that holds nobody back."""

    def spend(self, bucket: str, cost: int = 1) -> None: ...

    def observe(self, bucket: str, *, remaining: int | None = None, wait_seconds: float | None = None) -> None: ...


def reader(*forms: str, **others: Any) -> PulledEntries:
    configured = settings("typeform", token="t", forms=forms, calls_per_second=0, **others)
    client = Client(configured, budget=Free(), patience=Patience(2, 0.0, 0.0), sleep=lambda _seconds: None)
    return PulledEntries(client, configured, now=lambda: NOW)


def response(token: str | None, at: str = "2026-01-02T03:04:05Z") -> dict[str, Any]:
    answer = {"type": "text", "text": "x", "field": {"id": "q", "ref": "name"}}
    return {"token": token, "submitted_at": at, "response_type": "completed", "answers": [answer]}


def answer(*items: Any, pages: int = 1) -> dict[str, Any]:
    return {"total_items": len(items), "page_count": pages, "items": list(items)}


def ids(pages: list[Page]) -> list[str]:
    return [record["id"] for page in pages for record in page.records]


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_a_form_that_fails_is_named_and_the_others_are_read(api: responses.RequestsMock) -> None:
    api.get(f"{BASE}/forms/F1/responses", status=404, json={"code": "FORM_NOT_FOUND", "description": "…"})
    api.get(f"{BASE}/forms/F2/responses", json=answer(response("t2")))
    pages: list[Page] = []
    with pytest.raises(SkipRecord, match="no such form") as error:
        pages.extend(reader("F1", "F2").read(None))
    assert error.value.code == "FORM_NOT_FOUND"
    assert api.calls[-1].request.url is not None
    assert "F2" in api.calls[-1].request.url


def test_what_was_read_before_an_error_is_kept(api: responses.RequestsMock) -> None:
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("t1")))
    api.get(f"{BASE}/forms/F2/responses", status=404, json={})
    read = reader("F1", "F2").read({"forms": {"F2": {"until": "2026-01-01T00:00:00Z"}}})
    page = next(read)
    assert page.state == {"forms": {"F1": {"until": "2026-01-02T03:04:05Z"}, "F2": {"until": "2026-01-01T00:00:00Z"}}}
    with pytest.raises(SkipRecord):
        next(read)


@pytest.mark.parametrize(("status", "cure"), [(401, "personal access token"), (403, "responses:read")])
def test_refused_credentials_stop_the_system_with_a_cure(api: responses.RequestsMock, status: int, cure: str) -> None:
    api.get(f"{BASE}/forms/F1/responses", status=status, json={"code": "X"})
    with pytest.raises(StopSystem, match=cure):
        list(reader("F1", "F2").read(None))
    assert len(api.calls) == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"body": "<html>maintenance</html>", "status": 200},
        {"body": "", "status": 200},
        {"body": "[]", "status": 200},
        {"body": "", "status": 204},
        {"body": "<html>", "status": 502},
        {"body": requests.exceptions.ChunkedEncodingError("cut")},
        {"body": requests.ReadTimeout()},
        {"body": "{}", "status": 429, "headers": {"Retry-After": "0"}},
    ],
)
def test_a_passing_trouble_is_tried_again(api: responses.RequestsMock, bad: Mapping[str, Any]) -> None:
    api.get(f"{BASE}/forms/F1/responses", **bad)
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("t1")))
    assert ids(list(reader("F1").read(None))) == ["F1:t1"]


def test_responses_without_a_token_are_named_and_the_rest_goes_on(
    api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    odd = [response(None), response(""), "x", None, {"token": 7}, {"token": "bare"}, {"token": "t", "answers": [1, {}]}]
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("t1"), *odd, response("t2")))
    with caplog.at_level(logging.WARNING):
        assert ids(list(reader("F1").read(None))) == ["F1:t1", "F1:bare", "F1:t", "F1:t2"]
    assert "3 responses of form F1 carry no token" in caplog.text


def test_unfinished_responses_are_not_taken(api: responses.RequestsMock) -> None:
    api.get(f"{BASE}/forms/F1/responses", json=answer({**response("t1"), "response_type": "partial"}, response("t2")))
    assert ids(list(reader("F1").read(None))) == ["F1:t2"]


def test_a_list_that_does_not_move_on_ends_in_an_error(api: responses.RequestsMock) -> None:
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("t1"), pages=9))
    with pytest.raises(TryAgain, match="move on"):
        list(reader("F1").read(None))
    assert len(api.calls) == 2


def test_a_list_without_a_page_count_ends_with_a_page_that_is_not_full(api: responses.RequestsMock) -> None:
    api.get(f"{BASE}/forms/F1/responses", json={"items": [response("t1"), response("t2")]})
    api.get(f"{BASE}/forms/F1/responses", json={"items": [response("t3")]})
    assert ids(list(reader("F1", page_size=2).read(None))) == ["F1:t1", "F1:t2", "F1:t3"]


def test_a_read_that_was_broken_off_goes_on_and_then_fetches_what_came_since(api: responses.RequestsMock) -> None:
    place = {"since": "2026-01-01T00:00:00Z", "before": "t5", "newest": "2026-01-09T00:00:00Z"}
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("t4")))
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("t9", "2026-01-10T00:00:00Z")))
    pages = list(reader("F1", lookback=60).read({"forms": {"F1": place}}))
    assert ids(pages) == ["F1:t4", "F1:t9"]
    assert pages[0].state == {"forms": {"F1": {"until": "2026-01-09T00:00:00Z"}}}
    assert pages[1].state == {"forms": {"F1": {"until": "2026-01-10T00:00:00Z"}}}
    asked = [dict(call.request.params) for call in api.calls]  # type: ignore[attr-defined]
    assert (asked[0]["before"], asked[0]["since"]) == ("t5", "2026-01-01T00:00:00Z")
    assert "before" not in asked[1]
    assert asked[1]["since"] == "2026-01-08T23:59:00Z"


def test_where_the_place_to_go_on_was_deleted_the_form_is_read_once_more(api: responses.RequestsMock) -> None:
    place = {"until": "2026-01-01T00:00:00Z", "before": "gone", "newest": "2026-01-09T00:00:00Z"}
    api.get(f"{BASE}/forms/F1/responses", status=400, json={"code": "VALIDATION_ERROR"})
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("t1")))
    assert ids(list(reader("F1").read({"forms": {"F1": place}}))) == ["F1:t1"]
    assert len(api.calls) == 2


def test_without_configured_forms_all_pages_of_the_accounts_forms_are_read(api: responses.RequestsMock) -> None:
    api.get(f"{BASE}/forms", json={"page_count": 2, "items": [{"id": "F1"}]})
    api.get(f"{BASE}/forms", json={"page_count": 2, "items": [{"id": "F2"}, {"no": "id"}]})
    for form in ("F1", "F2"):
        api.get(f"{BASE}/forms/{form}/responses", json=answer(response("t")))
    assert ids(list(reader().read(None))) == ["F1:t", "F2:t"]


def test_the_words_of_a_consent_cost_one_call_a_form_and_only_where_somebody_answered(
    api: responses.RequestsMock,
) -> None:
    agreed = {"type": "boolean", "boolean": True, "field": {"id": "q", "ref": "news"}}
    definition = {"fields": [{"type": "group", "properties": {"fields": [{"ref": "news", "title": "I agree"}]}}]}
    asked = api.get(f"{BASE}/forms/F1", json=definition)
    api.get(
        f"{BASE}/forms/F1/responses",
        json=answer({**response("t1"), "answers": [agreed]}, {**response("t2"), "answers": [agreed]}),
    )
    api.get(f"{BASE}/forms/F2/responses", json=answer(response("t3")))
    pages = list(reader("F1", "F2", consents={"news": {"purpose": "newsletter"}}).read(None))
    assert [record["consent"][0]["text"] for record in pages[0].records] == ["I agree", "I agree"]
    assert asked.call_count == 1


def test_named_entries_are_fetched_in_one_call_a_form_and_missing_ones_come_as_deleted(
    api: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    api.get(f"{BASE}/forms/F1/responses", json=answer(response("b"), response("a")))
    found = list(reader("F1").fetch(["F1:a", "F1:b", "F1:c", "nonsense"]))
    assert [record["id"] for record in found] == ["F1:a", "F1:b", "F1:c"]
    assert found[2] == {"id": "F1:c", "_ab_cdc_deleted_at": "2026-02-01T00:00:00+00:00"}
    assert len(api.calls) == 1
    assert "nonsense" not in caplog.text


def test_the_documented_limit_holds_unless_the_operator_sets_another() -> None:
    (limit,) = limits(settings("typeform"))
    assert (limit.calls, limit.seconds) == (2, 1.0)
    assert limits(settings("typeform", calls_per_second=0)) == ()
