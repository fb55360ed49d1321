"""`/account`: what users do with their own account. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response

from console.access import accounts, acts, passwords
from console.access.accounts import NotTaken
from console.access.passwords import SHORTEST
from console.access.sign_in import Begun, sign_in
from console.access.user import User
from console.web.frame.area import Area
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.frame.visit import lasts_of, session_cookie, set_cookie, visit_of
from console.web.pages.sign_in import SIGN_IN_WAIT, comer_of
from console.web.state import in_thread, state_of
from golden_record.store.users import Account

router = APIRouter(include_in_schema=False)
AREA = Area((router,))

WRONG = {
    "password_short": N_("It needs at least 15 characters; several words make a good one."),
    "password_long": N_("It may have 256 characters at most."),
    "password_common": N_("This is one of the passwords that are tried first."),
    "password_named": N_("This is little more than a name."),
    "old": N_("This is not your password."),
    "again": N_("The two are not the same."),
}
"""What is wrong with a new password: code -> text."""


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The context of `account/account.html`."""

    account: Account


@dataclass(frozen=True, slots=True)
class PasswordPage:
    """The context of `account/password.html`. *forced*: nothing else goes before it is changed."""

    forced: bool
    wrong: str
    where: str
    shortest: int


@router.get("/account")
async def show(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """The account."""
    return render(request, "account/account.html", AccountPage(await account_of(request)))


@router.get("/account/password")
async def password_form(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """The form for another password."""
    account = await account_of(request)
    return render(request, "account/password.html", PasswordPage(account.must_change, "", "", SHORTEST))


@router.post("/account/password")
async def change_password(request: Request, _who: Annotated[User, needs(acts.OWN_ACCOUNT)]) -> Response:
    """Change one's own password; all other sessions end, and this one goes on under a new id."""
    account, state = await account_of(request), state_of(request)
    form = await form_of(request)
    old, new, again = (text_of(form, name) for name in ("old", "new", "again"))

    def work() -> tuple[str, str] | Begun:
        if not passwords.is_right(account.password, old):
            return "old", "old"
        if new != again:
            return "again", "again"
        hub = state.hub
        try:
            accounts.set_password(hub.store, account, new, must_change=False, now=hub.now())
        except NotTaken as wrong:
            return wrong.code, "new"
        begun = sign_in(hub.store, account.name, new, comer_of(request), now=hub.now(), lasts=lasts_of(state))
        return begun if isinstance(begun, Begun) else ("old", "old")

    done: Any = await in_thread(work, wait=SIGN_IN_WAIT)
    if isinstance(done, tuple):
        code, where = done
        page = PasswordPage(account.must_change, WRONG[code], where, SHORTEST)
        return render(request, "account/password.html", page, status=422)
    said = say_of(request).say(N_("Your password is changed; you are signed out everywhere else."))
    response = go_to(request, "/account", Toast(said))
    set_cookie(request, response, session_cookie(request), done.session_id)
    return response


async def account_of(request: Request) -> Account:
    """Return the account of whoever is signed in; a token has none."""
    account = (await visit_of(request)).account
    if account is None:
        raise HTTPException(404)
    return account
