"""The source as Airbyte runs it, and answers that are not as they should be."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import responses
from pydantic import ValidationError

from connectors.errors import StopSystem, TryAgain
from connectors.http import Patience
from connectors.ports import MemoryTokenStore, WindowBudget
from connectors.zendesk.client import Client, limits
from connectors.zendesk.settings import Settings
from connectors.zendesk.source import Source
from connectors.zendesk.streams import CursorStream, RatingStream, TimeStream
from tests.connectors.zendesk.conftest import company, user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.connectors.zendesk.conftest import Open

BASE = "https://acme.example"
LEGACY = {"base_url": BASE, "email": "a@b.example", "api_token": "t"}
USERS = f"{BASE}/api/v2/incremental/users/cursor.json"


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def client() -> Client:
    patience = Patience(attempts=2, first_pause=0.0, longest_pause=0.0)
    settings = Settings.model_validate(LEGACY)
    return Client(settings, tokens=MemoryTokenStore(), budget=WindowBudget(), patience=patience)


def person(record_id: Any, **more: Any) -> dict[str, Any]:
    return {"id": record_id, "role": "end-user", "active": True, "updated_at": "2026-01-01T00:00:00Z", **more}


def answer(users: Any, cursor: Any = "c1", *, end: Any = True, **more: Any) -> dict[str, Any]:
    return {"users": users, "after_cursor": cursor, "end_of_stream": end, **more}


def run(home: Path, *words: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "connectors.zendesk.source", *words],
        env={**os.environ, "CRMHUB_TOKENS": str(home / "tokens.json")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def test_it_runs_on_its_own_and_keeps_the_rotated_token_between_runs(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk([company(1), user(1), user(2)])
    (tmp_path / "config.json").write_text(json.dumps(desk.config))
    config = ("--config", str(tmp_path / "config.json"))
    assert any("connectionSpecification" in json.dumps(one) for one in run(tmp_path, "spec"))
    checks = [one["connectionStatus"]["status"] for one in run(tmp_path, "check", *config) if "connectionStatus" in one]
    assert checks == ["SUCCEEDED"]
    catalog = next(one["catalog"] for one in run(tmp_path, "discover", *config) if "catalog" in one)
    assert [one["name"] for one in catalog["streams"]] == ["organizations", "users", "tickets", "satisfaction_ratings"]
    chosen = [
        {"stream": one, "sync_mode": "incremental", "destination_sync_mode": "append"} for one in catalog["streams"][:2]
    ]
    (tmp_path / "catalog.json").write_text(json.dumps({"streams": chosen}))
    messages = run(tmp_path, "read", *config, "--catalog", str(tmp_path / "catalog.json"))
    names = [one["record"]["data"].get("name") for one in messages if one["type"] == "RECORD"]
    assert {"Acme 1", "Ann 1", "Ann 2"} <= set(names)
    assert [one["state"]["stream"]["stream_descriptor"]["name"] for one in messages if one["type"] == "STATE"]
    assert desk.seen()["refreshes"] == 1


def test_a_check_that_fails_says_what_to_do_and_shows_no_secret() -> None:
    status = Source().check(logging.getLogger(), {"base_url": "acme", "client_secret": "hush"})
    assert status.status.value == "FAILED"
    assert "https://acme.zendesk.com" in str(status.message)
    assert "hush" not in str(status.message)


def test_every_secret_is_marked_as_one() -> None:
    described = Source().spec(logging.getLogger()).connectionSpecification["properties"]
    marked = {name for name, one in described.items() if one.get("airbyte_secret")}
    assert marked == {"client_secret", "refresh_token", "api_token", "webhook_secrets"}


def test_an_agent_is_told_that_exports_need_an_admin(net: responses.RequestsMock) -> None:
    net.get(f"{BASE}/api/v2/users/me", json={"user": {"id": 5, "role": "agent"}})
    with pytest.raises(StopSystem, match="admin"):
        Source().probe(Settings.model_validate(LEGACY))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"base_url": "acme.zendesk.com", "email": "a", "api_token": "t"},
        {"base_url": BASE},
        {**LEGACY, "client_id": "x", "client_secret": "y", "refresh_token": "z"},
        {**LEGACY, "unknown": 1},
        {**LEGACY, "binding_field": "notes"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


def test_the_limits_are_those_of_the_plan() -> None:
    assert {(one.bucket, one.calls) for one in limits(Settings.model_validate(LEGACY))} == {
        ("api", 200),
        ("incremental", 10),
    }
    assert limits(Settings.model_validate(LEGACY | {"calls_per_minute": 0, "export_calls_per_minute": 0})) == ()


def test_records_without_a_usable_id_are_named_and_skipped(
    net: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    odd: list[Any] = [
        person(1),
        {"name": "Secret Name"},
        person(None),
        person(record_id=True),
        person("x"),
        5,
        None,
        person("7"),
    ]
    net.get(USERS, json=answer(odd))
    (page,) = CursorStream(client(), "users").read(None)
    assert [one["id"] for one in page.records] == [1, "7"]
    assert caplog.text.count("skipped a record without a usable id") == 6
    assert "Secret Name" not in caplog.text


@pytest.mark.parametrize("body", [answer(None), answer({}), answer("x"), {"end_of_stream": True}])
def test_a_page_without_a_list_is_an_empty_page(net: responses.RequestsMock, body: dict[str, Any]) -> None:
    net.get(USERS, json=body)
    assert [one.records for one in CursorStream(client(), "users").read(None)] == [[]]


def test_an_answer_that_is_a_list_ends_the_stream_for_now(net: responses.RequestsMock) -> None:
    net.get(USERS, json=[])
    with pytest.raises(TryAgain):
        list(CursorStream(client(), "users").read(None))


def test_an_empty_page_in_the_middle_does_not_end_the_pull(net: responses.RequestsMock) -> None:
    net.get(USERS, json=answer([person(1)], "c1", end=False))
    net.get(USERS, json=answer([], "c2", end=False))
    net.get(USERS, json=answer([person(2)], "c3"))
    pages = list(CursorStream(client(), "users").read(None))
    assert [[one["id"] for one in page.records] for page in pages] == [[1], [], [2]]
    assert pages[-1].state == {"cursor": "c3", "since": 1767225600}


def test_an_export_that_turns_in_a_circle_is_stopped(net: responses.RequestsMock) -> None:
    net.get(USERS, json=answer([person(1)], "c1", end=False))
    with pytest.raises(TryAgain, match="same page"):
        list(CursorStream(client(), "users").read({"cursor": "c1", "since": 0}))
    net.get(f"{BASE}/api/v2/incremental/organizations.json", json={"organizations": [], "end_of_stream": False})
    with pytest.raises(TryAgain, match="same page"):
        list(TimeStream(client(), "organizations").read(None))


def test_the_cursor_and_a_start_time_are_never_sent_together(net: responses.RequestsMock) -> None:
    net.get(USERS, json=answer([]))
    list(CursorStream(client(), "users").read({"cursor": "c9", "since": 5}))
    list(CursorStream(client(), "users").read({"since": 5}))
    sent = [str(call.request.url) for call in net.calls]
    assert [("cursor=" in url, "start_time=" in url) for url in sent] == [(True, False), (False, True)]


def test_a_start_time_is_never_too_recent(net: responses.RequestsMock) -> None:
    net.get(USERS, json=answer([]))
    list(CursorStream(client(), "users", now=lambda: 1_000_000.0).read({"since": 999_990}))
    assert "start_time=999640" in str(net.calls[0].request.url)


def test_repeats_between_time_based_pages_come_once(net: responses.RequestsMock) -> None:
    place = f"{BASE}/api/v2/incremental/organizations.json"
    net.get(place, json={"organizations": [person(1), person(2)], "end_time": 100, "end_of_stream": False})
    net.get(place, json={"organizations": [person(2), person(3)], "end_time": 200, "end_of_stream": True})
    pages = list(TimeStream(client(), "organizations").read(None))
    assert [[one["id"] for one in page.records] for page in pages] == [[1, 2], [3]]
    assert [page.state for page in pages] == [{"since": 100}, {"since": 200}]


def test_a_rating_that_is_gone_is_marked(net: responses.RequestsMock) -> None:
    net.get(f"{BASE}/api/v2/satisfaction_ratings/1", json={"satisfaction_rating": {"id": 1, "score": "good"}})
    net.get(f"{BASE}/api/v2/satisfaction_ratings/2", status=404, json={"error": "RecordNotFound"})
    first, second = RatingStream(client(), "satisfaction_ratings").fetch(["1", "2"])
    assert (first["score"], "_ab_cdc_deleted_at" in second) == ("good", True)


def test_surrogates_and_huge_texts_pass_through(net: responses.RequestsMock) -> None:
    net.get(USERS, json=answer([person(1, name="\ud800x", notes="n" * 1_000_000)]))
    (page,) = CursorStream(client(), "users").read(None)
    assert (page.records[0]["name"], len(page.records[0]["notes"])) == ("\ud800x", 1_000_000)
