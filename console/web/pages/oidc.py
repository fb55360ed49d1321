"""`/sign-in/oidc`: to the organisation's own sign-in, and back. Room: console.

What must come back is sealed into a cookie that lives for ten minutes; nothing is kept here before it has.
"""

from __future__ import annotations

import base64
import logging
from dataclasses import asdict, dataclass
from typing import Any, Final

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from console.access import oidc
from console.access.oidc import Journey, NotKnownThere
from console.access.sign_in import Begun
from console.web.frame.area import Area
from console.web.frame.needs import open_to_all
from console.web.frame.render import render
from console.web.frame.texts import N_
from console.web.frame.visit import lasts_of, session_cookie, set_cookie, visit_of
from console.web.pages.sign_in import comer_of, safe_path
from console.web.state import State, in_thread, state_of
from flows.hub_config import Oidc
from golden_record.errors import KeyTrouble

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)
AREA = Area((router,))

COOKIE: Final = "crmhub_journey"
TEN_MINUTES: Final = 600
WAIT: Final = 30.0
"""Seconds that the provider's answers may take together."""
_PLACE: Final = "console.journey"

WHY: Final = {
    "provider": N_("The sign-in of your organisation does not answer. Try again in a moment."),
    "answer": N_("The answer of your organisation's sign-in cannot be trusted. Begin anew."),
    "forged": N_("This is not the sign-in that was begun here. Begin anew."),
    "roles": N_("Your organisation gives you no role here. Ask whoever manages its groups."),
    "name": N_("Your name belongs to another account here. Ask an administrator."),
    "disabled": N_("This account is disabled. Ask an administrator."),
}
"""Why nobody was signed in: code -> text."""


@dataclass(frozen=True, slots=True)
class NotSignedInPage:
    """The context of `account/not_signed_in.html`."""

    message: str


@router.get("/sign-in/oidc", dependencies=[open_to_all("it leads to where people sign in")])
async def leave(request: Request, next: str = "") -> Response:  # noqa: A002 (its name in the address)
    """Send somebody to the provider."""
    await visit_of(request)
    state, config = state_of(request), _config(request)

    def work() -> Journey:
        return oidc.begun_journey(config, oidc.provider_of(config), _back(request))

    try:
        journey = await in_thread(work, wait=WAIT)
    except NotKnownThere as wrong:
        return _not_signed_in(request, wrong)
    response = RedirectResponse(journey.address, 303)
    set_cookie(request, response, COOKIE, _sealed(state, journey, safe_path(next)), seconds=TEN_MINUTES)
    return response


@router.get("/sign-in/oidc/callback", dependencies=[open_to_all("the provider sends people back here")])
async def come_back(request: Request, code: str = "", state: str = "") -> Response:
    """Begin the session of whoever the provider vouches for."""
    await visit_of(request)
    here, config = state_of(request), _config(request)
    remembered = _opened(here, request.cookies.get(COOKIE, ""))
    if remembered is None:
        return _not_signed_in(request, NotKnownThere("forged"))
    journey, following = remembered

    def work() -> Begun:
        hub, back = here.hub, _back(request)
        claims = oidc.claims_of(config, oidc.provider_of(config), journey, code, state, back)
        return oidc.sign_in_there(hub.store, config, claims, comer_of(request), now=hub.now(), lasts=lasts_of(here))

    try:
        begun = await in_thread(work, wait=WAIT)
    except NotKnownThere as wrong:
        return _not_signed_in(request, wrong)
    response = RedirectResponse(following, 303)
    set_cookie(request, response, session_cookie(request), begun.session_id)
    set_cookie(request, response, COOKIE, "")
    return response


def _config(request: Request) -> Oidc:
    config = state_of(request).hub.project.hub.console.oidc
    if config is None:
        raise HTTPException(404)
    return config


def _back(request: Request) -> str:
    public = state_of(request).hub.project.hub.public_url
    return (public.rstrip("/") if public else str(request.base_url).rstrip("/")) + "/sign-in/oidc/callback"


def _not_signed_in(request: Request, wrong: NotKnownThere) -> Response:
    log.info("nobody was signed in through OpenID Connect (%s)", wrong.code)
    status = 503 if wrong.code == "provider" else 403
    response = render(request, "account/not_signed_in.html", NotSignedInPage(WHY[wrong.code]), status=status)
    set_cookie(request, response, COOKIE, "")
    return response


def _sealed(state: State, journey: Journey, following: str) -> str:
    sealed = state.hub.store.vault.seal(_PLACE, "", {**asdict(journey), "address": "", "next": following})
    return base64.urlsafe_b64encode(sealed).decode()


def _opened(state: State, cookie: str) -> tuple[Journey, str] | None:
    try:
        said: dict[str, Any] = state.hub.store.vault.open(_PLACE, "", base64.urlsafe_b64decode(cookie))
    except (ValueError, KeyTrouble, IndexError):
        return None
    following = safe_path(str(said.pop("next")))
    return Journey(**said), following
