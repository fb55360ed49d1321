"""A simulator of Google Forms: token calls, forms, responses, and the Pub/Sub messages of a watch.

Switches:

    order   oldest_first (default) | newest_first: in which order a list gives responses
    mail    collected (default) | not_collected: whether a response shows the respondent's address
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.consent import Codes
from connectors.sandboxes.contract import Change, PostOut, Sandbox, SandboxOptions
from connectors.sandboxes.switches import Known
from connectors.web_forms.progress import moment
from connectors.web_forms.sandbox.collected import STREAM, Collected, form_of, made_up_id, number_of
from connectors.web_forms.sandbox.forms import QUESTIONS, Form
from connectors.web_forms.sandbox.typeform import identity_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from connectors.sandboxes.book import Stored

SWITCHES: Known = {"order": ("oldest_first", "newest_first"), "mail": ("collected", "not_collected")}
LARGEST_PAGE = 5000
TOKEN_SECONDS = 3599
CLIENT_ID = "crmhub.apps.example"
LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789_-"
ERRORS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
YES, NO = "同意", "不同意"


def build(options: SandboxOptions) -> Sandbox:
    """Return one simulated account with two forms and the population's responses."""
    form_ids = (made_up_id(options.seed, "g1", LETTERS, 44), made_up_id(options.seed, "g2", LETTERS, 44))
    account = Collected(options, "google_forms", SWITCHES, form_ids)
    api, key = Api(account), account.secret("post")
    settings = {
        "base_url": options.base_url,
        "token_url": f"{options.base_url}/token",
        "client_id": CLIENT_ID,
        "client_secret": account.secret("client"),
        "refresh_token": account.secret("refresh"),
        "secrets": [key],
        "names": {question(ref): ref for ref in QUESTIONS},
    }
    return Sandbox(
        name="web_forms",
        app=api.app(),
        book=account.book,
        config=account.config(settings, question("consent")),
        identity_of=identity_of,
        expire_tokens=api.tokens.clear,
        writes=lambda _method, _path: False,
        post_event=lambda url, change: api.post_event(f"{url}{'&' if '?' in url else '?'}key={key}", change),
        save_as_person=account.save_as_person,
        error_body=error_body,
        recall=account.recall,
    )


def question(ref: str) -> str:
    """Return the opaque id of a question."""
    return hashlib.sha256(f"question/{ref}".encode()).hexdigest()[:8]


def error_body(status: int) -> dict[str, Any]:
    """Return the vendor's JSON of an error."""
    return {"error": {"code": status, "message": "refused", "status": ERRORS.get(status, "UNAVAILABLE")}}


class Api:
    """The calls over one account."""

    def __init__(self, account: Collected) -> None:
        self.account = account
        self.tokens: dict[str, float] = {}
        self.codes = Codes(account.options.clock, CLIENT_ID)
        self._issued = 0

    def app(self) -> Starlette:
        """Return the API."""
        return Starlette(
            routes=[
                Route("/__sim/config", self._sim_config),
                Route("/token", self._token, methods=["POST"]),
                Route("/o/oauth2/v2/auth", self._consent),
                Route("/v1/forms/{form_id}", self._form),
                Route("/v1/forms/{form_id}/responses", self._responses),
                Route("/v1/forms/{form_id}/responses/{response_id}", self._response),
            ],
            exception_handlers={HTTPException: _refusal},
        )

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the Pub/Sub message of a new or an edited response: it names the form alone."""
        held = self.account.book.get(STREAM, change.record_id)
        if held is None or change.kind not in {"create", "update"}:
            return None
        about = {"eventType": "RESPONSES", "formId": form_of(held), "watchId": "w1"}
        message_id = str(int(hashlib.sha256(f"{change.record_id}:{held.version}".encode()).hexdigest()[:12], 16))
        message = {"attributes": about, "messageId": message_id, "publishTime": stamp(change.at)}
        body = orjson.dumps({"message": message, "subscription": "projects/p/subscriptions/hub"})
        return PostOut(url, {"Content-Type": "application/json"}, body)

    async def _sim_config(self, _request: Request) -> Response:
        return Json({"switches": self.account.switches, "limits": self.account.options.limits})

    async def _token(self, request: Request) -> Response:
        given = {key: values[-1] for key, values in parse_qs((await request.body()).decode()).items()}
        if given.get("client_secret") != self.account.secret("client"):
            return Json({"error": "invalid_client"}, 401)
        by_code = given.get("grant_type") == "authorization_code"
        if not (self.codes.redeem(given) if by_code else given.get("refresh_token") == self.account.secret("refresh")):
            return Json({"error": "invalid_grant"}, 400)
        self._issued += 1
        token = self.account.secret(f"access {self._issued}")
        self.tokens[token] = self.account.options.clock.now().timestamp() + TOKEN_SECONDS
        lasting = {"refresh_token": self.account.secret("refresh")} if by_code else {}
        return Json({"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer", **lasting})

    async def _consent(self, request: Request) -> Response:
        """The owner agrees at once; the browser is sent back with a code."""
        back = self.codes.agreed(request.query_params)
        return Json({"error": "invalid_client"}, 400) if back is None else RedirectResponse(back, 302)

    async def _form(self, request: Request) -> Response:
        form = self._found(request)
        items = [
            {"itemId": ref, "title": QUESTIONS[ref][2], "questionItem": {"question": {"questionId": question(ref)}}}
            for ref in form.refs
        ]
        return Json({"formId": form.form_id, "info": {"title": form.title}, "items": items})

    async def _responses(self, request: Request) -> Response:
        form, query = self._found(request), request.query_params
        size = min(LARGEST_PAGE, int(query.get("pageSize", LARGEST_PAGE)))
        found = self.account.entries(form.form_id)
        if "filter" in query:
            name, sign, text = [*query["filter"].split(" ", 2), "", ""][:3]
            since = moment(text)
            if name != "timestamp" or sign not in {">", ">="} or since is None:
                raise HTTPException(400)
            found = [one for one in found if one.modified_at >= since]
        found.sort(key=lambda one: one.modified_at, reverse=self.account.switches["order"] == "newest_first")
        start = int(query.get("pageToken", "p0")[1:])
        page = [self.item(one) for one in found[start : start + size]]
        body: dict[str, Any] = {"responses": page} if page else {}  # absent, not empty
        return Json(body | ({"nextPageToken": f"p{start + size}"} if start + size < len(found) else {}))

    async def _response(self, request: Request) -> Response:
        form = self._found(request)
        wanted = request.path_params["response_id"]
        held = next((one for one in self.account.entries(form.form_id) if response_id(one) == wanted), None)
        if held is None:
            raise HTTPException(404)
        return Json({"formId": form.form_id, **self.item(held)})

    def item(self, held: Stored) -> dict[str, Any]:
        """Return a response; unanswered questions are absent."""
        answered = {
            question(ref): {
                "questionId": question(ref),
                "textAnswers": {"answers": [{"value": one} for one in _texts(value)]},
            }
            for ref, value in held.values.items()
            if ref in QUESTIONS and value not in (None, "", [])
        }
        mail = held.values.get("email") if self.account.switches["mail"] == "collected" else None
        return {
            "responseId": response_id(held),
            "createTime": stamp(held.created_at),
            "lastSubmittedTime": stamp(held.modified_at),
            **({"respondentEmail": mail} if mail else {}),
            "answers": answered,
        }

    def _found(self, request: Request) -> Form:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0.0) <= self.account.options.clock.now().timestamp():
            raise HTTPException(401)
        form = self.account.forms.get(request.path_params["form_id"])
        if form is None:
            raise HTTPException(404)
        return form


def response_id(held: Stored) -> str:
    """Return the opaque id of a response."""
    return f"ACYDBN{hashlib.sha256(held.record_id.encode()).hexdigest()[:20]}{number_of(held)}"


def stamp(at: datetime) -> str:
    """Return a time as the vendor writes it: UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _texts(value: Any) -> list[str]:  # noqa: ANN401 (an answer of any kind)
    if isinstance(value, bool):
        return [YES if value else NO]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


async def _refusal(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    said: Mapping[str, Any] = error_body(status)
    return Json(said, status)
