"""Lists of a module: pages, tokens, If-Modified-Since, ids; and the deleted ones.

Room: connectors/zoho_crm sandbox.
"""

from __future__ import annotations

import base64
import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandboxes.answers import Json
from connectors.sandboxes.book import Stored
from connectors.zoho_crm.sandbox.answers import Refused, empty
from connectors.zoho_crm.sandbox.modules import Module
from connectors.zoho_crm.sandbox.org import Org
from connectors.zoho_crm.sandbox.shelf import Key, whole_second
from connectors.zoho_crm.times import instant

PAGE = 200
BY_NUMBER = 2_000
BY_TOKEN = 100_000
FIELDS = 50
IDS = 100
TOKEN_LIFE = timedelta(hours=24)
OLD = frozenset({"v2", "v2.1"})
SORTS = frozenset({"id", "Created_Time", "Modified_Time"})

Entry = tuple[Key, str]


@dataclass(frozen=True)
class Asked:
    """A list call's page, read: *start* counts rows, *after* is the last row seen (where tokens remember that)."""

    number: int
    size: int
    start: int
    fingerprint: str
    after: list[Any] | None = None


def list_records(org: Org, module: Module, request: Request) -> Response:
    """`GET /{module}`."""
    params = request.query_params
    old = is_old(request)
    names = None if old and not params.get("fields") else _fields(params.get("fields"))
    order, descending = params.get("sort_by", "id"), params.get("sort_order", "desc") == "desc"
    if order not in SORTS:
        raise Refused(400, "INVALID_DATA", "invalid sort_by", param="sort_by")
    converted = params.get("converted", "false")
    if converted not in {"false", "true", "both"}:
        raise Refused(400, "INVALID_DATA", "invalid converted", param="converted")
    since = _since(request)
    asked = _asked(org, request, capped=not old)
    sorting = {"sort_by": order, "sort_order": "desc" if descending else "asc"}
    if "ids" in params:
        part = converted if module.api_name == "Leads" else "both"
        found = _by_ids(org, module, params["ids"], part, since)
        if not found:
            return empty(304 if since is not None else 204)
        show = org.shower(module, names)
        rows = [show(one) for one in found]
        return Json({"data": rows, "info": {**_info(org, asked, len(rows), more=False, last=None), **sorting}})
    part = converted if module.api_name == "Leads" else "both"
    entries = org.shelf(module.api_name).live(order, part)
    if since is not None:
        entries = _newer(org, module, entries, order, part, since)
        if not entries:
            return empty(304)
    chosen, more = _cut(org, entries, asked, descending=descending)
    if not chosen:
        return empty()
    shown = org.shower(module, names)
    rows = [shown(stored) for _, one in chosen if (stored := org.book.get(module.api_name, one)) is not None]
    info = _info(org, asked, len(rows), more=more, last=chosen[-1] if chosen else None)
    return Json({"data": rows, "info": {**info, **sorting}})


def list_deleted(org: Org, module: Module, request: Request) -> Response:
    """`GET /{module}/deleted`: newest first; 60 days in the bin, then gone for good until 120 days."""
    kind = request.query_params.get("type", "all")
    if kind not in {"all", "recycle", "permanent"}:
        raise Refused(400, "PATTERN_NOT_MATCHED", "invalid type", param="type")
    paging = org.switches.deleted_paging
    asked = _asked(org, request, capped=paging == "token")
    now, since = org.clock.now(), _since(request)
    entries = org.shelf(module.api_name).deleted.entries()
    oldest = now - timedelta(days=60 if kind == "recycle" else 120)
    first = bisect_left(entries, ((max(oldest, since) if since else oldest, 0), ""))
    last = bisect_left(entries, ((now - timedelta(days=60), 0), "")) if kind == "permanent" else len(entries)
    wanted = entries[first:last]
    if not wanted:
        return empty(304 if since else 204)
    chosen, more = _cut(org, wanted, asked, descending=True)
    rows = [_deleted_row(org, module, one, now) for _, one in chosen]
    info = _info(org, asked, len(rows), more=more, last=chosen[-1] if chosen else None)
    if paging == "page":
        info["next_page_token"] = None
    return Json({"data": rows, "info": info}) if rows else empty()


def one_record(org: Org, module: Module, record_id: str, asked: str | None = None) -> Response:
    """`GET /{module}/{id}`, whole or with the fields *asked* for."""
    _check_id(org, record_id)
    stored = org.live(module.api_name, record_id)
    if stored is None:
        return empty()
    if asked:
        return Json({"data": [org.shower(module, _fields(asked))(stored)]})
    system = {"$approval_state": "approved", "$editable": True, "$in_merge": False, "$locked_for_me": False}
    return Json({"data": [org.shower(module)(stored) | system]})


def is_old(request: Request) -> bool:
    """Say whether the call is of a version before v3, in which `fields` was optional and pages had no ceiling."""
    return request.path_params.get("version") in OLD


def _fields(said: str | None) -> Sequence[str]:
    names = [name.strip() for name in (said or "").split(",") if name.strip()]
    if not names:
        raise Refused(400, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param="fields")
    if len(names) > FIELDS:
        raise Refused(400, "LIMIT_EXCEEDED", "number of fields exceeded", param="fields", limit=FIELDS)
    return names


def _since(request: Request) -> datetime | None:
    said = request.headers.get("If-Modified-Since")
    if said is None:
        return None
    moment = instant(said)
    if moment is None:
        raise Refused(400, "INVALID_DATA", "invalid If-Modified-Since", header="If-Modified-Since")
    return moment


def _asked(org: Org, request: Request, *, capped: bool = True) -> Asked:
    params = request.query_params
    size = number_of(params, "per_page", PAGE, PAGE)
    bound = sorted((k, v) for k, v in params.items() if k not in {"page", "page_token"})
    header = request.headers.get("If-Modified-Since", "")
    fingerprint = hashlib.sha256(f"{request.url.path}{bound}{header}".encode()).hexdigest()[:16]
    token = params.get("page_token")
    if token is None:
        number = number_of(params, "page", 1, 10**6)
        if capped and number * size > BY_NUMBER:
            raise Refused(400, "DISCRETE_PAGINATION_LIMIT_EXCEEDED", "page limit exceeded", limit=BY_NUMBER)
        return Asked(number, size, (number - 1) * size, fingerprint)
    if "page" in params:
        raise Refused(400, "AMBIGUITY_DURING_PROCESSING", "page and page_token exclude each other", param="page")
    kept = _opened(token)
    if datetime.fromisoformat(kept["ends"]) <= org.clock.now():
        raise Refused(400, "EXPIRED_VALUE", "the page token has expired", param="page_token")
    if kept["bound"] != fingerprint:
        raise Refused(400, "TOKEN_BOUND_DATA_MISMATCH", "the page token belongs to another call", param="page_token")
    if kept["start"] >= BY_TOKEN:
        raise Refused(400, "PAGINATION_LIMIT_EXCEEDED", "pagination limit exceeded", limit=BY_TOKEN)
    return Asked(kept["page"], size, kept["start"], fingerprint, kept["after"])


def number_of(params: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Return a parameter that is a number from 1 to *most*."""
    said = params.get(name)
    if said is None:
        return default
    if not said.isdigit() or not 1 <= int(said) <= most:
        raise Refused(400, "INVALID_DATA", f"invalid {name}", param=name, expected_data_type="integer")
    return int(said)


def _newer(  # noqa: PLR0913 (a list call's facts)
    org: Org, module: Module, entries: Sequence[Entry], order: str, part: str, since: datetime
) -> Sequence[Entry]:
    edge = ((whole_second(since), 0), "")
    if order == "Modified_Time":
        return entries[bisect_left(entries, edge) :]
    by_change = org.shelf(module.api_name).live("Modified_Time", part)
    changed = {one for _, one in by_change[bisect_left(by_change, edge) :]}
    return [entry for entry in entries if entry[1] in changed] if changed else ()


def _cut(org: Org, entries: Sequence[Entry], asked: Asked, *, descending: bool) -> tuple[list[Entry], bool]:
    """Return the page's entries in the order asked for, and whether more follow."""
    total, start = len(entries), asked.start
    if asked.after is not None and org.switches.page_tokens == "keyset":
        seen = _entry(asked.after)
        start = total - bisect_left(entries, seen) if descending else bisect_right(entries, seen)
    stop = min(start + asked.size, total)
    rows = entries[total - stop : max(total - start, 0)][::-1] if descending else entries[start:stop]
    return list(rows), stop < total


def _info(org: Org, asked: Asked, count: int, *, more: bool, last: Entry | None) -> dict[str, Any]:
    ends = org.clock.now() + TOKEN_LIFE
    token = None
    if more and last is not None:
        kept = {
            "page": asked.number + 1,
            "start": asked.start + count,
            "after": [*last[0], last[1]],
            "bound": asked.fingerprint,
            "ends": ends,
        }
        token = base64.urlsafe_b64encode(orjson.dumps(kept)).decode().rstrip("=")
    return {
        "call": False,
        "per_page": asked.size,
        "next_page_token": token,
        "count": count,
        "sort_by": "id",
        "page": asked.number,
        "previous_page_token": None,
        "page_token_expiry": org.shown_time(ends) if more else None,
        "sort_order": "desc",
        "email": False,
        "more_records": more,
    }


def _opened(token: str) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, TypeError):
        raise Refused(400, "INVALID_DATA", "invalid page token", param="page_token") from None
    return kept


def _entry(after: list[Any]) -> Entry:
    first = datetime.fromisoformat(after[0]) if isinstance(after[0], str) else after[0]
    return (first, after[1]), after[2]


def _by_ids(org: Org, module: Module, said: str, converted: str, since: datetime | None) -> list[Stored]:
    ids = list(dict.fromkeys(one.strip() for one in said.split(",") if one.strip()))
    if len(ids) > IDS:
        raise Refused(400, "LIMIT_EXCEEDED", "number of ids exceeded", param="ids", limit=IDS)
    for one in ids:
        _check_id(org, one)
    found = [stored for one in ids if (stored := org.live(module.api_name, one)) is not None]
    found = [one for one in found if converted == "both" or _is_converted(one.values) is (converted == "true")]
    if since is not None:
        found = [one for one in found if whole_second(one.modified_at) >= whole_second(since)]
    return found


def _is_converted(values: Mapping[str, Any]) -> bool:
    return values.get("Converted__s") is True


def _check_id(org: Org, record_id: str) -> None:
    if record_id.isdigit():
        return
    if org.switches.malformed_id == "INVALID_DATA":
        raise Refused(400, "INVALID_DATA", "the id given seems to be invalid", id=record_id)
    raise Refused(404, "INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one")


def _deleted_row(org: Org, module: Module, record_id: str, now: datetime) -> dict[str, Any]:
    stored = org.book.get(module.api_name, record_id)
    if stored is None or stored.deleted_at is None:
        raise LookupError(record_id)
    forever = stored.deleted_at < now - timedelta(days=60)
    by = None if forever else {key: org.user(stored.history[-1].by)[key] for key in ("name", "id")}
    return {
        "id": record_id,
        "display_name": None if forever else org.name_of(module.api_name, record_id),
        "type": "permanent" if forever else "recycle",
        "deleted_by": by,
        "created_by": by,
        "deleted_time": org.shown_time(stored.deleted_at),
    }
