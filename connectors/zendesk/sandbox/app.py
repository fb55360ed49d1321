"""The simulated account over HTTP: which call goes to which handler, and who may make it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandboxes.form_body import form_fields
from connectors.zendesk.sandbox import (
    deletions,
    exports,
    happenings,
    hooks,
    identities,
    jobs,
    reads,
    render,
    searching,
    single,
    surroundings,
)
from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account
from connectors.zendesk.sandbox.throttle import Throttle
from connectors.zendesk.sandbox.wire import Answer, Ask, Handler, Json, Refusal, bad_request, not_found

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from connectors.zendesk.sandbox.oauth import Door


def _both(stream: str) -> list[tuple[str, str, Handler]]:
    """Return the routes that users and organizations have in common."""
    return [
        ("GET", f"/{stream}", reads.listed(stream)),
        ("POST", f"/{stream}", single.create(stream)),
        ("GET", f"/{stream}/show_many", reads.show_many(stream)),
        ("GET", f"/{stream}/count", reads.count(stream)),
        ("POST", f"/{stream}/create_or_update", single.create_or_update(stream)),
        ("POST", f"/{stream}/create_many", jobs.create_many(stream)),
        ("PUT", f"/{stream}/update_many", jobs.update_many(stream)),
        ("DELETE", f"/{stream}/destroy_many", jobs.destroy_many(stream)),
        ("GET", f"/{stream}/{{id}}", reads.show(stream)),
        ("PUT", f"/{stream}/{{id}}", single.update(stream)),
        ("DELETE", f"/{stream}/{{id}}", single.delete(stream)),
        ("GET", f"/incremental/{stream}", exports.by_time(stream)),
    ]


ROUTES: list[tuple[str, str, Handler]] = [
    ("GET", "/search", searching.search),
    ("GET", "/search/count", searching.count),
    ("GET", "/search/export", searching.export),
    ("GET", "/users/search", reads.search_users),
    ("GET", "/organizations/search", reads.search_organizations),
    ("POST", "/users/create_or_update_many", jobs.create_or_update_many),
    *_both(USERS),
    *_both(ORGANIZATIONS),
    ("GET", "/users/{id}/related", reads.related),
    ("GET", "/deleted_users", deletions.listed),
    ("GET", "/deleted_users/{id}", deletions.show),
    ("DELETE", "/deleted_users/{id}", deletions.for_good),
    ("GET", "/users/{id}/compliance_deletion_statuses", deletions.statuses),
    ("PUT", "/users/{id}/merge", single.merge),
    *((method, "/users/{id}/tags", single.tags) for method in ("GET", "PUT", "POST", "DELETE")),
    ("GET", "/users/{id}/identities", identities.listed),
    ("POST", "/users/{id}/identities", identities.add),
    ("GET", "/users/{id}/identities/{iid}", identities.show),
    ("PUT", "/users/{id}/identities/{iid}/make_primary", identities.make_primary),
    ("PUT", "/users/{id}/identities/{iid}/verify", identities.show),
    ("DELETE", "/users/{id}/identities/{iid}", identities.remove),
    ("GET", "/incremental/users/cursor", exports.by_cursor(USERS)),
    ("GET", "/incremental/tickets", exports.by_time("tickets")),
    *(("GET", f"/incremental/{name}/sample", exports.sample(name)) for name in (USERS, ORGANIZATIONS, "tickets")),
    ("GET", "/incremental/tickets/cursor", exports.by_cursor("tickets")),
    (
        "GET",
        "/incremental/ticket_metric_events",
        happenings.by_time("ticket_metric_events", happenings.metric_events),
    ),
    ("GET", "/incremental/ticket_events", happenings.by_time("ticket_events", happenings.events)),
    ("GET", "/tickets", reads.listed("tickets")),
    ("GET", "/tickets/show_many", reads.show_many("tickets")),
    ("GET", "/tickets/{id}", reads.show("tickets")),
    ("GET", "/satisfaction_ratings", reads.listed("satisfaction_ratings")),
    ("GET", "/satisfaction_ratings/received", reads.listed("satisfaction_ratings")),
    ("GET", "/satisfaction_ratings/{id}", reads.show("satisfaction_ratings")),
    ("GET", "/user_fields", reads.fields_of("user_fields", render.USER_FIELDS)),
    ("GET", "/organization_fields", reads.fields_of("organization_fields", render.ORGANIZATION_FIELDS)),
    ("GET", "/account/settings", surroundings.settings),
    ("GET", "/users/{id}/tickets/requested", surroundings.requested),
    ("GET", "/tickets/{id}/comments", surroundings.comments),
    ("GET", "/tickets/{id}/audits", surroundings.audits),
    ("GET", "/organization_memberships", surroundings.memberships),
    ("GET", "/users/{id}/organization_memberships", surroundings.memberships),
    ("GET", "/organizations/{id}/users", surroundings.members),
    ("GET", "/organizations/{id}/users/count", surroundings.count_members),
    ("GET", "/users/{id}/organizations", surroundings.organizations),
    ("GET", "/tags", surroundings.tags),
    *(("GET", f"/{name}", surroundings.fixed(name)) for name in surroundings.FIXED),
    ("GET", "/job_statuses/show_many", jobs.show_many),
    ("GET", "/job_statuses/{id}", jobs.show),
    ("GET", "/webhooks", hooks.listed),
    ("POST", "/webhooks", hooks.create),
    ("GET", "/webhooks/{id}", hooks.show),
    ("PUT", "/webhooks/{id}", hooks.change),
    ("PATCH", "/webhooks/{id}", hooks.change),
    ("DELETE", "/webhooks/{id}", hooks.remove),
    ("GET", "/webhooks/{id}/signing_secret", hooks.signing_secret),
    ("POST", "/webhooks/{id}/signing_secret", hooks.reset_secret),
    ("GET", "/webhooks/{id}/invocations", hooks.invocations),
]
_COMPILED = [
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), handler) for method, path, handler in ROUTES
]


class App:
    """An ASGI app; every answer's own body, absolute URLs on the sandbox's base URL."""

    def __init__(self, account: Account, door: Door) -> None:
        self._account, self._door, self._throttle = account, door, Throttle(account)

    def asgi(self) -> ASGIApp:
        """Return the app as a plain ASGI callable."""

        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            request = Request(scope, receive)
            raw = await request.body()
            await _response(self._answer(request, raw))(scope, receive, send)

        return run

    def _answer(self, request: Request, raw: bytes) -> Answer:
        path = request.url.path.removesuffix(".json").rstrip("/")
        try:
            if path == "/__sim/config":
                return Answer(body=self._state())
            if path == "/oauth/tokens" and request.method == "POST":
                return self._door.token(_granted(request, raw))
            if path == "/oauth/authorizations/new" and request.method == "GET":
                return Answer(302, None, {"Location": self._door.consent(request.query_params)})
            if not path.startswith("/api/v2/"):
                raise not_found()
            return self._api(request, path.removeprefix("/api/v2"), raw)
        except Refusal as refused:
            return refused.answer

    def _api(self, request: Request, path: str, raw: bytes) -> Answer:
        known = self._door.knows(request.headers.get("Authorization", ""))
        if path == "/users/me":
            return self._me(known=known)
        if not known:
            raise Refusal(401, {"error": "Couldn't authenticate you"})
        if request.method != "GET" and "write" not in self._account.switches["token_scope"]:
            raise Refusal(403, {"error": "Forbidden", "description": "Missing the following required scopes: write"})
        told = self._throttle.check(request.method, path)
        for method, pattern, handler in _COMPILED:
            match = pattern.fullmatch(path) if method == request.method else None
            if match:
                answer = handler(self._account, _asked(request, match.groupdict(), raw))
                return Answer(answer.status, answer.body, {**told, **answer.headers})
        raise Refusal(404, {"error": "InvalidEndpoint", "description": "Not found"})

    def _me(self, *, known: bool) -> Answer:
        if known:
            stored = self._account.book.get(USERS, self._account.me_id)
            return Answer(body={"user": render.user(self._account, stored)} if stored else None)
        if self._account.switches["anonymous_me"] == "401":
            raise Refusal(401, {"error": "Couldn't authenticate you"})
        return Answer(body={"user": {"id": None, "name": "Anonymous user", "email": "invalid@example.com"}})

    def _state(self) -> Json:
        return {
            "switches": self._account.switches,
            "verification_mails": self._account.verification_mails,
            "staff_writes": self._account.staff_writes,
            "refreshes": self._door.refreshes,
        }


def _asked(request: Request, ids: dict[str, str], raw: bytes) -> Ask:
    many = parse_qs(request.url.query, keep_blank_values=True)
    query = {key: values[-1] for key, values in many.items()}
    return Ask(request.method, request.url.path, ids, query, many, _parsed(raw))


def _parsed(raw: bytes) -> object:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise bad_request("Unparseable JSON", "The body is not JSON") from None


def _granted(request: Request, raw: bytes) -> object:
    """Return the grant that was sent: as JSON, or as a form, as OAuth libraries do."""
    kind = request.headers.get("content-type", "")
    return form_fields(kind, raw) if "form" in kind else _parsed(raw)


def _response(answer: Answer) -> Response:
    if isinstance(answer.body, str):
        return Response(answer.body, answer.status, dict(answer.headers), media_type="text/plain")
    content = b"" if answer.body is None else _bytes(answer.body)
    return Response(content, answer.status, dict(answer.headers), media_type="application/json")


def _bytes(body: Json) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # a lone surrogate that someone typed in: JSON can escape it, UTF-8 cannot hold it
        return json.dumps(body).encode()
