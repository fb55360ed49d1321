from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.contract import DELETED_AT, Lookup, WriteRequest, WriteResult
from connectors.errors import SkipRecord, StopSystem
from connectors.zoho_crm import updates
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.records import Records
from tests.connectors.zoho_crm.conftest import ULID, Start, Zoho, create, records, update


def one(found: Any) -> WriteResult:
    (result,) = found
    assert isinstance(result, WriteResult)
    return result


def first(zoho: Zoho, stream: str = "Contacts") -> Any:
    return records(zoho.reader(stream).read(None))[0]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Have something happen once, right after the read that precedes an update."""

    def arrange(act: Callable[[], object]) -> None:
        waiting, real = [act], Records.by_ids

        def read(self: Records, *args: Any) -> Any:
            found = real(self, *args)
            if waiting:
                waiting.pop()()
            return found

        monkeypatch.setattr(Records, "by_ids", read)

    return arrange


def test_a_create_is_confirmed_with_what_zoho_shows_and_carries_the_binding_id(zoho: Zoho) -> None:
    result = one(zoho.writer().write([create(1, Mobile="+8613800001111")]))
    assert result.outcome == "confirmed"
    assert result.read_back is not None
    assert result.read_back["Mobile"] == "+8613800001111"
    stored = zoho.stored("Leads", str(result.record_id))
    assert stored["Crmhub_Binding"] == ULID.format(1)


def test_the_same_create_again_makes_no_second_record(zoho: Zoho) -> None:
    results = [one(zoho.writer().write([create(1)])) for _ in range(2)]
    assert results[0].record_id == results[1].record_id
    assert len(records(zoho.reader("Leads").read(None))) == 4


def test_writes_set_off_no_automation_unless_configured(zoho: Zoho) -> None:
    list(zoho.writer().write([create(1)]))
    list(zoho.writer(trigger=["workflow"]).write([create(2)]))
    assert zoho.get("/__sim/config").json()["triggers"] == [[], ["workflow"]]


def test_two_hundred_and_fifty_creates_are_three_writes_and_three_reads(zoho: Zoho) -> None:
    zoho.calls()
    results = list(zoho.writer().write([create(n) for n in range(250)]))
    assert {result.outcome for result in results} == {"confirmed"}
    assert zoho.calls() == {
        "GET /crm/v8/settings/fields": 1,
        "POST /crm/v8/Leads/upsert": 3,
        "GET /crm/v8/Leads": 3,
    }


def test_an_update_batch_is_three_calls(start: Start) -> None:
    zoho = start()
    found = records(zoho.reader().read(None))
    zoho.calls()
    requests = [update(r["id"], expected={"Title": None}, Title="Dr") for r in found]
    assert {result.outcome for result in zoho.writer().write(requests)} == {"confirmed"}
    assert zoho.calls() == {"GET /crm/v8/Contacts": 2, "PUT /crm/v8/Contacts": 1}


def test_a_record_that_already_shows_the_values_is_confirmed_without_a_write(zoho: Zoho) -> None:
    record = first(zoho)
    request = update(record["id"], expected={"Title": None}, Title="Dr")
    list(zoho.writer().write([request]))
    zoho.calls()
    assert one(zoho.writer().write([request])).outcome == "confirmed"
    assert zoho.calls() == {"GET /crm/v8/Contacts": 1}


def test_a_value_that_people_changed_is_not_overwritten_and_comes_back_in_full(zoho: Zoho) -> None:
    record = first(zoho)
    zoho.edit("Contacts", record["id"], set={"Title": "Prof"})
    result = one(zoho.writer().write([update(record["id"], expected={"Title": None}, Title="Dr")]))
    assert result.outcome == "stale"
    assert result.current == next(zoho.reader().fetch([record["id"]]))
    assert zoho.stored("Contacts", record["id"])["Title"] == "Prof"


def test_an_edit_of_another_field_does_not_hold_the_write_up(zoho: Zoho) -> None:
    record = first(zoho)
    zoho.edit("Contacts", record["id"], set={"Department": "R&D"})
    result = one(zoho.writer().write([update(record["id"], expected={"Title": None}, Title="Dr")]))
    assert result.outcome == "confirmed"
    assert zoho.stored("Contacts", record["id"])["Department"] == "R&D"


@pytest.mark.parametrize("precondition", ["whole", "each"])
@pytest.mark.parametrize("stored_time", ["seconds", "finer"])
def test_an_edit_between_read_and_write_is_not_overwritten(
    start: Start, between: Callable[[Callable[[], object]], None], precondition: str, stored_time: str
) -> None:
    zoho = start(precondition=precondition, stored_time=stored_time)
    found = records(zoho.reader().read(None))
    edited = found[1]["id"]
    between(lambda: zoho.edit("Contacts", edited, set={"Title": "Prof"}))
    requests = [update(r["id"], expected={"Title": None}, Title="Dr") for r in found]
    outcomes = {result.record_id: result.outcome for result in zoho.writer().write(requests)}
    assert outcomes == {r["id"]: "stale" if r["id"] == edited else "confirmed" for r in found}
    assert zoho.stored("Contacts", edited)["Title"] == "Prof"


@pytest.mark.parametrize("stored_time", ["seconds", "finer"])
def test_a_record_changed_a_moment_before_can_be_written(start: Start, stored_time: str) -> None:
    zoho = start(stored_time=stored_time)
    record = first(zoho)
    zoho.edit("Contacts", record["id"], set={"Title": "Prof"})
    result = one(zoho.writer().write([update(record["id"], expected={"Title": "Prof"}, Title="Dr")]))
    assert result.outcome == "confirmed"


def test_a_record_that_never_stops_changing_is_left_for_the_next_run(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, real = first(zoho), Records.by_ids

    def read(self: Records, *args: Any) -> Any:
        found = real(self, *args)
        zoho.edit("Contacts", record["id"], set={"Department": str(len(zoho.calls()))})
        return found

    monkeypatch.setattr(Records, "by_ids", read)
    result = one(zoho.writer().write([update(record["id"], expected={"Title": None}, Title="Dr")]))
    assert result.outcome == "try_again"
    assert updates.ROUNDS > 1


def test_a_record_that_is_gone_is_stale_with_the_deletion_mark(zoho: Zoho) -> None:
    record = first(zoho)
    zoho.edit("Contacts", record["id"], delete=True)
    result = one(zoho.writer().write([update(record["id"], expected={}, Title="Dr")]))
    assert result.outcome == "stale"
    assert result.current is not None
    assert DELETED_AT in result.current


def test_a_cleared_field_is_sent_as_null_and_only_fields_asked_for_are_sent(zoho: Zoho) -> None:
    record = first(zoho)
    result = one(
        zoho.writer().write([update(record["id"], expected={"First_Name": record["First_Name"]}, First_Name=None)])
    )
    assert result.read_back is not None
    assert result.read_back["First_Name"] is None
    changes = zoho.control("GET", "/_record", system="zoho_crm", stream="Contacts", id=record["id"])["history"]
    assert list(changes[-1]["fields"]) == ["First_Name"]


def test_a_lookup_is_written_by_id_and_read_back_with_its_name(zoho: Zoho) -> None:
    record, employer = first(zoho), first(zoho, "Accounts")
    reference = {"id": employer["id"], "name": "whatever the hub knew"}
    request = update(record["id"], expected={"Account_Name": None}, Account_Name=reference)
    result = one(zoho.writer().write([request]))
    assert result.read_back is not None
    assert result.read_back["Account_Name"] == {"id": employer["id"], "name": "Acme"}


def test_one_bad_row_does_not_hold_the_others_and_is_named(zoho: Zoho) -> None:
    requests = [create(1), create(2, Email="no mail at all"), create(3, Last_Name=None), create(4)]
    results = {result.write_id: result for result in zoho.writer().write(requests)}
    assert [results[f"w{n}"].outcome for n in (1, 2, 3, 4)] == ["confirmed", "rejected", "rejected", "confirmed"]
    assert results["w2"].code == "INVALID_DATA"
    assert "Email" in results["w2"].message
    assert "no mail" not in results["w2"].message
    assert results["w2"].refused == {"Email": ["no mail at all"]}
    assert results["w3"].code == "MANDATORY_NOT_FOUND"
    assert results["w3"].cure


def test_a_batch_that_half_fails_gives_each_record_its_own_result(zoho: Zoho) -> None:
    zoho.faults({"kind": "fail_rows", "system": "zoho_crm", "count": 1})
    requests = [create(n) for n in range(20)]
    results = list(zoho.writer().write(requests))
    assert sorted(result.write_id for result in results) == sorted(request.write_id for request in requests)
    failed = {result.write_id for result in results if result.outcome != "confirmed"}
    assert 0 < len(failed) < 20
    again = list(zoho.writer().write([request for request in requests if request.write_id in failed]))
    assert {result.outcome for result in again} == {"confirmed"}
    assert len(records(zoho.reader("Leads").read(None))) == 23


def test_a_batch_refused_as_a_whole_is_halved_until_the_rest_is_through(
    zoho: Zoho, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Client.write

    def picky(self: Client, method: str, module: str, rows: Any, **more: Any) -> Any:
        if any(row["Last_Name"] == "New5" for row in rows):
            raise SkipRecord("refused", system="zoho_crm", code="INVALID_DATA", cure="…")
        return real(self, method, module, rows, **more)

    monkeypatch.setattr(Client, "write", picky)
    results = {result.write_id: result.outcome for result in zoho.writer().write([create(n) for n in range(9)])}
    assert results == {f"w{n}": "rejected" if n == 5 else "confirmed" for n in range(9)}


def test_stored_without_an_answer_is_unknown_and_found_afterwards(zoho: Zoho) -> None:
    zoho.faults({"kind": "stored_then_timeout", "system": "zoho_crm", "path": "upsert", "count": 1})
    request = create(1)
    assert one(zoho.writer(read_timeout=0.3).write([request])).outcome == "unknown"
    (found,) = zoho.writer().find([Lookup("w1", "Leads", str(request.binding_id), request.fields)])
    assert found.by == "binding_id"
    assert found.record == next(zoho.reader("Leads").fetch([found.record_id]))
    assert one(zoho.writer().write([request])).record_id == found.record_id


def test_a_server_error_behind_a_stored_update_ends_confirmed(zoho: Zoho) -> None:
    record = first(zoho)
    zoho.faults({"kind": "cut", "system": "zoho_crm", "method": "PUT", "count": 1})
    request = update(record["id"], expected={"Title": None}, Title="Dr")
    assert one(zoho.writer().write([request])).outcome == "unknown"
    assert one(zoho.writer().write([request])).outcome == "confirmed"


def test_when_the_account_is_shut_out_after_the_write_every_sent_row_has_a_result_first(zoho: Zoho) -> None:
    record = first(zoho)
    refusal = {"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"}
    got: list[WriteResult] = []
    writer = zoho.writer()
    results = writer.write([update(record["id"], expected={"Title": None}, Title="Dr"), create(1)])
    with pytest.raises(StopSystem):
        got.extend(_shut_out_after_put(zoho, results, refusal))
    assert [result.outcome for result in got] == ["unknown"]


def _shut_out_after_put(zoho: Zoho, results: Any, refusal: Any) -> Any:
    """Let one read and one write pass, then refuse every read."""
    real = Records.by_ids
    calls = []

    def read(self: Records, *args: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            zoho.faults({"kind": "status", "status": 403, "body": refusal, "system": "zoho_crm", "path": "/crm/"})
        return real(self, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Records, "by_ids", read)
        yield from results


def test_a_locked_record_is_tried_again_later(zoho: Zoho) -> None:
    record = first(zoho)
    zoho.edit("Contacts", record["id"], set={"Locked__s": True})
    result = one(zoho.writer().write([update(record["id"], expected={}, Title="Dr")]))
    assert (result.outcome, result.code) == ("try_again", "RECORD_LOCKED")


def test_a_converted_lead_is_refused_with_where_to_write_instead(zoho: Zoho) -> None:
    lead = first(zoho, "Leads")
    url = f"{zoho.config['base_url']}/crm/v8/Leads/{lead['id']}/actions/convert"
    zoho.http.post(url, json={"data": [{}]}, headers=zoho.signed(), timeout=10)
    result = one(zoho.writer().write([update(lead["id"], "Leads", expected={}, Designation="Dr")]))
    assert (result.outcome, result.code) == ("rejected", "CONVERTED_RECORD")
    assert "contact" in result.cure


def test_where_email_is_unique_a_create_never_overwrites_the_record_that_has_it(start: Start) -> None:
    zoho = start(unique_email="yes")
    record = first(zoho)
    request = create(1, "Contacts", Email=record["Email"], Last_Name="Other")
    result = one(zoho.writer().write([request]))
    assert (result.outcome, result.code, result.record_id) == ("rejected", "DUPLICATE_DATA", record["id"])
    assert zoho.stored("Contacts", record["id"])["Last_Name"] == "Lee"


def test_where_email_is_unique_a_repeated_create_still_makes_no_second_record(start: Start) -> None:
    zoho = start(unique_email="yes")
    results = [one(zoho.writer().write([create(1)])) for _ in range(2)]
    assert [result.outcome for result in results] == ["confirmed", "confirmed"]
    assert results[0].record_id == results[1].record_id


@pytest.mark.parametrize("binding_field", ["missing", "plain"])
def test_without_a_unique_binding_field_nothing_is_created_and_the_cure_is_named(
    start: Start, binding_field: str
) -> None:
    zoho = start(binding_field=binding_field)
    with pytest.raises(StopSystem, match="unique text field"):
        list(zoho.writer().write([create(1)]))
    assert zoho.control("GET", "/_stats")["zoho_crm"]["records_written"] == 0


def test_two_writes_to_one_record_go_out_one_after_the_other(zoho: Zoho) -> None:
    record = first(zoho)
    requests = [
        WriteRequest("a", "Contacts", "update", {"Title": "Dr"}, record["id"], {"Title": None}),
        WriteRequest("b", "Contacts", "update", {"Title": "Prof"}, record["id"], {"Title": "Dr"}),
    ]
    assert [result.outcome for result in zoho.writer().write(requests)] == ["confirmed", "confirmed"]
    assert zoho.stored("Contacts", record["id"])["Title"] == "Prof"


def test_a_field_that_the_user_may_not_see_is_named_and_never_written_blindly(start: Start) -> None:
    zoho = start(hidden_fields="Title")
    record = first(zoho)
    assert "Title" not in record
    zoho.calls()
    request = update(record["id"], expected={"Title": "Prof"}, Title="Dr", Department="R&D")
    result = one(zoho.writer().write([request]))
    assert (result.outcome, result.code, dict(result.refused)) == ("rejected", "NOT_STORED", {"Title": ["Dr"]})
    assert result.cure
    assert "PUT /crm/v8/Contacts" not in zoho.calls()
    rest = one(zoho.writer().write([update(record["id"], expected={"Department": None}, Department="R&D")]))
    assert rest.outcome == "confirmed"


def test_a_field_under_a_privacy_restriction_is_unknown_and_not_empty(start: Start) -> None:
    zoho = start(restricted_fields="Mobile")
    record = first(zoho)
    assert "Mobile" not in record
    assert zoho.get(f"/crm/v8/Contacts/{record['id']}").json()["data"][0]["Mobile"] is None
    result = one(zoho.writer().write([update(record["id"], expected={"Mobile": None}, Mobile="+8613800001111")]))
    assert (result.outcome, result.code) == ("rejected", "NOT_STORED")
    assert dict(result.refused) == {"Mobile": ["+8613800001111"]}


def test_a_value_that_zoho_keeps_in_another_form_counts_as_stored(zoho: Zoho, monkeypatch: pytest.MonkeyPatch) -> None:
    record, real = first(zoho), Records.by_ids

    def read(self: Records, *args: Any) -> Any:
        found = real(self, *args)
        return {key: row | ({"Title": "DR"} if row.get("Title") == "Dr" else {}) for key, row in found.items()}

    monkeypatch.setattr(Records, "by_ids", read)
    result = one(zoho.writer().write([update(record["id"], expected={"Title": None}, Title="Dr")]))
    assert result.outcome == "confirmed"
    assert result.read_back is not None
    assert result.read_back["Title"] == "DR"
