"""Pulls over real HTTP against the simulated account, under each behaviour that nobody is sure of."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
import responses

from connectors.contract import DELETED_AT, Sweeper
from connectors.errors import StopSystem, TryAgain
from connectors.freshdesk.client import Client, limits
from connectors.freshdesk.settings import Settings
from connectors.freshdesk.source import Source
from connectors.freshdesk.streams import ContactStream, TicketStream
from connectors.http import Patience
from connectors.ports import WindowBudget
from tests.connectors.freshdesk.conftest import Open, company, contact

BASE = "https://acme.freshdesk.example"
ORDERS = [{"contact_order": "updated"}, {"contact_order": "created"}, {"contact_order": "newest"}]
each_order = pytest.mark.parametrize("switches", ORDERS, ids=lambda one: one["contact_order"])


def client() -> Client:
    settings = Settings.model_validate({"base_url": BASE, "api_key": "k"})
    return Client(settings, budget=WindowBudget(), patience=Patience(2, 0.0, 0.0))


@each_order
def test_contacts_are_read_past_the_first_page_each_once(open_desk: Open, switches: dict[str, str]) -> None:
    desk = open_desk([contact(n) for n in range(250)], **switches)
    records, state = desk.pull("contacts")
    assert len({one["id"] for one in records}) == len(records) == 250
    assert state == {"until": "2026-01-01T00:04:09Z"}


@each_order
def test_an_edit_a_new_contact_and_a_deletion_arrive_with_the_next_pull(
    open_desk: Open, switches: dict[str, str]
) -> None:
    desk = open_desk([contact(n) for n in range(50)], **switches)
    _, state = desk.pull("contacts")
    first, second, *_ = desk.ids("contacts")
    desk.edit("contacts", first, set={"phone": "+4930901820"})
    desk.edit("contacts", second, delete=True)
    desk.edit("contacts", set={"name": "New", "email": "new@a.example"})
    by_name = {one["name"]: one for one in desk.pull("contacts", state, lookback=0)[0]}
    assert by_name["Ann 0"]["phone"] == "+4930901820"
    assert by_name["Ann 1"][DELETED_AT]
    assert by_name["New"]["email"] == "new@a.example"
    assert len(by_name) <= 4  # the newest of the last pull may come again


@pytest.mark.parametrize("known", ["known", "ignored"])
def test_deleted_contacts_are_told_from_those_who_came_back(open_desk: Open, known: str) -> None:
    desk = open_desk([contact(1), contact(2)], deleted_filter=known)
    first, second = desk.ids("contacts")
    for one in (first, second):
        desk.edit("contacts", one, delete=True)
    _, state = desk.pull("contacts")
    desk.edit("contacts", second, restore=True)
    gone = {str(one["id"]): DELETED_AT in one for one in desk.pull("contacts", state)[0]}
    assert gone[second] is False
    assert gone.get(first, True) is True


def test_companies_are_read_whole_each_time(open_desk: Open) -> None:
    desk = open_desk([company(n, website=f"www.acme{n}.example") for n in range(120)])
    records, state = desk.pull("companies")
    assert (len(records), state) == (120, None)
    assert records[0]["domains"] == ["acme0.example"]
    reader = desk.reader("companies")
    assert reader.cursor_field is None
    assert isinstance(reader, Sweeper)
    assert {one for page in reader.sweep() for one in page} == set(desk.ids("companies"))


def test_tickets_are_read_in_the_order_of_their_change_beyond_the_deepest_page(open_desk: Open) -> None:
    desk = open_desk([contact(n) for n in range(100)], deepest_page="3")
    reader = desk.reader("tickets", page_size=2, lookback=0)
    assert isinstance(reader, TicketStream)
    reader.deepest = 3
    pages = list(reader.read(None))
    records, state = [one for page in pages for one in page.records], dict(pages[-1].state or {})
    assert len({one["id"] for one in records}) == 20
    assert state["until"] == max(one["updated_at"] for one in records)
    again, _ = desk.pull("tickets", state, lookback=0)
    assert len(again) <= 1
    ratings, _ = desk.pull("satisfaction_ratings")
    assert {one["ticket_id"] for one in ratings} <= {one["id"] for one in records}
    assert ratings


def test_chosen_records_are_fetched_and_gone_ones_marked(open_desk: Open) -> None:
    desk = open_desk([company(1), contact(1), contact(2)])
    first, second = desk.ids("contacts")
    desk.edit("contacts", second, delete=True)
    one, two, three, four = desk.fetch("contacts", first, second, "999", "nonsense")
    assert one["email"] == "ann1@a.example"
    assert all(DELETED_AT in each for each in (two, three, four))
    (acme,) = desk.fetch("companies", *desk.ids("companies"))
    assert acme["name"] == "Acme 1"
    assert desk.fetch("satisfaction_ratings", "1") == []


def test_real_limits_are_waited_for(open_desk: Open) -> None:
    desk = open_desk([contact(1)], limits="real", rate_numbers="decimal")
    desk.faults(
        {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}, "body": {"message": "x"}, "count": 1}
    )
    assert len(desk.pull("contacts")[0]) == 1
    (limit,) = limits(desk.settings())
    assert (limit.calls, limit.seconds) == (700, 60.0)
    assert limits(desk.settings(calls_per_minute=0)) == ()


def test_a_wrong_key_stops_the_system_and_is_not_shown(open_desk: Open) -> None:
    desk = open_desk([contact(1)])
    with pytest.raises(StopSystem, match="API key") as stop:
        desk.pull("contacts", api_key="wrong-one")
    assert "wrong-one" not in str(stop.value)
    assert "contacts can be read" in Source().probe(desk.settings())


@pytest.mark.parametrize("kind", ["html", "cut"])
def test_an_answer_that_is_no_answer_is_asked_for_again(open_desk: Open, kind: str) -> None:
    desk = open_desk([contact(1)])
    desk.faults({"kind": kind, "path": "contacts", "count": 1, "status": 200})
    assert len(desk.pull("contacts")[0]) == 1


def test_a_next_page_on_another_host_does_not_get_the_key() -> None:
    with responses.RequestsMock() as net:
        link = {"Link": '<https://evil.example/api/v2/contacts?page=2>; rel="next"'}
        net.get(f"{BASE}/api/v2/contacts", json=[{"id": 1}], headers=link)
        with pytest.raises(StopSystem, match="another host"):
            list(ContactStream(client(), "contacts").read(None))
        assert len(net.calls) == 1


def test_a_list_that_gives_the_same_page_again_ends_in_an_error() -> None:
    with responses.RequestsMock() as net:
        link = {"Link": f'<{BASE}/api/v2/contacts?page=2>; rel="next"'}
        net.get(f"{BASE}/api/v2/contacts", json=[{"id": 1}], headers=link)
        with pytest.raises(TryAgain, match="same page"):
            list(ContactStream(client(), "contacts").read(None))


def test_records_without_an_id_are_named_and_the_rest_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with responses.RequestsMock() as net, caplog.at_level(logging.WARNING):
        rows = [{"id": 1, "updated_at": "2026-01-01T00:00:00Z"}, {"name": "no id"}, "x", {"id": True}, {"id": 2}]
        net.get(f"{BASE}/api/v2/tickets", json=rows)
        (page,) = TicketStream(client(), "tickets", lambda: datetime(2026, 2, 1, tzinfo=UTC)).read(None)
        assert [one["id"] for one in page.records] == [1, 2]
        assert page.state == {"until": "2026-01-01T00:00:00Z"}
    assert "no id" not in caplog.text


def test_companies_without_the_field_of_the_binding_id_are_named(open_desk: Open) -> None:
    desk = open_desk([])
    assert desk.source().lacking(desk.settings()) == ()
    (lacking,) = desk.source().lacking(desk.settings(company_binding_field="elsewhere"))
    assert lacking.streams == ("companies",)
