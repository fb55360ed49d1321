"""A simulator of a WordPress site with Gravity Forms: REST API v2 and the posts of the Webhooks add-on.

Switches:

    filters   known (default) | unknown: a filter on `date_updated` is left aside and all entries come
    post      json (default) | form: how the add-on posts
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.contract import Change, PostOut, Sandbox, SandboxOptions
from connectors.sandboxes.switches import Known
from connectors.web_forms.sandbox.collected import STREAM, Collected, form_of, number_of
from connectors.web_forms.sandbox.forms import QUESTIONS, Form
from connectors.web_forms.sandbox.oauth1 import signed_by
from connectors.web_forms.sandbox.typeform import identity_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from connectors.sandboxes.book import Stored

SWITCHES: Known = {"filters": ("known", "unknown"), "post": ("json", "form")}
ROOT = "/wp-json/gf/v2"
CODES = {401: "rest_not_logged_in", 403: "rest_forbidden", 404: "not_found"}
REVISION = "3"


def build(options: SandboxOptions) -> Sandbox:
    """Return one simulated site with two forms and the population's entries."""
    account = Collected(options, "gravity_forms", SWITCHES, ("1", "2"))
    api, key = Api(account), account.secret("post")
    consent = field_id("consent")
    settings = {
        "base_url": options.base_url,
        "api_key": api.api_key,
        "api_secret": api.api_secret,
        "secrets": [key],
        "names": {field_id(ref): ref for ref in QUESTIONS},
    }
    config = account.config(settings, consent)
    config["config"]["consents"][consent] = {"purpose": "newsletter"}  # the entry itself tells words and version
    return Sandbox(
        name="web_forms",
        app=api.app(),
        book=account.book,
        config=config,
        identity_of=identity_of,
        expire_tokens=lambda: None,  # keys have no end
        writes=lambda _method, _path: False,
        post_event=lambda url, change: api.post_event(f"{url}{'&' if '?' in url else '?'}key={key}", change),
        save_as_person=account.save_as_person,
        error_body=lambda status: {"code": CODES.get(status, "internal_server_error"), "message": "refused"},
        recall=account.recall,
    )


def field_id(ref: str) -> str:
    """Return the id of a field; a consent's tick is its first part."""
    number = list(QUESTIONS).index(ref) + 1
    return f"{number}.1" if QUESTIONS[ref][1] == "boolean" else str(number)


class Api:
    """The calls over one site."""

    def __init__(self, account: Collected) -> None:
        self.account = account
        self.api_key, self.api_secret = f"ck_{account.secret('key')}", f"cs_{account.secret('secret')}"

    def app(self) -> Starlette:
        """Return the API."""
        return Starlette(
            routes=[
                Route("/__sim/config", self._sim_config),
                Route(f"{ROOT}/forms", self._forms),
                Route(f"{ROOT}/forms/{{form_id}}", self._form),
                Route(f"{ROOT}/forms/{{form_id}}/entries", self._entries),
                Route(f"{ROOT}/entries", self._entries),
                Route(f"{ROOT}/entries/{{entry_id}}", self._entry),
            ],
            exception_handlers={HTTPException: _refusal},
        )

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the post of a new entry, all fields; the add-on posts submissions, not edits."""
        held = self.account.book.get(STREAM, change.record_id)
        if held is None or change.kind != "create":
            return None
        item = self.item(held)
        if self.account.switches["post"] == "form":
            given = {key: value for key, value in item.items() if value is not None}
            return PostOut(url, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(given).encode())
        return PostOut(url, {"Content-Type": "application/json"}, orjson.dumps(item))

    def item(self, held: Stored) -> dict[str, Any]:
        """Return a raw entry: everything is text, fields that nobody filled in are empty."""
        form = self.account.forms[form_of(held)]
        entry: dict[str, Any] = {
            "id": entry_id(held),
            "form_id": form.form_id,
            "date_created": _stamp(held.created_at),
            "date_updated": _stamp(held.modified_at if held.version > 1 else held.created_at),
            "ip": "203.0.113.5",
            "source_url": "https://www.example.com/contact",
            "user_agent": "Mozilla/5.0",
            "status": "active",
            "created_by": None,
            "currency": "EUR",
            "payment_status": None,
        }
        for ref in form.refs:
            value, key = held.values.get(ref), field_id(ref)
            if QUESTIONS[ref][1] == "boolean":
                words = {"2": QUESTIONS[ref][2], "3": REVISION} if value else {"2": "", "3": ""}
                entry |= {key: "1" if value else "", **{f"{key[:-1]}{part}": text for part, text in words.items()}}
            else:
                entry[key] = ", ".join(value) if isinstance(value, list) else str(value or "")
        return entry

    async def _sim_config(self, _request: Request) -> Response:
        return Json({"switches": self.account.switches, "limits": self.account.options.limits})

    async def _forms(self, request: Request) -> Response:
        self._admit(request)
        forms = self.account.forms.values()
        return Json({one.form_id: {"id": one.form_id, "title": one.title, "entries": "0"} for one in forms})

    async def _form(self, request: Request) -> Response:
        self._admit(request)
        form = self._found(request)
        fields: list[dict[str, Any]] = []
        for ref in form.refs:
            number, _, part = field_id(ref).partition(".")
            inputs = [{"id": f"{number}.{one}", "label": ""} for one in "123"] if part else None
            fields.append({"id": int(number), "label": QUESTIONS[ref][2], "inputs": inputs})
        return Json({"id": form.form_id, "title": form.title, "fields": fields})

    async def _entries(self, request: Request) -> Response:
        self._admit(request)
        query = request.query_params
        forms = [self._found(request).form_id] if "form_id" in request.path_params else list(self.account.forms)
        wanted = {value for name, value in query.multi_items() if name.startswith("form_ids")}
        forms = [one for one in forms if not wanted or one in wanted]
        items = [self.item(held) for form_id in forms for held in self.account.entries(form_id)]
        found = [item for item in items if self._meets(item, json.loads(query.get("search", "{}")))]
        key = query.get("sorting[key]", "id")
        found.sort(key=lambda item: (_rank(item.get(key)), int(item["id"])))
        if query.get("sorting[direction]", "DESC").upper() == "DESC":
            found.reverse()
        size, page = int(query.get("paging[page_size]", 10)), int(query.get("paging[current_page]", 1))
        start = int(query.get("paging[offset]", (page - 1) * size))
        return Json({"total_count": len(found), "entries": found[start : start + size]})

    def _meets(self, item: Mapping[str, Any], search: Mapping[str, Any]) -> bool:
        """Say whether an entry meets the status, the span of time and the filters of a search."""
        made = item["date_created"]
        if search.get("status", item["status"]) != item["status"]:
            return False
        if made[: len(str(search.get("start_date", "")))] < str(search.get("start_date", "")):
            return False
        if "end_date" in search and made[: len(str(search["end_date"]))] > str(search["end_date"]):
            return False
        filters = search.get("field_filters", {})
        mode = filters.get("mode", "all") if isinstance(filters, dict) else "all"
        listed = filters if isinstance(filters, list) else [one for name, one in filters.items() if name != "mode"]
        if self.account.switches["filters"] == "unknown":  # a filter on what the site does not know is passed over
            listed = [one for one in listed if one.get("key") != "date_updated"]
        met = [_met(item, one) for one in listed]
        return not met or (any(met) if mode == "any" else all(met))

    async def _entry(self, request: Request) -> Response:
        self._admit(request)
        wanted = request.path_params["entry_id"]
        listed = (one for form_id in self.account.forms for one in self.account.entries(form_id))
        held = next((one for one in listed if entry_id(one) == wanted), None)
        if held is None:
            raise HTTPException(404)
        return Json(self.item(held))

    def _admit(self, request: Request) -> None:
        pair = base64.b64encode(f"{self.api_key}:{self.api_secret}".encode()).decode()
        basic = request.headers.get("authorization") == f"Basic {pair}"
        if not basic and not signed_by(request, self.api_key, self.api_secret):
            raise HTTPException(401)

    def _found(self, request: Request) -> Form:
        form = self.account.forms.get(request.path_params["form_id"])
        if form is None:
            raise HTTPException(404)
        return form


def _met(item: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Say whether an entry meets one filter; without an operator it is an equality."""
    held, wanted = str(item.get(str(asked.get("key"))) or ""), str(asked.get("value", ""))
    operator = str(asked.get("operator", "is")).lower()
    signs: Mapping[str, Callable[[Any, Any], bool]] = {">": gt, ">=": ge, "<": lt, "<=": le}
    if operator in signs:
        return signs[operator](_rank(held), _rank(wanted))
    if operator == "contains":
        return wanted.lower() in held.lower()
    return (held == wanted) is (operator in {"is", "="})


def _rank(value: Any) -> tuple[int, Any]:  # noqa: ANN401 (a text, or nothing)
    """Return what values are put in order by: numbers before texts."""
    text = str(value or "")
    return (0, int(text)) if text.isdigit() else (1, text)


def entry_id(held: Stored) -> str:
    """Return an entry's id: unique over all forms of the site."""
    return f"{number_of(held)}{form_of(held)}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


async def _refusal(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Json({"code": CODES.get(status, "internal_server_error"), "message": "refused", "data": {}}, status)
