"""One answer for what goes wrong: a page for people, a fragment for htmx, JSON for programs. Room: console.

JSON: `{"error": code, "message": what happened, "cure": what to do}`, for 422 also `"fields": [{"where", "what"}]`.
What was sent is never repeated in it. People read it in their language, programs in the one that `Accept-Language` asks
for (English, where it asks for none); the code is the same in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from console.access.may import Refusal
from console.web.frame.forms import Forged
from console.web.frame.language import language_of
from console.web.frame.needs import MustChange, NotSignedIn, Refused
from console.web.frame.notes import note
from console.web.frame.render import render, say_of
from console.web.frame.room_texts import say_of_room
from console.web.frame.texts import N_, Language, texts
from console.web.frame.visit import visit_of
from golden_record.errors import GoldenRecordError, LeaseHeld, NotDecidable

RETRY_AFTER: Final = "30"
FOR_PROGRAMS: Final = ("/api", "/metrics", "/healthz", "/readyz", "/webhooks")
"""Paths whose errors are JSON."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a status means: a code for programs, and for people what happened and what to do."""

    code: str
    what: str
    cure: str


MEANINGS: Final[Mapping[int, Meaning]] = {
    400: Meaning("unreadable", N_("The request cannot be read"), N_("Go back, load the page again and repeat it.")),
    401: Meaning("not_signed_in", N_("You are not signed in"), N_("Sign in and come back.")),
    403: Meaning("refused", N_("You may not do this"), N_("Ask an administrator for the role that it needs.")),
    404: Meaning("not_found", N_("There is nothing here"), N_("It may have been merged or removed. Search for it.")),
    405: Meaning("not_allowed", N_("This address takes no such request"), N_("Go back and use the page's buttons.")),
    409: Meaning(
        "changed_meanwhile", N_("This has changed meanwhile"), N_("Load the page again and see how it stands now.")
    ),
    413: Meaning("too_large", N_("That is too much at once"), N_("Send less, or in several parts.")),
    415: Meaning("wrong_type", N_("This kind of content is not taken"), N_("Send the form of the page.")),
    422: Meaning("invalid", N_("Something in it cannot be used"), N_("Correct what is marked and send it again.")),
    429: Meaning("too_often", N_("Too many tries"), N_("Wait a while, then try again.")),
    500: Meaning(
        "internal", N_("The hub made a mistake"), N_("Try again; if it comes back, tell whoever runs the hub.")
    ),
    503: Meaning("away", N_("The hub cannot do this at the moment"), N_("Nothing was changed. Try again in a moment.")),
}

_REFUSALS: Final[Mapping[Refusal, str]] = {
    Refusal.ROLE: N_("None of your roles allows this"),
    Refusal.SCOPE: N_("The token is not good for this"),
    Refusal.DEPARTMENT: N_("This belongs to another department"),
    Refusal.FIELD: N_("You may not see sensitive fields"),
}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """The context of `frame/error.html` and `frame/error_toast.html`."""

    status: int
    title: str
    message: str
    cure: str


def answer_of(  # noqa: PLR0913 (what an error can say)
    request: Request,
    status: int,
    *,
    code: str = "",
    message: str = "",
    cure: str = "",
    fields: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer to an error; what is not given is what its status means."""
    meaning = MEANINGS.get(status) or MEANINGS[500 if status >= 500 else 400]  # noqa: PLR2004 (statuses)
    if request.url.path.startswith(FOR_PROGRAMS):
        asked = language_of((), request.headers.get("accept-language", ""))
        body = {
            "error": code or meaning.code,
            "message": _in_words(asked, message or meaning.what),
            "cure": _in_words(asked, cure or meaning.cure),
        }
        return JSONResponse(body | ({"fields": [*fields]} if fields else {}), status, headers)
    language = say_of(request).language
    page = ErrorPage(
        status,
        _in_words(language, meaning.what),
        _in_words(language, message),
        _in_words(language, cure or meaning.cure),
    )
    if request.headers.get("hx-request") == "true":
        into = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend", **(headers or {})}
        return render(request, "frame/error_toast.html", page, status=status, headers=into)
    return render(request, "frame/error.html", page, status=status, headers=headers)


def _in_words(language: Language, text: str) -> str:
    """Translate a text of these pages or of a room; what is neither stays as it is."""
    said = texts(language).say(text)
    return said if said != text else say_of_room(language, text) or text


def add_handlers(app: FastAPI) -> None:
    """Let the app answer every error in this shape."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(GoldenRecordError, _golden_record)
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(MustChange, _must_change)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Forged, _forged)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 (what it was registered for)
    if not request.url.path.startswith(FOR_PROGRAMS):
        await visit_of(request)
    said = error.detail if isinstance(error.detail, str) and not _is_phrase(error.status_code, error.detail) else ""
    return answer_of(request, error.status_code, message=said, headers=error.headers)


def _is_phrase(status: int, detail: str) -> bool:
    """Whether the detail is only HTTP's own words for the status."""
    return detail == HTTPException(status).detail


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (likewise)
    fields = [
        {"where": ".".join(str(part) for part in one["loc"])[:200], "what": str(one["msg"])[:200]}
        for one in error.errors()[:20]
    ]
    return answer_of(request, 422, fields=fields)


async def _golden_record(request: Request, error: Exception) -> Response:
    assert isinstance(error, GoldenRecordError)  # noqa: S101 (likewise)
    if isinstance(error, (NotDecidable, LeaseHeld)):
        return answer_of(request, 409, code=error.code, message=error.what, cure=error.cure)
    headers = {"Retry-After": RETRY_AFTER}
    return answer_of(request, 503, code=error.code, message=error.what, cure=error.cure, headers=headers)


async def _not_signed_in(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith(FOR_PROGRAMS):
        said = "a token is needed: crmhub users token NAME"
        return answer_of(request, 401, message=said, headers={"WWW-Authenticate": "Bearer"})
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in?next=" + quote(_here(request), safe="")})
    if request.method != "GET":
        return RedirectResponse("/sign-in?ended=yes", 303)
    return RedirectResponse("/sign-in?next=" + quote(_here(request), safe=""), 303)


def _here(request: Request) -> str:
    """Return the page that the user is on: of an htmx request, the one around it."""
    if request.headers.get("hx-request") == "true":
        address = request.headers.get("hx-current-url", "")
        return "/" + address.split("://", 1)[-1].partition("/")[2]
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _must_change(request: Request, _error: Exception) -> Response:
    if request.url.path.startswith(FOR_PROGRAMS):
        return answer_of(request, 403, code="must_change", message="choose a password of your own first: /account")
    if request.headers.get("hx-request") == "true":
        return Response(status_code=403, headers={"HX-Redirect": "/account/password"})
    return RedirectResponse("/account/password", 303)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 (likewise)
    await note(request, "refused", act=error.act.name, why=error.why.value, path=request.url.path[:200])
    return answer_of(request, 403, code=f"refused_{error.why}", message=_REFUSALS[error.why])


async def _forged(request: Request, _error: Exception) -> Response:
    await note(request, "forged", path=request.url.path[:200])
    message = N_("This form was not sent from a page of yours, or the page is of an older session")
    return answer_of(
        request, 403, code="forged", message=message, cure=N_("Load the page again; what you typed must be typed anew.")
    )
