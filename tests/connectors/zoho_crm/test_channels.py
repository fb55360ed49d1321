"""Notification channels are opened once, renewed before they end, and closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import StopSystem
from connectors.zoho_crm.channels import LIFE, close_channels, keep_channels
from tests.connectors.zoho_crm.conftest import Start, Zoho

URL = "https://hub.example.com/webhooks/zoho_crm?key=k"
MODULES = ("Contacts", "Accounts", "Leads")


def now_of(zoho: Zoho) -> datetime:
    return datetime.fromisoformat(zoho.control("GET", "/_clock")["now"]).astimezone(UTC)


def test_each_module_gets_a_channel_that_lives_for_days(zoho: Zoho) -> None:
    now = now_of(zoho)
    kept = keep_channels(zoho.client(), URL, now=now)
    assert (kept.streams, kept.problems) == (MODULES, ())
    assert abs(kept.expires_at - now - LIFE) < timedelta(seconds=2)
    assert abs(kept.renew_at - now - LIFE / 2) < timedelta(seconds=2)


@pytest.mark.parametrize("watch_again", ["refused", "replaces"])
def test_what_stands_is_left_alone_until_half_of_its_life_is_over(start: Start, watch_again: str) -> None:
    zoho = start(watch_again=watch_again)
    first = keep_channels(zoho.client(), URL, now=now_of(zoho))
    zoho.calls()
    assert keep_channels(zoho.client(), URL, now=now_of(zoho)).expires_at == first.expires_at
    assert zoho.calls() == {"GET /crm/v8/actions/watch": 3}
    zoho.control("POST", "/_clock", {"advance": (LIFE / 2).total_seconds() + 60})
    renewed = keep_channels(zoho.client(), URL, now=now_of(zoho))
    assert renewed.expires_at > first.expires_at + LIFE / 2
    assert "POST /crm/v8/actions/watch" not in zoho.calls()


def test_a_channel_that_ended_is_opened_again(zoho: Zoho) -> None:
    keep_channels(zoho.client(), URL, now=now_of(zoho))
    zoho.control("POST", "/_clock", {"advance": LIFE.total_seconds() + 60})
    again = keep_channels(zoho.client(), URL, now=now_of(zoho))
    assert (again.streams, again.problems) == (MODULES, ())


def test_a_changed_address_reaches_the_channels(zoho: Zoho) -> None:
    keep_channels(zoho.client(), URL, now=now_of(zoho))
    keep_channels(zoho.client(), "https://other.example.com/x", now=now_of(zoho))
    shown = zoho.get("/crm/v8/actions/watch").json()["watch"]
    assert {one["notify_url"] for one in shown} == {"https://other.example.com/x"}


def test_a_clock_that_is_days_ahead_gets_an_hour_and_renews_within_it(zoho: Zoho) -> None:
    ahead = now_of(zoho) + timedelta(days=3)
    kept = keep_channels(zoho.client(), URL, now=ahead)
    assert kept.streams == ()  # by our clock they have ended already
    assert kept.renew_at - ahead <= timedelta(hours=1)


def test_a_module_that_cannot_be_watched_is_named_and_the_others_are(zoho: Zoho) -> None:
    kept = keep_channels(zoho.client(modules=["Contacts", "Nonsense"]), URL, now=now_of(zoho))
    assert (kept.streams, kept.problems) == (("Contacts",), (("Nonsense", "INVALID_DATA"),))
    assert kept.renew_at < now_of(zoho) + timedelta(hours=1)


def test_closing_ends_them_and_twice_is_once(zoho: Zoho) -> None:
    keep_channels(zoho.client(), URL, now=now_of(zoho))
    assert close_channels(zoho.client()) == 3
    assert zoho.get("/crm/v8/actions/watch").status_code == 204
    assert close_channels(zoho.client()) == 0


def test_a_token_without_the_scope_says_so(start: Start) -> None:
    zoho = start(scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL")
    with pytest.raises(StopSystem, match="scope"):
        keep_channels(zoho.client(), URL, now=now_of(zoho))
