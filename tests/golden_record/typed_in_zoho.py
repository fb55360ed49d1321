"""The sandboxes' population as one Zoho organisation would hold it: contacts with employers, leads, accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.population.contract import TypedIn
from connectors.population.make import make_population
from flows.project import Project
from golden_record.landing import Pulled, Stream, land
from golden_record.store.engine import Store
from mapping.pull import pull

SYSTEMS = ("zoho_crm", "fxiaoke", "zendesk", "web_forms")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
ZOHO: dict[str, Any] = {
    "connector": "zoho_crm",
    "department": "sales",
    "config": {"data_center": "cn", "client_id": "i", "client_secret": "s", "refresh_token": "r"},
    "streams": ["Accounts", "Contacts", "Leads"],
}
_STREAMS = {
    "account": "Accounts",
    "organization": "Accounts",
    "contact": "Contacts",
    "user": "Contacts",
    "lead": "Leads",
    "entry": "Leads",
}
_PLACE = {"Accounts": ("Billing_", "Code"), "Contacts": ("Mailing_", "Zip"), "Leads": ("", "Zip_Code")}


def records(customers: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Return stream -> records, every system's records in one."""
    found: dict[str, list[dict[str, Any]]] = {stream: [] for stream in _STREAMS.values()}
    for one in make_population(customers, seed, SYSTEMS):
        if one.kind in _STREAMS:
            found[_STREAMS[one.kind]].append(_record(one, _STREAMS[one.kind]))
    return found


def _record(one: TypedIn, stream: str) -> dict[str, Any]:
    said = one.values
    prefix, code = _PLACE[stream]
    record: dict[str, Any] = {
        "id": one.key,
        "Modified_Time": one.modified_at.isoformat(),
        f"{prefix}Street": said.get("street"),
        f"{prefix}City": said.get("city"),
        f"{prefix}State": said.get("state"),
        f"{prefix}{code}": said.get("postcode"),
        f"{prefix}Country": said.get("country"),
        "Phone": said.get("phone"),
    }
    if stream == "Accounts":
        record |= {"Account_Name": said.get("company"), "Website": said.get("website"), "USCC": said.get("uscc")}
    else:
        record |= {"Last_Name": said.get("family") or said.get("full_name"), "First_Name": said.get("given")}
        record |= {"Mobile": said.get("mobile"), "Email": said.get("email"), "Rating": said.get("tier")}
    if stream == "Leads":
        record["Company"] = said.get("company")
    if stream == "Contacts" and one.refers_to:
        record["Account_Name"] = {"id": one.refers_to}
    return {name: value for name, value in record.items() if value is not None}


def land_all(store: Store, project: Project, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> int:
    """Land the records as a pull does; return how many there are."""
    total = 0
    for stream, some in found.items():
        mapping = project.mappings["zoho_crm", stream]
        landing = Stream("zoho_crm", stream, mapping.version, lambda record, mapping=mapping: pull(mapping, record))  # type: ignore[misc]  # a bound default
        batch = [Pulled(str(record["id"]), record, record) for record in some]
        for start in range(0, len(batch), 500):
            total += len(land(store, landing, batch[start : start + 500], now=NOW).refs)
    return total
