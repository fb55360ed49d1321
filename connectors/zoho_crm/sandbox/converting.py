"""Convert a lead into account and contact; merge records.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sandboxes.answers import Json
from connectors.sandboxes.book import Stored
from connectors.zoho_crm.sandbox.answers import Refused
from connectors.zoho_crm.sandbox.modules import Module
from connectors.zoho_crm.sandbox.org import Org

TO_CONTACT = {
    **{name: name for name in ("Salutation", "First_Name", "Last_Name", "Email", "Secondary_Email", "Phone", "Mobile")},
    **{name: name for name in ("Fax", "Lead_Source", "Description", "Twitter", "Skype_ID", "WeChat", "Owner", "Tag")},
    "Designation": "Title",
    "Street": "Mailing_Street",
    "City": "Mailing_City",
    "State": "Mailing_State",
    "Zip_Code": "Mailing_Zip",
    "Country": "Mailing_Country",
}
TO_ACCOUNT = {
    **{name: name for name in ("Phone", "Fax", "Website", "Industry", "Rating", "Annual_Revenue", "Owner")},
    "Company": "Account_Name",
    "No_of_Employees": "Employees",
    "Street": "Billing_Street",
    "City": "Billing_City",
    "State": "Billing_State",
    "Zip_Code": "Billing_Code",
    "Country": "Billing_Country",
}
CHILDREN = 2
"""Records that one merge call takes into the master."""


def convert(org: Org, record_id: str, body: Mapping[str, Any], by: str = "hub") -> Json:
    """`POST /Leads/{id}/actions/convert`: the lead becomes read-only and leaves the default list."""
    lead = org.live("Leads", record_id)
    if lead is None:
        raise Refused(400, "INVALID_DATA", "the id given seems to be invalid", id=record_id)
    if lead.values.get("Converted__s") is True:
        raise Refused(400, "ID_ALREADY_CONVERTED", "id already converted", id=record_id)
    rows = body.get("data")
    asked = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    account = _given(org, "Accounts", asked) or _made(org, "Accounts", lead, TO_ACCOUNT, by, {})
    employer = {"Account_Name": {"id": account.record_id}} if account else {}
    contact = _given(org, "Contacts", asked) or _made(org, "Contacts", lead, TO_CONTACT, by, employer)
    deal = _given(org, "Deals", asked) or _deal(org, asked, account, contact, by)
    now = org.write_time(lead)
    marks: dict[str, Any] = {"Converted__s": True, "Converted_Date_Time": org.shown_time(now)}
    marks |= {"Converted_Account": {"id": account.record_id}} if account else {}
    marks |= {"Converted_Contact": {"id": contact.record_id}} if contact else {}
    marks |= {"Converted_Deal": {"id": deal.record_id}} if deal else {}
    org.book.update("Leads", record_id, marks, by=by, at=now)
    made = {"Accounts": account, "Contacts": contact, "Deals": deal}
    details = {
        name: {"name": org.name_of(name, one.record_id), "id": one.record_id} if one else None
        for name, one in made.items()
    }
    message = "The record has been converted successfully"
    element = {"code": "SUCCESS", "details": details, "message": message, "status": "success"}
    return Json({"data": [element]})


def options(org: Org, record_id: str) -> Json:
    """`GET /Leads/{id}/__conversion_options`: whom the lead would be joined to, by mail and by company."""
    lead = org.live("Leads", record_id)
    if lead is None:
        raise Refused(400, "INVALID_DATA", "the id given seems to be invalid", id=record_id)
    found: dict[str, Any] = {}
    for module, field, value in (
        ("Contacts", "Email", lead.values.get("Email")),
        ("Accounts", "Account_Name", lead.values.get("Company")),
    ):
        ids = org.shelf(module).by_value.ids(field, value) if isinstance(value, str) and value else []
        found[module] = [{"id": one, field: value} for one in ids]
    return Json({"__conversion_options": {**found, "Deals": None, "preference_field_matched_value": None}})


def merge(org: Org, module: Module, master_id: str, body: Mapping[str, Any]) -> Json:
    """`POST /{module}/{id}/actions/merge`: children are deleted and show up among the deleted, without a pointer."""
    rows = body.get("merge")
    asked = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
    children = asked.get("data")
    master = org.live(module.api_name, master_id)
    if master is None or not isinstance(children, list) or not 1 <= len(children) <= CHILDREN:
        raise Refused(400, "INVALID_DATA", "invalid data", json_path="$.merge[0].data", maximum_length=CHILDREN)
    named = [
        *_names(asked.get("master_record_fields")),
        *(one for child in children for one in _names(child.get("_fields"))),
    ]
    if len(named) != len(set(named)):
        raise Refused(400, "INVALID_DATA", "each field may be named once", json_path="$.merge[0].data")
    held = [org.live(module.api_name, str(child.get("id"))) for child in children]
    taken: dict[str, Any] = {}
    for child, stored in zip(children, held, strict=True):
        if stored is None:
            raise Refused(400, "INVALID_DATA", "the id given seems to be invalid", id=child.get("id"))
        taken |= {name: stored.values.get(name) for name in _names(child.get("_fields"))}
    for stored in held:
        if stored is not None:
            org.book.delete(module.api_name, stored.record_id, by="hub", merged_into=master_id)
    org.book.update(module.api_name, master_id, taken, by="hub", at=org.write_time(master))
    element = {"code": "SUCCESS", "details": {"id": master_id}, "message": "merged successfully", "status": "success"}
    return Json({"merge": [element]})


def _names(said: Any) -> list[str]:  # noqa: ANN401 (JSON)
    rows = said if isinstance(said, list) else []
    return [str(one["api_name"]) for one in rows if isinstance(one, dict) and one.get("api_name")]


def _deal(org: Org, asked: Mapping[str, Any], account: Stored | None, contact: Stored | None, by: str) -> Stored | None:
    said = asked.get("Deals")
    if not isinstance(said, dict) or not said.get("Deal_Name"):
        return None
    known = org.modules["Deals"].by_name
    values = {name: value for name, value in said.items() if name in known and not known[name].read_only}
    values |= {"Account_Name": {"id": account.record_id}} if account else {}
    values |= {"Contact_Name": {"id": contact.record_id}} if contact else {}
    return org.book.create("Deals", values, by=by, customers={})


def _given(org: Org, module: str, asked: Mapping[str, Any]) -> Stored | None:
    said = asked.get(module)
    return org.live(module, str(said.get("id", ""))) if isinstance(said, dict) else None


def _made(  # noqa: PLR0913 (what is made, of what, how)
    org: Org, module: str, lead: Stored, renamed: Mapping[str, str], by: str, more: Mapping[str, Any]
) -> Stored | None:
    values = {new: lead.values[old] for old, new in renamed.items() if lead.values.get(old) is not None}
    if module == "Accounts" and not values.get("Account_Name"):
        return None
    entity = "company" if module == "Accounts" else "person"
    customers = {entity: lead.customers[entity]} if entity in lead.customers else {}
    return org.book.create(module, {**values, **more}, by=by, customers=customers)
