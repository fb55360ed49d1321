"""Writes over real HTTP against the simulated account."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from connectors.contract import DELETED_AT, Lookup, WriteRequest
from tests.connectors.desk import Desk, binding
from tests.connectors.freshdesk.conftest import Open, company, contact


def create(number: int, **fields: Any) -> WriteRequest:
    values = {"name": f"Bo {number}", "email": f"bo{number}@b.example", **fields}
    return WriteRequest(f"w{number}", "contacts", "create", values, binding_id=binding(number))


def update(desk: Desk, fields: dict[str, Any], expected: dict[str, Any], at: int = 0) -> WriteRequest:
    return WriteRequest("w", "contacts", "update", fields, desk.ids("contacts")[at], expected)


def test_a_contact_and_its_company_are_created_with_their_binding_ids(open_desk: Open) -> None:
    desk = open_desk([])
    acme = WriteRequest("c", "companies", "create", {"name": "Acme", "domains": ["a.example"]}, binding_id=binding(9))
    made = desk.write(create(1, tags=["a"], **{"custom_fields.customer_tier": "vip"}), acme)
    assert {one.outcome for one in made.values()} == {"confirmed"}
    stored = desk.stored("contacts", made["w1"].record_id)
    assert (stored["unique_external_id"], stored["custom_fields"]["customer_tier"]) == (binding(1), "vip")
    assert desk.stored("companies", made["c"].record_id)["custom_fields"]["crmhub_id"] == binding(9)
    read_back = made["w1"].read_back
    assert read_back is not None
    assert read_back["tags"] == ["a"]


def test_a_create_that_is_repeated_makes_no_second_record(open_desk: Open) -> None:
    desk = open_desk([])
    acme = WriteRequest("c", "companies", "create", {"name": "Acme"}, binding_id=binding(9))
    first, again = desk.write(create(1), acme), desk.write(create(1), acme)
    assert {key: one.record_id for key, one in first.items()} == {key: one.record_id for key, one in again.items()}
    assert {one.outcome for one in again.values()} == {"confirmed"}
    assert (desk.live("contacts"), desk.live("companies")) == (1, 1)


@pytest.mark.parametrize("autocomplete", ["wrapped", "bare"])
@pytest.mark.parametrize("kind", ["stored_then_timeout", "cut"])
def test_a_create_whose_answer_is_lost_is_found_to_be_made(open_desk: Open, kind: str, autocomplete: str) -> None:
    desk = open_desk([], autocomplete=autocomplete)
    desk.faults({"kind": kind, "method": "POST", "path": "contacts|companies", "count": 2})
    acme = WriteRequest("c", "companies", "create", {"name": "Acme"}, binding_id=binding(9))
    made = desk.write(create(1), acme)
    assert {one.outcome for one in made.values()} == {"confirmed"}
    assert (desk.live("contacts"), desk.live("companies")) == (1, 1)


def test_a_create_of_which_nothing_is_known_is_unknown(open_desk: Open) -> None:
    desk = open_desk([])
    desk.faults({"kind": "hang", "method": "POST", "path": "contacts", "count": 1})
    assert desk.write(create(1))["w1"].outcome == "unknown"
    assert desk.live("contacts") == 0


def test_a_create_with_a_mail_that_somebody_has_is_refused_and_names_whose(open_desk: Open) -> None:
    desk = open_desk([contact(1)])
    made = desk.write(create(1, email="ANN1@a.example"), create(2), create(3, nonsense="x"), create(4, name=""))
    assert (made["w1"].outcome, made["w1"].code, made["w1"].held_by) == (
        "rejected",
        "duplicate",
        desk.ids("contacts")[0],
    )
    assert made["w2"].outcome == "confirmed"
    assert (made["w3"].outcome, made["w3"].code) == ("rejected", "invalid_field")
    assert made["w4"].outcome == "rejected"
    assert "ann1@" not in made["w1"].message.lower()


def test_updates_are_written_and_read_back_and_cost_no_call_where_nothing_differs(open_desk: Open) -> None:
    desk = open_desk([company(1), contact(1, tier="gold")])
    wanted = {
        "phone": "+8613800001111",
        "tags": ["b", "a"],
        "company_id": desk.ids("companies")[0],
        "custom_fields.customer_tier": "vip",
        "address": None,
    }
    old: dict[str, Any] = {
        "phone": None,
        "tags": [],
        "company_id": None,
        "custom_fields.customer_tier": "gold",
        "address": None,
    }
    request = update(desk, wanted, old)
    assert desk.write(request)["w"].outcome == "confirmed"
    stored = desk.stored("contacts", request.record_id)
    assert (stored["company_id"], stored["custom_fields"]["customer_tier"]) == (int(desk.ids("companies")[0]), "vip")
    desk.calls()
    assert desk.write(request)["w"].outcome == "confirmed"
    assert desk.calls() == {"GET /api/v2/contacts/{id}": 1}


def test_a_record_that_changed_meanwhile_is_stale_and_a_deleted_one_marked(open_desk: Open) -> None:
    desk = open_desk([contact(1), contact(2)])
    desk.edit("contacts", desk.ids("contacts")[0], set={"phone": "010-1"})
    stale = desk.write(update(desk, {"phone": "1"}, {"phone": None}))["w"]
    assert (stale.outcome, (stale.current or {})["phone"]) == ("stale", "010-1")
    desk.edit("contacts", desk.ids("contacts")[1], delete=True)
    gone = desk.write(update(desk, {"phone": "1"}, {"phone": None}, 1))["w"]
    assert gone.outcome == "stale"
    assert DELETED_AT in (gone.current or {})


def test_a_mail_that_somebody_else_has_is_refused_by_name_and_the_rest_is_written(open_desk: Open) -> None:
    desk = open_desk([contact(1), contact(2)])
    request = update(
        desk, {"email": "ann2@a.example", "job_title": "CEO"}, {"email": "ann1@a.example", "job_title": None}
    )
    result = desk.write(request)["w"]
    assert (result.outcome, result.code, result.refused) == ("rejected", "taken", {"email": ["ann2@a.example"]})
    assert result.held_by == desk.ids("contacts")[1]
    stored = desk.stored("contacts", request.record_id)
    assert (stored["email"], stored["job_title"]) == ("ann1@a.example", "CEO")
    assert "ann2@" not in result.message


def test_a_number_that_may_not_be_shared_is_refused_and_mail_and_title_are_written(open_desk: Open) -> None:
    desk = open_desk([contact(1), contact(2, mobile="13800001111")], numbers="unique")
    wanted = {"email": "new@a.example", "mobile": "13800001111", "job_title": "CEO"}
    request = update(desk, wanted, {"email": "ann1@a.example", "mobile": None, "job_title": None})
    result = desk.write(request)["w"]
    assert (result.outcome, result.held_by) == ("rejected", desk.ids("contacts")[1])
    assert result.refused == {"mobile": ["13800001111"]}
    stored = desk.stored("contacts", request.record_id)
    assert (stored["job_title"], stored["email"], stored["mobile"]) == ("CEO", "new@a.example", None)
    both = update(
        desk, {"email": "ann2@a.example", "mobile": "13800001111", "address": "x"}, {"email": "new@a.example"}
    )
    assert desk.write(both)["w"].refused == {"email": ["ann2@a.example"], "mobile": ["13800001111"]}


def test_a_value_that_cannot_be_taken_out_of_a_list_is_named_and_not_called_done(open_desk: Open) -> None:
    desk = open_desk([contact(1, tags=["a", "b"])], lists="add")
    result = desk.write(update(desk, {"tags": ["b"]}, {"tags": ["a", "b"]}))["w"]
    assert (result.outcome, result.code, result.refused) == ("rejected", "not-stored", {})
    assert "tags" in result.message


def test_an_update_whose_answer_is_lost_is_read_back(open_desk: Open) -> None:
    desk = open_desk([contact(1)])
    desk.faults({"kind": "stored_then_timeout", "method": "PUT", "path": "contacts", "count": 1})
    assert desk.write(update(desk, {"phone": "1"}, {"phone": None}))["w"].outcome == "confirmed"


def test_a_passing_trouble_is_to_be_tried_again(open_desk: Open) -> None:
    desk = open_desk([contact(1)])
    desk.faults({"kind": "status", "status": 503, "method": "GET", "path": "contacts"})
    assert desk.write(update(desk, {"phone": "1"}, {"phone": None}))["w"].outcome == "try_again"


def test_contacts_are_found_by_binding_id_then_mail_then_the_one_who_has_a_number(open_desk: Open) -> None:
    desk = open_desk([contact(1, mobile="13800001111"), contact(2, email_2="second@a.example"), company(1)])
    bound = desk.write(create(1))["w1"].record_id
    first, second, _ = desk.ids("contacts")
    found = desk.find(
        Lookup("bound", "contacts", binding(1), {"email": "bo1@b.example"}),
        Lookup("mail", "contacts", binding(2), {"email": "SECOND@a.example"}),
        Lookup("phone", "contacts", binding(3), {"email": "x@a.example", "mobile": "13800001111"}),
        Lookup("nobody", "contacts", binding(4), {"email": "y@a.example", "phone": "1"}),
        Lookup("company", "companies", binding(5), {"name": "Acme 1"}),
    )
    assert found == {"bound": ("binding_id", bound), "mail": ("mail", second), "phone": ("phone", first)}


def test_a_stream_that_is_only_read_is_refused(open_desk: Open) -> None:
    result = open_desk([]).write(WriteRequest("w", "tickets", "update", {"status": 5}, "1", {"status": 2}))["w"]
    assert result.code == "read-only"


def test_the_simulator_merges_restores_and_deletes_for_good_as_the_vendor_does(open_desk: Open) -> None:
    desk = open_desk([contact(1), contact(2)])
    first, second = desk.ids("contacts")
    with requests.Session() as session:
        session.trust_env, session.auth = False, (desk.config["api_key"], "X")
        root = f"{desk.config['base_url']}/api/v2"
        body = {
            "primary_contact_id": int(first),
            "secondary_contact_ids": [int(second)],
            "contact": {"email": "ann1@a.example", "other_emails": ["ann2@a.example"]},
        }
        assert session.post(f"{root}/contacts/merge", json=body).status_code == 204
        assert session.get(f"{root}/contacts/{first}").json()["other_emails"] == ["ann2@a.example"]
        assert session.put(f"{root}/contacts/{second}/restore").status_code == 204
        assert session.delete(f"{root}/contacts/{second}/hard_delete?force=true").status_code == 204
        assert session.get(f"{root}/contacts/{second}").status_code == 404
        assert "crmhub_id" in {one["name"] for one in session.get(f"{root}/company_fields").json()}
        missing = session.post(f"{root}/contacts", json={"name": "x"})
        assert missing.json()["errors"][0]["code"] == "missing_field"
    assert DELETED_AT in desk.fetch("contacts", second)[0]
