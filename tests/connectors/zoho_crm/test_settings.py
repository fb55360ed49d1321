"""Which hosts the hub's token is sent to."""

from __future__ import annotations

import pytest

from connectors.zoho_crm.settings import Settings


def _settings(**more: str) -> Settings:
    given = {"client_id": "1000.A", "client_secret": "s", "refresh_token": "r", "data_center": "eu"} | more
    return Settings.model_validate(given)


@pytest.mark.parametrize(
    "url",
    [
        "/crm/bulk/v8/read/1/result",
        "https://download-accl.zoho.eu/v2/crm/1/bulk-write/2/2.zip",
        "https://download.zoho.eu/v2/crm/1/bulk-write/2/2.zip",
        "https://accounts.zoho.eu/x.zip",
        "https://content.zohoapis.eu/x.zip",
    ],
)
def test_results_are_fetched_from_zoho_s_own_hosts(url: str) -> None:
    assert _settings().downloads_from(url)


@pytest.mark.parametrize(
    "url",
    [
        "//evil.example/x.zip",
        "https://evil.example/x.zip",
        "https://download-accl.zoho.com/v2/crm/1/bulk-write/2/2.zip",
        "http://download-accl.zoho.eu/x.zip",
        "https://download-accl.zoho.eu.evil.example/x.zip",
        "https://download.evil.example/download-accl.zoho.eu/x.zip",
        "https://download-accl.zoho.eu@evil.example/x.zip",
        "https://download-accl.zoho.eu\\@evil.example/x.zip",
        "https://download.evil.example\\.zoho.eu/x.zip",
        "https://accounts.zoho.eu.evil.example/x.zip",
    ],
)
def test_a_result_on_another_host_is_never_fetched_with_the_token(url: str) -> None:
    assert not _settings().downloads_from(url)


def test_behind_a_proxy_results_come_from_the_proxy_alone() -> None:
    proxied = _settings(accounts_url="http://127.0.0.1:8000", base_url="http://127.0.0.1:8000/")
    assert proxied.downloads_from("http://127.0.0.1:8000/v2/crm/1/bulk-write/2/2.zip")
    assert not proxied.downloads_from("http://127.0.0.1:80001/x.zip")
    assert not proxied.downloads_from("https://download-accl.zoho.eu/x.zip")
