"""Writes over real HTTP against the simulated portal."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from connectors.contract import DELETED_AT, Lookup, WriteRequest
from tests.connectors.desk import Desk, binding
from tests.connectors.zoho_desk.conftest import Open, company, contact


def create(number: int, **fields: Any) -> WriteRequest:
    values = {"lastName": f"Bo {number}", "email": f"bo{number}@b.example", **fields}
    return WriteRequest(f"w{number}", "contacts", "create", values, binding_id=binding(number))


def update(desk: Desk, fields: dict[str, Any], expected: dict[str, Any], at: int = 0) -> WriteRequest:
    return WriteRequest("w", "contacts", "update", fields, desk.ids("contacts")[at], expected)


@pytest.mark.parametrize("status", ["200", "201"])
def test_a_contact_and_its_account_are_created_with_their_binding_ids(open_desk: Open, status: str) -> None:
    desk = open_desk([], create_status=status)
    acme = WriteRequest("c", "accounts", "create", {"accountName": "Acme"}, binding_id=binding(9))
    made = desk.write(create(1, **{"cf.cf_customer_tier": "vip"}), acme)
    assert {one.outcome for one in made.values()} == {"confirmed"}
    own = desk.stored("contacts", made["w1"].record_id)["cf"]
    assert (own["cf_crmhub_id"], own["cf_customer_tier"]) == (binding(1), "vip")
    assert desk.stored("accounts", made["c"].record_id)["cf"]["cf_crmhub_id"] == binding(9)


@pytest.mark.parametrize("lag", ["0", "60"])
@pytest.mark.parametrize("kind", ["stored_then_timeout", "cut"])
def test_a_create_whose_answer_is_lost_is_found_though_the_search_lags(open_desk: Open, kind: str, lag: str) -> None:
    desk = open_desk([], search_lag=lag)
    desk.faults({"kind": kind, "method": "POST", "path": "contacts|accounts", "count": 2})
    acme = WriteRequest("c", "accounts", "create", {"accountName": "Acme"}, binding_id=binding(9))
    made = desk.write(create(1), acme)
    assert {one.outcome for one in made.values()} == {"confirmed"}
    assert (desk.live("contacts"), desk.live("accounts")) == (1, 1)
    found = desk.find(Lookup("x", "contacts", binding(1), {"email": "bo1@b.example"}))
    assert found == {"x": ("binding_id", made["w1"].record_id)}


def test_a_create_of_which_nothing_is_known_is_unknown(open_desk: Open) -> None:
    desk = open_desk([])
    desk.faults({"kind": "hang", "method": "POST", "path": "contacts", "count": 1})
    assert desk.write(create(1))["w1"].outcome == "unknown"
    assert desk.live("contacts") == 0


def test_a_mail_that_the_portal_keeps_unique_is_refused_and_the_rest_of_an_update_is_written(open_desk: Open) -> None:
    desk = open_desk([contact(1), contact(2)], mails="unique")
    made = desk.write(create(1, email="ANN1@a.example"))["w1"]
    assert (made.outcome, made.code, made.held_by) == ("rejected", "duplicate", desk.ids("contacts")[0])
    request = update(desk, {"email": "ann2@a.example", "title": "CEO"}, {"email": "ann1@a.example", "title": None})
    result = desk.write(request)["w"]
    assert (result.outcome, result.refused, result.held_by) == (
        "rejected",
        {"email": ["ann2@a.example"]},
        desk.ids("contacts")[1],
    )
    assert desk.stored("contacts", request.record_id)["title"] == "CEO"


def test_updates_are_written_and_read_back_and_cost_one_call_where_nothing_differs(open_desk: Open) -> None:
    desk = open_desk([company(1), contact(1, tier="gold", street="x")])
    account = desk.ids("accounts")[0]
    wanted = {"mobile": "+8613800001111", "accountId": account, "cf.cf_customer_tier": "vip", "street": None}
    old = {"mobile": None, "accountId": None, "cf.cf_customer_tier": "gold", "street": "x"}
    request = update(desk, wanted, old)
    assert desk.write(request)["w"].outcome == "confirmed"
    stored = desk.stored("contacts", request.record_id)
    assert (stored["accountId"], stored["cf"]["cf_customer_tier"], stored["street"]) == (account, "vip", None)
    desk.calls()
    assert desk.write(request)["w"].outcome == "confirmed"
    assert desk.calls() == {"GET /api/v1/contacts/{id}": 1}


@pytest.mark.parametrize("trash", ["hidden", "readable"])
def test_a_record_that_changed_meanwhile_is_stale_and_a_deleted_one_marked(open_desk: Open, trash: str) -> None:
    desk = open_desk([contact(1), contact(2)], trash=trash)
    desk.edit("contacts", desk.ids("contacts")[0], set={"phone": "010-1"})
    stale = desk.write(update(desk, {"phone": "1"}, {"phone": None}))["w"]
    assert (stale.outcome, (stale.current or {})["phone"]) == ("stale", "010-1")
    desk.edit("contacts", desk.ids("contacts")[1], delete=True)
    gone = desk.write(update(desk, {"phone": "1"}, {"phone": None}, 1))["w"]
    assert (gone.outcome, DELETED_AT in (gone.current or {})) == ("stale", True)


def test_bad_values_are_refused_alone(open_desk: Open) -> None:
    desk = open_desk([contact(1)])
    made = desk.write(create(1, accountId="7"), create(2, nonsense="x"), create(3), create(4, lastName="x" * 300))
    assert [made[f"w{n}"].outcome for n in (1, 2, 3)] == ["rejected", "rejected", "confirmed"]
    assert len(desk.stored("contacts", made["w4"].record_id)["lastName"]) == 200


def test_contacts_are_found_by_mail_then_by_the_one_who_has_a_number(open_desk: Open) -> None:
    people = [
        contact(1, mobile="13800001111"),
        contact(2, email_2="second@a.example"),
        contact(3, phone="010-66660000"),
        contact(4, phone="010-66660000"),
    ]
    desk = open_desk(people)
    first, second, *_ = desk.ids("contacts")
    found = desk.find(
        Lookup("mail", "contacts", binding(2), {"email": "SECOND@a.example"}),
        Lookup("phone", "contacts", binding(3), {"email": "x@a.example", "mobile": "13800001111"}),
        Lookup("switchboard", "contacts", binding(4), {"mobile": "010-66660000"}),
        Lookup("nobody", "contacts", binding(5), {"email": "y@a.example"}),
    )
    assert found == {"mail": ("mail", second), "phone": ("phone", first)}


def test_own_writes_carry_the_source_id_that_quiets_their_webhooks(open_desk: Open) -> None:
    desk = open_desk([])
    assert desk.write(create(1), source_id="0b7f")["w1"].outcome == "confirmed"


def test_the_simulator_merges_and_bins_as_the_vendor_does(open_desk: Open) -> None:
    desk = open_desk([contact(1), contact(2), contact(3)])
    desk.pull("contacts")
    first, second, third = desk.ids("contacts")
    token = next(iter(str(one["access_token"]) for one in desk.tokens.tokens.values()))
    headers = {"Authorization": f"Zoho-oauthtoken {token}", "orgId": desk.config["org_id"]}
    with requests.Session() as session:
        session.trust_env = False
        session.headers.update(headers)
        root = f"{desk.config['base_url']}/api/v1/contacts"
        merged = session.post(f"{root}/{first}/merge", json={"ids": [second], "source": {"email": second}})
        assert merged.json()["email"] == "ann2@a.example"
        assert session.post(f"{root}/moveToTrash", json={"contactIds": [third]}).status_code == 204
        assert session.get(root, params={"from": 100}).status_code == 204
        assert session.get(root, params={"page": 1}).json()["errorCode"] == "UNPROCESSABLE_ENTITY"
        assert "modifiedTime" not in session.get(root).json()["data"][0]
    assert desk.live("contacts") == 1
