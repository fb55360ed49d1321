"""The simulated portal over HTTP: tokens, the organization, and what each call does."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.one_by_one import folded_mail
from connectors.sandboxes.form_body import form_fields
from connectors.sandboxes.limits import FixedWindow, SlidingWindow
from connectors.sandboxes.routing import Answer, Ask, Handler, Refusal, Route, routed
from connectors.zoho_desk.records import ACCOUNTS, CONTACTS, LENGTHS, TICKETS
from connectors.zoho_desk.sandbox.portal import OWN, Portal, typed
from connectors.zoho_desk.streams import moment

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import ASGIApp

    from connectors.sandboxes.book import Stored

HUB = "hub"
CREDITS_A_DAY = 100_000
TOKENS = 10
LIST_COST, DEEP_COST, DEEP = 3, 5, 2_000
DEEPEST_FROM = 4_999
_PLACE = ("street", "city", "state", "country", "description", "ownerId", "cf")
KNOWN = {
    CONTACTS: frozenset(
        (
            "lastName",
            "firstName",
            "email",
            "secondaryEmail",
            "phone",
            "mobile",
            "type",
            "title",
            "zip",
            "accountId",
            *_PLACE,
        )
    ),
    ACCOUNTS: frozenset(("accountName", "email", "phone", "website", "industry", "code", *_PLACE)),
}
NAMES = {CONTACTS: "lastName", ACCOUNTS: "accountName"}
LISTED = frozenset(("from", "limit", "sortBy", "include", "viewId", "fields"))
SEARCHED = frozenset(
    (
        "from",
        "limit",
        "sortBy",
        "modifiedTimeRange",
        "createdTimeRange",
        "email",
        "phone",
        "mobile",
        "firstName",
        "lastName",
        "fullName",
        "accountName",
        "id",
        "_all",
        "customField1",
    )
)
_BY_VALUE = ("phone", "mobile", "firstName", "lastName", "accountName")


def app(portal: Portal) -> ASGIApp:
    """Return the app."""
    root = "/api/v1"
    routes: list[Route] = [
        ("POST", "/oauth/v2/token", _token(portal)),
        ("GET", "/oauth/v2/auth", _consent(portal)),
        ("GET", "/__sim/grant", lambda _ask: Answer({"code": portal.codes.make()})),
        (
            "GET",
            f"{root}/organizations",
            lambda _ask: Answer({"data": [{"id": int(portal.org_id), "portalName": "x"}]}),
        ),
        ("POST", f"{root}/contacts/moveToTrash", _trash(portal)),
        ("POST", f"{root}/contacts/{{id}}/merge", _merge(portal)),
        ("GET", f"{root}/contacts/{{id}}/accounts", _employers(portal)),
    ]
    for stream in (CONTACTS, ACCOUNTS, TICKETS):
        routes += [
            ("GET", f"{root}/{stream}/search", _search(portal, stream)),
            ("GET", f"{root}/{stream}", _list(portal, stream)),
            ("GET", f"{root}/{stream}/{{id}}", _show(portal, stream)),
        ]
    for stream in (CONTACTS, ACCOUNTS):
        routes.append(("POST", f"{root}/{stream}", _create(portal, stream)))
        routes.append(("PATCH", f"{root}/{stream}/{{id}}", _update(portal, stream)))
    state = Answer({"switches": portal.switches, "limits": portal.options.limits})
    return routed(routes, _Guard(portal), lambda: _refused(404, "URL_NOT_FOUND"), lambda _ask: state)


class _Guard:
    """Knows tokens and organization, and counts credits: a record costs one, a list by its offset."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        real = portal.options.limits == "real"
        self._day = FixedWindow(portal.options.clock, CREDITS_A_DAY, 86_400) if real else None
        self._tokens = SlidingWindow(portal.options.clock, TOKENS, 600) if real else None

    def __call__(self, ask: Ask) -> Mapping[str, str]:
        if ask.path == "/oauth/v2/token":
            if self._tokens is not None and self._tokens.take():
                raise Refusal(400, {"error": "Access Denied"})
            return {}
        if ask.path in {"/oauth/v2/auth", "/__sim/grant"}:
            return {}
        scheme, _, token = ask.headers.get("authorization", "").partition(" ")
        if scheme != "Zoho-oauthtoken" or self._portal.tokens.get(token, 0.0) <= self._portal.seconds():
            raise _refused(401, "INVALID_OAUTH")
        if ask.path != "/api/v1/organizations" and ask.headers.get("orgid") != self._portal.org_id:
            raise _refused(403, "OAUTH_ORG_MISMATCH")
        return self._credits(ask)

    def _credits(self, ask: Ask) -> dict[str, str]:
        if self._day is None:
            return {}
        listing = ask.method == "GET" and not ask.path.rpartition("/")[2].isdigit()
        deep = DEEP_COST if ask.number("from", 0, 10**6) > DEEP else LIST_COST
        cost = deep if listing else 1
        wait = self._day.take(cost)
        if wait:
            raise _refused(429, "THRESHOLD_EXCEEDED", {"Retry-After": str(math.ceil(wait))})
        return {"X-Rate-Limit-Remaining-v3": str(self._day.remaining), "X-Rate-Limit-Request-Weight-v3": str(cost)}


def _token(portal: Portal) -> Handler:
    def handle(ask: Ask) -> Answer:
        form = dict(ask.query) | form_fields(ask.headers.get("content-type", ""), ask.raw)
        if (form.get("client_id"), form.get("client_secret")) != (portal.client_id, portal.client_secret):
            return Answer({"error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            if not portal.codes.redeem(form):
                return Answer({"error": "invalid_code"})
            return Answer({**portal.issue(), "refresh_token": portal.refresh_token})
        if form.get("refresh_token") != portal.refresh_token:
            return Answer({"error": "invalid_code"})
        return Answer(portal.issue())

    return handle


def _consent(portal: Portal) -> Handler:
    def handle(ask: Ask) -> Answer:
        back = portal.codes.agreed(ask.query)
        if back is None:
            return Answer({"error": "invalid_client"}, 400)
        return Answer(status=302, headers={"Location": back})

    return handle


def _list(portal: Portal, stream: str) -> Handler:
    """No time of change, at most a hundred, 204 behind the end."""

    def handle(ask: Ask) -> Answer:
        _only(ask, LISTED)
        found = portal.listed(stream)
        order = ask.query.get("sortBy", "createdTime")
        if order.removeprefix("-") not in {"firstName", "lastName", "createdTime"}:
            raise _refused(422, "UNPROCESSABLE_ENTITY")
        by = order.removeprefix("-")
        found.sort(
            key=lambda one: (one.created_at if by == "createdTime" else _words(one, by), int(one.record_id)),
            reverse=order.startswith("-"),
        )
        start = max(0, ask.number("from", 1, 10**6) - 1)
        page = found[start : start + _size(portal, ask)]
        rows = [portal.show(one, short=True) | _beside(portal, one, ask) for one in page]
        return Answer({"data": rows} if page else None, 200 if page else 204)

    return handle


def _search(portal: Portal, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        _only(ask, SEARCHED)
        start = int(ask.query.get("from", "0"))
        reach = int(portal.switches["search_reach"])
        if start > min(DEEPEST_FROM, reach - 1):
            raise _refused(422, "UNPROCESSABLE_ENTITY")
        known = portal.seconds() - int(portal.switches["search_lag"])
        tests = _conditions(ask)
        listed = (one for one in portal.listed(stream) if one.modified_at.timestamp() <= known)
        found = [one for one in listed if all(test(one) for test in tests)]
        found.sort(key=lambda one: (one.modified_at, int(one.record_id)))
        page = found[start : min(start + _size(portal, ask), reach)]
        if not page:
            return Answer(status=204)
        rows = [portal.show(one, short=portal.switches["search_rows"] == "short") for one in page]
        return Answer({"data": rows} | ({"count": len(found)} if portal.switches["search_count"] == "told" else {}))

    return handle


def _conditions(ask: Ask) -> list[Callable[[Stored], bool]]:
    """Return what the parameters of a search ask of a record."""
    own, _, wanted = ask.query.get("customField1", "").partition(":")
    known: Mapping[str, Callable[[Stored, str], bool]] = {
        "modifiedTimeRange": lambda one, said: _within(one.modified_at, said),
        "createdTimeRange": lambda one, said: _within(one.created_at, said),
        "email": lambda one, said: folded_mail(said) in _mails(one),
        "customField1": lambda one, _said: str((one.values.get("cf") or {}).get(own)) == wanted,
        "id": lambda one, said: one.record_id == said,
        "fullName": lambda one, said: _words(one, "firstName", "lastName") == said.lower(),
        "_all": lambda one, said: said.strip("*").lower() in _words(one, *one.values),
    }
    tests = [partial(_meets, known[name], said) for name, said in ask.query.items() if name in known]
    return [*tests, *(partial(_has, name, ask.query[name].lower()) for name in _BY_VALUE if name in ask.query)]


def _meets(test: Callable[[Stored, str], bool], said: str, one: Stored) -> bool:
    return test(one, said)


def _has(name: str, said: str, one: Stored) -> bool:
    return _words(one, name) == said


def _mails(one: Stored) -> list[str]:
    return [folded_mail(mail) for mail in (one.values.get("email"), one.values.get("secondaryEmail")) if mail]


def _within(at: datetime, said: str) -> bool:
    since, until = (moment(one) for one in [*said.split(","), ""][:2])
    if since is None or until is None:
        raise _refused(422, "UNPROCESSABLE_ENTITY")
    return since <= at.replace(microsecond=at.microsecond // 1000 * 1000) <= until


def _words(stored: Stored, *names: str) -> str:
    return " ".join(str(stored.values.get(name) or "").lower() for name in names).strip()


def _show(portal: Portal, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        stored = portal.book.get(stream, ask.ids["id"])
        if stored is None or (stored.deleted_at is not None and portal.switches["trash"] == "hidden"):
            raise _refused(404, "URL_NOT_FOUND")
        return Answer(portal.show(stored) | _beside(portal, stored, ask))

    return handle


def _employers(portal: Portal) -> Handler:
    """`GET /contacts/{id}/accounts`: the one account of a contact, its main one."""

    def handle(ask: Ask) -> Answer:
        contact = portal.live(CONTACTS, ask.ids["id"])
        if contact is None:
            raise _refused(404, "URL_NOT_FOUND")
        account = portal.live(ACCOUNTS, str(contact.values.get("accountId") or ""))
        if account is None:
            return Answer(status=204)
        return Answer({"data": [portal.show(account, short=True) | {"mappingInfo": {"isPrimary": True}}]})

    return handle


def _beside(portal: Portal, stored: Stored, ask: Ask) -> dict[str, Any]:
    """Return what `include=` asks for beside a record: the account of a contact, the contact of a ticket."""
    wanted = ask.query.get("include", "").split(",")
    beside: dict[str, Any] = {}
    if stored.stream == CONTACTS and "accounts" in wanted:
        account = portal.live(ACCOUNTS, str(stored.values.get("accountId") or ""))
        beside["account"] = {"id": account.record_id, "accountName": account.values["accountName"]} if account else None
    if stored.stream == TICKETS and "contacts" in wanted:
        contact = portal.live(CONTACTS, str(stored.values.get("contactId") or ""))
        beside["contact"] = portal.show(contact, short=True) if contact else None
    return beside


def _create(portal: Portal, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        given = _checked(portal, stream, ask, None)
        if not given.get(NAMES[stream]):
            raise _wrong(NAMES[stream], "missing")
        stored = portal.book.create(stream, typed(given, {}), by=HUB)
        return Answer(portal.show(stored), int(portal.switches["create_status"]))

    return handle


def _update(portal: Portal, stream: str) -> Handler:
    def handle(ask: Ask) -> Answer:
        stored = portal.live(stream, ask.ids["id"])
        if stored is None:
            raise _refused(404, "URL_NOT_FOUND")
        given = _checked(portal, stream, ask, stored.record_id)
        return Answer(portal.show(portal.book.update(stream, stored.record_id, typed(given, stored.values), by=HUB)))

    return handle


def _checked(portal: Portal, stream: str, ask: Ask, own: str | None) -> dict[str, Any]:
    given = ask.body if isinstance(ask.body, dict) else {}
    for name in (*given, *(given.get("cf") or {})):
        if name not in KNOWN[stream] and name not in OWN[stream]:
            raise _wrong(name, "invalid")
    for name, longest in LENGTHS.items():
        if len(str(given.get(name) or "")) > longest:
            raise _wrong(name, "invalid")
    if NAMES[stream] in given and not given[NAMES[stream]]:
        raise _wrong(NAMES[stream], "missing")
    if given.get("accountId") and portal.live(ACCOUNTS, str(given["accountId"])) is None:
        raise _wrong("accountId", "invalid")
    if portal.switches["mails"] == "unique" and given.get("email"):
        for one in portal.listed(CONTACTS):
            if one.record_id != own and folded_mail(one.values.get("email")) == folded_mail(given["email"]):
                raise _wrong("email", "duplicate")
    return dict(given)


def _trash(portal: Portal) -> Handler:
    def handle(ask: Ask) -> Answer:
        for one in (ask.body or {}).get("contactIds") or ():
            if portal.live(CONTACTS, str(one)) is not None:
                portal.book.delete(CONTACTS, str(one), by=HUB)
        return Answer(status=204)

    return handle


def _merge(portal: Portal) -> Handler:
    """The named contacts disappear into the path's one; *source* says whose value stays, field by field."""

    def handle(ask: Ask) -> Answer:
        given = ask.body if isinstance(ask.body, dict) else {}
        winner = portal.live(CONTACTS, ask.ids["id"])
        losers = [portal.live(CONTACTS, str(one)) for one in given.get("ids") or ()]
        if winner is None or not losers or None in losers:
            raise _refused(404, "URL_NOT_FOUND")
        kept: dict[str, Any] = {}
        for name, record_id in (given.get("source") or {}).items():
            holder = portal.book.get(CONTACTS, str(record_id))
            kept[name] = holder.values.get(name) if holder else None
        for loser in losers:
            if loser is not None:
                portal.book.delete(CONTACTS, loser.record_id, by=HUB, merged_into=winner.record_id)
        return Answer(portal.show(portal.book.update(CONTACTS, winner.record_id, kept, by=HUB)))

    return handle


def _only(ask: Ask, known: frozenset[str]) -> None:
    """Unknown parameters are refused."""
    for name in ask.query:
        if name not in known:
            said = f"Extra query parameter '{name}' is present in the input."
            raise Refusal(422, {"errorCode": "UNPROCESSABLE_ENTITY", "message": said})


def _size(portal: Portal, ask: Ask) -> int:
    largest = int(portal.switches["page"])
    asked = ask.number("limit", 10, 10**6)
    if asked > largest:
        raise _refused(422, "UNPROCESSABLE_ENTITY")
    return asked


def _wrong(name: str, kind: str) -> Refusal:
    error = {"fieldName": f"/{name}", "errorType": kind, "errorMessage": ""}
    return Refusal(422, {"errorCode": "INVALID_DATA", "message": "The data is invalid", "errors": [error]})


def _refused(status: int, code: str, headers: Mapping[str, str] | None = None) -> Refusal:
    return Refusal(status, {"errorCode": code, "message": "refused"}, headers)
