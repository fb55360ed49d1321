"""`crmhub quality`: counts, trend, lists by department and owner, the CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.hub import Hub
from golden_record.store.tables import normalised_records, quality_measures
from tests.console.hands import Shell
from tests.system.world import World, typed, world

MOBILE = "+8613911112222"
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
MONTHS = timedelta(days=400)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer well kept in Zoho, badly in Fxiaoke; another in Zoho with a placeholder for a phone."""
    people = [
        typed("zoho_crm", "contact", "ouyang", {**OUYANG, "mobile": MOBILE, "owner": "陈静"}),
        typed("fxiaoke", "contact", "ouyang", {**OUYANG, "mobile": "微信联系", "email": "xiaowen＠huaxin-cable.cn"}),
        typed("zoho_crm", "contact", "sima", {"family": "司马", "given": "青衫", "mobile": "13800138000"}),
    ]
    with world(tmp_path / "project", people, departments={"zoho_crm": "sales", "fxiaoke": "service"}) as made:
        made.sync(push=False)
        yield made


def field(report: dict[str, Any], system: str, name: str) -> dict[str, Any]:
    (found,) = [
        one for one in report["fields"] if (one["system"], one["entity"], one["field"]) == (system, "person", name)
    ]
    return dict(found)


def numbers(one: dict[str, Any]) -> tuple[int, ...]:
    names = ("records", "filled", "valid", "invalid", "corrected", "placeholder", "disputed")
    return tuple(one[name] for name in names)


@pytest.mark.usefixtures("here")
def test_every_field_of_every_stream_is_counted(shell: Shell) -> None:
    report = shell.ask("quality")
    assert numbers(field(report, "zoho_crm", "phones")) == (2, 2, 2, 0, 0, 1, 0)
    assert numbers(field(report, "fxiaoke", "phones")) == (1, 1, 0, 1, 0, 0, 0)
    assert numbers(field(report, "fxiaoke", "emails")) == (1, 1, 1, 0, 1, 0, 0)
    assert field(report, "zoho_crm", "phones")["label"] == {"en": "Phones", "zh": "电话"}
    assert field(report, "zoho_crm", "birthday")["stale"] is None, "it never gets stale"
    only = shell.ask("quality", "--system", "fxiaoke")
    assert {one["system"] for one in only["fields"]} == {"fxiaoke"}
    assert shell.on("quality", "--system", "nobody").code == 2


def test_each_sync_that_changed_something_leaves_a_measure_and_the_trend_compares(here: World, shell: Shell) -> None:
    before = kept(here)
    here.sync(push=False)
    assert kept(here) == before, "nothing changed, nothing is kept"
    f = here.only(*F)
    here.edit(*F, f, mobile1="13911112222")
    here.sync(push=False)
    assert kept(here) == before + 1
    now = field(shell.ask("quality"), "fxiaoke", "phones")
    assert (now["valid"], now["before"]["valid"]) == (1, 0)
    (row,) = [
        line for line in shell.on("quality").out.splitlines() if line.startswith("fxiaoke\tContactObj\tperson\tphones")
    ]
    assert row.split("\t")[4:8] == ["1", "100.0 %", "100.0 %", "+100.0"]


def kept(here: World) -> int:
    with here.hub() as hub, hub.store.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(quality_measures)).scalar_one())


@pytest.mark.usefixtures("here")
def test_records_to_mend_are_listed_by_department_and_owner_with_what_to_do(shell: Shell) -> None:
    found = shell.ask("quality", "list", "--kind", "mend")["items"]
    by_field = {(one["system"], one["field"]): one for one in found}
    phone = by_field["fxiaoke", "phones"]
    assert (phone["codes"], phone["value"], phone["department"]) == (["not_a_number"], ["微信联系"], "service")
    assert phone["owner"], "Fxiaoke names who keeps a record"
    assert phone["what_zh"] == "不是号码或数字"
    assert by_field["zoho_crm", "phones"]["codes"] == ["placeholder"]
    sales = shell.ask("quality", "list", "--department", "sales", "--kind", "mend")["items"]
    assert {one["system"] for one in sales} == {"zoho_crm"}
    mine = shell.ask("quality", "list", "--owner", phone["owner"])["items"]
    assert {one["owner"] for one in mine} == {phone["owner"]}
    assert "13800138000" not in shell.on("quality", "list", "--mask", "--json").out


@pytest.mark.usefixtures("here")
def test_pages_of_the_list_go_on_where_the_last_ended(shell: Shell) -> None:
    whole = shell.ask("quality", "list", "--kind", "mend")["items"]
    first = shell.ask("quality", "list", "--kind", "mend", "--limit", "1")
    rest = shell.ask("quality", "list", "--kind", "mend", "--after", first["next"])
    assert first["items"] + rest["items"] == whole
    assert shell.on("quality", "list", "--after", "nonsense").code == 2
    assert shell.on("quality", "list", "--after", "m:zz").code == 2


@pytest.mark.usefixtures("here")
def test_a_value_that_nobody_confirmed_for_a_year_is_to_be_verified_until_somebody_does(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.ask("quality", "list", "--kind", "verify")["items"] == []
    later(monkeypatch)
    stale = shell.ask("quality", "list", "--kind", "verify", "--field", "emails")["items"]
    assert {one["system"] for one in stale} == {"zoho_crm", "fxiaoke"}
    assert {one["codes"][0] for one in stale} == {"stale"}
    assert field(shell.ask("quality"), "zoho_crm", "emails")["stale"] == 1
    (ouyang,) = {one["profile_id"] for one in stale if one["system"] == "zoho_crm"}
    assert shell.on("profiles", "edit", ouyang, "--set", "verified_at=2027-11-20", "--reason", "called them").code == 0
    left = shell.ask("quality", "list", "--kind", "verify")["items"]
    assert left, "the other customer was not called"
    assert ouyang not in {one["profile_id"] for one in left}


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let more than a year pass for the hub."""
    monkeypatch.setattr(Hub, "now", staticmethod(lambda: datetime.now(UTC) + MONTHS))


def test_the_list_is_written_as_a_private_csv_that_runs_nothing(here: World, shell: Shell, tmp_path: Path) -> None:
    f = here.only(*F)
    here.edit(*F, f, mobile1="=HYPERLINK(1)")
    here.sync(push=False)
    file = tmp_path / "mend.csv"
    assert shell.ask("quality", "list", "--kind", "mend", "--out", str(file))["items"] == 2
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["value"] for row in rows} == {"13800138000", "'=HYPERLINK(1)"}
    assert shell.on("quality", "list", "--out", str(tmp_path / "no" / "such.csv")).code == 2


def test_records_from_before_there_were_grades_are_graded_when_somebody_asks(here: World, shell: Shell) -> None:
    whole = shell.ask("quality")["fields"]
    with here.hub() as hub, hub.store.write() as connection:
        connection.execute(normalised_records.update().values(grade=None))
    again = shell.ask("quality")["fields"]
    assert [{**one, "before": None} for one in again] == [{**one, "before": None} for one in whole]


def test_a_deleted_record_is_counted_no_more(here: World, shell: Shell) -> None:
    here.delete(*F, here.only(*F))
    here.sync(push=False, full=True)
    assert not [
        one for one in shell.ask("quality")["fields"] if one["system"] == "fxiaoke" and one["entity"] == "person"
    ]
