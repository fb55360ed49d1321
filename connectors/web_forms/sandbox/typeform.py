"""A simulator of Typeform: the API that entries are pulled from, and the signed posts of new ones.

Switches (served at `/__sim/config`), each for something that the documentation leaves open:

    edits   resubmitted  a changed entry counts as submitted again: listed by `since`, posted once more (default)
            silent       it keeps its time and nobody is told
    counts  remaining    total_items and page_count count what `before` and `after` left (default)
            all          they count the whole query
    gone    position     a token of a deleted response still marks its place for `before` and `after` (default)
            refused      it is answered 400
    lag     seconds after which a new response is listed; default 0, with real limits 120
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response as Bare
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.contract import Sandbox, SandboxOptions
from connectors.sandboxes.limits import SlidingWindow
from connectors.web_forms.progress import moment
from connectors.web_forms.sandbox.forms import Form
from connectors.web_forms.sandbox.submission_order import Place
from connectors.web_forms.sandbox.typeform_account import CALLS_PER_SECOND, STREAM, Account

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

MAILS, PHONES = ("email", "email_2"), ("mobile", "phone", "phone_2")
LARGEST_PAGE, USUAL_PAGE, LARGEST_FORM_PAGE = 1000, 25, 200
ERRORS = {
    400: ("VALIDATION_ERROR", "a parameter is not valid"),
    401: ("AUTHENTICATION_FAILED", "Authentication credentials not found on the Request Headers"),
    403: ("FORBIDDEN", "the token has no access"),
    404: ("FORM_NOT_FOUND", "non existing form"),
    429: ("TOO_MANY_REQUESTS", "too many requests"),
}


def build(options: SandboxOptions) -> Sandbox:
    """Return one simulated account with two forms and the population's entries."""
    account = Account(options)
    account.fill()
    limit = SlidingWindow(options.clock, CALLS_PER_SECOND, 1.0) if options.limits == "real" else None
    return Sandbox(
        name="web_forms",
        app=Api(account, limit).app(),
        book=account.book,
        config=account.config(),
        identity_of=identity_of,
        expire_tokens=lambda: None,  # personal access tokens have no end
        writes=lambda method, _path: method == "DELETE",
        post_event=account.post_event,
        save_as_person=account.save_as_person,
        error_body=error_body,
        recall=lambda _kept: account.order.rebuild(),
    )


def identity_of(_stream: str, values: Mapping[str, Any]) -> list[str]:
    """Return the mails and phones of an entry."""
    mails = [str(values[ref]).strip().lower() for ref in MAILS if values.get(ref)]
    phones = ["".join(filter(str.isdigit, str(values[ref]))) for ref in PHONES if values.get(ref)]
    return [*mails, *(phone for phone in phones if phone)]


def error_body(status: int) -> dict[str, str]:
    """Return the vendor's JSON of an error."""
    code, description = ERRORS.get(status, ("INTERNAL_SERVER_ERROR", "something went wrong"))
    return {"code": code, "description": description}


@dataclass
class Api:
    """The calls of the API over one account."""

    account: Account
    limit: SlidingWindow | None
    webhooks: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Return the API."""
        return Starlette(
            routes=[
                Route("/__sim/config", self._sim_config),
                Route("/me", self._me),
                Route("/forms", self._list_forms),
                Route("/forms/{form_id}", self._form),
                Route("/forms/{form_id}/webhooks", self._webhooks),
                Route("/forms/{form_id}/webhooks/{tag}", self._webhook, methods=["GET", "PUT", "DELETE"]),
                Route("/workspaces", self._workspaces),
                Route("/themes", self._themes),
                Route("/images", self._images),
                Route("/forms/{form_id}/responses", self._responses, methods=["GET"]),
                Route("/forms/{form_id}/responses", self._delete, methods=["DELETE"]),
            ],
            exception_handlers={HTTPException: _refusal},
        )

    async def _sim_config(self, _request: Request) -> Response:
        return Json({"switches": self.account.switches, "limits": self.account.options.limits})

    async def _me(self, request: Request) -> Response:
        self._admit(request)
        return Json({"user_id": "u1", "email": "owner@example.com", "alias": "Owner", "language": "en"})

    async def _list_forms(self, request: Request) -> Response:
        self._admit(request)
        page, size = _number(request, "page", 1, math.inf), _number(request, "page_size", 10, LARGEST_FORM_PAGE)
        listed = list(self.account.forms.values())
        items = [self._listed(form) for form in listed[(page - 1) * size : page * size]]
        return Json({"total_items": len(listed), "page_count": math.ceil(len(listed) / size), "items": items})

    def _listed(self, form: Form) -> dict[str, Any]:
        """Return a form as the list shows it."""
        places = self.account.order.between(form.form_id, -math.inf, math.inf)
        made = datetime.fromtimestamp(places[0][0] if places else 0.0, UTC).isoformat().replace("+00:00", "Z")
        base = self.account.options.base_url
        return {
            "id": form.form_id,
            "title": form.title,
            "type": "form",
            "created_at": made,
            "last_updated_at": made,
            "settings": {"is_public": True, "is_trial": False},
            "self": {"href": f"{base}/forms/{form.form_id}"},
            "theme": {"href": f"{base}/themes/default"},
            "_links": {"display": f"{base}/to/{form.form_id}", "responses": f"{base}/forms/{form.form_id}/responses"},
        }

    async def _form(self, request: Request) -> Response:
        self._admit(request)
        return Json(self._found(request).definition())

    async def _webhooks(self, request: Request) -> Response:
        self._admit(request)
        form_id = self._found(request).form_id
        return Json({"items": [one for (of, _), one in self.webhooks.items() if of == form_id]})

    async def _webhook(self, request: Request) -> Response:
        """One webhook of a form. It is kept and shown; posts are set up on the control port."""
        self._admit(request)
        key = self._found(request).form_id, str(request.path_params["tag"])
        if request.method == "PUT":
            try:
                said = json.loads(await request.body())
                held = self.webhooks.get(key, {})
                facts = {"url": str(said.get("url") or held["url"]), "enabled": bool(said.get("enabled", False))}
            except (ValueError, KeyError, AttributeError):
                raise HTTPException(400) from None
            now = self.account.options.clock.now().isoformat().replace("+00:00", "Z")
            made = held.get("created_at", now)
            named = {"id": f"{key[0]}-{key[1]}", "form_id": key[0], "tag": key[1]}
            verify = bool(said.get("verify_ssl", False))
            times = {"created_at": made, "updated_at": now}
            self.webhooks[key] = {**named, **facts, "verify_ssl": verify, **times}
        if key not in self.webhooks:
            raise HTTPException(404)
        if request.method == "DELETE":
            del self.webhooks[key]
            return Bare(status_code=204)
        return Json(self.webhooks[key])

    async def _workspaces(self, request: Request) -> Response:
        """One workspace holds all forms; the hub asks for none of this, other clients of the account do."""
        self._admit(request)
        href = f"{self.account.options.base_url}/workspaces/w1"
        forms = {"href": f"{href}/forms", "count": len(self.account.forms)}
        item = {"id": "w1", "name": "My workspace", "default": True, "shared": False, "forms": forms}
        return Json({"total_items": 1, "page_count": 1, "items": [{**item, "self": {"href": href}}]})

    async def _themes(self, request: Request) -> Response:
        self._admit(request)
        return Json({"total_items": 0, "page_count": 0, "items": []})

    async def _images(self, request: Request) -> Response:
        self._admit(request)
        return Json([])

    async def _responses(self, request: Request) -> Response:
        self._admit(request)
        form_id = self._found(request).form_id
        size, query = _number(request, "page_size", USUAL_PAGE, LARGEST_PAGE), request.query_params
        if query.get("response_type", "completed") not in {"completed", "completed,partial", "partial,completed"}:
            return self._answer((), 0, size)  # nobody here left a form half filled in
        if ids := query.get("included_response_ids"):
            records = [f"{form_id}:{token}" for token in ids.split(",")]
            places = sorted((0.0, one) for one in records if self.account.order.knows(one))
            return self._answer(places[:size], len(places), size)
        if "sort" in query and ("before" in query or "after" in query):
            raise HTTPException(400)
        since, until = _time(request, "since", -math.inf), _time(request, "until", math.inf)
        until = min(until, self.account.options.clock.now().timestamp() - float(self.account.switches["lag"]))
        after, before = (self._token(form_id, query.get(name)) for name in ("after", "before"))
        left = self.account.order.between(form_id, since, until, after=after, before=before)
        oldest_first = after is not None or query.get("sort") == "submitted_at,asc"
        page = left[:size] if oldest_first else left[::-1][:size]
        whole = (
            left
            if self.account.switches["counts"] == "remaining"
            else self.account.order.between(form_id, since, until)
        )
        return self._answer(page, len(whole), size)

    async def _delete(self, request: Request) -> Response:
        self._admit(request)
        form_id = self._found(request).form_id
        for token in (request.query_params.get("included_response_ids") or "").split(","):
            if self.account.order.knows(f"{form_id}:{token}"):
                self.account.book.delete(STREAM, f"{form_id}:{token}", by="hub")
        return Json({}, 202)

    def _answer(self, page: Sequence[Place], total: int, size: int) -> Json:
        held = (self.account.book.get(STREAM, record_id) for _, record_id in page)
        items = [self.account.item(one) for one in held if one is not None]
        return Json({"total_items": total, "page_count": math.ceil(total / size), "items": items})

    def _admit(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token != self.account.token:  # the scheme's case is free; clients differ
            raise HTTPException(401)
        if self.limit is not None and (wait := self.limit.take()):
            raise HTTPException(429, headers={"Retry-After": str(math.ceil(wait))})

    def _found(self, request: Request) -> Form:
        form = self.account.forms.get(request.path_params["form_id"])
        if form is None:
            raise HTTPException(404)
        return form

    def _token(self, form_id: str, token: str | None) -> str | None:
        if token is None:
            return None
        record_id = f"{form_id}:{token}"
        held = self.account.book.get(STREAM, record_id)
        if held is None or (held.deleted_at is not None and self.account.switches["gone"] == "refused"):
            raise HTTPException(400)
        return record_id


def _number(request: Request, name: str, usual: int, largest: float) -> int:
    text = request.query_params.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= largest:
        raise HTTPException(400)
    return int(text)


def _time(request: Request, name: str, usual: float) -> float:
    """Read an ISO time or epoch seconds."""
    text = request.query_params.get(name)
    if text is None:
        return usual
    if text.isascii() and text.isdigit():
        return float(text)
    at = moment(text)
    if at is None:
        raise HTTPException(400)
    return at.timestamp()


async def _refusal(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return Json(error_body(status), status, headers)
