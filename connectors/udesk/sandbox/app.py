"""The simulated account over HTTP: signatures, the limit, and what each call does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.sandboxes.limits import SlidingWindow
from connectors.sandboxes.routing import Answer, Ask, Handler, Refusal, Route, routed
from connectors.udesk.client import DEEPEST
from connectors.udesk.records import CUSTOMERS, pairs
from connectors.udesk.sandbox.account import OWN, Account, typed
from connectors.udesk.sign_in import VERSION, signature

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from connectors.sandboxes.book import Stored

HUB = "hub"
PER_MINUTE = 60
NONCE_SECONDS = 900
USUAL_PAGE, LARGEST_PAGE = 20, 100
OK = 1000
KNOWN = frozenset(("nick_name", "email", "cellphones", "level", "description", "organization_id", "custom_fields"))


def app(account: Account) -> ASGIApp:
    """Return the app."""
    root = "/open_api_v1"
    routes: list[Route] = [
        ("POST", f"{root}/log_in", _log_in(account)),
        ("GET", f"{root}/customers", _list(account)),
        ("GET", f"{root}/customers/custom_fields", _fields),
        ("GET", f"{root}/customers/get_customer", _show(account)),
        ("POST", f"{root}/customers", _create(account)),
        ("PUT", f"{root}/customers/update_customer", _update(account)),
    ]
    state = Answer({"switches": account.switches, "limits": account.options.limits})
    return routed(routes, _Guard(account), lambda: Refusal(404), lambda _ask: state)


class _Guard:
    """Checks the signature, that a nonce is new, and the calls of a minute."""

    def __init__(self, account: Account) -> None:
        self._account = account
        real = account.options.limits == "real"
        self._window = SlidingWindow(account.options.clock, PER_MINUTE, 60) if real else None

    def __call__(self, ask: Ask) -> Mapping[str, str]:
        if ask.path.endswith("/log_in"):
            return {}
        account, query = self._account, ask.query
        now = account.options.clock.now().timestamp()
        stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        right = signature(account.email, account.token, stamp, nonce)
        fresh = stamp.isdigit() and abs(now - int(stamp)) <= NONCE_SECONDS
        used = account.nonces.get(nonce, 0.0) > now
        known = query.get("email") == account.email and query.get("sign_version") == VERSION
        if not (known and fresh and query.get("sign") == right) or used:
            raise _refused(account, 2001, "sign error or nonce used", 401)
        account.nonces[nonce] = now + NONCE_SECONDS
        wait = self._window.take() if self._window is not None else 0.0
        if wait:
            raise Refusal(429, {"code": 2005, "message": "too many requests"}, {"Retry-After": str(math.ceil(wait))})
        return {}


def _log_in(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        given = ask.body if isinstance(ask.body, dict) else {}
        if (given.get("email"), given.get("password")) != (account.email, account.password):
            raise _refused(account, 2000, "password error", 401)
        return Answer({"code": OK, "open_api_auth_token": account.token})

    return handle


def _list(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        size, page = ask.number("page_size", USUAL_PAGE, LARGEST_PAGE), ask.number("page", 1, 10**6)
        if page * size > DEEPEST:
            raise _refused(account, 2002, "page is too deep", 422)
        found = account.listed()
        rows = [account.show(one) for one in found[(page - 1) * size : page * size]]
        meta = {"current_page": page, "total_pages": math.ceil(len(found) / size), "total_count": len(found)}
        return Answer({"code": OK, "meta": meta, CUSTOMERS: rows})

    return handle


def _show(account: Account) -> Handler:
    return lambda ask: Answer({"code": OK, "customer": account.show(_found(account, ask))})


def _found(account: Account, ask: Ask) -> Stored:
    kind, content = ask.query.get("type"), ask.query.get("content", "")
    stored = {
        "id": lambda: account.live(content),
        "email": lambda: account.with_mail(content),
        "cellphone": lambda: account.with_number(content),
    }.get(str(kind), lambda: None)()
    if stored is None:
        if account.switches["missing"] == "empty":
            raise Refusal(200, {"code": OK, "customer": None})
        raise _refused(account, 2004, "客户不存在", 404)
    return stored


def _create(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        given = _checked(account, ask, None)
        if not given.get("nick_name"):
            raise _refused(account, 2003, "nick_name can't be blank", 422)
        stored = account.book.create(CUSTOMERS, typed(given, {}), by=HUB)
        if account.switches["created"] == "id":
            return Answer({"code": OK, "customer_id": int(stored.record_id)})
        return Answer({"code": OK, "customer": account.show(stored)})

    return handle


def _update(account: Account) -> Handler:
    def handle(ask: Ask) -> Answer:
        stored = _found(account, ask)
        given = _checked(account, ask, stored)
        if account.switches["pairs"] == "add":
            for name in {"phones", "more_emails"} & given.keys():
                given[name] = list(dict.fromkeys([*(stored.values.get(name) or ()), *given[name]]))
        changed = account.book.update(CUSTOMERS, stored.record_id, typed(given, stored.values), by=HUB)
        return Answer({"code": OK, "customer": account.show(changed)})

    return handle


def _checked(account: Account, ask: Ask, stored: Stored | None) -> dict[str, Any]:
    """Return the body in the names of the book; unknown fields are passed over, as the vendor does."""
    body = ask.body if isinstance(ask.body, dict) else {}
    inner = body.get("customer")
    customer: dict[str, Any] = inner if isinstance(inner, dict) else {}
    given = {name: value for name, value in customer.items() if name in KNOWN}
    if "cellphones" in given:
        given["phones"] = [text for _, text in pairs(given.pop("cellphones"))]
    if "other_emails" in body:
        given["more_emails"] = [text for _, text in pairs(body["other_emails"])]
    if "tags" in body:
        given["tag_list"] = [one.strip() for one in str(body["tags"]).split(",") if one.strip()]
    if "custom_fields" in given:
        given["custom_fields"] = {name: one for name, one in (given["custom_fields"] or {}).items() if name in OWN}
    own = stored.record_id if stored else None
    owners = [account.with_mail(one) for one in (given.get("email"), *(given.get("more_emails") or ())) if one]
    if account.switches["numbers"] == "unique":
        owners += [account.with_number(one) for one in given.get("phones") or ()]
    if any(one is not None and one.record_id != own for one in owners):
        raise _refused(account, 2006, "邮箱或电话已存在", 422)
    return given


def _fields(_ask: Ask) -> Answer:
    rows = [{"field_name": name, "field_label": name, "content_type": "text", "options": None} for name in OWN]
    return Answer({"code": OK, "custom_fields": rows})


def _refused(account: Account, code: int, message: str, status: int) -> Refusal:
    return Refusal(200 if account.switches["status"] == "200" else status, {"code": code, "message": message})
