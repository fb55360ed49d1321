"""Many creates as one bulk job: what comes of its rows, of a job that fails, and of one whose end nobody sees."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from connectors.contract import Lookup, WriteRequest, WriteResult
from connectors.errors import StopSystem
from connectors.zoho_crm.bulk_sheet import BadSheet, fits, outcomes_of, sheet_of
from connectors.zoho_crm.metadata import Field
from connectors.zoho_crm.settings import Settings
from tests.connectors.zoho_crm.conftest import ULID, Start, Zoho, create, last_state, records

MANY = 24


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    bulk = sys.modules["connectors.zoho_crm.bulk_creates"]
    monkeypatch.setattr(bulk, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(bulk, "LONGEST_PAUSE", 0.002)


def written(zoho: Zoho, requests: list[WriteRequest], **settings: Any) -> dict[str, WriteResult]:
    given = {"bulk_write_from": 10, **settings}
    results = list(zoho.writer(**given).write(requests))
    assert sorted(one.write_id for one in results) == sorted(one.write_id for one in requests)
    return {one.write_id: one for one in results}


def leads(zoho: Zoho) -> list[Any]:
    return records(zoho.reader("Leads").read(None))


def test_many_creates_are_one_job_and_each_is_read_back_with_its_binding_id(zoho: Zoho) -> None:
    before = len(leads(zoho))
    zoho.calls()
    wanted = [create(n, City=f"東京 {n}", Email_Opt_Out=n % 2 == 0, No_of_Employees=n) for n in range(MANY)]
    results = written(zoho, wanted)
    assert {one.outcome for one in results.values()} == {"confirmed"}
    calls = zoho.calls()
    assert calls["POST /crm/bulk/v8/write"] == 1
    assert "POST /crm/v8/Leads/upsert" not in calls
    assert calls["GET /crm/v8/Leads"] == 1
    shown = results["w3"].read_back
    assert shown is not None
    assert (shown["City"], shown["Email_Opt_Out"], shown["No_of_Employees"]) == ("東京 3", False, 3)
    assert zoho.stored("Leads", str(results["w3"].record_id))["Crmhub_Binding"] == ULID.format(3)
    assert len(leads(zoho)) == before + MANY


def test_the_same_creates_again_make_no_second_record_and_touch_none(zoho: Zoho) -> None:
    first = written(zoho, [create(n) for n in range(MANY)])
    before = len(leads(zoho))
    zoho.edit("Leads", first["w1"].record_id, set={"Company": "Von Menschen"})
    again = written(zoho, [create(n, Company="Vom Hub") for n in range(MANY)])
    assert {name: one.record_id for name, one in again.items()} == {name: one.record_id for name, one in first.items()}
    assert zoho.stored("Leads", str(first["w1"].record_id))["Company"] == "Von Menschen"
    assert len(leads(zoho)) == before


def test_a_row_that_the_job_skips_is_told_why_and_the_others_are_made(zoho: Zoho) -> None:
    wanted = [create(n) for n in range(MANY)]
    wanted[3] = create(3, Email="no mail at all")
    wanted[4] = create(4, Last_Name="x" * 81)
    results = written(zoho, wanted)
    assert (results["w3"].outcome, results["w3"].code) == ("rejected", "INVALID_DATA")
    assert results["w3"].refused == {"Email": ["no mail at all"]}
    assert results["w4"].outcome == "rejected"
    assert [one.outcome for one in results.values()].count("confirmed") == MANY - 2


def test_where_email_is_unique_nobodys_record_is_overwritten(start: Start) -> None:
    zoho = start(unique_email="yes")
    held = leads(zoho)[0]
    zoho.edit("Leads", held["id"], set={"Email": "taken@b.example"})
    wanted = [create(n) for n in range(MANY)]
    wanted[5] = create(5, Email="taken@b.example", Last_Name="Other")
    results = written(zoho, wanted)
    assert (results["w5"].outcome, results["w5"].record_id) == ("rejected", held["id"])
    assert zoho.stored("Leads", held["id"])["Last_Name"] == "王"


@pytest.mark.parametrize("bulk_write", ["refused", "failing", "failing_halfway"])
def test_a_job_that_zoho_refuses_or_fails_is_made_good_row_by_row(start: Start, bulk_write: str) -> None:
    zoho = start(bulk_write=bulk_write)
    before = len(leads(zoho))
    results = written(zoho, [create(n) for n in range(MANY)])
    assert {one.outcome for one in results.values()} == {"confirmed"}
    assert len(leads(zoho)) == before + MANY


def test_a_job_without_an_end_leaves_its_records_unknown_and_a_later_create_makes_no_second_one(start: Start) -> None:
    zoho = start(bulk_write="endless")
    results = written(zoho, [create(n) for n in range(MANY)], bulk_write_wait=0.01)
    assert {(one.outcome, one.code) for one in results.values()} == {("unknown", "BULK_WRITE_RUNS")}
    again = written(zoho, [create(n) for n in range(MANY)], bulk_write_from=0)
    assert {one.outcome for one in again.values()} == {"confirmed"}
    assert len({one.record_id for one in again.values()}) == MANY


def test_a_start_without_an_answer_is_unknown_and_what_was_made_is_found(zoho: Zoho) -> None:
    zoho.faults({"kind": "stored_then_timeout", "system": "zoho_crm", "path": "bulk/v8/write$", "count": 1})
    wanted = [create(n) for n in range(MANY)]
    results = written(zoho, wanted, read_timeout=0.5)
    assert {one.outcome for one in results.values()} == {"unknown"}
    lookups = [Lookup(one.write_id, "Leads", str(one.binding_id), one.fields) for one in wanted]
    found = {one.write_id for one in zoho.writer().find(lookups) if one.by == "binding_id"}
    again = written(zoho, [one for one in wanted if one.write_id not in found], bulk_write_from=0)
    assert {one.outcome for one in again.values()} == {"confirmed"}
    assert len(leads(zoho)) == 3 + MANY


def test_a_lost_look_at_the_job_leaves_its_records_unknown(zoho: Zoho) -> None:
    zoho.faults({"kind": "status", "status": 503, "system": "zoho_crm", "method": "GET", "path": "bulk/v8/write/"})
    assert {one.outcome for one in written(zoho, [create(n) for n in range(MANY)]).values()} == {"unknown"}


def test_a_damaged_result_is_no_proof_and_each_row_is_asked_for(zoho: Zoho) -> None:
    zoho.faults({"kind": "html", "system": "zoho_crm", "path": "bulk-write/", "count": 9})
    results = written(zoho, [create(n) for n in range(MANY)])
    assert {one.outcome for one in results.values()} == {"confirmed"}
    assert len(leads(zoho)) == 3 + MANY


def test_a_stop_behind_the_jobs_start_gives_every_row_its_result_first(zoho: Zoho) -> None:
    refusal = {"code": "NO_PERMISSION", "details": {}, "message": "permission denied", "status": "error"}
    fault = {"kind": "status", "status": 403, "body": refusal, "system": "zoho_crm", "method": "GET"}
    zoho.faults({**fault, "path": "bulk/v8/write/"})
    got: list[WriteResult] = []
    results = zoho.writer(bulk_write_from=10).write([create(n) for n in range(MANY)])

    def draw() -> None:
        for one in results:
            got.append(one)  # noqa: PERF402 (extend would lose what came before the error)

    with pytest.raises(StopSystem):
        draw()
    assert {one.write_id for one in got} == {f"w{n}" for n in range(MANY)}
    assert {one.outcome for one in got} == {"unknown"}


def test_few_creates_automations_or_an_unknown_host_keep_to_the_plain_way(zoho: Zoho) -> None:
    plain: tuple[dict[str, Any], ...] = (
        {"bulk_write_from": MANY},
        {"trigger": ["workflow"]},
        {"content_url": None},
        {"bulk_write_from": 0},
    )
    for number, settings in enumerate(plain):
        zoho.calls()
        wanted = [create(n + 100 * number) for n in range(MANY)]
        assert {one.outcome for one in written(zoho, wanted, **settings).values()} == {"confirmed"}
        assert "POST /crm/bulk/v8/write" not in zoho.calls()


def test_a_token_that_may_not_read_the_organisation_keeps_to_the_plain_way(start: Start) -> None:
    zoho = start(scopes="ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.coql.READ")
    assert {one.outcome for one in written(zoho, [create(n) for n in range(MANY)]).values()} == {"confirmed"}


def test_updates_never_go_by_job(zoho: Zoho) -> None:
    made = written(zoho, [create(n) for n in range(MANY)])
    zoho.calls()
    changes = [
        WriteRequest(f"u{n}", "Leads", "update", {"City": "Köln"}, made[f"w{n}"].record_id, {"City": None})
        for n in range(MANY)
    ]
    assert {one.outcome for one in written(zoho, changes).values()} == {"confirmed"}
    assert "POST /crm/bulk/v8/write" not in zoho.calls()


def test_what_a_csv_cannot_carry_without_a_doubt_goes_row_by_row() -> None:
    fields = {name: Field(name, kind, "string", unique=False) for name, kind in (("A", "text"), ("T", "datetime"))}
    fields["L"] = Field("L", "lookup", "jsonobject", unique=False)

    def asked(**values: Any) -> WriteRequest:
        return WriteRequest("w", "Leads", "create", values, binding_id="B1")

    assert fits(asked(A='x\ny, "z"', L={"id": "7", "name": "Acme"}), fields)
    for odd in ({"A": " x"}, {"A": 7}, {"T": "2026-01-01T00:00:00Z"}, {"L": {"name": "x"}}, {"Unknown": "x"}):
        assert not fits(asked(**odd), fields)
    zipped, columns = sheet_of([asked(A="x"), asked(L={"id": "7"})], fields, "Crmhub_Binding")
    assert [one["api_name"] for one in columns] == ["Crmhub_Binding", "A", "L"]
    assert columns[2]["find_by"] == "id"
    with pytest.raises(BadSheet):
        outcomes_of(zipped, "Crmhub_Binding")
    with pytest.raises(BadSheet):
        outcomes_of(b"<html>", "Crmhub_Binding")


def test_files_go_to_the_content_host_of_the_data_centre() -> None:
    base = {"client_id": "c", "client_secret": "s", "refresh_token": "r"}
    hosts = {dc: Settings.model_validate({**base, "data_center": dc}).content_host for dc in ("us", "cn", "ca", "sa")}
    assert hosts == {
        "us": "https://content.zohoapis.com",
        "cn": "https://content.zohoapis.com.cn",
        "ca": "https://upload.zohocloud.ca",
        "sa": "https://files.zoho.sa",
    }
    own = {**base, "accounts_url": "https://a.example", "base_url": "https://b.example"}
    assert Settings.model_validate(own).content_host is None


def test_a_pull_behind_a_job_brings_its_records(zoho: Zoho) -> None:
    state = last_state(zoho.reader("Leads", lookback=0).read(None))
    written(zoho, [create(n) for n in range(MANY)])
    assert len(records(zoho.reader("Leads").read(state))) >= MANY
