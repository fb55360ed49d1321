"""Pulls over real HTTP against the simulated portal, under each behaviour that nobody is sure of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import responses

from connectors.contract import DELETED_AT, Sweeper
from connectors.errors import QuotaPaused, StopSystem, TryAgain
from connectors.http import Patience
from connectors.ports import MemoryTokenStore, WindowBudget
from connectors.zoho_desk.client import Client, limits
from connectors.zoho_desk.settings import Settings
from connectors.zoho_desk.streams import SearchStream
from tests.connectors.zoho_desk.conftest import Open, company, contact

VARIANTS: list[dict[str, str]] = [
    {},
    {"search_rows": "short"},
    {"search_count": "untold", "page": "50"},
    {"trash": "readable"},
]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: "+".join(one) or "default")
GRANT = {"client_id": "c", "client_secret": "s", "refresh_token": "r", "org_id": "1"}


@each_variant
def test_contacts_are_read_past_the_first_page_each_once(open_desk: Open, variant: dict[str, str]) -> None:
    desk = open_desk([contact(n) for n in range(150)], **variant)
    records, state = desk.pull("contacts")
    assert len({one["id"] for one in records}) == len(records) == 150
    assert all(isinstance(one["id"], str) and one["modifiedTime"] and "cf" in one for one in records)
    assert datetime.fromisoformat(state["until"]) > datetime(2026, 1, 2, tzinfo=UTC)


@each_variant
def test_an_edit_and_a_new_contact_arrive_with_the_next_pull_and_nothing_else(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([contact(n) for n in range(30)], **variant)
    _, state = desk.pull("contacts")
    desk.edit("contacts", desk.ids("contacts")[0], set={"phone": "+4930901820"})
    desk.edit("contacts", set={"lastName": "New", "email": "new@a.example"})
    records, state = desk.pull("contacts", state)
    assert {one["lastName"] for one in records} == {"Ann 0", "New"}
    desk.running.clock.advance(3600)
    later = desk.pull("contacts", state, lookback=0)[0]
    assert len(later) <= 2


@pytest.mark.parametrize("hours", [-5, 5])
def test_an_edit_is_not_missed_where_zohos_clock_is_hours_off_from_ours(open_desk: Open, hours: int) -> None:
    desk = open_desk([contact(n) for n in range(3)])
    desk.running.clock.advance(hours * 3600)
    _, state = desk.pull("contacts")
    for number in range(2):
        desk.running.clock.advance(600)
        desk.edit("contacts", desk.ids("contacts")[0], set={"phone": f"+493090182{number}"})
        records, state = desk.pull("contacts", state)
        assert [one["phone"] for one in records] == [f"+493090182{number}"]


@pytest.mark.parametrize("count", ["told", "untold"])
def test_a_window_with_more_than_a_search_reaches_is_halved_until_it_fits(
    open_desk: Open, count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.zoho_desk.streams.DEEPEST", 40)
    desk = open_desk([contact(n) for n in range(170)], search_reach="40", search_count=count)
    records, _ = desk.pull("contacts", page_size=20)
    assert {one["lastName"] for one in records} == {f"Ann {n}" for n in range(170)}


def test_a_read_goes_on_behind_every_window_that_was_kept(open_desk: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.zoho_desk.streams.DEEPEST", 40)
    desk = open_desk([contact(n) for n in range(100)], search_reach="40")
    pages = desk.pages("contacts", page_size=20)
    assert sum(page.state is not None for page in pages) > 2
    whole = {one["id"] for page in pages for one in page.records}
    for kept, page in enumerate(pages):
        if page.state is not None:
            seen = {one["id"] for earlier in pages[: kept + 1] for one in earlier.records}
            assert seen | {one["id"] for one in desk.pull("contacts", page.state, page_size=20)[0]} == whole


def test_a_crowded_moment_ends_in_an_error_and_not_in_a_loop(open_desk: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.zoho_desk.streams.DEEPEST", 5)
    desk = open_desk([company(n) for n in range(20)], search_reach="5")
    with pytest.raises(TryAgain, match="one moment"):
        desk.pull("accounts", page_size=5)


@pytest.mark.parametrize("trash", ["hidden", "readable"])
def test_deleted_records_are_told_by_fetch_and_suspected_by_the_sweep(open_desk: Open, trash: str) -> None:
    desk = open_desk([contact(n) for n in range(120)], trash=trash)
    first, second, *_ = desk.ids("contacts")
    desk.edit("contacts", first, delete=True)
    reader = desk.reader("contacts")
    assert isinstance(reader, Sweeper)
    swept = {one for page in reader.sweep() for one in page}
    assert set(desk.ids("contacts")) - swept == {first}
    gone, there, nobody = desk.fetch("contacts", first, second, "nonsense")
    assert (DELETED_AT in gone, DELETED_AT in there, DELETED_AT in nobody) == (True, False, True)


def test_accounts_and_tickets_are_read_the_same_way(open_desk: Open) -> None:
    desk = open_desk([company(1, city="Berlin"), *(contact(n, "o1") for n in range(10))])
    (acme,), _ = desk.pull("accounts")
    assert (acme["accountName"], acme["city"]) == ("Acme 1", "Berlin")
    tickets, _ = desk.pull("tickets")
    assert {one["contactId"] for one in tickets} <= set(desk.ids("contacts"))
    assert tickets


def test_real_limits_cost_credits_by_what_is_called(open_desk: Open) -> None:
    desk = open_desk([contact(1)], limits="real")
    assert len(desk.pull("contacts")[0]) == 1
    assert {(one.bucket, one.calls) for one in limits(desk.settings())} == {
        ("api", 50_000),
        ("api", 300),
        ("token", 10),
    }
    desk.faults(
        {"kind": "status", "status": 429, "path": "/api/v1/contacts", "body": {"errorCode": "THRESHOLD_EXCEEDED"}}
    )
    with pytest.raises(QuotaPaused):
        desk.pull("contacts")


def test_a_token_that_dies_between_two_pages_is_renewed_once(open_desk: Open) -> None:
    desk = open_desk([contact(n) for n in range(60)])
    read = desk.reader("contacts", page_size=20).read(None)
    found = {one["id"] for one in next(read).records}
    desk.faults({"kind": "expire_token", "path": "search", "count": 1})
    found |= {one["id"] for page in read for one in page.records}
    assert len(found) == 60
    assert desk.calls()["POST /oauth/v2/token"] == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"refresh_token": "wrong-one"}, "refresh token was refused"),
        ({"client_secret": "wrong-one"}, "OAuth client was refused"),
        ({"org_id": "999"}, "does not reach"),
    ],
)
def test_wrong_credentials_are_named_with_their_cure(open_desk: Open, change: dict[str, str], said: str) -> None:
    desk = open_desk([contact(1)])
    with pytest.raises(StopSystem, match=said) as stop:
        desk.source().probe(desk.settings(**change))
    assert "wrong-one" not in str(stop.value)
    assert desk.config["org_id"] in desk.source().probe(desk.settings())


def test_another_organization_stops_the_system(open_desk: Open) -> None:
    with pytest.raises(StopSystem, match="another one's"):
        open_desk([contact(1)]).pull("contacts", org_id="999")


@pytest.mark.parametrize("kind", ["html", "cut"])
def test_an_answer_that_is_no_answer_is_asked_for_again(open_desk: Open, kind: str) -> None:
    desk = open_desk([contact(1)])
    desk.faults({"kind": kind, "path": "search", "count": 1, "status": 200})
    assert len(desk.pull("contacts")[0]) == 1


@pytest.mark.parametrize(
    ("centre", "api", "accounts"),
    [
        ("eu", "https://desk.zoho.eu/api/v1", "https://accounts.zoho.eu/oauth/v2/token"),
        ("com.cn", "https://desk.zoho.com.cn/api/v1", "https://accounts.zoho.com.cn/oauth/v2/token"),
        ("ca", "https://desk.zohocloud.ca/api/v1", "https://accounts.zohocloud.ca/oauth/v2/token"),
    ],
)
def test_each_data_centre_has_its_hosts(centre: str, api: str, accounts: str) -> None:
    settings = Settings.model_validate({**GRANT, "data_centre": centre})
    assert (settings.api_root, settings.token_url) == (api, accounts)


def test_rows_without_an_id_are_named_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings.model_validate({**GRANT, "base_url": "https://d.example", "accounts_url": "https://a.example"})
    rows: list[Any] = [{"id": "1", "modifiedTime": "x", "cf": {}}, {"lastName": "no id"}, "x"]
    with responses.RequestsMock() as net:
        net.post("https://a.example/oauth/v2/token", json={"access_token": "t", "expires_in": 3600})
        net.get("https://d.example/api/v1/contacts/search", json={"data": rows, "count": "3"})
        client = Client(settings, tokens=MemoryTokenStore(), budget=WindowBudget(), patience=Patience(2, 0.0, 0.0))
        (page,) = SearchStream(client, "contacts").read(None)
    assert [one["id"] for one in page.records] == ["1"]
    assert "without an id" in caplog.text
    assert "no id" not in caplog.text
