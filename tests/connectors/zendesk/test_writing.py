"""Writes over real HTTP against the simulated account, under each behaviour that the reference page is unsure of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from connectors.contract import DELETED_AT, Lookup, WriteRequest
from connectors.errors import StopSystem
from connectors.zendesk.creates import failures_of
from connectors.zendesk.jobs import Ended
from tests.connectors.zendesk.conftest import company, user

if TYPE_CHECKING:
    from tests.connectors.zendesk.conftest import Desk, Open

VARIANTS: list[dict[str, str]] = [
    {},
    {"bulk_create": "off"},
    {"job_rows": "reversed", "create_failed_row": "bare", "update_failed_row": "bare"},
    {"show_many_identities": "no", "create_identities": "no"},
    {"job_working_polls": "0", "deleted_readable": "no"},
]
each_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: "+".join(one) or "default")


def create(number: int, **fields: Any) -> WriteRequest:
    values = {"name": f"Bo {number}", "email": f"bo{number}@b.example", **fields}
    return WriteRequest(f"w{number}", "users", "create", values, binding_id=binding(number))


def binding(number: int) -> str:
    return f"01J{number:023d}"


def update(desk: Desk, name: str, fields: dict[str, Any], expected: dict[str, Any]) -> WriteRequest:
    return WriteRequest(name, "users", "update", fields, desk.id_of(name), expected)


@each_variant
def test_users_are_created_past_one_job_with_their_binding_ids_and_no_mail_to_them(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([], **variant)
    count = 12 if "bulk_create" in variant else 230
    results = desk.write(*(create(n) for n in range(count)))
    assert {one.outcome for one in results.values()} == {"confirmed"}
    assert desk.customers() == count
    stored = desk.stored("users", results["w7"].record_id)["values"]
    assert (stored["name"], stored["external_id"]) == ("Bo 7", binding(7))
    assert desk.seen()["verification_mails"] == 0


@each_variant
def test_a_create_that_is_repeated_makes_no_second_record(open_desk: Open, variant: dict[str, str]) -> None:
    desk = open_desk([], **variant)
    first = desk.write(create(1), create(2, email=None))
    again = desk.write(create(1), create(2, email=None), create(3))
    assert desk.customers() == 3
    assert {key: again[key].record_id for key in first} == {key: one.record_id for key, one in first.items()}
    assert {one.outcome for one in again.values()} == {"confirmed"}


@each_variant
def test_a_create_with_a_mail_that_somebody_has_is_refused_and_names_whose(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([user(1)], **variant)
    results = desk.write(create(1), create(2, email="ANN1@a.example"), create(3, email="not a mail"))
    assert results["w1"].outcome == "confirmed"
    assert (results["w2"].outcome, results["w2"].code) == ("rejected", "duplicate")
    assert results["w2"].record_id == desk.id_of("Ann 1")
    assert (results["w3"].outcome, results["w3"].code) == ("rejected", "RecordInvalid")
    assert "ann1@a.example" not in results["w2"].message.lower()
    stored = desk.stored("users", desk.id_of("Ann 1"))["values"]
    assert (stored["external_id"], stored["name"]) == (None, "Ann 1")


def test_a_create_with_an_agents_mail_leaves_the_agent_alone(open_desk: Open) -> None:
    desk = open_desk([])
    assert desk.write(create(1, email="li@acme.example"))["w1"].code == "duplicate"
    assert desk.seen()["staff_writes"] == 0


@each_variant
def test_further_mails_and_phones_are_created_too(open_desk: Open, variant: dict[str, str]) -> None:
    desk = open_desk([], **variant)
    result = desk.write(create(1, other_emails=["bo@private.example"], other_phones=["+861088880000"]))["w1"]
    stored = desk.stored("users", result.record_id)["values"]
    assert (stored["other_emails"], stored["other_phones"]) == (["bo@private.example"], ["+861088880000"])
    assert result.read_back is not None
    assert result.read_back["other_emails"] == ["bo@private.example"]
    assert desk.seen()["verification_mails"] == 0


@each_variant
def test_updates_are_written_and_read_back(open_desk: Open, variant: dict[str, str]) -> None:
    desk = open_desk([company(1), *(user(n, tier="gold") for n in range(1, 4))], **variant)
    organization = desk.id_of("Acme 1")
    results = desk.write(
        update(desk, "Ann 1", {"phone": "+8613800001111", "tags": ["a", "b"]}, {"phone": None, "tags": []}),
        update(desk, "Ann 2", {"user_fields.customer_tier": "vip"}, {"user_fields.customer_tier": "gold"}),
        update(
            desk, "Ann 3", {"organization_id": organization, "notes": None}, {"organization_id": None, "notes": None}
        ),
        WriteRequest("Acme 1", "organizations", "update", {"notes": "key"}, organization, {"notes": None}),
    )
    assert {one.outcome for one in results.values()} == {"confirmed"}
    assert desk.stored("users", desk.id_of("Ann 1"))["values"]["tags"] == ["a", "b"]
    tiers = desk.stored("users", desk.id_of("Ann 2"))["values"]["user_fields"]
    assert tiers["customer_tier"] == "vip"
    assert desk.stored("users", desk.id_of("Ann 3"))["values"]["organization_id"] == int(organization)
    assert desk.stored("organizations", organization)["values"]["notes"] == "key"


def test_a_hundred_updates_cost_four_calls_and_a_second_time_one(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(100)], job_working_polls="0")
    requests = [update(desk, f"Ann {n}", {"notes": "new"}, {"notes": None}) for n in range(100)]
    desk.pull("users")
    desk.calls()
    desk.write(*requests)
    assert desk.calls() == {
        "GET /api/v2/users/show_many": 2,
        "PUT /api/v2/users/update_many": 1,
        "GET /api/v2/job_statuses/show_many": 1,
    }
    assert {one.outcome for one in desk.write(*requests).values()} == {"confirmed"}
    assert desk.calls() == {"GET /api/v2/users/show_many": 1}


def test_a_record_that_changed_meanwhile_is_stale_and_comes_whole(open_desk: Open) -> None:
    desk = open_desk([user(1, email_2="x@a.example"), user(2)], show_many_identities="no")
    desk.edit("users", desk.id_of("Ann 1"), set={"phone": "010-1"})
    results = desk.write(
        update(desk, "Ann 1", {"phone": "+8613800001111"}, {"phone": None}),
        update(desk, "Ann 2", {"phone": "+8613800001111"}, {"phone": None}),
    )
    stale = results["Ann 1"]
    assert (stale.outcome, results["Ann 2"].outcome) == ("stale", "confirmed")
    assert stale.current is not None
    assert (stale.current["phone"], stale.current["other_emails"]) == ("010-1", ["x@a.example"])
    assert desk.stored("users", desk.id_of("Ann 1"))["values"]["phone"] == "010-1"


@pytest.mark.parametrize("readable", ["yes", "no"])
def test_a_deleted_record_is_stale_and_marked(open_desk: Open, readable: str) -> None:
    desk = open_desk([user(1)], deleted_readable=readable)
    request = update(desk, "Ann 1", {"notes": "x"}, {"notes": None})
    desk.edit("users", request.record_id, delete=True)
    result = desk.write(request)["Ann 1"]
    assert result.outcome == "stale"
    assert result.current is not None
    assert DELETED_AT in result.current


def test_agents_and_admins_are_never_written_to(open_desk: Open) -> None:
    desk = open_desk([])
    results = desk.write(
        update(desk, "客服小李", {"notes": "x"}, {"notes": None}),
        update(desk, "Service Admin", {"email": "x@acme.example"}, {"email": "admin@acme.example"}),
        include_staff=True,
    )
    assert {one.code for one in results.values()} == {"staff"}
    assert desk.seen()["staff_writes"] == 0


@each_variant
def test_a_new_mail_becomes_the_primary_one_and_the_old_one_stays_as_asked(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([user(1), user(2), user(3, email="")], **variant)
    one, two = (
        update(desk, f"Ann {n}", {"email": f"new{n}@a.example"}, {"email": f"ann{n}@a.example"}) for n in (1, 2)
    )
    three = update(desk, "Ann 3", {"email": "first@a.example", "notes": "n"}, {"email": None, "notes": None})
    assert desk.write(one, three)["Ann 1"].outcome == "confirmed"
    assert desk.write(two, replaced_mail="delete")["Ann 2"].outcome == "confirmed"
    stored = [desk.stored("users", desk.id_of(f"Ann {n}"))["values"] for n in (1, 2, 3)]
    assert [one["email"] for one in stored] == ["new1@a.example", "new2@a.example", "first@a.example"]
    assert [one["other_emails"] for one in stored] == [["ann1@a.example"], [], []]
    assert stored[2]["notes"] == "n"


def test_further_mails_are_brought_to_the_wanted_list(open_desk: Open) -> None:
    desk = open_desk([user(1, email_2="old@a.example")])
    request = update(desk, "Ann 1", {"other_emails": ["new@a.example"]}, {"other_emails": ["old@a.example"]})
    result = desk.write(request)["Ann 1"]
    assert result.outcome == "confirmed"
    assert desk.stored("users", request.record_id)["values"]["other_emails"] == ["new@a.example"]


@each_variant
def test_a_mail_that_somebody_else_has_is_refused_by_name_and_the_rest_is_written(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([user(1), user(2)], **variant)
    request = update(
        desk, "Ann 1", {"email": "ann2@a.example", "notes": "x"}, {"email": "ann1@a.example", "notes": None}
    )
    result = desk.write(request)["Ann 1"]
    assert (result.outcome, result.code, result.refused) == (
        "rejected",
        "DuplicateValue",
        {"email": ["ann2@a.example"]},
    )
    assert (result.record_id, result.held_by) == (desk.id_of("Ann 1"), desk.id_of("Ann 2"))
    assert result.read_back is not None
    assert (result.read_back["email"], result.read_back["notes"]) == ("ann1@a.example", "x")
    assert "ann2@" not in result.message
    stored = desk.stored("users", request.record_id)["values"]
    assert (stored["email"], stored["notes"]) == ("ann1@a.example", "x")


def test_of_several_further_mails_only_the_one_that_is_taken_is_missing(open_desk: Open) -> None:
    desk = open_desk([user(1, email_2="old@a.example"), user(2)])
    wanted = ["ann2@a.example", "new@a.example", "no mail"]
    result = desk.write(update(desk, "Ann 1", {"other_emails": wanted}, {"other_emails": ["old@a.example"]}))["Ann 1"]
    assert result.refused == {"other_emails": ["ann2@a.example", "no mail"]}
    assert (result.outcome, result.held_by) == ("rejected", desk.id_of("Ann 2"))
    assert desk.stored("users", result.record_id)["values"]["other_emails"] == ["new@a.example"]


def test_a_user_that_is_gone_between_reading_and_writing_is_no_refusal_of_values(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    desk.faults({"kind": "status", "status": 404, "method": "POST", "path": "identities"})
    result = desk.write(update(desk, "Ann 1", {"email": "b@a.example"}, {"email": "ann1@a.example"}))["Ann 1"]
    assert (result.outcome, result.code, result.refused) == ("rejected", "RecordNotFound", {})


@each_variant
def test_rows_that_fail_in_a_completed_job_are_told_from_those_that_were_written(
    open_desk: Open, variant: dict[str, str]
) -> None:
    desk = open_desk([user(n) for n in range(10)], **variant)
    requests = [
        update(desk, f"Ann {n}", {"organization_id": 7 if n % 2 else None, "notes": "x"}, {"notes": None})
        for n in range(10)
    ]
    results = desk.write(*requests)
    assert [results[f"Ann {n}"].outcome for n in range(10)] == ["confirmed", "rejected"] * 5
    assert results["Ann 1"].code == "RecordInvalid"


def test_rows_that_fail_twice_without_a_lasting_reason_are_written_alone(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(10)])
    desk.faults({"kind": "fail_rows", "path": "_many"})
    updates = [update(desk, f"Ann {n}", {"notes": "x"}, {"notes": None}) for n in range(10)]
    results = desk.write(*updates, *(create(n) for n in range(10)))
    assert {one.outcome for one in results.values()} == {"confirmed"}
    assert desk.customers() == 20


def test_rows_that_fail_for_no_lasting_reason_go_out_again_in_one_job(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(220)])
    updates = [update(desk, f"Ann {n}", {"notes": "x"}, {"notes": None}) for n in range(220)]
    desk.faults({"kind": "fail_rows", "path": "_many", "rate": 0.1, "count": 3})
    desk.calls()
    results = desk.write(*updates)
    assert {one.outcome for one in results.values()} == {"confirmed"}
    calls = desk.calls()
    assert calls["PUT /api/v2/users/update_many"] == 4
    assert not any(call.startswith("PUT /api/v2/users/") and "many" not in call for call in calls)


@pytest.mark.parametrize("rows", ["index", "bare"])
def test_creates_that_are_refused_cost_few_calls_of_their_own(open_desk: Open, rows: str) -> None:
    """Of 300 creates 3 have a mail that is taken, 3 one that is none; alone they would be six calls and look-ups."""
    desk = open_desk([user(n) for n in range(3)], create_failed_row=rows)
    taken = {n * 100: f"ann{n}@a.example" for n in range(3)}
    bad = {n * 100 + 1: "not a mail" for n in range(3)}
    desk.calls()
    results = desk.write(*(create(n, email=({**taken, **bad}).get(n, f"bo{n}@b.example")) for n in range(300)))
    calls = desk.calls()
    assert sum(one.outcome == "confirmed" for one in results.values()) == 294
    for at, n in enumerate(taken):
        assert (results[f"w{n}"].code, results[f"w{n}"].held_by) == ("duplicate", desk.id_of(f"Ann {at}"))
    assert {results[f"w{n}"].code for n in bad} == {"RecordInvalid"}
    single = calls.get("POST /api/v2/users", 0)
    assert single == (0 if rows == "index" else 6)  # two reasons in one job of nameless rows: each is asked for alone
    if rows == "index":
        assert sum(calls.values()) <= 18, calls


def test_creates_that_fail_for_no_lasting_reason_go_out_again_in_one_job(open_desk: Open) -> None:
    desk = open_desk([])
    desk.faults({"kind": "fail_rows", "path": "_many", "rate": 0.1, "count": 3})
    desk.calls()
    results = desk.write(*(create(n) for n in range(220)))
    assert {one.outcome for one in results.values()} == {"confirmed"}
    assert desk.customers() == 220
    calls = desk.calls()
    assert calls["POST /api/v2/users/create_many"] == 4
    assert "POST /api/v2/users" not in calls


def test_places_of_failed_rows_are_believed_only_where_just_those_rows_are_missing() -> None:
    sent = [create(n) for n in range(4)]
    told = Ended(
        completed=True, failed={"1": "RecordInvalid", "3": "DuplicateValue"}, codes=("RecordInvalid", "DuplicateValue")
    )
    assert failures_of(sent, [sent[1], sent[3]], told) == {"w1": "RecordInvalid", "w3": "DuplicateValue"}
    assert failures_of(sent, [sent[0], sent[3]], told) == {}
    assert failures_of(sent, [sent[1]], told) == {}
    nameless = Ended(completed=True, failed={"None": "DuplicateValue"}, codes=("DuplicateValue", "DuplicateValue"))
    assert failures_of(sent, sent[:2], nameless) == {"w0": "DuplicateValue", "w1": "DuplicateValue"}
    assert failures_of(sent, sent[:3], nameless) == {}
    assert failures_of(sent, sent[:2], Ended(completed=False, failed=nameless.failed, codes=nameless.codes)) == {}


def test_a_row_that_is_refused_with_its_reason_costs_no_call_of_its_own(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(10)])
    requests = [
        update(desk, f"Ann {n}", {"organization_id": 7 if n % 2 else None, "notes": "x"}, {"notes": None})
        for n in range(10)
    ]
    desk.calls()
    results = desk.write(*requests)
    assert results["Ann 1"].message == "Zendesk refused the values"
    assert results["Ann 1"].cure
    assert sum(count for call, count in desk.calls().items() if call.startswith("PUT")) == 1


def test_a_field_that_the_account_does_not_know_is_named(open_desk: Open, caplog: pytest.LogCaptureFixture) -> None:
    desk = open_desk([user(1)])
    result = desk.write(update(desk, "Ann 1", {"user_fields.nonsense": "x"}, {"user_fields.nonsense": None}))["Ann 1"]
    assert (result.outcome, result.code) == ("rejected", "not-stored")
    assert "user_fields.nonsense" in result.message
    assert "ann1@" not in caplog.text


def test_a_create_whose_answer_is_lost_is_found_to_be_made(open_desk: Open) -> None:
    desk = open_desk([])
    desk.faults({"kind": "stored_then_timeout", "path": "create_many", "count": 1})
    results = desk.write(create(1), create(2))
    assert {one.outcome for one in results.values()} == {"confirmed"}
    assert desk.customers() == 2


def test_a_create_of_which_nothing_is_known_is_unknown_and_can_be_looked_up(open_desk: Open) -> None:
    desk = open_desk([])
    desk.faults({"kind": "hang", "path": "create_many", "count": 1})
    assert desk.write(create(1))["w1"].outcome == "unknown"
    lookup = Lookup("w1", "users", binding(1), {"email": "bo1@b.example"})
    assert list(desk.writer().find([lookup])) == []
    desk.write(create(1))
    (found,) = desk.writer().find([lookup])
    assert (found.by, found.record["name"]) == ("binding_id", "Bo 1")


def test_an_update_whose_answer_is_lost_is_read_back(open_desk: Open) -> None:
    desk = open_desk([user(1), user(2)])
    desk.faults({"kind": "stored_then_timeout", "path": "update_many", "count": 1})
    assert desk.write(update(desk, "Ann 1", {"notes": "x"}, {"notes": None}))["Ann 1"].outcome == "confirmed"
    desk.faults({"kind": "hang", "path": "update_many", "count": 1})
    assert desk.write(update(desk, "Ann 2", {"notes": "x"}, {"notes": None}))["Ann 2"].outcome == "unknown"


def test_a_job_that_does_not_end_in_time_leaves_what_is_not_there_unknown(open_desk: Open) -> None:
    desk = open_desk([], job_working_polls="1000000")
    desk.write(create(1), job_seconds=0.3)  # the simulator's jobs do their work at once
    assert desk.customers() == 1
    desk.faults({"kind": "status", "status": 503, "path": "job_statuses"})
    assert desk.write(create(2))["w2"].outcome == "confirmed"


def test_a_refused_batch_is_halved_until_the_bad_row_stands_alone(open_desk: Open) -> None:
    desk = open_desk([])
    refusal = {"kind": "status", "status": 422, "path": "create_many", "body": {"error": "RecordInvalid"}}
    desk.faults({**refusal, "count": 3})
    assert {one.outcome for one in desk.write(*(create(n) for n in range(8))).values()} == {"confirmed"}
    assert desk.customers() == 8
    desk.faults(refusal)
    results = desk.write(*(create(n) for n in range(10, 15)))
    assert {(one.outcome, one.code) for one in results.values()} == {("rejected", "RecordInvalid")}


def test_an_account_without_the_permission_to_write_stops_before_anything_is_sent(open_desk: Open) -> None:
    desk = open_desk([user(1)], token_scope="read")
    with pytest.raises(StopSystem, match="scopes"):
        desk.write(update(desk, "Ann 1", {"notes": "x"}, {"notes": None}))
    with pytest.raises(StopSystem, match="scopes"):
        desk.write(create(1))
    assert desk.customers() == 1


def test_a_passing_trouble_that_lasts_is_to_be_tried_again(open_desk: Open) -> None:
    desk = open_desk([user(1)])
    desk.faults({"kind": "status", "status": 503, "path": "show_many"})
    result = desk.write(update(desk, "Ann 1", {"notes": "x"}, {"notes": None}))["Ann 1"]
    assert result.outcome == "try_again"


def test_an_organization_whose_name_is_taken_is_refused_and_names_the_other(open_desk: Open) -> None:
    desk = open_desk([company(1)])
    fresh, taken = (
        WriteRequest(name, "organizations", "create", {"name": name}, binding_id=binding(n))
        for n, name in enumerate(("Beta", "ACME 1"))
    )
    results = desk.write(fresh, taken)
    assert results["Beta"].outcome == "confirmed"
    assert (results["ACME 1"].code, results["ACME 1"].record_id) == ("duplicate", desk.id_of("Acme 1"))


@pytest.mark.parametrize("repeat", ["or", "and"])
@pytest.mark.parametrize("side_load", ["yes", "no"])
def test_customers_are_found_by_binding_id_then_mail_then_phone(open_desk: Open, repeat: str, side_load: str) -> None:
    people = [
        user(1, mobile="138 0000 1111"),
        user(2, email_2="second@a.example"),
        user(3, phone="010-66660000"),
        user(4, phone="010-66660000"),
    ]
    desk = open_desk(people, search_repeat=repeat, show_many_identities=side_load)
    desk.write(create(1))
    lookups = [
        Lookup("bound", "users", binding(1).lower(), {"email": "else@where.example"}),
        Lookup("mail", "users", binding(2), {"email": "SECOND@a.example"}),
        Lookup("phone", "users", binding(3), {"email": "new@a.example", "phone": "+8613800001111"}),
        Lookup("switchboard", "users", binding(4), {"phone": "010-66660000"}),
        Lookup("staff", "users", binding(5), {"email": "li@acme.example"}),
        Lookup("nobody", "users", binding(6), {"email": 'o"dd\ud800@a.example', "phone": "1"}),
    ]
    found = {one.write_id: (one.by, one.record["name"]) for one in desk.writer().find(lookups)}
    assert found == {"bound": ("binding_id", "Bo 1"), "mail": ("mail", "Ann 2"), "phone": ("phone", "Ann 1")}


def test_forty_lookups_cost_few_calls_where_the_search_joins_mails(open_desk: Open) -> None:
    desk = open_desk([user(n) for n in range(40)])
    lookups = [Lookup(f"{n}", "users", binding(n), {"email": f"ann{n}@a.example"}) for n in range(40)]
    desk.pull("users")
    desk.calls()
    assert len(list(desk.writer().find(lookups))) == 40
    assert sum(desk.calls().values()) <= 6


def test_a_stream_that_is_only_read_is_refused(open_desk: Open) -> None:
    desk = open_desk([])
    request = WriteRequest("w", "tickets", "update", {"status": "closed"}, "1", {"status": "open"})
    assert desk.write(request)["w"].code == "read-only"


def test_seven_updates_of_one_user_go_by_jobs_and_are_not_held_back_by_the_limit_on_single_ones(
    open_desk: Open,
) -> None:
    desk = open_desk([user(1)], limits="real")
    for round_ in range(7):
        old = f"{round_ - 1}" if round_ else None
        result = desk.write(update(desk, "Ann 1", {"notes": f"{round_}"}, {"notes": old}))["Ann 1"]
        assert result.outcome == "confirmed"


def test_a_mail_that_the_search_does_not_know_yet_still_makes_no_second_record(open_desk: Open) -> None:
    desk = open_desk([], search_lag_seconds="60")
    desk.edit("users", set={"name": "Typed just now", "email": "bo1@b.example"})
    assert list(desk.writer().find([Lookup("w1", "users", binding(1), {"email": "bo1@b.example"})])) == []
    result = desk.write(create(1))["w1"]
    assert (result.outcome, result.code, result.record_id) == ("rejected", "duplicate", None)
    assert desk.customers() == 1


@pytest.mark.parametrize("body", ["You have exceeded the rate limit\nuser email: ann1@a.example", {"error": "x"}, ""])
def test_a_call_too_many_is_made_again_whatever_the_answer_looks_like(open_desk: Open, body: Any) -> None:
    desk = open_desk([user(1)], access_token_seconds="none")
    desk.faults({"kind": "status", "status": 429, "headers": {"Retry-After": "0"}, "body": body, "count": 2})
    assert desk.write(update(desk, "Ann 1", {"notes": "x"}, {"notes": None}))["Ann 1"].outcome == "confirmed"


def test_what_was_sent_before_a_stop_has_its_result(open_desk: Open) -> None:
    desk = open_desk([])
    desk.faults({"kind": "status", "status": 403, "path": "job_statuses"})
    results = desk.writer().write([create(1), create(2)])
    assert [next(results).outcome for _ in range(2)] == ["unknown", "unknown"]
    with pytest.raises(StopSystem):
        next(results)
    assert desk.customers() == 2


def test_of_several_further_mails_only_the_one_that_somebody_has_is_refused_and_it_is_named(open_desk: Open) -> None:
    desk = open_desk([user(1), user(2)])
    wanted = {"other_emails": ["ann2@a.example", "free@a.example"], "notes": "x"}
    result = desk.write(update(desk, "Ann 1", wanted, {"other_emails": [], "notes": None}))["Ann 1"]
    assert (result.outcome, result.code) == ("rejected", "DuplicateValue")
    assert result.refused == {"other_emails": ["ann2@a.example"]}
    assert result.read_back is not None
    assert result.read_back["other_emails"] == ["free@a.example"]
    assert desk.stored("users", desk.id_of("Ann 1"))["values"]["other_emails"] == ["free@a.example"]


def test_a_taken_primary_mail_is_named_and_leaves_the_old_one_primary(open_desk: Open) -> None:
    desk = open_desk([user(1), user(2)])
    request = update(desk, "Ann 1", {"email": "ann2@a.example"}, {"email": "ann1@a.example"})
    assert desk.write(request)["Ann 1"].refused == {"email": ["ann2@a.example"]}
    assert desk.stored("users", desk.id_of("Ann 1"))["values"]["email"] == "ann1@a.example"


def test_an_update_to_a_name_that_another_organization_has_names_the_field(open_desk: Open) -> None:
    desk = open_desk([company(1), company(2)])
    record_id, name, taken = (desk.id_of("Acme 1"), "Acme 1", "Acme 2")
    fields = {"name": taken, "notes": "x"}
    request = WriteRequest("w", "organizations", "update", fields, record_id, {"name": name, "notes": None})
    result = desk.write(request)["w"]
    assert (result.outcome, result.code) == ("rejected", "DuplicateValue")
    assert result.refused == {"name": [taken]}
    assert desk.stored("organizations", record_id)["values"].get("notes") is None
