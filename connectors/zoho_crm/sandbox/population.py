"""Render what the sales department typed in into contacts, accounts and leads.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from connectors.population.contract import TypedIn
from connectors.zoho_crm.sandbox.modules import Module
from connectors.zoho_crm.sandbox.org import Org

_PERSON = {
    "email": "Email",
    "email_2": "Secondary_Email",
    "mobile": "Mobile",
    "phone": "Phone",
    "given": "First_Name",
    "family": "Last_Name",
    "source": "Lead_Source",
    "description": "Description",
    "wechat": "WeChat",
}
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "Contacts": {
        **_PERSON,
        "job_title": "Title",
        "department": "Department",
        "phone_2": "Other_Phone",
        "street": "Mailing_Street",
        "city": "Mailing_City",
        "state": "Mailing_State",
        "postcode": "Mailing_Zip",
        "country": "Mailing_Country",
        "birthday": "Date_of_Birth",
        "tier": "Rating",
    },
    "Leads": {
        **_PERSON,
        "company": "Company",
        "job_title": "Designation",
        "website": "Website",
        "street": "Street",
        "city": "City",
        "state": "State",
        "postcode": "Zip_Code",
        "country": "Country",
        "tier": "Rating",
    },
    "Accounts": {
        "company": "Account_Name",
        "phone": "Phone",
        "website": "Website",
        "street": "Billing_Street",
        "city": "Billing_City",
        "state": "Billing_State",
        "postcode": "Billing_Code",
        "country": "Billing_Country",
        "tier": "Rating",
        "uscc": "USCC",
        "description": "Description",
    },
}
_CODES = {
    ("Rating", "vip"): "A",
    ("Rating", "regular"): "B",
    ("Rating", "basic"): "C",
    ("Rating", "prospect"): "D",
    ("Lead_Source", "website"): "Web Download",
    ("Lead_Source", "advertisement"): "Advertisement",
    ("Lead_Source", "advertising"): "Advertisement",
    ("Lead_Source", "phone"): "Cold Call",
    ("Lead_Source", "cold_call"): "Cold Call",
    ("Lead_Source", "referral"): "Employee Referral",
    ("Lead_Source", "partner"): "Partner",
    ("Lead_Source", "trade_show"): "Trade Show",
    ("Lead_Source", "exhibition"): "Trade Show",
}
"""How this organisation's picklists spell what people mean."""


def populate(org: Org, population: Sequence[TypedIn]) -> None:
    """Put the population into the book, accounts first so that contacts can refer to them."""
    accounts: dict[str, str] = {}
    contacts: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for typed in population:
        if typed.kind == "account":
            accounts[typed.key] = _create(org, "Accounts", typed, {})
            by_name.setdefault(str(typed.values.get("company", "")), accounts[typed.key])
    for typed in population:
        if typed.kind == "contact":
            account = accounts.get(typed.refers_to or "") or _account_of(org, typed, by_name)
            more = {"Account_Name": {"id": account}} if account else {}
            contacts[typed.key] = _create(org, "Contacts", typed, more)
        elif typed.kind == "lead":
            _create(org, "Leads", typed, {})
    for typed in population:  # behind all others, whose ids are the same with and without them
        if typed.kind == "purchase" and typed.refers_to in contacts:
            _deal(org, typed, contacts[typed.refers_to])


_STAGES = {"won": "Closed Won", "open": "Negotiation/Review", "lost": "Closed Lost"}


def _deal(org: Org, typed: TypedIn, contact: str) -> None:
    """Note a purchase as a deal with its contact and that one's account."""
    stored = org.book.get("Contacts", contact)
    account = stored.values.get("Account_Name") if stored is not None else None
    values = {
        "Deal_Name": str(typed.values["title"]),
        "Amount": float(str(typed.values["amount"])),
        "Stage": _STAGES[str(typed.values["stage"])],
        "Closing_Date": str(typed.values["day"]),
        "Pipeline": "Standard (Standard)",
        "Contact_Name": {"id": contact},
        **({"Account_Name": account} if account else {}),
    }
    at = typed.created_at
    org.book.create("Deals", values, by="people", at=at, modified_at=typed.modified_at, customers=typed.customers)


def _account_of(org: Org, typed: TypedIn, by_name: dict[str, str]) -> str | None:
    """Return the account of a contact whose employer was typed in by name, as Zoho's form makes one."""
    name = typed.values.get("company")
    if not isinstance(name, str) or not name.strip():
        return None
    if name not in by_name:
        values: dict[str, Any] = {"Account_Name": name[:200]}
        customers = {"company": typed.customers["company"]} if "company" in typed.customers else {}
        at = typed.created_at
        by_name[name] = org.book.create("Accounts", values, by="people", at=at, customers=customers).record_id
    return by_name[name]


def _create(org: Org, stream: str, typed: TypedIn, more: Mapping[str, Any]) -> str:
    module = org.modules[stream]
    values: dict[str, Any] = {}
    for key, name in _FIELDS[stream].items():
        said = typed.values.get(key)
        if isinstance(said, str) and said.strip():
            fitting = _fitting(module, name, _CODES.get((name, said), said))
            values |= {name: fitting} if fitting is not None else {}
    _named(module, values, typed)
    consent = typed.values.get("consent")
    if isinstance(consent, bool) and module.field("Email_Opt_Out") is not None:
        values["Email_Opt_Out"] = not consent
    owner = typed.values.get("owner")
    if isinstance(owner, str) and owner:
        values["Owner"] = {"id": org.user_named(owner)["id"]}
    tags = typed.values.get("tags")
    if isinstance(tags, list):
        values["Tag"] = [{"name": one[:25], "id": _tag_id(one), "color_code": None} for one in tags]
    if "locked" in typed.flags:
        values["Locked__s"] = True
    stored = org.book.create(
        stream,
        {**values, **more},
        by="people",
        at=typed.created_at,
        modified_at=typed.modified_at,
        customers=typed.customers,
    )
    if "deleted" in typed.flags:
        org.book.delete(stream, stored.record_id, by="people", at=typed.modified_at)
    return stored.record_id


_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*")


def _fitting(module: Module, name: str, said: str) -> str | None:
    """Return what the form keeps: a day as a date field holds it (None: it took none), a text cut to its length."""
    field = module.by_name[name]
    if field.data_type == "date":
        return _day(said)
    return said[: field.length] if field.length else said


def _day(said: str) -> str | None:
    found = _DAY.fullmatch(said.strip())
    try:
        return date(*(int(part) for part in found.groups())).isoformat() if found else None
    except ValueError:
        return None


def _named(module: Module, values: dict[str, Any], typed: TypedIn) -> None:
    """Fill the mandatory name the way people do who have only one: with what there is."""
    mandatory = next(field.api_name for field in module.fields if field.mandatory)
    if values.get(mandatory):
        return
    keys = (
        ("company", "full_name")
        if mandatory == "Account_Name"
        else ("full_name", "given", "company", "email", "mobile")
    )
    said = next((str(typed.values[key]) for key in keys if typed.values.get(key)), "-")
    values[mandatory] = said[: module.by_name[mandatory].length or None]
    if mandatory == "Last_Name" and values.get("First_Name") == values[mandatory]:
        del values["First_Name"]


def _tag_id(name: str) -> str:
    return str(5_725_000_000_000_000_000 + int(hashlib.sha256(name.encode()).hexdigest()[:12], 16))
