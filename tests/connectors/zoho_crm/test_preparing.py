"""The binding field is made where it is missing, in whatever form the edition allows."""

from __future__ import annotations

import pytest

from connectors.errors import StopSystem
from connectors.zoho_crm.preparing import prepare
from connectors.zoho_crm.source import Source
from tests.connectors.zoho_crm.conftest import Start, create


@pytest.mark.parametrize(("external", "kind"), [("yes", "external"), ("no", "unique")])
def test_a_missing_binding_field_is_made_and_creates_can_begin(start: Start, external: str, kind: str) -> None:
    zoho = start(binding_field="missing", external_fields=external)
    with pytest.raises(StopSystem):
        list(zoho.writer().write([create(1)]))
    made = list(prepare(zoho.client()))
    assert made == [f"{m}: made the {kind} text field Crmhub_Binding" for m in ("Contacts", "Accounts", "Leads")]
    results = list(zoho.writer().write([create(1), create(2)]))
    assert [one.outcome for one in results] == ["confirmed", "confirmed"]
    again = list(zoho.writer().write([create(1)]))
    assert [one.record_id for one in again] == [results[0].record_id]


def test_what_is_there_is_not_made_twice(start: Start) -> None:
    zoho = start()
    assert list(prepare(zoho.client())) == []
    assert "POST /crm/v8/settings/fields" not in zoho.calls()


def test_a_field_that_is_there_and_not_unique_is_left_to_a_person(start: Start) -> None:
    with pytest.raises(StopSystem, match="not unique") as stopped:
        list(prepare(start(binding_field="plain").client()))
    assert "do not allow duplicate values" in stopped.value.cure


def test_an_answer_that_gets_lost_is_looked_up_and_not_repeated(start: Start) -> None:
    zoho = start(binding_field="missing")
    zoho.faults(
        {"system": "zoho_crm", "method": "POST", "path": "/settings/fields", "kind": "stored_then_timeout", "count": 1}
    )
    assert len(list(prepare(zoho.client(modules=["Contacts"], read_timeout=0.5)))) == 1
    described = zoho.client().fields("Contacts")
    assert [one["api_name"] for one in described].count("Crmhub_Binding") == 1


@pytest.mark.parametrize("field", ["missing", "plain"])
def test_what_creating_lacks_is_named_before_anything_is_written(start: Start, field: str) -> None:
    zoho = start(binding_field=field)
    (lacking,) = Source().lacking(zoho.settings())
    assert lacking.streams == ("Contacts", "Accounts", "Leads")
    assert "Crmhub_Binding" in lacking.what


def test_nothing_is_lacking_where_the_field_is_there(start: Start) -> None:
    assert Source().lacking(start().settings()) == ()
