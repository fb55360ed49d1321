"""Rotating tokens: kept before use, renewed once, shared by all who sign in to the account."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
import responses
from responses.matchers import json_params_matcher

from connectors.errors import StopSystem
from connectors.http import Patience
from connectors.ports import FileTokenStore, MemoryTokenStore, Tokens, WindowBudget
from connectors.zendesk.client import Client, account
from connectors.zendesk.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.connectors.zendesk.conftest import Open

BASE = "https://acme.example"
CONFIG = {"base_url": BASE, "client_id": "hub", "client_secret": "s3cret", "refresh_token": "first"}
SETTINGS = Settings.model_validate(CONFIG)
ME = {"user": {"id": 7, "role": "admin"}}
IMPATIENT = Patience(attempts=2, first_pause=0.0, longest_pause=0.0)


@pytest.fixture
def net() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def client(tokens: MemoryTokenStore, settings: Settings = SETTINGS) -> Client:
    return Client(settings, tokens=tokens, budget=WindowBudget(), patience=IMPATIENT)


def pair(number: int, **more: Any) -> dict[str, Any]:
    return {"access_token": f"a{number}", "refresh_token": f"r{number}", "token_type": "bearer", **more}


def refreshing(net: responses.RequestsMock, old: str, answer: dict[str, Any]) -> None:
    matcher = json_params_matcher({"refresh_token": old, "grant_type": "refresh_token"}, strict_match=False)
    net.post(f"{BASE}/oauth/tokens", json=answer, match=[matcher])


def bearer(token: str) -> list[Any]:
    return [responses.matchers.header_matcher({"Authorization": f"Bearer {token}"})]


def test_the_new_pair_is_kept_before_it_is_used(net: responses.RequestsMock) -> None:
    order: list[str] = []

    class Store(MemoryTokenStore):
        def save(self, account: str, tokens: Mapping[str, str | int | float]) -> None:
            order.append(f"kept {tokens['refresh_token']}")
            super().save(account, tokens)

    def used(_request: Any) -> tuple[int, dict[str, str], str]:
        order.append("used")
        return 200, {}, '{"user": {"id": 7}}'

    refreshing(net, "first", pair(1, expires_in=3600))
    net.add_callback("GET", f"{BASE}/api/v2/users/me", used)
    client(Store()).me()
    assert order == ["kept r1", "used"]


def test_a_second_process_goes_on_with_the_kept_pair(net: responses.RequestsMock) -> None:
    tokens = MemoryTokenStore()
    refreshing(net, "first", pair(1, expires_in=3600))
    net.get(f"{BASE}/api/v2/users/me", json=ME, match=bearer("a1"))
    client(tokens).me()
    client(tokens).me()
    assert len(net.calls) == 3


def test_a_refused_token_is_not_renewed_where_another_process_has_done_so(net: responses.RequestsMock) -> None:
    tokens = MemoryTokenStore()
    refreshing(net, "first", pair(1))
    first = client(tokens)
    net.get(f"{BASE}/api/v2/users/me", json=ME, match=bearer("a1"))
    first.me()
    held = tokens.load(account(SETTINGS)) or Tokens()
    tokens.save(account(SETTINGS), held | {"access_token": "a2", "refresh_token": "r2"})
    net.remove("GET", f"{BASE}/api/v2/users/me")
    net.get(f"{BASE}/api/v2/users/me", status=401, json={"error": "Couldn't authenticate you"}, match=bearer("a1"))
    net.get(f"{BASE}/api/v2/users/me", json=ME, match=bearer("a2"))
    first.me()
    assert sum("oauth" in str(call.request.url) for call in net.calls) == 1


def test_a_new_first_token_from_the_operator_replaces_the_kept_pair(net: responses.RequestsMock) -> None:
    tokens = MemoryTokenStore()
    net.get(f"{BASE}/api/v2/users/me", json=ME)
    refreshing(net, "first", pair(1))
    client(tokens).me()
    refreshing(net, "anew", pair(2))
    client(tokens, Settings.model_validate(CONFIG | {"refresh_token": "anew"})).me()
    assert (tokens.load(account(SETTINGS)) or {})["access_token"] == "a2"


def test_a_token_about_to_end_is_renewed_before_it_is_refused(net: responses.RequestsMock) -> None:
    tokens = MemoryTokenStore()
    refreshing(net, "first", pair(1, expires_in=30))
    refreshing(net, "r1", pair(2, expires_in=3600))
    net.get(f"{BASE}/api/v2/users/me", json=ME, match=bearer("a1"))
    net.get(f"{BASE}/api/v2/users/me", json=ME, match=bearer("a2"))
    signed_in = client(tokens)
    signed_in.me()
    net.assert_call_count(f"{BASE}/oauth/tokens", 1)
    signed_in.me()
    net.assert_call_count(f"{BASE}/oauth/tokens", 2)


@pytest.mark.parametrize("answer", [{}, {"access_token": 5}, {"access_token": ""}])
def test_an_answer_without_a_token_stops_the_system(net: responses.RequestsMock, answer: dict[str, Any]) -> None:
    refreshing(net, "first", answer)
    with pytest.raises(StopSystem) as raised:
        client(MemoryTokenStore()).me()
    assert raised.value.code == "no-token"


def test_a_refused_refresh_token_names_the_cure_and_no_secret(net: responses.RequestsMock) -> None:
    net.post(f"{BASE}/oauth/tokens", status=400, json={"error": "invalid_grant", "error_description": "first is bad"})
    with pytest.raises(StopSystem, match="crmhub connect") as raised:
        client(MemoryTokenStore()).me()
    assert "first" not in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_many_threads_of_two_clients_renew_a_dead_token_once(open_desk: Open, tmp_path: Path) -> None:
    desk = open_desk([])
    store = FileTokenStore(tmp_path / "tokens.json")
    clients = [Client(desk.settings(), tokens=store, budget=WindowBudget()) for _ in range(2)]
    for one in clients:
        one.me()
    desk.faults({"kind": "expire_token", "path": "user_fields", "count": 1})
    failed: list[BaseException] = []

    def call(one: Client) -> None:
        try:
            one.get("user_fields")
        except BaseException as error:  # noqa: BLE001 (the thread hands it to the test)
            failed.append(error)

    threads = [threading.Thread(target=call, args=(clients[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert desk.seen()["refreshes"] == 2
