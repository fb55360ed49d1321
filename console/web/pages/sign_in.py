"""`/sign-in`, `/sign-out`, and the choice of language and colours. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from console.access import acts
from console.access.may import may
from console.access.sign_in import Begun, Comer, Failed, give_code, sign_in
from console.access.user import User
from console.web.frame.area import Area, menu
from console.web.frame.forms import check_form, form_of, text_of
from console.web.frame.language import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from console.web.frame.needs import needs, open_to_all
from console.web.frame.render import render
from console.web.frame.texts import LANGUAGES, N_
from console.web.frame.visit import lasts_of, session_cookie, set_cookie, visit_of
from console.web.state import State, in_thread, state_of
from golden_record.store import act_notes, user_sessions, users

router = APIRouter(include_in_schema=False)
AREA = Area((router,))

A_YEAR: Final = int(timedelta(days=365).total_seconds())
SIGN_IN_WAIT: Final = 15.0
"""Seconds: checking passwords takes its time on purpose, and others may be signing in as well."""
_LONGEST: Final = 2000


@dataclass(frozen=True, slots=True)
class CodePage:
    """The context of `account/code.html`."""

    following: str
    message: str


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The context of `account/sign_in.html`."""

    name: str
    following: str
    message: str
    kind: str
    elsewhere: bool


@router.get("/sign-in", dependencies=[open_to_all("it is where people sign in")])
async def show(request: Request, next: str = "", ended: str = "", again: str = "") -> Response:  # noqa: A002 (its name)
    """The form; who is signed in already goes on, who has still to give a code is asked for it."""
    visit = await visit_of(request)
    if visit.open:
        return RedirectResponse(safe_path(next), 303)
    if visit.session is not None and not again:
        return RedirectResponse("/sign-in/code?" + urlencode({"next": safe_path(next)}), 303)
    message = N_("Your session has ended. Sign in again; what was not sent must be typed anew.") if ended else ""
    return render(
        request, "account/sign_in.html", SignInPage("", safe_path(next), message, "info", _elsewhere(request))
    )


@router.post("/sign-in", dependencies=[open_to_all("it is where people sign in")])
async def send(request: Request) -> Response:
    """Sign in. 422 with the form again where name or password are wrong, 429 where it has to wait."""
    visit = await visit_of(request)
    await check_form(request, visit)
    form = await form_of(request)
    state = state_of(request)
    name, following = text_of(form, "name"), safe_path(text_of(form, "next"))
    comer = comer_of(request)

    def work() -> Begun | Failed:
        hub = state.hub
        return sign_in(hub.store, name, text_of(form, "password"), comer, now=hub.now(), lasts=lasts_of(state))

    done = await in_thread(work, wait=SIGN_IN_WAIT)
    if done is Failed.WAIT:
        message = N_("There were too many tries. Wait a few minutes, then try again.")
        return render(
            request,
            "account/sign_in.html",
            SignInPage(name[:120], following, message, "bad", _elsewhere(request)),
            status=429,
        )
    if isinstance(done, Failed):
        message = N_("Name or password are not right.")
        return render(
            request,
            "account/sign_in.html",
            SignInPage(name[:120], following, message, "bad", _elsewhere(request)),
            status=422,
        )
    onward = "/sign-in/code?" + urlencode({"next": following}) if done.awaits_code else following
    response = RedirectResponse(onward, 303)
    set_cookie(request, response, session_cookie(request), done.session_id)
    return response


@router.get("/sign-in/code", dependencies=[open_to_all("who has given the password gives the code here")])
async def code_form(request: Request, next: str = "") -> Response:  # noqa: A002 (its name in the address)
    """The form for the second factor."""
    visit = await visit_of(request)
    if visit.open or visit.session is None:
        return RedirectResponse(safe_path(next) if visit.open else "/sign-in", 303)
    return render(request, "account/code.html", CodePage(safe_path(next), ""))


@router.post("/sign-in/code", dependencies=[open_to_all("who has given the password gives the code here")])
async def send_code(request: Request) -> Response:
    """Sign in with the second factor: a code of the app, or a recovery code."""
    visit, state = await visit_of(request), state_of(request)
    await check_form(request, visit)
    form = await form_of(request)
    account, session, following = visit.account, visit.session, safe_path(text_of(form, "next"))
    if visit.open or account is None or session is None:
        return RedirectResponse(following if visit.open else "/sign-in", 303)
    code, comer = text_of(form, "code")[:40], comer_of(request)

    def work() -> Begun | Failed:
        hub = state.hub
        return give_code(hub.store, account, session, code, comer, now=hub.now(), lasts=lasts_of(state))

    done = await in_thread(work)
    if done is Failed.WAIT:
        message = N_("There were too many tries. Wait a few minutes, then try again.")
        return render(request, "account/code.html", CodePage(following, message), status=429)
    if isinstance(done, Failed):
        message = N_("The code is not right. Take the one that is shown now.")
        return render(request, "account/code.html", CodePage(following, message), status=422)
    response = RedirectResponse(following, 303)
    set_cookie(request, response, session_cookie(request), done.session_id)
    return response


@router.post("/sign-out")
async def sign_out(request: Request, who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """End this session."""
    state, visit = state_of(request), await visit_of(request)

    def work() -> None:
        if visit.session is not None:
            with state.hub.store.write() as connection:
                user_sessions.end(connection, visit.session.digest)
                act_notes.note(connection, state.hub.store.vault, "sign_out", who=who.name, at=state.hub.now())

    await in_thread(work)
    response = RedirectResponse("/sign-in", 303)
    set_cookie(request, response, session_cookie(request), "")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@router.post("/preferences", dependencies=[open_to_all("language and colours are nobody's secret")])
async def prefer(request: Request) -> Response:
    """Keep the choice of language and colours, and go back to where it was made."""
    visit = await visit_of(request)
    await check_form(request, visit)
    form = await form_of(request)
    response = RedirectResponse(safe_path(text_of(form, "next")), 303)
    language, theme = text_of(form, "language"), text_of(form, "theme")
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR, path="/", samesite="lax", httponly=True)
        if visit.account is not None:
            await in_thread(_keep_language, state_of(request), visit.account.user_id, language)
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, path="/", samesite="lax", httponly=True)
    return response


@router.get("/")
async def home(who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """Go to the first page of the menu that the user may see."""
    first = next((entry.path for entry in menu() if may(who, entry.act)), "/account")
    return RedirectResponse(first, 303)


def comer_of(request: Request) -> Comer:
    """Return from where a request comes."""
    address = request.client.host if request.client is not None else ""
    return Comer(address, request.headers.get("user-agent", "")[:120])


def safe_path(said: str) -> str:
    r"""Return a path of this hub; anything that leads elsewhere becomes the first page.

    >>> safe_path("/reviews?kind=value"), safe_path("//evil"), safe_path("https://evil"), safe_path("/\\evil")
    ('/reviews?kind=value', '/', '/', '/')
    """
    ours = said.startswith("/") and not said.startswith(("//", "/\\")) and len(said) <= _LONGEST
    return said if ours and said.isprintable() and not said.startswith("/sign-") else "/"


def _elsewhere(request: Request) -> bool:
    """Whether people may sign in through their organisation's provider."""
    return state_of(request).hub.project.hub.console.oidc is not None


def _keep_language(state: State, user_id: str, language: str) -> None:
    with state.hub.store.write() as connection:
        users.change(connection, user_id, {"language": language})
