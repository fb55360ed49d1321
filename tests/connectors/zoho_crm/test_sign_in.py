from __future__ import annotations

import threading
from typing import Any

import pytest
import responses

from connectors.errors import QuotaPaused, StopSystem, TryAgain
from connectors.http import Call, HttpClient, Patience
from connectors.ports import MemoryTokenStore, WindowBudget
from connectors.zoho_crm.failures import ACCOUNTS_FAILURES
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.sign_in import ZohoSignIn
from tests.connectors.zoho_crm.conftest import Zoho, records

URL = "https://accounts.zoho.eu/oauth/v2/token"
CALL = Call("GET", "/crm/v8/Contacts")
SETTINGS = Settings.model_validate(
    {"client_id": "1000.C", "client_secret": "s3cret", "refresh_token": "1000.r", "data_center": "eu"}
)


def sign_in(tokens: MemoryTokenStore, settings: Settings = SETTINGS, now: float = 1000.0) -> ZohoSignIn:
    patience = Patience(attempts=2, first_pause=0.0)
    http = HttpClient("z", failures=ACCOUNTS_FAILURES, budget=WindowBudget(), patience=patience, sleep=lambda _: None)
    return ZohoSignIn(settings, tokens=tokens, http=http, account="z", now=lambda: now)


def answer(token: str = "1000.a", **facts: Any) -> dict[str, Any]:
    return {"access_token": token, "api_domain": "https://www.zohoapis.eu", "expires_in": 3600, **facts}


@responses.activate
def test_a_token_is_asked_for_once_and_kept_for_every_process() -> None:
    responses.post(URL, json=answer())
    tokens = MemoryTokenStore()
    calls = [sign_in(tokens).sign(CALL) for _ in range(2)]
    assert calls[0].headers["Authorization"] == calls[1].headers["Authorization"] == "Zoho-oauthtoken 1000.a"
    assert calls[0].url == "https://www.zohoapis.eu/crm/v8/Contacts"
    assert len(responses.calls) == 1


@responses.activate
def test_secrets_travel_in_the_form_and_never_in_the_address() -> None:
    responses.post(URL, json=answer())
    sign_in(MemoryTokenStore()).sign(CALL)
    request = responses.calls[0].request
    assert request.url == URL
    assert b"s3cret" in str(request.body).encode()


@responses.activate
def test_of_workers_refused_together_only_one_signs_in_again() -> None:
    tokens = MemoryTokenStore()
    responses.post(URL, json=answer("1000.old"))
    refused = sign_in(tokens).sign(CALL)
    responses.replace("POST", URL, json=answer("1000.new"))
    workers = [threading.Thread(target=sign_in(tokens).refresh, args=(refused,)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(responses.calls) == 2
    assert sign_in(tokens).sign(CALL).headers["Authorization"] == "Zoho-oauthtoken 1000.new"


@responses.activate
def test_a_token_is_renewed_before_it_ends_and_when_the_credentials_change() -> None:
    responses.post(URL, json=answer())
    tokens = MemoryTokenStore()
    sign_in(tokens, now=0).sign(CALL)
    sign_in(tokens, now=3600 - 299).sign(CALL)
    assert len(responses.calls) == 2
    other = Settings.model_validate(SETTINGS.model_dump() | {"refresh_token": "1000.other", "client_secret": "s"})
    sign_in(tokens, other, now=3600).sign(CALL)
    assert len(responses.calls) == 3


@responses.activate
def test_the_old_shape_counts_milliseconds() -> None:
    responses.post(URL, json=answer(expires_in=3_600_000, expires_in_sec=3600))
    tokens = MemoryTokenStore()
    sign_in(tokens, now=0.0).sign(CALL)
    kept = tokens.load("z")
    assert kept is not None
    assert kept["expires_at"] == 3600.0


@responses.activate
@pytest.mark.parametrize("status", [200, 400])
def test_a_throttled_sign_in_pauses_and_does_not_disconnect_the_account(status: int) -> None:
    responses.post(URL, json={"error": "Access Denied", "status": "failure"}, status=status)
    with pytest.raises(QuotaPaused):
        sign_in(MemoryTokenStore()).sign(CALL)


@responses.activate
@pytest.mark.parametrize("error", ["invalid_code", "invalid_client", "invalid_client_secret", "something_new"])
def test_errors_that_come_with_200_are_errors(error: str) -> None:
    responses.post(URL, json={"error": error})
    with pytest.raises(StopSystem) as raised:
        sign_in(MemoryTokenStore()).sign(CALL)
    assert raised.value.code == error


@responses.activate
@pytest.mark.parametrize(("body", "status"), [("<html>", 200), ("<html>", 502), ("", 200)])
def test_an_accounts_host_that_speaks_html_is_passing_trouble(body: str, status: int) -> None:
    responses.post(URL, body=body, status=status)
    with pytest.raises(TryAgain):
        sign_in(MemoryTokenStore()).sign(CALL)


def test_a_token_that_another_process_renewed_is_used_without_signing_in(zoho: Zoho) -> None:
    records(zoho.reader().read(None))
    zoho.control("POST", "/_stats/reset")
    records(zoho.reader("Leads").read(None))
    assert "POST /oauth/v2/token" not in zoho.control("GET", "/_stats")["zoho_crm"]["calls"]
