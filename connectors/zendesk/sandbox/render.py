"""A stored record as Zendesk shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.zendesk.sandbox.account import USERS, Account, digits, texts
from connectors.zendesk.sandbox.wire import Json, stamp

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored

USER_FIELDS = {
    "customer_tier": "dropdown",
    "job_title": "text",
    "birthday": "text",
    "wechat": "text",
    "city": "text",
    "address": "textarea",
    "email_consent": "checkbox",
    "last_order": "text",
    "orders_12m": "integer",
    "amount_12m": "decimal",
}
ORGANIZATION_FIELDS = {
    "uscc": "text",
    "phone": "text",
    "website": "text",
    "address": "textarea",
    "customer_tier": "dropdown",
    "industry": "text",
}
"""The account's custom fields: key -> type."""

_USER_DEFAULTS: Json = {
    "time_zone": "Beijing",
    "iana_time_zone": "Asia/Shanghai",
    "photo": None,
    "locale_id": 10,
    "locale": "zh-CN",
    "verified": True,
    "alias": None,
    "shared": False,
    "shared_agent": False,
    "last_login_at": None,
    "two_factor_auth_enabled": None,
    "signature": None,
    "details": None,
    "notes": None,
    "role_type": None,
    "custom_role_id": None,
    "moderator": False,
    "ticket_restriction": "requested",
    "only_private_comments": False,
    "restricted_agent": True,
    "suspended": False,
    "default_group_id": None,
    "report_csv": False,
    "is_billing_admin": False,
}


def as_id(value: object) -> int | None:
    """Return an id as REST shows it."""
    return int(str(value)) if str(value or "").isdigit() else None


def user(account: Account, stored: Stored) -> Json:
    """Return a user's object."""
    values = stored.values
    phone = values.get("phone")
    shown = {name: values.get(name, default) for name, default in _USER_DEFAULTS.items()}
    return {
        "id": int(stored.record_id),
        "url": f"{account.options.base_url}/api/v2/users/{stored.record_id}.json",
        "name": values.get("name") or "",
        "email": _mail(account, stored),
        "created_at": stamp(stored.created_at),
        "updated_at": stamp(stored.modified_at),
        "phone": phone,
        "shared_phone_number": _is_shared(account, phone),
        "organization_id": as_id(values.get("organization_id")),
        "role": values.get("role") or "end-user",
        "external_id": values.get("external_id"),
        "tags": list(texts(values.get("tags"))),
        "active": stored.deleted_at is None,
        "user_fields": {key: (values.get("user_fields") or {}).get(key) for key in USER_FIELDS},
        **shown,
    }


def _mail(account: Account, stored: Stored) -> object:
    hidden = stored.merged_into is not None and account.switches["merged_mail"] == "hidden"
    return None if hidden else stored.values.get("email")


def _is_shared(account: Account, phone: object) -> bool | None:
    if not phone:
        return None
    number = digits(phone)
    return not str(phone).startswith("+") or len(account.by("phone", number[-8:])) > 1


def organization(account: Account, stored: Stored) -> Json:
    """Return an organization's object."""
    values = stored.values
    shown: Json = {
        "id": int(stored.record_id),
        "url": f"{account.options.base_url}/api/v2/organizations/{stored.record_id}.json",
        "name": values.get("name") or "",
        "shared_tickets": bool(values.get("shared_tickets")),
        "shared_comments": bool(values.get("shared_comments")),
        "external_id": values.get("external_id"),
        "created_at": stamp(stored.created_at),
        "updated_at": stamp(stored.modified_at),
        "domain_names": list(texts(values.get("domain_names"))),
        "details": values.get("details"),
        "notes": values.get("notes"),
        "group_id": as_id(values.get("group_id")),
        "tags": list(texts(values.get("tags"))),
        "organization_fields": {key: (values.get("organization_fields") or {}).get(key) for key in ORGANIZATION_FIELDS},
    }
    return shown | ({"deleted_at": stamp(stored.deleted_at)} if stored.deleted_at else {})


_UNSET_OF_TICKETS: dict[str, Any] = {
    **dict.fromkeys(
        ("external_id", "type", "priority", "recipient", "assignee_id", "group_id", "due_at", "problem_id")
    ),
    **{name: [] for name in ("collaborator_ids", "follower_ids", "email_cc_ids", "followup_ids")},
    "has_incidents": False,
    "is_public": True,
    "satisfaction_rating": {"score": "unoffered"},
    **dict.fromkeys(("forum_topic_id", "ticket_form_id", "brand_id", "custom_status_id", "encoded_id")),
    "sharing_agreement_ids": [],
    "allow_channelback": False,
    "allow_attachments": True,
    "from_messaging_channel": False,
    "support_type": "agent",
}


_UNSET_OF_RATINGS: dict[str, Any] = {"assignee_id": None, "group_id": None}


def metrics(account: Account, ticket: Stored) -> Json:
    """Return the set of times of a ticket that lists and exports give beside it."""
    solved = stamp(ticket.modified_at) if ticket.values.get("status") in {"solved", "closed"} else None
    return {
        "id": account.identity_id(ticket.record_id, "metric_set", ""),
        "ticket_id": int(ticket.record_id),
        "created_at": stamp(ticket.created_at),
        "updated_at": stamp(ticket.modified_at),
        "solved_at": solved,
        "reopens": 0,
        "replies": 0,
    }


def plain(account: Account, stored: Stored) -> Json:
    """Return a record of a stream that the sandbox only shows (tickets, ratings)."""
    unset = _UNSET_OF_TICKETS if stored.stream == "tickets" else _UNSET_OF_RATINGS
    shown: dict[str, Any] = {
        "url": f"{account.options.base_url}/api/v2/{stored.stream}/{stored.record_id}.json",
        "id": int(stored.record_id),
        **unset,
        "created_at": stamp(stored.created_at),
        "updated_at": stamp(stored.modified_at),
        **stored.values,
    }
    if stored.stream == "tickets":
        shown["fields"] = shown.get("custom_fields", [])  # Zendesk gives them under both names
        shown["raw_subject"] = shown.get("subject")
        shown["description"] = shown.get("description") or shown.get("subject")
        shown["via"] = {"source": {"from": {}, "to": {}, "rel": None}, **(shown.get("via") or {})}
        shown["submitter_id"] = shown.get("requester_id")
        shown["generated_timestamp"] = int(stored.modified_at.timestamp())
        shown["status"] = "deleted" if stored.deleted_at else shown.get("status")
    return shown


def record(account: Account, stored: Stored) -> Json:
    """Return any record as its stream shows it."""
    if stored.stream == USERS:
        return user(account, stored)
    return organization(account, stored) if stored.stream == "organizations" else plain(account, stored)


def identities(account: Account, stored: Stored) -> list[Json]:
    """Return a user's identities: mails with the primary one marked, then phone numbers."""
    values = stored.values
    primary = str(values.get("email") or "")
    mails = [one for one in (primary, *texts(values.get("other_emails"))) if one]
    phones = [one for one in texts(values.get("other_phones")) if one]
    if str(values.get("phone") or "").startswith("+") and not _is_shared(account, values["phone"]):
        phones.insert(0, str(values["phone"]))
    times = {"created_at": stamp(stored.created_at), "updated_at": stamp(stored.modified_at)}
    return [
        *(_identity(account, stored, ("email", one), times, primary=one == primary) for one in dict.fromkeys(mails)),
        *(_identity(account, stored, ("phone_number", one), times, primary=at == 0) for at, one in enumerate(phones)),
    ]


def _identity(account: Account, stored: Stored, named: tuple[str, str], times: Json, *, primary: bool) -> Json:
    kind, value = named
    identity_id = account.identity_id(stored.record_id, kind, value)
    return {
        "id": identity_id,
        "url": f"{account.options.base_url}/api/v2/users/{stored.record_id}/identities/{identity_id}.json",
        "user_id": int(stored.record_id),
        "type": kind,
        "value": value,
        "verified": True,
        "primary": primary,
        **times,
        **({"undeliverable_count": 0, "deliverable_state": "deliverable"} if kind == "email" else {}),
    }
