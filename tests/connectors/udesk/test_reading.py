"""Pulls over real HTTP against the simulated account, under each behaviour that nobody is sure of."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from connectors.contract import DELETED_AT, Page, Sweeper
from connectors.errors import ConnectorError, SkipRecord, StopSystem
from connectors.http import Patience
from connectors.ports import WindowBudget
from connectors.udesk.client import Client, limits
from connectors.udesk.settings import Settings
from connectors.udesk.sign_in import signature
from connectors.udesk.streams import CustomerStream
from tests.connectors.udesk.conftest import Open, customer

BASE = "https://acme.udesk.example"
VARIANTS: list[dict[str, str]] = [
    {},
    {"missing": "empty", "tags": "text"},
    {"status": "4xx", "updated_at": "hidden"},
]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: "+".join(one) or "default")


def stream() -> CustomerStream:
    settings = Settings.model_validate({"base_url": BASE, "email": "a@b.example", "api_token": "t"})
    return CustomerStream(Client(settings, budget=WindowBudget(), patience=Patience(3, 0.0, 0.0)))


def test_the_signature_is_the_reference_pages_vector() -> None:
    expected = "7a6c62dd1bc69ff7e82cb406d9928183b4eb6e63345ed91f1fbdaa67915db57f"
    assert signature("admin@example.com", "tok123", "1767323045", "nonce-1") == expected


@each_variant
def test_customers_are_read_past_the_first_page_each_once_with_plain_lists(
    open_desk: Open, variant: dict[str, str]
) -> None:
    people = [customer(n, mobile=f"1380000{n:04d}", email_2=f"b{n}@a.example", tags=["x", "y"]) for n in range(230)]
    desk = open_desk(people, **variant)
    records, state = desk.pull("customers")
    assert (len({one["id"] for one in records}), state) == (230, None)
    assert records[7]["phones"] == ["13800000007"]
    assert (records[7]["more_emails"], records[7]["tag_list"]) == (["b7@a.example"], ["x", "y"])


@each_variant
def test_chosen_customers_are_fetched_and_gone_ones_marked_and_missing_in_the_sweep(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([customer(1), customer(2)], **variant)
    first, second = desk.ids("customers")
    desk.edit("customers", second, delete=True)
    one, two, three = desk.fetch("customers", first, second, "nonsense")
    assert one["email"] == "ann1@a.example"
    assert (DELETED_AT in two, DELETED_AT in three) == (True, True)
    reader = desk.reader("customers")
    assert isinstance(reader, Sweeper)
    assert [one for page in reader.sweep() for one in page] == [first]


def test_a_refusal_that_says_nothing_of_a_missing_customer_deletes_nobody(open_desk: Open) -> None:
    desk = open_desk([customer(1)])
    (first,) = desk.ids("customers")
    refusal: dict[str, Any] = {"code": 7777, "message": "系统维护中"}
    desk.faults({"kind": "status", "status": 200, "path": "get_customer", "body": refusal})
    with pytest.raises(SkipRecord) as skipped:
        desk.fetch("customers", first)
    assert skipped.value.code == "code-7777"
    assert "维护" not in str(skipped.value)


def test_a_call_that_is_repeated_is_signed_anew(open_desk: Open) -> None:
    desk = open_desk([customer(1)])
    desk.faults({"kind": "cut", "path": "customers", "count": 2})
    assert len(desk.pull("customers")[0]) == 1
    desk.faults({"kind": "stored_then_timeout", "path": "customers", "count": 1})
    assert len(desk.pull("customers")[0]) == 1


def test_more_customers_than_the_list_reaches_are_told_of_and_the_others_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.udesk.client.DEEPEST", 200)
    with responses.RequestsMock() as net:
        for page in (1, 2):
            rows = [{"id": page * 1000 + n} for n in range(100)]
            body = {"code": 1000, "meta": {"total_pages": 3}, "customers": rows}
            net.get(f"{BASE}/open_api_v1/customers", json=body)
        found: list[Page] = []
        with pytest.raises(ConnectorError, match="more customers than"):
            found.extend(stream().read(None))
        assert len(net.calls) == 2
    assert sum(len(page.records) for page in found) == 200


@pytest.mark.parametrize("status", ["200", "4xx"])
def test_a_refused_signature_stops_the_system_and_shows_no_token(open_desk: Open, status: str) -> None:
    desk = open_desk([customer(1)], status=status)
    with pytest.raises(StopSystem, match="signature") as stop:
        desk.pull("customers", api_token="wrong-one")
    assert "wrong-one" not in str(stop.value)
    assert "customers can be read" in desk.source().probe(desk.settings())


@pytest.mark.parametrize("kind", ["html", "cut"])
def test_an_answer_that_is_no_answer_is_asked_for_again(open_desk: Open, kind: str) -> None:
    desk = open_desk([customer(1)])
    desk.faults({"kind": kind, "path": "customers", "count": 1, "status": 200})
    assert len(desk.pull("customers")[0]) == 1


def test_the_limit_of_the_account_is_declared_and_the_simulator_keeps_it(open_desk: Open) -> None:
    desk = open_desk([customer(1)], limits="real")
    (limit,) = limits(desk.settings())
    assert (limit.calls, limit.seconds, limits(desk.settings(calls_per_minute=0))) == (60, 60.0, ())
    assert len(desk.pull("customers")[0]) == 1


def test_a_customer_without_the_field_of_the_binding_id_is_named(open_desk: Open) -> None:
    desk = open_desk([])
    assert desk.source().lacking(desk.settings()) == ()
    (lacking,) = desk.source().lacking(desk.settings(binding_field="TextField_99"))
    assert lacking.streams == ("customers",)
