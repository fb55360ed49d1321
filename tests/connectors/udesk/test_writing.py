"""Writes over real HTTP against the simulated account."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import DELETED_AT, Lookup, WriteRequest
from tests.connectors.desk import Desk, binding
from tests.connectors.udesk.conftest import Open, customer

VARIANTS: list[dict[str, str]] = [{}, {"missing": "empty", "created": "id"}, {"status": "4xx", "tags": "text"}]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: "+".join(one) or "default")


def create(number: int, **fields: Any) -> WriteRequest:
    values = {"nick_name": f"李 {number}", "email": f"bo{number}@b.example", **fields}
    return WriteRequest(f"w{number}", "customers", "create", values, binding_id=binding(number))


def update(desk: Desk, fields: dict[str, Any], expected: dict[str, Any], at: int = 0) -> WriteRequest:
    return WriteRequest("w", "customers", "update", fields, desk.ids("customers")[at], expected)


@each_variant
def test_a_customer_is_created_with_numbers_tags_and_binding_id(open_desk: Open, variant: dict[str, str]) -> None:
    desk = open_desk([], **variant)
    made = desk.write(create(1, phones=["+8613800001111"], more_emails=["x@b.example"], tag_list=["a", "b"]))["w1"]
    assert made.outcome == "confirmed"
    stored = desk.stored("customers", made.record_id)
    assert (stored["phones"], stored["more_emails"], stored["tag_list"]) == (
        ["+8613800001111"],
        ["x@b.example"],
        ["a", "b"],
    )
    assert stored["custom_fields"]["TextField_1"] == binding(1)


@each_variant
def test_a_create_that_is_repeated_or_loses_its_answer_makes_no_second_customer(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([], **variant)
    desk.faults({"kind": "stored_then_timeout", "method": "POST", "path": "customers", "count": 1})
    first, again = desk.write(create(1))["w1"], desk.write(create(1))["w1"]
    assert (first.outcome, again.outcome, first.record_id) == ("confirmed", "confirmed", again.record_id)
    assert desk.live("customers") == 1


@each_variant
def test_a_mail_or_number_that_somebody_has_is_refused_by_name_and_the_rest_written(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([customer(1), customer(2, mobile="13800001111")], **variant)
    second = desk.ids("customers")[1]
    made = desk.write(create(1, email="ANN2@a.example"))["w1"]
    assert (made.outcome, made.code, made.held_by) == ("rejected", "duplicate", second)
    wanted = {"phones": ["138 0000 1111"], "email": "new@a.example", "description": "x"}
    old: dict[str, Any] = {"phones": [], "email": "ann1@a.example", "description": None}
    result = desk.write(update(desk, wanted, old))["w"]
    assert (result.outcome, result.refused, result.held_by) == ("rejected", {"phones": ["138 0000 1111"]}, second)
    stored = desk.stored("customers", result.record_id)
    assert (stored["email"], stored["description"], stored["phones"]) == ("new@a.example", "x", [])


@each_variant
def test_lists_are_brought_to_what_is_wanted_and_cost_one_call_where_nothing_differs(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([customer(1, mobile="13800001111", tags=["a"])], **variant)
    wanted = {"phones": ["+86 138 0000 1111", "01066668888"], "tag_list": ["b"], "custom_fields.TextField_2": "CEO"}
    old: dict[str, Any] = {"phones": ["13800001111"], "tag_list": ["a"], "custom_fields.TextField_2": None}
    request = update(desk, wanted, old)
    assert desk.write(request)["w"].outcome == "confirmed"
    stored = desk.stored("customers", request.record_id)
    assert (len(stored["phones"]), stored["tag_list"], stored["custom_fields"]["TextField_2"]) == (2, ["b"], "CEO")
    desk.calls()
    assert desk.write(request)["w"].outcome == "confirmed"
    assert sum(desk.calls().values()) == 1


def test_a_number_that_cannot_be_taken_out_is_named_and_not_called_done(open_desk: Open) -> None:
    desk = open_desk([customer(1, mobile="13800001111", phone="01066668888")], pairs="add")
    old = {"phones": ["13800001111", "01066668888"]}
    result = desk.write(update(desk, {"phones": ["13800001111"]}, old))["w"]
    assert (result.outcome, result.code, result.refused) == ("rejected", "not-stored", {})
    assert "phones" in result.message


def test_a_custom_field_that_the_account_does_not_have_is_named(open_desk: Open) -> None:
    desk = open_desk([customer(1)])
    result = desk.write(update(desk, {"custom_fields.TextField_99": "x"}, {"custom_fields.TextField_99": None}))["w"]
    assert (result.code, result.refused) == ("not-stored", {"custom_fields.TextField_99": ["x"]})
    assert "custom_fields.TextField_99" in result.message


def test_a_record_that_changed_meanwhile_is_stale_and_a_deleted_one_marked(open_desk: Open) -> None:
    desk = open_desk([customer(1), customer(2)])
    desk.edit("customers", desk.ids("customers")[0], set={"phones": ["010-1"]})
    stale = desk.write(update(desk, {"phones": ["1"]}, {"phones": []}))["w"]
    assert (stale.outcome, (stale.current or {})["phones"]) == ("stale", ["010-1"])
    desk.edit("customers", desk.ids("customers")[1], delete=True)
    gone = desk.write(update(desk, {"phones": ["1"]}, {"phones": []}, 1))["w"]
    assert (gone.outcome, DELETED_AT in (gone.current or {})) == ("stale", True)


@each_variant
def test_customers_are_found_by_binding_id_then_mail_then_number(open_desk: Open, variant: dict[str, str]) -> None:
    desk = open_desk([customer(1, mobile="13800001111"), customer(2, email_2="second@a.example")], **variant)
    bound = desk.write(create(1))["w1"].record_id
    first, second, _ = desk.ids("customers")
    found = desk.find(
        Lookup("bound", "customers", binding(1), {"email": "bo1@b.example"}),
        Lookup("mail", "customers", binding(2), {"email": "SECOND@a.example"}),
        Lookup("phone", "customers", binding(3), {"phones": ["+8613800001111"]}),
        Lookup("nobody", "customers", binding(4), {"email": "y@a.example", "phones": ["1"]}),
    )
    assert found == {"bound": ("binding_id", bound), "mail": ("mail", second), "phone": ("phone", first)}
