"""A simulator of Jinshuju (金数据): API v1 and the unsigned posts.

Switches:

    keys    api_code   the owner gave the fields keys of their own, which are the questions' references (default)
            field_n    fields are field_1, field_2 …
    next    behind     `next` stands for the last entry of the page: the following page begins behind it (default)
            at         `next` stands for the first entry of the following page
    plan    running    (default) | expired: every call is answered 402
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.contract import Change, PostOut, Sandbox, SandboxOptions
from connectors.sandboxes.limits import FixedWindow
from connectors.sandboxes.switches import Known
from connectors.web_forms.sandbox.collected import STREAM, Collected, form_of, made_up_id, number_of
from connectors.web_forms.sandbox.forms import QUESTIONS, Form
from connectors.web_forms.sandbox.typeform import identity_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from connectors.sandboxes.book import Stored

SWITCHES: Known = {"keys": ("api_code", "field_n"), "next": ("behind", "at"), "plan": ("running", "expired")}
PAGE = 50
ROOT = "/api/v1"
HOURLY = 20_000
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"
TYPES = {"email": "email", "text": "single_line_text", "phone_number": "mobile", "boolean": "single_choice"}
YES, NO = "同意", "不同意"


def build(options: SandboxOptions) -> Sandbox:
    """Return one simulated account with two forms and the population's entries."""
    form_ids = (made_up_id(options.seed, "jsj1", LETTERS, 6), made_up_id(options.seed, "jsj2", LETTERS, 6))
    account = Collected(options, "jinshuju", SWITCHES, form_ids)
    api = Api(account)
    key = account.secret("post")
    names = {} if account.switches["keys"] == "api_code" else {api.key(ref): ref for ref in QUESTIONS}
    settings = {
        "base_url": f"{options.base_url}{ROOT}",
        "api_key": api.api_key,
        "api_secret": api.api_secret,
        "secrets": [key],
        "names": names,
    }
    return Sandbox(
        name="web_forms",
        app=api.app(),
        book=account.book,
        config=account.config(settings, api.key("consent")),
        identity_of=identity_of,
        expire_tokens=lambda: None,  # keys have no end
        writes=lambda method, _path: method != "GET",
        post_event=lambda url, change: api.post_event(f"{url}{'&' if '?' in url else '?'}key={key}", change),
        save_as_person=account.save_as_person,
        error_body=lambda status: {"error_description": f"HTTP {status}"},
        recall=account.recall,
    )


class Api:
    """The calls of API v1 over one account."""

    def __init__(self, account: Collected) -> None:
        self.account = account
        self.api_key, self.api_secret = account.secret("key"), account.secret("secret")
        self.limit = FixedWindow(account.options.clock, HOURLY, 3600) if account.options.limits == "real" else None

    def key(self, ref: str) -> str:
        """Return the key under which a question's answer stands."""
        return ref if self.account.switches["keys"] == "api_code" else f"field_{list(QUESTIONS).index(ref) + 1}"

    def app(self) -> Starlette:
        """Return the API."""
        return Starlette(
            routes=[
                Route("/__sim/config", self._sim_config),
                Route(f"{ROOT}/forms", self._list_forms),
                Route(f"{ROOT}/forms/{{form_id}}", self._form),
                Route(f"{ROOT}/forms/{{form_id}}/entries", self._entries),
                Route(f"{ROOT}/forms/{{form_id}}/entries/{{serial}}", self._entry),
            ],
            exception_handlers={HTTPException: _refusal},
        )

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the post of a new or an edited entry: the same message for both; deletions are never told."""
        held = self.account.book.get(STREAM, change.record_id)
        if held is None or change.kind not in {"create", "update"}:
            return None
        form = self.account.forms[form_of(held)]
        body = orjson.dumps({"form": form.form_id, "form_name": form.title, "entry": self.item(held)})
        return PostOut(url, {"Content-Type": "application/json", "X-Requested-By": "jinshuju"}, body)

    def item(self, held: Stored) -> dict[str, Any]:
        """Return an entry as posts and the API show it."""
        return {
            "serial_number": number_of(held),
            **{self.key(ref): _shown(value) for ref, value in held.values.items() if ref in QUESTIONS},
            "gen_code": f"{number_of(held):04d}",
            "creator_name": "",
            "created_at": _stamp(held.created_at),
            "updated_at": _stamp(held.modified_at if held.version > 1 else held.created_at),
            "info_filling_duration": 13,
            "info_platform": "iPhone",
            "info_os": "iOS",
            "info_remote_ip": "203.0.113.5",
        }

    async def _sim_config(self, _request: Request) -> Response:
        return Json({"switches": self.account.switches, "limits": self.account.options.limits})

    async def _list_forms(self, request: Request) -> Response:
        self._admit(request)
        listed = [{"name": one.title, "token": one.form_id, "tags": []} for one in self.account.forms.values()]
        return Json({"total": len(listed), "count": len(listed), "data": listed, "next": None})

    async def _form(self, request: Request) -> Response:
        self._admit(request)
        form = self._found(request)
        fields = [
            {self.key(ref): {"label": QUESTIONS[ref][2], "type": TYPES.get(QUESTIONS[ref][1], "single_line_text")}}
            for ref in form.refs
        ]
        return Json({"name": form.title, "fields": fields, "setting": {}})

    async def _entries(self, request: Request) -> Response:
        self._admit(request)
        form_id = self._found(request).form_id
        text = request.query_params.get("next", "0")
        if not text.isdigit():
            raise HTTPException(400)
        behind = self.account.switches["next"] == "behind"
        found = self.account.entries(form_id, int(text) if behind else max(0, int(text) - 1))
        page, more = found[:PAGE], found[PAGE:]
        following = (number_of(page[-1]) if behind else number_of(more[0])) if more else None
        total = len(self.account.entries(form_id))
        items = [self.item(one) for one in page]
        return Json({"total": total, "count": len(items), "data": items, "next": following})

    async def _entry(self, request: Request) -> Response:
        self._admit(request)
        held = self.account.entry(self._found(request).form_id, request.path_params["serial"])
        if held is None:
            raise HTTPException(404)
        return Json(self.item(held))

    def _admit(self, request: Request) -> None:
        pair = base64.b64encode(f"{self.api_key}:{self.api_secret}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            raise HTTPException(401)
        if self.account.switches["plan"] == "expired":
            raise HTTPException(402)
        if self.limit is not None and self.limit.take():
            raise HTTPException(429)

    def _found(self, request: Request) -> Form:
        form = self.account.forms.get(request.path_params["form_id"])
        if form is None:
            raise HTTPException(404)
        return form


def _shown(value: Any) -> Any:  # noqa: ANN401 (an answer of any kind)
    return (YES if value else NO) if isinstance(value, bool) else "" if value is None else value


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def _refusal(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said: Mapping[str, str] = {"error_description": f"HTTP {status}"}
    return Json(said, status)
