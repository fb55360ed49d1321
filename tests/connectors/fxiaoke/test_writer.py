from __future__ import annotations

from typing import Any

import pytest

from connectors.contract import DELETED_AT, WriteRequest, WriteResult
from connectors.errors import QuotaPaused, StopSystem
from tests.connectors.fxiaoke.conftest import Start, World, by_id, create, typed, update


def test_an_update_costs_one_call_and_shares_description_and_the_looks_before_and_after(start: Start) -> None:
    world = start([typed(str(n), mobile="13900000001") for n in range(30)])
    requests = [
        update(one, {"mobile1": "13900000001"}, n, mobile1=f"1391111{n:04d}") for n, one in enumerate(world.ids())
    ]
    results = by_id(world.writer().write(requests))
    assert {result.outcome for result in results.values()} == {"confirmed"}
    assert [results[f"w{n}"].read_back["mobile1"] for n in range(30)] == [f"1391111{n:04d}" for n in range(30)]  # type: ignore[index]
    assert world.calls() == {"V2": 1, "describe": 1, "query": 4, "update": 30}  # two looks for each twenty


def test_the_same_update_again_makes_no_write(world: World) -> None:
    request = update(world.ids("ContactObj")[0], {"email": "one@a.example"}, email="new@a.example")
    by_id(world.writer().write([request]))
    world.calls()
    again = by_id(world.writer().write([request]))["w1"]
    assert again.outcome == "confirmed"
    assert world.calls()["update"] == 0


def test_the_same_create_again_makes_no_second_record(world: World) -> None:
    first = by_id(world.writer().write([create()]))["w1"]
    again = by_id(world.writer().write([create()]))["w1"]
    assert first.outcome == again.outcome == "confirmed"
    assert first.record_id == again.record_id
    assert len(world.ids()) == 4


def test_a_create_carries_the_binding_id_and_an_owner_and_starts_no_flow(start: Start) -> None:
    world = start(switches={"SIM_APPROVAL": "flow"})
    result = by_id(world.writer().write([create(mobile1="13900000001")]))["w1"]
    row = result.read_back
    assert row is not None
    assert row["hub_id__c"] == create().binding_id
    assert row["owner"] == [world.block["config"]["config"]["open_user_id"]]
    assert row["life_status"] == "normal"


def test_a_create_into_a_pool_names_no_owner(start: Start) -> None:
    world = start()
    result = by_id(world.writer().write([create(stream="LeadsObj", leads_pool_id="66aa0001")]))["w1"]
    assert result.outcome == "confirmed"
    assert "owner" not in (result.read_back or {"owner": 1})


def test_a_record_that_somebody_changed_meanwhile_is_left_alone(world: World) -> None:
    record_id = world.ids()[0]
    world.edit("ContactObj", record_id, set={"email": "people@a.example"})
    request = update(record_id, {"email": "one@a.example"}, email="hub@a.example")
    result = by_id(world.writer().write([request]))["w1"]
    assert result.outcome == "stale"
    assert result.current is not None
    assert result.current["email"] == "people@a.example"
    assert world.calls()["update"] == 0


def test_a_change_of_another_field_does_not_make_a_write_stale(world: World) -> None:
    record_id = world.ids()[0]
    world.edit("ContactObj", record_id, set={"remark": "called"})
    request = update(record_id, {"email": "one@a.example"}, email="hub@a.example")
    assert by_id(world.writer().write([request]))["w1"].outcome == "confirmed"


def test_an_update_of_a_deleted_record_is_stale_and_says_that_it_is_gone(world: World) -> None:
    record_id = world.ids()[0]
    world.edit("ContactObj", record_id, delete=True)
    requests = [update(record_id, {}, 1, remark="x"), update("66aa00000000000000000000", {}, 2, remark="x")]
    results = by_id(world.writer().write(requests))
    assert {result.outcome for result in results.values()} == {"stale"}
    assert all(DELETED_AT in (result.current or {}) for result in results.values())


def test_a_create_whose_record_people_deleted_is_not_made_again(world: World) -> None:
    made = by_id(world.writer().write([create()]))["w1"]
    world.edit("ContactObj", str(made.record_id), delete=True)
    again = by_id(world.writer().write([create()]))["w1"]
    assert again.outcome == "stale"
    assert DELETED_AT in (again.current or {})


def test_bad_rows_are_refused_by_themselves_and_the_others_go_through(world: World) -> None:
    good, bad = create(1), create(2, account_id="66aa00000000000000000000")
    wrong = create(3, date_of_birth="not a time")
    unknown = create(4, no_such_field__c="x")
    results = by_id(world.writer().write([bad, good, wrong, unknown, create(5)]))
    outcomes = [results[f"w{n}"].outcome for n in range(1, 6)]
    assert outcomes == ["confirmed", "rejected", "rejected", "rejected", "confirmed"]
    assert results["w2"].code == "201112011"
    assert "新客户" not in results["w2"].message
    assert "traceId E-O." in results["w2"].message
    assert len(world.ids()) == 3 + 2


def test_a_create_whose_answer_never_came_is_unknown_and_can_be_found(start: Start) -> None:
    world = start(read_timeout=0.3)
    world.faults({"path": "create$", "kind": "stored_then_timeout", "count": 1})
    writer = world.writer()
    results = by_id(writer.write([create(1), create(2)]))
    assert [results["w1"].outcome, results["w2"].outcome] == ["unknown", "confirmed"]
    assert len(world.ids()) == 2  # it was not simply made again
    again = by_id(writer.write([create(1)]))["w1"]
    assert again.outcome == "confirmed"
    assert len(world.ids()) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"kind": "status", "status": 200, "body": {"errorCode": 50009}},
        {"kind": "status", "status": 504},
        {"kind": "html"},
        {"kind": "cut"},
    ],
    ids=["50009", "504", "html", "cut"],
)
def test_an_answer_that_leaves_it_open_whether_a_create_was_made_is_not_tried_again(
    start: Start, answer: dict[str, Any]
) -> None:
    world = start()
    world.faults({"path": "create$", "count": 1, **answer})
    result = by_id(world.writer().write([create(1)]))["w1"]
    assert result.outcome == "unknown"
    assert world.calls()["create"] == 1


@pytest.mark.parametrize("code", [30004, 14001, -1])
def test_a_refusal_before_anything_was_done_is_tried_again(start: Start, code: int) -> None:
    world = start()
    world.faults({"path": "create$", "kind": "status", "status": 200, "body": {"errorCode": code}, "count": 1})
    assert by_id(world.writer().write([create(1)]))["w1"].outcome == "confirmed"
    assert len(world.ids()) == 1


def test_an_update_whose_answer_never_came_is_settled_by_what_the_record_shows(world: World) -> None:
    writer = world.writer(read_timeout=0.3)
    first, second, _ = world.ids()
    world.faults(
        {"path": "update$", "kind": "stored_then_timeout", "count": 1}, {"path": "update$", "kind": "hang", "count": 1}
    )
    results = by_id(
        writer.write(
            [
                update(first, {"remark": None}, 1, remark="stored"),
                update(second, {"remark": None}, 2, remark="lost"),
            ]
        )
    )
    assert [results["w1"].outcome, results["w2"].outcome] == ["confirmed", "unknown"]


def test_where_the_look_before_fails_nothing_is_sent(world: World) -> None:
    world.faults({"path": "query$", "kind": "status", "status": 503})
    results = by_id(world.writer().write([create(1), update(world.ids()[0], {}, 2, remark="x")]))
    assert [results["w1"].outcome, results["w2"].outcome] == ["try_again", "try_again"]
    calls = world.calls()
    assert calls["create"] == calls["update"] == 0


def test_the_daily_quota_pauses_after_results_for_all_that_was_sent(start: Start) -> None:
    world = start(switches={"SIM_DAILY_CALLS": "5"})
    results: list[WriteResult] = []
    with pytest.raises(QuotaPaused) as paused:
        results.extend(world.writer().write([create(n) for n in range(1, 6)]))
    # One look before, the description and three creates fit; the read-back does not, so nobody knows what they show.
    assert [(result.write_id, result.outcome) for result in results] == [
        ("w1", "unknown"),
        ("w2", "unknown"),
        ("w3", "unknown"),
    ]
    assert paused.value.continues_at.astimezone().tzinfo is not None
    assert len(world.ids()) == 3


def test_no_pack_bought_stops_the_system(start: Start) -> None:
    world = start(switches={"SIM_DAILY_CALLS": "0"})
    with pytest.raises(StopSystem, match="OpenAPI pack"):
        by_id(world.writer().write([create(1)]))


@pytest.mark.parametrize("clearing", ["both", "null", "empty", "refuse_null"])
def test_a_field_is_cleared_whichever_way_the_tenant_understands(start: Start, clearing: str) -> None:
    world = start(
        [typed(str(n), mobile="13900000001", email="a@a.example") for n in range(3)],
        switches={"SIM_CLEAR": clearing},
    )
    writer = world.writer()
    for n, record_id in enumerate(world.ids()):
        before = {"mobile1": "13900000001", "remark": None}
        result = by_id(writer.write([update(record_id, before, n, mobile1=None, remark="cleared")]))[f"w{n}"]
        assert result.outcome == "confirmed"
        assert "mobile1" not in (result.read_back or {"mobile1": 1})
        assert (result.read_back or {})["remark"] == "cleared"
        assert (result.read_back or {})["email"] == "a@a.example"
    # What was learnt is kept: after the first record, one call clears.
    assert world.calls()["update"] == (3 if clearing in {"both", "null"} else 4)


def test_a_locked_record_and_one_in_approval_wait(start: Start) -> None:
    world = start([typed("1", flags=["locked"]), typed("2", flags=["under_review"])])
    results = by_id(world.writer().write([update(one, {}, n, remark="x") for n, one in enumerate(world.ids())]))
    assert [(results[f"w{n}"].outcome, results[f"w{n}"].code) for n in range(2)] == [
        ("try_again", "locked"),
        ("try_again", "in-approval"),
    ]
    assert world.calls()["update"] == 0


def test_an_update_that_an_approval_flow_holds_back_waits_and_is_confirmed_afterwards(start: Start) -> None:
    world = start([typed("1")], switches={"SIM_APPROVAL": "flow", "SIM_FLAGS": "ignored"})
    request = update(world.ids()[0], {"remark": None}, remark="x")
    writer = world.writer()
    assert by_id(writer.write([request]))["w1"].outcome == "try_again"
    assert by_id(writer.write([request]))["w1"].outcome == "try_again"
    assert world.calls()["update"] == 1
    answer = world.http.post(
        world.block["base_url"] + "/__sim/approve", json={"object": "ContactObj", "id": world.ids()[0]}, timeout=5
    )
    assert answer.json() == {"approved": True}
    assert by_id(writer.write([request]))["w1"].outcome == "confirmed"
    assert world.calls()["update"] == 0


@pytest.mark.parametrize("value", ["VIP", "99"])
def test_a_choice_that_the_tenant_does_not_offer_is_named_and_not_sent(start: Start, value: str) -> None:
    world = start([typed("a", "account", company="示例科技")])
    request = WriteRequest("w1", "AccountObj", "update", {"account_level": value}, world.ids("AccountObj")[0], {})
    result = by_id(world.writer().write([request]))["w1"]
    assert (result.outcome, result.code) == ("rejected", "no-such-option")
    assert "account_level" in result.message
    assert value not in result.message + result.cure
    assert world.calls()["update"] == 0


def test_an_object_that_may_not_be_described_is_written_all_the_same(start: Start) -> None:
    world = start([typed("1", email="one@a.example")])
    refused = {"errorCode": 15002, "errorMessage": "无权限", "traceId": "t"}
    world.faults({"method": "POST", "path": "/describe$", "kind": "status", "status": 200, "body": refused})
    request = update(world.ids()[0], {"email": "one@a.example"}, email="new@a.example")
    assert by_id(world.writer().write([request]))["w1"].outcome == "confirmed"


def test_a_pool_record_is_left_alone_until_somebody_takes_it(start: Start) -> None:
    world = start([typed("1", "lead", flags=["pool"])])
    request = update(world.ids("LeadsObj")[0], {}, remark="x")
    result = by_id(
        world.writer().write([type(request)("w1", "LeadsObj", "update", {"remark": "x"}, request.record_id)])
    )
    assert (result["w1"].outcome, result["w1"].code) == ("rejected", "in-pool")
    assert world.calls()["update"] == 0


def test_a_value_that_the_system_keeps_to_itself_is_rejected_not_pushed_for_ever(start: Start) -> None:
    world = start([typed("1")], switches={"SIM_UNKNOWN_FIELD": "ignore"})
    result = by_id(world.writer().write([update(world.ids()[0], {}, no_such_field__c="x")]))["w1"]
    assert (result.outcome, result.code) == ("rejected", "not-taken")


def test_a_value_that_the_system_rewrites_is_confirmed_as_it_now_stands(start: Start) -> None:
    world = start([typed("1")], switches={"SIM_PHONES": "compact"})
    result = by_id(world.writer().write([update(world.ids()[0], {}, mobile1="139 0000-0001")]))["w1"]
    assert result.outcome == "confirmed"
    assert (result.read_back or {})["mobile1"] == "13900000001"


@pytest.mark.parametrize("refusing", ["ignore", "refuse"])
def test_a_new_owner_goes_through_change_owner(start: Start, refusing: str) -> None:
    world = start([typed("1", owner="销售甲")], switches={"SIM_UPDATE_OWNER": refusing})
    admin = world.block["config"]["config"]["open_user_id"]
    old = world.book.get("ContactObj", world.ids()[0])
    assert old is not None
    request = update(world.ids()[0], {"owner": old.values["owner"]}, owner=[admin])
    result = by_id(world.writer().write([request]))["w1"]
    assert result.outcome == "confirmed"
    assert (result.read_back or {})["owner"] == [admin]
    assert world.calls()["changeOwner"] == 1


def test_numbers_travel_as_strings_and_times_as_numbers(world: World) -> None:
    account = world.ids("AccountObj")[0]
    request = update(account, {}, annual_revenue__c=1250000.5)
    account_request = type(request)("w1", "AccountObj", "update", dict(request.fields), account)
    result = by_id(world.writer().write([account_request, update(world.ids()[0], {}, 2, date_of_birth=631123200000)]))
    assert (result["w1"].read_back or {})["annual_revenue__c"] == "1250000.5"
    assert (result["w2"].read_back or {})["date_of_birth"] == 631123200000


@pytest.mark.parametrize("field", ["last_modified_time", "owner__r", "life_status"])
def test_fields_that_nobody_can_write_are_refused_before_any_call(world: World, field: str) -> None:
    result = by_id(world.writer().write([update(world.ids()[0], {}, 1, **{field: "x"})]))["w1"]
    assert (result.outcome, result.code) == ("rejected", "read-only")
    assert world.calls()["update"] == 0


def test_two_updates_of_one_record_follow_each_other(world: World) -> None:
    record_id = world.ids()[0]
    requests = [update(record_id, {"remark": None}, 1, remark="a"), update(record_id, {"remark": "a"}, 2, remark="b")]
    results = by_id(world.writer().write(requests))
    assert [results["w1"].outcome, results["w2"].outcome] == ["confirmed", "confirmed"]


def test_two_creates_with_one_binding_id_make_one_record(start: Start) -> None:
    world = start()
    one = create(1)
    twin = type(one)("w2", one.stream, "create", one.fields, binding_id=one.binding_id)
    results = by_id(world.writer().write([one, twin]))
    assert results["w1"].record_id == results["w2"].record_id


@pytest.mark.parametrize("style", ["legacy", "header"])
def test_writing_works_in_both_calling_styles_and_on_custom_objects(start: Start, style: str) -> None:
    world = start(param_style=style)
    requests = [create(1, mobile1="13900000001"), create(2, stream="member__c", points__c=12)]
    results = by_id(world.writer().write(requests))
    assert [results["w1"].outcome, results["w2"].outcome] == ["confirmed", "confirmed"]
    assert (results["w2"].read_back or {})["points__c"] == "12"
