"""`/account`: what users do with their own account: password, second factor, sessions. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, HTTPException, Request, Response

from console.access import accounts, acts, passwords, second_factor
from console.access.accounts import NotTaken
from console.access.passwords import SHORTEST
from console.access.sign_in import Begun, begin
from console.access.user import User
from console.web.frame.area import Area
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.frame.visit import idle_of, lasts_of, session_cookie, set_cookie, visit_of
from console.web.pages.sign_in import SIGN_IN_WAIT, comer_of
from console.web.state import in_thread, state_of
from golden_record.store import user_sessions
from golden_record.store.user_sessions import Session
from golden_record.store.users import Account

router = APIRouter(include_in_schema=False)
AREA = Area((router,))

WRONG: Final = {
    "password_short": N_("It needs at least 15 characters; several words make a good one."),
    "password_long": N_("It may have 256 characters at most."),
    "password_common": N_("This is one of the passwords that are tried first."),
    "password_named": N_("This is little more than a name."),
    "old": N_("This is not your password."),
    "again": N_("The two are not the same."),
    "code": N_("The code is not right. Take the one that is shown now."),
}
"""What is wrong with what was typed: code -> text."""


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The context of `account/account.html`. *here*: the digest of the session that looks."""

    account: Account
    sessions: tuple[Session, ...]
    here: bytes


@dataclass(frozen=True, slots=True)
class PasswordPage:
    """The context of `account/password.html`. *forced*: nothing else goes before it is changed."""

    forced: bool
    wrong: str
    where: str
    shortest: int


@dataclass(frozen=True, slots=True)
class TotpPage:
    """The context of `account/totp.html`: a secret that is not in force yet, as a picture and as text."""

    on: bool
    secret: str
    picture: str
    wrong: str
    where: str


@dataclass(frozen=True, slots=True)
class RecoveryPage:
    """The context of `account/recovery.html`."""

    codes: tuple[str, ...]


@router.get("/account")
async def show(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """The account, and where it is signed in."""
    account, state, visit = await account_of(request), state_of(request), await visit_of(request)

    def read() -> list[Session]:
        with state.hub.store.read() as connection:
            return user_sessions.of_user(connection, account.user_id, state.hub.now(), idle_of(state))

    sessions = tuple(one for one in await in_thread(read) if one.state == user_sessions.OPEN)
    here = visit.session.digest if visit.session is not None else b""
    return render(request, "account/account.html", AccountPage(account, sessions, here))


@router.get("/account/password")
async def password_form(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """The form for another password."""
    account = await account_of(request)
    return render(request, "account/password.html", PasswordPage(account.must_change, "", "", SHORTEST))


@router.post("/account/password")
async def change_password(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """Change one's own password; all other sessions end, and this one goes on under a new id."""
    account, state, visit = await account_of(request), state_of(request), await visit_of(request)
    form = await form_of(request)
    old, new, again = (text_of(form, name) for name in ("old", "new", "again"))
    how = visit.session.how if visit.session is not None else "password"

    def work() -> tuple[str, str] | Begun:
        if not passwords.is_right(account.password, old):
            return "old", "old"
        if new != again:
            return "again", "again"
        hub = state.hub
        try:
            accounts.set_password(hub.store, account, new, must_change=False, by=account.name, now=hub.now())
        except NotTaken as wrong:
            return wrong.code, "new"
        with hub.store.write() as connection:
            comer, lasts = comer_of(request), lasts_of(state)
            return begin(connection, hub.store, account, comer, how=how, now=hub.now(), lasts=lasts)

    done: Any = await in_thread(work, wait=SIGN_IN_WAIT)
    if isinstance(done, tuple):
        code, where = done
        page = PasswordPage(account.must_change, WRONG[code], where, SHORTEST)
        return render(request, "account/password.html", page, status=422)
    said = say_of(request).say(N_("Your password is changed; you are signed out everywhere else."))
    response = go_to(request, "/account", Toast(said))
    set_cookie(request, response, session_cookie(request), done.session_id)
    return response


@router.get("/account/totp")
async def totp_form(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """A new secret to scan, or the form that takes the second factor away."""
    account = await account_of(request)
    return render(request, "account/totp.html", _totp_page(account, second_factor.new_secret()))


@router.post("/account/totp")
async def set_totp(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """Put the scanned secret in force once a code of it and the password are right; recovery codes are shown once."""
    account, state = await account_of(request), state_of(request)
    form = await form_of(request)
    secret = text_of(form, "secret")
    if account.totp is not None or not second_factor.is_secret(secret):
        raise HTTPException(409)

    def work() -> str | list[str]:
        hub = state.hub
        if not passwords.is_right(account.password, text_of(form, "old")):
            return "old"
        if second_factor.step_of(secret, text_of(form, "code"), hub.now()) is None:
            return "code"
        codes = second_factor.new_recovery_codes()
        digests = [second_factor.recovery_digest(hub.store.vault, account.user_id, one) for one in codes]
        accounts.set_second_factor(hub.store, account, secret, digests, by=account.name, now=hub.now())
        return codes

    done = await in_thread(work, wait=SIGN_IN_WAIT)
    if isinstance(done, str):
        return render(request, "account/totp.html", _totp_page(account, secret, done), status=422)
    return render(request, "account/recovery.html", RecoveryPage(tuple(done)))


@router.post("/account/totp/remove")
async def remove_totp(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """Take the second factor away, against the password."""
    account, state = await account_of(request), state_of(request)
    old = text_of(await form_of(request), "old")

    def work() -> bool:
        if not passwords.is_right(account.password, old):
            return False
        accounts.set_second_factor(state.hub.store, account, None, by=account.name, now=state.hub.now())
        return True

    if not await in_thread(work, wait=SIGN_IN_WAIT):
        return render(request, "account/totp.html", _totp_page(account, "", "old"), status=422)
    return go_to(request, "/account", Toast(say_of(request).say(N_("The second factor is off."))))


@router.post("/account/sessions/end")
async def end_sessions(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """End all one's sessions but this one."""
    account, state, visit = await account_of(request), state_of(request), await visit_of(request)
    here = visit.session.digest if visit.session is not None else None

    def work() -> int:
        return accounts.end_sessions(state.hub.store, account, but=here, by=account.name, now=state.hub.now())

    await in_thread(work)
    return go_to(request, "/account", Toast(say_of(request).say(N_("You are signed out everywhere else."))))


async def account_of(request: Request) -> Account:
    """Return the account of whoever is signed in; a token has none."""
    account = (await visit_of(request)).account
    if account is None:
        raise HTTPException(404)
    return account


def _totp_page(account: Account, secret: str, wrong: str = "") -> TotpPage:
    on = account.totp is not None
    shown = "" if on else secret
    picture = second_factor.picture_of(second_factor.address_of(shown, account.name)) if shown else ""
    return TotpPage(on, shown, picture, WRONG.get(wrong, ""), wrong)
