"""Lists, single records, counts and searches."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode

from connectors.zendesk.sandbox import render
from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account
from connectors.zendesk.sandbox.wire import Answer, Ask, Handler, Json, bad_request, not_found, stamp, too_many

T = TypeVar("T")
MOST = 100
DEEPEST = 10_000
TIERS = ("vip", "regular", "basic", "prospect")
"""Values of the dropdown `customer_tier`."""
_TERM = re.compile(r'(?:(\w+)(:|[<>]=?))?(?:"([^"]*)"|(\S+))')
_SCORED = {"received": ("good", "bad"), "good": ("good",), "bad": ("bad",)}


def listed(stream: str) -> Handler:
    """Return the handler of `GET /{stream}`: cursor paging with `page[size]`, else offset paging."""

    def handle(account: Account, ask: Ask) -> Answer:
        return paged(account, ask, stream, _chosen(account, ask, stream))

    return handle


def show(stream: str) -> Handler:
    """Return the handler of `GET /{stream}/{id}`."""

    def handle(account: Account, ask: Ask) -> Answer:
        stored = account.book.get(stream, ask.ids["id"])
        if stored is None or (stored.deleted_at and not _still_readable(account, stream)):
            raise not_found()
        return Answer(body={stream.removesuffix("s"): render.record(account, stored)})

    return handle


def show_many(stream: str) -> Handler:
    """Return the handler of `GET /{stream}/show_many` by ids or external ids."""

    def handle(account: Account, ask: Ask) -> Answer:
        by_id = [one for one in ask.query.get("ids", "").split(",") if one]
        by_external = [one for one in ask.query.get("external_ids", "").split(",") if one]
        if max(len(by_id), len(by_external)) > MOST:
            raise too_many(MOST)
        found = [account.book.get(stream, one) for one in dict.fromkeys(by_id)]
        for key in dict.fromkeys(by_external):
            found += [account.book.get(stream, one) for one in account.by(f"{stream}:external_id", key)]
        kept = [one for one in found if one and (one.deleted_at is None or _still_readable(account, stream))]
        body: Json = {stream: [render.record(account, one) for one in kept], "next_page": None, "count": len(kept)}
        if "identities" in ask.query.get("include", "") and account.switches["show_many_identities"] == "yes":
            body["identities"] = [one for stored in kept for one in render.identities(account, stored)]
        return Answer(body=body)

    return handle


def count(stream: str) -> Handler:
    """Return the handler of `GET /{stream}/count`."""

    def handle(account: Account, _: Ask) -> Answer:
        value = len(account.alive(stream))
        return Answer(body={"count": {"value": value, "refreshed_at": stamp(account.clock.now())}})

    return handle


def related(account: Account, ask: Ask) -> Answer:
    """`GET /users/{id}/related`."""
    if account.live(USERS, ask.ids["id"]) is None:
        raise not_found()
    tickets = [one for one in account.book.all("tickets") if str(one.values.get("requester_id")) == ask.ids["id"]]
    return Answer(body={"user_related": {"requested_tickets": len(tickets), "assigned_tickets": 0}})


def search_users(account: Account, ask: Ask) -> Answer:
    """`GET /users/search` by external id or query; the index lags."""
    if "external_id" in ask.query:
        found = account.by("users:external_id", ask.query["external_id"])
    else:
        found = queried(account, ask.query.get("query", ""))
    until = account.seconds() - int(account.switches["search_lag_seconds"])
    stored = [one for one in (account.live(USERS, user_id) for user_id in found) if one]
    seen = [one.record_id for one in stored if one.modified_at.timestamp() <= until]
    return by_number(account, ask, USERS, seen)


def search_organizations(account: Account, ask: Ask) -> Answer:
    """`GET /organizations/search` by external id or exact name."""
    if "external_id" in ask.query:
        found = account.by("organizations:external_id", ask.query["external_id"])
    else:
        found = account.by("organizations:name", ask.query.get("name", ""))
    return by_number(account, ask, ORGANIZATIONS, found)


def fields_of(name: str, fields: dict[str, str]) -> Handler:
    """Return the handler of `GET /user_fields` and its like."""

    def handle(account: Account, ask: Ask) -> Answer:
        created = stamp(account.clock.now())
        rows: list[Json] = [
            {
                "id": 100 + at,
                "type": kind,
                "key": key,
                "url": f"{account.options.base_url}/api/v2/{name}/{100 + at}.json",
                "title": key.replace("_", " ").title(),
                "raw_title": key.replace("_", " ").title(),
                "description": "",
                "raw_description": "",
                "regexp_for_validation": None,
                "position": at,
                "active": True,
                "system": False,
                "created_at": created,
                "updated_at": created,
                **({"custom_field_options": _options()} if kind == "dropdown" else {}),
            }
            for at, (key, kind) in enumerate(fields.items())
        ]
        return in_pages(account, ask, name, rows, lambda page: page)

    return handle


def _options() -> list[Json]:
    """Return what the account's one kind of dropdown, the customer's tier, offers."""
    return [
        {"id": 900 + at, "name": value.title(), "raw_name": value.title(), "value": value, "position": at}
        for at, value in enumerate(TIERS)
    ]


def paged(account: Account, ask: Ask, stream: str, ids: list[str]) -> Answer:
    """Return one page of *ids*, as the query asks."""
    return in_pages(account, ask, stream, ids, lambda page: _shown(account, stream, page))


def by_number(account: Account, ask: Ask, stream: str, ids: list[str]) -> Answer:
    """Return one page of *ids*; searches know no cursor."""
    return _offset(account, ask, stream, ids, lambda page: _shown(account, stream, page))


def in_pages(account: Account, ask: Ask, name: str, items: list[T], show: Callable[[list[T]], list[Json]]) -> Answer:
    """Return one page of *items* under *name*, as the query asks: by cursor (`page[size]`) or by number."""
    if "page[size]" not in ask.query and "page[after]" not in ask.query:
        return _offset(account, ask, name, items, show)
    size, start = ask.number("page[size]", MOST, MOST), decoded(ask.query.get("page[after]", ""))
    page = items[start : start + size]
    more = start + size < len(items)
    after = base64.urlsafe_b64encode(f"o{start + len(page)}".encode()).decode()
    others = {key: value for key, value in ask.query.items() if not key.startswith("page[")}
    query = urlencode({**others, "page[size]": size, "page[after]": after}, safe="[]")
    link = f"{account.options.base_url}{ask.path}?{query}"
    return Answer(
        body={
            name: show(page),
            "meta": {"has_more": more, "after_cursor": after if page else None, "before_cursor": None},
            "links": {"prev": None, "next": link if more else None},
        }
    )


def _offset(account: Account, ask: Ask, name: str, items: list[T], show: Callable[[list[T]], list[Json]]) -> Answer:
    size, page = ask.number("per_page", MOST, MOST), ask.number("page", 1, 10**9)
    if page * size > DEEPEST:
        raise bad_request("Invalid page", "Search pages are limited to 10,000 records")
    others = urlencode({key: value for key, value in ask.query.items() if key not in {"page", "per_page"}})
    link = f"{account.options.base_url}{ask.path}?{others}{'&' if others else ''}per_page={size}&page="
    return Answer(
        body={
            name: show(items[(page - 1) * size : page * size]),
            "next_page": f"{link}{page + 1}" if page * size < len(items) else None,
            "previous_page": f"{link}{page - 1}" if page > 1 else None,
            "count": len(items),
        }
    )


def _shown(account: Account, stream: str, ids: Iterable[str]) -> list[Json]:
    found = (account.book.get(stream, one) for one in ids)
    return [render.record(account, one) for one in found if one]


def _chosen(account: Account, ask: Ask, stream: str) -> list[str]:
    if "external_id" in ask.query:
        return account.by(f"{stream}:external_id", ask.query["external_id"])
    roles = {*ask.many.get("role", ()), *ask.many.get("role[]", ())}
    ids = account.alive(stream)
    if stream == "satisfaction_ratings":
        return _ratings(account, ask)
    if not roles:
        return ids
    known = ((one, account.book.get(stream, one)) for one in ids)
    return [one for one, stored in known if stored and stored.values.get("role", "end-user") in roles]


def queried(account: Account, query: str) -> list[str]:
    """Return the users whom a query finds.

    Terms of one keyword are joined as the switch says, those of different keywords narrow.
    """
    groups: dict[str, list[set[str]]] = {}
    for key, sign, quoted, bare in _TERM.findall(query):
        found = set(_matching(account, key, sign, quoted or bare))
        groups.setdefault(key + sign, []).append(found)
    if not groups:
        return account.alive(USERS)
    join = set.union if account.switches["search_repeat"] == "or" else set.intersection
    return sorted(set.intersection(*(join(*found) for found in groups.values())), key=int)


def _ratings(account: Account, ask: Ask) -> list[str]:
    """Return the ratings of a score (`received`: good or bad, with a comment or without) and a span of time."""
    since, until, score = (ask.query.get(name, "") for name in ("start_time", "end_time", "score"))
    score = "received" if ask.path.removesuffix(".json").endswith("/received") else score
    ids = account.changed_since("satisfaction_ratings", int(since if since.isdigit() else 0))
    known = [one for one in (account.book.get("satisfaction_ratings", each) for each in ids) if one]
    if until.isdigit():
        known = [one for one in known if one.modified_at.timestamp() <= int(until)]
    if score:
        bare, _, commented = score.partition("_with")
        known = [one for one in known if one.values.get("score") in _SCORED.get(bare, (bare,))]
        if commented:
            known = [one for one in known if bool(one.values.get("comment")) is (commented == "_comment")]
    return [one.record_id for one in known]


def _matching(account: Account, key: str, sign: str, text: str) -> Iterable[str]:
    if not key and text == "*":
        return account.alive(USERS)
    if key in {"created", "updated"}:
        return _dated(account, key, sign, text)
    if key in {"role", "tags", "name", "organization_id", "notes"}:
        return _having(account, key, text.lower())
    by_index = {"email": lambda: account.by("mail", text), "phone": lambda: account.by_phone(text)}
    by_index["external_id"] = lambda: account.by("users:external_id", text)
    if key in by_index:
        return by_index[key]()
    wanted = text.lower()
    return (
        one.record_id
        for one in account.book.all(USERS)
        if wanted in str(one.values.get("name") or "").lower() or wanted in str(one.values.get("email") or "").lower()
    )


def _having(account: Account, key: str, wanted: str) -> Iterable[str]:
    for one in account.book.all(USERS):
        held = one.values.get(key) or ("end-user" if key == "role" else "")
        told = [str(each).lower() for each in held] if isinstance(held, list | tuple) else str(held).lower()
        if (wanted in told) if key in {"tags", "name", "notes"} else told == wanted:
            yield one.record_id


def _dated(account: Account, key: str, sign: str, text: str) -> Iterable[str]:
    """Return the users made or changed before, after or on a day; a word that is no time finds nobody."""
    try:
        at = stamp(datetime.fromisoformat(text).replace(tzinfo=UTC)) if "T" not in text else text
    except ValueError:
        return
    for one in account.book.all(USERS):
        held = stamp(one.created_at if key == "created" else one.modified_at)
        if sign == ":":
            met = held[: len(text)] == text
        else:
            met = (held > at if ">" in sign else held < at) or ("=" in sign and held == at)
        if met:
            yield one.record_id


def _still_readable(account: Account, stream: str) -> bool:
    return stream == USERS and account.switches["deleted_readable"] == "yes"


def decoded(cursor: str) -> int:
    """Return the place that a `page[after]` stands for."""
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("o"))
    except (ValueError, binascii.Error):
        raise bad_request("Invalid cursor", "page[after] is not valid") from None
