"""How what people typed in lands in Fxiaoke's objects."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.fxiaoke.sandbox.objects import SOURCES, TIERS
from connectors.fxiaoke.sandbox.people import Employee, People
from connectors.population.contract import TypedIn
from connectors.sandboxes.book import RecordBook, Stored

STREAM_OF = {"account": "AccountObj", "contact": "ContactObj", "lead": "LeadsObj"}
"""Which object a kind of record is kept in; other kinds are contacts to this system."""
DEALINGS: Mapping[str, str] = {"purchase": "SalesOrderObj", "case": "CasesObj"}
"""Where what customers did is kept."""
OLD_IDS = 5
"""Every so manieth record of the population has the older kind of id (32 hex digits)."""

_RENAMED: Mapping[str, Mapping[str, str]] = {
    "AccountObj": {
        "company": "name",
        "phone": "tel",
        "phone_2": "fax",
        "email": "email",
        "website": "url",
        "description": "remark",
        "uscc": "uniform_social_credit_code",
    },
    "ContactObj": {
        "company": "company",
        "department": "department",
        "job_title": "job_title",
        "mobile": "mobile1",
        "phone": "tel1",
        "phone_2": "tel2",
        "email": "email",
        "email_2": "email2__c",
        "description": "remark",
        "wechat": "wechat__c",
        "tier": "tier__c",
        "consent": "marketing_consent__c",
    },
    "LeadsObj": {
        "company": "company",
        "department": "department",
        "job_title": "job_title",
        "mobile": "mobile",
        "phone": "tel",
        "email": "email",
        "website": "url",
        "description": "remark",
        "wechat": "wechat__c",
    },
}
_PHONES = {
    "AccountObj": ("tel",),
    "ContactObj": tuple(f"{kind}{n}" for kind in ("mobile", "tel") for n in range(1, 6)),
    "LeadsObj": ("mobile", "tel"),
    "member__c": ("mobile__c",),
}
_MAILS = {"ContactObj": ("email", "email2__c"), "member__c": ("email__c",)}
_MEANT = {
    "regular": "普通",
    "basic": "基础",
    "prospect": "潜在",
    "website": "官网",
    "phone": "电话",
    "cold_call": "电话",
    "exhibition": "展会",
    "trade_show": "展会",
    "referral": "转介绍",
    "advertising": "广告",
    "advertisement": "广告",
}
"""What a department has in mind, under the label that this tenant's form has for it."""
_DAY = re.compile(r"(\d{4})\D+(\d{1,2})\D+(\d{1,2})\D*")


def id_maker(seed: int, now: Callable[[], datetime]) -> Callable[[str], str]:
    """Return a maker of ids as today's tenants have them: 24 hex digits that begin with the time."""
    chance = random.Random(f"fxiaoke ids {seed}")  # noqa: S311 (ids that can be made again)

    def new_id(_stream: str) -> str:
        return f"{int(now().timestamp()):08x}{chance.getrandbits(64):016x}"

    return new_id


def fill(book: RecordBook, population: Sequence[TypedIn], people: People, seed: int) -> None:
    """Put the population into the book; accounts come first, since contacts point to them."""
    chance = random.Random(f"fxiaoke rows {seed}")  # noqa: S311 (rows that can be made again)
    ids: dict[str, str] = {}
    dealings = [typed for typed in population if typed.kind in DEALINGS]
    ordered = sorted((one for one in population if one.kind not in DEALINGS), key=lambda one: one.kind != "account")
    for number, typed in enumerate(ordered):
        stream = STREAM_OF.get(typed.kind, "ContactObj")
        old = number % OLD_IDS == 0
        begin = f"{int(typed.created_at.timestamp()):08x}"
        ids[typed.key] = f"{chance.getrandbits(128):032x}" if old else f"{begin}{chance.getrandbits(64):016x}"
        values = typed_values(stream, typed, people) | _status(stream, typed)
        if stream == "ContactObj" and typed.refers_to in ids:
            values["account_id"] = ids[typed.refers_to]
        stored = book.create(
            stream,
            {name: value for name, value in values.items() if value is not None},
            by="people",
            at=typed.created_at,
            modified_at=typed.modified_at,
            record_id=ids[typed.key],
            customers=typed.customers,
        )
        if typed.flags & {"deleted", "invalid"}:
            book.delete(stream, stored.record_id, by="people", at=typed.modified_at)
    for typed in dealings:
        contact = book.get("ContactObj", ids.get(typed.refers_to or "", ""))
        if contact is not None:
            record_id = f"{int(typed.created_at.timestamp()):08x}{chance.getrandbits(64):016x}"
            _deal(book, record_id, typed, contact)


_ORDER_STATUS = {"open": "6", "won": "7", "lost": "9"}
_CASE_STATUS = {"open": "cA1b2C3d4", "waiting": "dB2c3D4e5", "solved": "eC3d4E5f6"}


def _deal(book: RecordBook, record_id: str, typed: TypedIn, contact: Stored) -> None:
    """Note a purchase as an order, a case as a case, with its contact and that one's account."""
    milliseconds = int(typed.created_at.timestamp() * 1000)
    values: dict[str, Any] = {
        "record_type": "default__c",
        "lock_status": "0",
        "life_status": "normal",
        "account_id": contact.values.get("account_id"),
        "contact_id": contact.record_id,
        **{name: contact.values.get(name) for name in ("owner", "created_by", "last_modified_by")},
    }
    if typed.kind == "purchase":
        values |= {
            "name": f"SO-{record_id[:12]}",
            "order_time": milliseconds,
            "order_amount": str(typed.values["amount"]),
            "order_status": _ORDER_STATUS[str(typed.values["stage"])],
            "remark": str(typed.values["title"]),
        }
    else:
        values |= {"name": str(typed.values["title"]), "field_7Ks2a__c": _CASE_STATUS[str(typed.values["stage"])]}
    book.create(
        DEALINGS[typed.kind],
        {name: value for name, value in values.items() if value is not None},
        by="people",
        at=typed.created_at,
        modified_at=typed.modified_at,
        record_id=record_id,
        customers=typed.customers,
    )


def typed_values(stream: str, typed: TypedIn, people: People) -> dict[str, Any]:
    """Return one record's values under this system's field names."""
    given = typed.values
    values: dict[str, Any] = {
        field: given[word] for word, field in _RENAMED[stream].items() if given.get(word) not in (None, "", [])
    }
    if stream != "AccountObj":
        values["name"] = given.get("full_name") or f"{given.get('family', '')}{given.get('given', '')}" or "未知"
    elif "name" not in values:
        values["name"] = str(given.get("full_name") or "未知")
    address = "".join(str(given.get(word, "")) for word in ("state", "city", "street"))
    if address:
        values["add" if stream == "ContactObj" else "address"] = address
    if stream == "AccountObj":
        values["account_level"] = _option(TIERS, given.get("tier"))
        values |= _source("account_source", given.get("source"))
    elif stream == "LeadsObj":
        values |= _source("source", given.get("source"))
    else:
        values["date_of_birth"] = _birthday(given.get("birthday"))
        tags = given.get("tags")
        values["tags__c"] = ",".join(tags) if isinstance(tags, list) and tags else None
    return values | _kept_by(people.named(str(given.get("owner", ""))))


def people_of(population: Sequence[TypedIn]) -> list[str]:
    """Return the names of the employees who own the population's records."""
    return sorted({str(name) for typed in population if (name := typed.values.get("owner"))})


def identity_of(stream: str, values: Mapping[str, Any]) -> list[str]:
    """Return the mails (lower-cased) and phones (digits, without China's code) by which a person knows a record."""
    mails = [str(values[name]).strip().lower() for name in _MAILS.get(stream, ("email",)) if values.get(name)]
    phones = [_digits(values[name]) for name in _PHONES.get(stream, ()) if values.get(name)]
    return [*mails, *(digits for digits in phones if digits)]


def _digits(phone: object) -> str:
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", str(phone)))
    return re.sub(r"^(00)?86(?=1\d{10}$)", "", digits)


def _kept_by(owner: Employee) -> dict[str, Any]:
    return {"owner": [owner.open_id], "created_by": [owner.open_id], "last_modified_by": [owner.open_id]}


def _status(stream: str, typed: TypedIn) -> dict[str, Any]:
    pool = {"AccountObj": "high_seas_id", "LeadsObj": "leads_pool_id"}.get(stream)
    pooled = {"owner": None, pool: "66aa0000000000000000beef"} if pool and "pool" in typed.flags else {}
    return {
        "record_type": "default__c",
        "lock_status": "1" if "locked" in typed.flags else "0",
        "life_status": "under_review" if "under_review" in typed.flags else "normal",
        **pooled,
    }


def _option(options: Mapping[str, str], typed: object) -> str | None:
    """Return the option that somebody chose for what they had in mind; None where the form offers nothing like it."""
    if not isinstance(typed, str):
        return None
    said = typed.strip().lower()
    by_label = {label.lower(): value for value, label in options.items()}
    return by_label.get(_MEANT.get(said, said))


def _source(field: str, typed: object) -> dict[str, Any]:
    """Return the source's option; what the form lacks is `other` with the words beside it."""
    if not isinstance(typed, str) or not typed.strip():
        return {}
    chosen = _option(SOURCES, typed)
    return {field: chosen} if chosen else {field: "other", f"{field}__o": typed}


def _birthday(typed: object) -> int | None:
    """Return the date field's milliseconds (midnight in China); what is no date was never accepted by the form."""
    found = _DAY.fullmatch(typed.strip()) if isinstance(typed, str) else None
    if found is None:
        return None
    try:
        midnight = datetime(*(int(part) for part in found.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:
        return None
    return int(midnight.timestamp() * 1000) - 8 * 3_600_000
