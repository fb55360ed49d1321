"""A first read of a large module goes by export, is resumed, and never the only way."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from connectors.errors import TryAgain
from connectors.zoho_crm.bulk_rows import BadExport, rows_of
from connectors.zoho_crm.metadata import Field
from connectors.zoho_crm.streams import ModuleReader
from tests.connectors.zoho_crm.conftest import Start, Zoho, contact, last_state, records

MANY = 230
"""More than one page of a list, so that the reader asks how many there are."""


def exporting(zoho: Zoho, module: str = "Contacts", **changed: Any) -> ModuleReader:
    client = zoho.client(bulk_read_from=10, **changed)
    return ModuleReader(client, module, sleep=lambda _seconds: None)


def people(count: int) -> list[Any]:
    return [contact(n, mobile=f"138 1234 {n:04d}") for n in range(count)]


MAPPED = ("id", "Last_Name", "First_Name", "Email", "Mobile", "Modified_Time", "Date_of_Birth", "Email_Opt_Out")


def shape(found: list[Any]) -> dict[str, tuple[Any, ...]]:
    return {one["id"]: tuple(one.get(name) for name in MAPPED) for one in found}


def test_an_export_gives_the_same_records_as_listing_them(start: Start) -> None:
    zoho = start(people(MANY))
    listed = records(zoho.reader().read(None))
    zoho.calls()
    exported = records(exporting(zoho).read(None))
    assert shape(exported) == shape(listed)
    calls = zoho.calls()
    assert calls["POST /crm/bulk/v8/read"] == 1
    assert calls["GET /crm/v8/Contacts"] == 2  # the first page, and what changed since the export began


def test_a_module_with_fewer_records_is_listed(start: Start) -> None:
    zoho = start(people(5))
    assert len(records(exporting(zoho).read(None))) == 5
    assert "POST /crm/bulk/v8/read" not in zoho.calls()


def test_jobs_follow_each_other_until_nothing_is_left(start: Start) -> None:
    zoho = start(people(MANY), bulk_page="90")
    assert len(shape(records(exporting(zoho).read(None)))) == MANY
    assert zoho.calls()["POST /crm/bulk/v8/read"] == 3


@pytest.mark.parametrize("switch", ["refused", "failing"])
def test_an_export_that_zoho_refuses_or_fails_is_listed_instead(start: Start, switch: str) -> None:
    zoho = start(people(MANY), bulk_read=switch)
    assert len(shape(records(exporting(zoho).read(None)))) == MANY


def test_a_token_without_the_search_scope_lists(start: Start) -> None:
    scopes = "ZohoCRM.modules.ALL,ZohoCRM.settings.ALL,ZohoCRM.bulk.ALL,ZohoCRM.coql.READ"
    zoho = start(people(MANY), scopes=scopes)
    assert len(shape(records(exporting(zoho).read(None)))) == MANY


@pytest.mark.parametrize("cut_after", range(1, 7))
def test_a_read_that_is_cut_anywhere_goes_on_with_the_same_job_and_skips_nothing(start: Start, cut_after: int) -> None:
    zoho = start(people(MANY), bulk_page="90")
    kept, state = [], None
    for number, page in enumerate(exporting(zoho).read(None), 1):
        kept += list(page.records)
        state = page.state or state
        if number == cut_after:
            break
    zoho.calls()
    kept += records(exporting(zoho).read(state))
    assert len(shape(kept)) == MANY
    assert zoho.calls().get("POST /crm/bulk/v8/read", 0) <= 3


def test_a_change_during_the_export_is_read_after_it(start: Start) -> None:
    zoho = start(people(MANY))
    pages = exporting(zoho).read(None)
    found = list(next(pages).records)  # the job is started
    changed = next(iter(records(zoho.reader().read(None))))["id"]
    found += [one for page in [next(pages)] for one in page.records]  # the file is fetched
    zoho.edit("Contacts", changed, set={"Title": "CEO"})
    found += [one for page in pages for one in page.records]
    assert [one for one in found if one["id"] == changed][-1]["Title"] == "CEO"


def test_a_job_that_takes_too_long_is_left_to_the_next_run(start: Start) -> None:
    zoho = start(people(MANY))
    pages = exporting(zoho, bulk_read_wait=0).read(None)
    state = next(pages).state
    with pytest.raises(TryAgain):
        next(pages)
    zoho.calls()
    again = exporting(zoho).read(state)
    assert len(shape(records(again))) == MANY
    assert "POST /crm/bulk/v8/read" not in zoho.calls()


def test_the_next_pull_after_an_export_reads_only_changes(start: Start) -> None:
    zoho = start(people(MANY))
    state = last_state(exporting(zoho).read(None))
    assert "export" not in state
    zoho.calls()
    assert records(exporting(zoho).read(state)) == []
    assert zoho.calls() == {"GET /crm/v8/Contacts": 1, "GET /crm/v8/Contacts/deleted": 1}


FIELDS = [
    Field("Name", "text", "string", unique=False),
    Field("Owner", "ownerlookup", "jsonobject", unique=False),
    Field("Sure", "boolean", "boolean", unique=False),
    Field("Count", "integer", "integer", unique=False),
    Field("Amount", "currency", "double", unique=False),
    Field("Tastes", "multiselectpicklist", "jsonarray", unique=False),
]


def zipped(text: str, name: str = "1.csv") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, text.encode())
    return packed.getvalue()


def test_cells_become_what_their_fields_say() -> None:
    text = '\ufeffId,Name,Owner,Sure,Count,Amount,Tastes\r\n7,"王, ""小"" \n伟",57,true,3,1.5,red;blue\r\n8,,,,,,\r\n'
    first, second = rows_of(zipped(text), FIELDS)
    assert first == {
        "id": "7",
        "Name": '王, "小" \n伟',
        "Owner": {"id": "57"},
        "Sure": True,
        "Count": 3,
        "Amount": 1.5,
        "Tastes": ["red", "blue"],
    }
    assert set(second.values()) == {"8", None}


@pytest.mark.parametrize("content", [b"<html>", zipped("a", "1.txt"), zipped("Name\r\nx\r\n"), zipped("")])
def test_what_is_no_export_is_told_apart(content: bytes) -> None:
    with pytest.raises(BadExport):
        list(rows_of(content, FIELDS))
