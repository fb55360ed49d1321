"""The simulated account over HTTP: the key, the limit, and what each call does."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors.freshdesk.records import COMPANIES, CONTACTS, RATINGS, TICKETS
from connectors.freshdesk.sandbox.account import CUSTOM, LISTS, USUAL, Account, typed
from connectors.freshdesk.sandbox.around import around
from connectors.freshdesk.streams import moment
from connectors.sandboxes.limits import SlidingWindow
from connectors.sandboxes.routing import Answer, Ask, Handler, Refusal, Route, routed

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from connectors.sandboxes.book import Stored

PER_MINUTE = 700
USUAL_PAGE, LARGEST_PAGE = 30, 100
USUAL_TICKETS = timedelta(days=30)
"""How far back tickets are listed where the call names no time."""
_PAGED = dict.fromkeys(("page", "per_page"))
CONTACT_QUERY: Mapping[str, frozenset[str] | None] = {
    **_PAGED,
    **dict.fromkeys(("email", "mobile", "phone", "company_id", "unique_external_id", "_updated_since")),
    "state": frozenset(("blocked", "deleted", "unverified", "verified")),
}
TICKET_QUERY: Mapping[str, frozenset[str] | None] = {
    **_PAGED,
    **dict.fromkeys(
        ("email", "requester_id", "company_id", "updated_since", "include", "filter", "unique_external_id")
    ),
    "order_by": frozenset(("created_at", "due_by", "updated_at", "status")),
    "order_type": frozenset(("asc", "desc")),
}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
HUB = "hub"
UNIQUE = ("email", "mobile", "phone", "twitter_id", "unique_external_id")
KNOWN = {
    CONTACTS: frozenset(
        (
            *UNIQUE,
            "name",
            "other_emails",
            "company_id",
            "other_companies",
            "job_title",
            "address",
            "language",
            "time_zone",
            "tags",
            "description",
            "view_all_tickets",
            "preferred_source",
            "custom_fields",
        )
    ),
    COMPANIES: frozenset(
        (
            "name",
            "description",
            "note",
            "domains",
            "health_score",
            "account_tier",
            "renewal_date",
            "industry",
            "custom_fields",
        )
    ),
}


def app(account: Account) -> ASGIApp:
    """Return the app."""
    root = "/api/v2"
    routes: list[Route] = [
        *around(account, root),
        ("GET", f"{root}/{COMPANIES}/autocomplete", _autocomplete(account)),
        ("POST", f"{root}/{CONTACTS}/merge", _merge(account)),
        ("GET", f"{root}/{CONTACTS}", _contacts(account)),
        ("GET", f"{root}/{COMPANIES}", _list(account, COMPANIES, None)),
        ("GET", f"{root}/{TICKETS}", _tickets(account)),
        ("GET", f"{root}/surveys/satisfaction_ratings", _list(account, RATINGS, "created_since")),
        ("PUT", f"{root}/{CONTACTS}/{{id}}/restore", _restore(account)),
        ("DELETE", f"{root}/{CONTACTS}/{{id}}/hard_delete", _purge(account)),
        ("GET", f"{root}/contact_fields", _fields(CONTACTS)),
        ("GET", f"{root}/company_fields", _fields(COMPANIES)),
    ]
    readable = (CONTACTS, COMPANIES, TICKETS)
    routes += [("GET", f"{root}/{stream}/{{id}}", _show(account, stream)) for stream in readable]
    for stream in (CONTACTS, COMPANIES):
        routes += [
            ("POST", f"{root}/{stream}", _create(account, stream)),
            ("PUT", f"{root}/{stream}/{{id}}", _update(account, stream)),
            ("DELETE", f"{root}/{stream}/{{id}}", _delete(account, stream)),
        ]
    state = Answer({"switches": account.switches, "limits": account.options.limits})
    return routed(routes, _Guard(account), lambda: Refusal(404), lambda _ask: state)


class _Guard:
    """Knows the key and counts the calls; invalid calls count as well."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._window = (
            SlidingWindow(account.options.clock, PER_MINUTE, 60) if account.options.limits == "real" else None
        )

    def __call__(self, ask: Ask) -> Mapping[str, str]:
        headers: dict[str, str] = {}
        if self._window is not None:
            wait = self._window.take()
            if wait:
                said = {"message": "You have exceeded the limit of requests per minute"}
                raise Refusal(429, said, {"Retry-After": str(math.ceil(wait))})
            decimal = self._account.switches["rate_numbers"] == "decimal"
            numbers = {"Total": PER_MINUTE, "Remaining": self._window.remaining, "Used-CurrentRequest": 1}
            shown = {name: f"{value}.0" if decimal else str(value) for name, value in numbers.items()}
            headers = {f"X-RateLimit-{name}": value for name, value in shown.items()}
        if _user_name(ask.headers.get("authorization", "")) != self._account.api_key:
            raise Refusal(401, {"code": "invalid_credentials", "message": "You have to be logged in"})
        return headers


def _user_name(header: str) -> str:
    """Return the user name of a Basic header: it is the key, and the password may be anything."""
    try:
        return base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")[0]
    except ValueError:
        return ""


def _list(account: Account, stream: str, since: str | None) -> Handler:
    def handle(ask: Ask) -> Answer:
        found = account.listed(stream)
        at = moment(ask.query.get(since, "")) if since else None
        if at is not None:
            found = [one for one in found if one.modified_at >= at]
        return _page(account, ask, found)

    return handle


def _contacts(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        _check_query(ask, CONTACT_QUERY)
        query = ask.query
        deleted = query.get("state") == "deleted"
        found = account.listed(CONTACTS, deleted=deleted)
        since = moment(query.get("_updated_since", ""))
        if query.get("state") in {"blocked", "unverified"}:
            found = []  # nobody in this account is either
        if since is not None and not (deleted and account.switches["deleted_filter"] == "ignored"):
            found = [one for one in found if one.modified_at.replace(microsecond=0) >= since]
        if query.get("email"):
            owner = account.owner("email", query["email"], None)
            found = [one for one in found if one.record_id == owner]
        for name in ("mobile", "phone", "company_id"):
            if query.get(name):
                found = [one for one in found if str(one.values.get(name) or "") == query[name]]
        order = account.switches["contact_order"]
        found.sort(key=lambda one: one.modified_at if order == "updated" else one.created_at, reverse=order == "newest")
        return _page(account, ask, found)

    return handle


def _tickets(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        _check_query(ask, TICKET_QUERY)
        if ask.number("page", 1, 10**6) > int(account.switches["deepest_page"]):
            raise _invalid("page", "page limit exceeded", "invalid_value")
        since = moment(ask.query.get("updated_since", "")) or account.options.clock.now() - USUAL_TICKETS
        found = [one for one in account.listed(TICKETS) if one.modified_at.replace(microsecond=0) >= since]
        ascending = ask.query.get("order_type") == "asc"
        found.sort(key=lambda one: (one.modified_at, int(one.record_id)), reverse=not ascending)
        return _page(account, ask, found)

    return handle


def _page(account: Account, ask: Ask, found: list[Stored]) -> Answer:
    size, number = ask.number("per_page", USUAL_PAGE, LARGEST_PAGE), ask.number("page", 1, 10**6)
    page, more = found[(number - 1) * size : number * size], len(found) > number * size
    others = "&".join(f"{name}={value.replace(':', '%3A')}" for name, value in ask.query.items() if name != "page")
    url = f"{account.options.base_url}{ask.path}?{others}&page={number + 1}"
    return Answer([account.show(one) for one in page], headers={"Link": f'<{url}>; rel="next"'} if more else {})


def _show(account: Account, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        stored = account.book.get(stream, ask.ids["id"])
        readable = stream == CONTACTS or (stored is not None and stored.deleted_at is None)
        if stored is None or not readable or stored.record_id in account.purged:
            raise Refusal(404)
        return Answer(account.show(stored))

    return handle


def _create(account: Account, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        given = _checked(account, stream, ask, None)
        if not given.get("name"):
            raise _invalid("name", "It should be a valid String", "missing_field")
        if stream == CONTACTS and not any(given.get(name) for name in UNIQUE):
            raise _invalid("email", "Please fill at least 1 of email, mobile, phone fields", "missing_field")
        return Answer(account.show(account.book.create(stream, typed(given, {}), by=HUB)), 201)

    return handle


def _update(account: Account, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        stored = account.live(stream, ask.ids["id"])
        if stored is None:
            raise Refusal(404)
        given = _checked(account, stream, ask, stored.record_id)
        if account.switches["lists"] == "add":
            for name in set(LISTS) & given.keys():
                given[name] = list(dict.fromkeys([*(stored.values.get(name) or ()), *(given[name] or ())]))
        return Answer(account.show(account.book.update(stream, stored.record_id, typed(given, stored.values), by=HUB)))

    return handle


def _checked(account: Account, stream: str, ask: Ask, own: str | None) -> dict[str, Any]:
    """Return the body, refusing what Freshdesk refuses: unknown fields and values that another record has."""
    if not isinstance(ask.body, dict):
        raise Refusal(400, {"code": "invalid_json", "message": "Request body has invalid json format"})
    given = ask.body
    _check_values(stream, given)
    if stream == COMPANIES:
        _check_company(account, given, own)
        return dict(given)
    asked = [(name, given.get(name)) for name in UNIQUE] + [("email", one) for one in given.get("other_emails") or ()]
    for name, value in asked:
        if name in {"mobile", "phone"} and account.switches["numbers"] == "shared":
            continue
        owner = account.owner(name, value, own) if value else None
        if owner is not None:
            raise _duplicate(name, owner)
    return dict(given)


def _check_query(ask: Ask, known: Mapping[str, frozenset[str] | None]) -> None:
    """Refuse parameters that the list does not know: contacts have `_updated_since`, tickets `updated_since`."""
    for name, value in ask.query.items():
        if name not in known:
            raise _invalid(name, "Unexpected/invalid field in request", "invalid_field")
        values = known[name]
        if (name.endswith("updated_since") and moment(value) is None) or (values and value not in values):
            raise _invalid(name, "It should be a valid value", "invalid_value")


def _check_values(stream: str, given: Mapping[str, Any]) -> None:
    unknown = [name for name in given if name not in KNOWN[stream]]
    unknown += [name for name in given.get("custom_fields") or {} if name not in CUSTOM[stream]]
    if unknown:
        raise _invalid(unknown[0], "Unexpected/invalid field in request", "invalid_field")
    if "name" in given and not str(given["name"] or "").strip():
        raise _invalid("name", "It should not be blank", "invalid_value")
    for name in LISTS:
        if name in given and not isinstance(given[name] or [], list):
            raise _invalid(name, "Value set is of type String.It should be a/an Array", "datatype_mismatch")
    for mail in (given.get("email"), *(given.get("other_emails") or ())):
        if mail and not _MAIL.fullmatch(str(mail)):
            raise _invalid("email", "It should be in the 'valid email address' format", "invalid_value")


def _check_company(account: Account, given: Mapping[str, Any], own: str | None) -> None:
    name = str(given.get("name") or "").strip().lower()
    for one in account.listed(COMPANIES):
        if name and one.record_id != own and str(one.values.get("name")).strip().lower() == name:
            raise _duplicate("name", one.record_id)


def _delete(account: Account, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        if account.live(stream, ask.ids["id"]) is None:
            raise Refusal(404)
        account.book.delete(stream, ask.ids["id"], by=HUB)
        return Answer(status=204)

    return handle


def _restore(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        if account.book.get(CONTACTS, ask.ids["id"]) is None or ask.ids["id"] in account.purged:
            raise Refusal(404)
        account.book.restore(CONTACTS, ask.ids["id"], by=HUB)
        return Answer(status=204)

    return handle


def _purge(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        stored = account.book.get(CONTACTS, ask.ids["id"])
        if stored is None or (stored.deleted_at is None and ask.query.get("force", "").lower() != "true"):
            raise Refusal(404)
        if stored.deleted_at is None:
            account.book.delete(CONTACTS, stored.record_id, by=HUB)
        account.purged.add(stored.record_id)
        return Answer(status=204)

    return handle


def _merge(account: Account) -> Handler:
    """The secondary contacts disappear into the primary one, which is given the values to keep."""

    def handle(ask: Ask) -> Answer:
        given = ask.body if isinstance(ask.body, dict) else {}
        winner = account.live(CONTACTS, str(given.get("primary_contact_id")))
        losers = [account.live(CONTACTS, str(one)) for one in given.get("secondary_contact_ids") or ()]
        if winner is None or not losers or None in losers:
            raise _invalid("secondary_contact_ids", "There are no contacts matching the given ids", "invalid_value")
        for loser in losers:
            if loser is not None:
                account.book.delete(CONTACTS, loser.record_id, by=HUB, merged_into=winner.record_id)
        account.book.update(CONTACTS, winner.record_id, typed(given.get("contact") or {}, winner.values), by=HUB)
        return Answer(status=int(account.switches["merge_status"]))

    return handle


def _autocomplete(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        term = ask.query.get("name", "").lower()
        live = [one for one in account.listed(COMPANIES) if term and term in str(one.values.get("name")).lower()]
        rows = [{"id": int(one.record_id), "name": one.values["name"]} for one in live]
        return Answer({"companies": rows} if account.switches["autocomplete"] == "wrapped" else rows)

    return handle


def _fields(stream: str) -> Handler:
    own = [{"name": name, "type": "custom_text", "default": False} for name in CUSTOM[stream]]
    usual = [{"name": name, "type": f"default_{name}", "default": True} for name in USUAL[stream]]
    rows = [
        {"id": at, **one, "label": str(one["name"]).replace("_", " ").capitalize()}
        for at, one in enumerate([*own, *usual])
    ]
    return lambda _ask: Answer(rows)


def _duplicate(name: str, owner: str) -> Refusal:
    error = {"field": name, "message": "It should be a unique value", "code": "duplicate_value"}
    return Refusal(409, _said([{**error, "additional_info": {"user_id": int(owner)}}]))


def _invalid(name: str, message: str, code: str) -> Refusal:
    return Refusal(400, _said([{"field": name, "message": message, "code": code}]))


def _said(errors: list[dict[str, Any]]) -> dict[str, Any]:
    return {"description": "Validation failed", "errors": errors}
