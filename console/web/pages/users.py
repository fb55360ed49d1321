"""`/users`: who may come in, with which roles; and tokens of the API. Room: console."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Request, Response
from starlette.datastructures import FormData

from console.access import accounts, acts
from console.access.accounts import NotTaken
from console.access.user import Role, Scope, User
from console.web.frame.area import Area, NavEntry
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.pages.sign_in import SIGN_IN_WAIT
from console.web.state import in_thread, state_of
from golden_record.store import api_tokens, users
from golden_record.store.api_tokens import ApiToken
from golden_record.store.users import Account

router = APIRouter(include_in_schema=False)
AREA = Area((router,), (NavEntry("/users", N_("Users"), acts.MANAGE_USERS, order=90, key="u", icon="users"),))

Admin = Annotated[User, needs(acts.MANAGE_USERS)]

WRONG: Final = {
    "name": N_("A name has letters, digits and . @ + - _ only, 120 at most."),
    "used": N_("There is a user of this name already."),
    "last_admin": N_("This is the only administrator left. Make another one first."),
    "token_name": N_("Give it a name of 1 to 120 letters."),
    "roles": N_("Choose at least one role."),
    "scopes": N_("Choose what it is good for."),
    "days": N_("Give a number of days from 1 to 3650, or none."),
}
"""What does not go: code -> text."""


@dataclass(frozen=True, slots=True)
class UsersPage:
    """The context of `users/list.html`. *made*: a password or token that is shown this once, and whose it is."""

    accounts: tuple[Account, ...]
    tokens: tuple[ApiToken, ...]
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    departments: tuple[str, ...]
    wrong: str
    made: str
    made_for: str


@dataclass(frozen=True, slots=True)
class UserPage:
    """The context of `users/one.html`."""

    account: Account
    roles: tuple[str, ...]
    departments: tuple[str, ...]
    wrong: str
    made: str


@router.get("/users", dependencies=[needs(acts.MANAGE_USERS)])
async def every(request: Request) -> Response:
    """All users and tokens."""
    return await _list(request)


@router.post("/users")
async def add(request: Request, who: Admin) -> Response:
    """Add a user; the password is made here and shown once, to be handed over and changed."""
    form, hub = await form_of(request), state_of(request).hub
    roles, departments = _roles(form), _departments(form)
    password = secrets.token_urlsafe(18)
    name, shown, sensitive = text_of(form, "name"), text_of(form, "shown"), text_of(form, "sensitive") == "yes"
    if not roles:
        return await _list(request, wrong="roles")

    def work() -> str:
        return accounts.add_user(
            hub.store,
            name,
            password=password,
            roles=roles,
            departments=departments,
            sensitive=sensitive,
            shown=shown,
            must_change=True,
            by=who.name,
            now=hub.now(),
        )

    try:
        await in_thread(work, wait=SIGN_IN_WAIT)
    except NotTaken as wrong:
        return await _list(request, wrong=wrong.code)
    return await _list(request, made=password, made_for=name.strip())


@router.post("/users/tokens")
async def make_token(request: Request, who: Admin) -> Response:
    """Make a token; it is shown once."""
    form, hub = await form_of(request), state_of(request).hub
    scopes = [Scope(one) for one in form.getlist("scope") if one in set(Scope)]
    days = text_of(form, "days").strip()
    if not scopes:
        return await _list(request, wrong="scopes")
    if days and not (days.isascii() and days.isdigit() and 1 <= int(days[:5]) <= 3650):  # noqa: PLR2004 (ten years)
        return await _list(request, wrong="days")
    ends_at = hub.now() + timedelta(days=int(days)) if days else None
    name = text_of(form, "name")
    try:
        made = await in_thread(
            lambda: accounts.make_token(hub.store, name, scopes, ends_at, by=who.name, now=hub.now())
        )
    except NotTaken as wrong:
        return await _list(request, wrong=wrong.code)
    return await _list(request, made=made, made_for=name.strip())


@router.post("/users/tokens/{token_id}/revoke")
async def revoke_token(token_id: str, request: Request, who: Admin) -> Response:
    """Revoke a token; it stops working at once."""
    hub = state_of(request).hub
    if not await in_thread(lambda: accounts.revoke_token(hub.store, token_id, by=who.name, now=hub.now())):
        raise HTTPException(409)
    return go_to(request, "/users", Toast(say_of(request).say(N_("The token is revoked."))))


@router.get("/users/{user_id}", dependencies=[needs(acts.MANAGE_USERS)])
async def one(user_id: str, request: Request) -> Response:
    """One user."""
    return _one(request, await _account(request, user_id))


@router.post("/users/{user_id}/roles")
async def roles(user_id: str, request: Request, who: Admin) -> Response:
    """Give a user these roles and departments, and no others."""
    form, account, hub = await form_of(request), await _account(request, user_id), state_of(request).hub
    wanted, departments = _roles(form), _departments(form)
    sensitive = text_of(form, "sensitive") == "yes"
    if not wanted:
        return _one(request, account, wrong="roles")

    def work() -> None:
        accounts.set_roles(hub.store, account, wanted, by=who.name, now=hub.now())
        accounts.set_departments(hub.store, account, departments, sensitive=sensitive, by=who.name, now=hub.now())

    return await _done(request, account, work)


@router.post("/users/{user_id}/password")
async def password(user_id: str, request: Request, who: Admin) -> Response:
    """Make another password, shown once; the user's sessions end, and the user must change it."""
    account, hub, made = await _account(request, user_id), state_of(request).hub, secrets.token_urlsafe(18)
    await in_thread(
        lambda: accounts.set_password(hub.store, account, made, must_change=True, by=who.name, now=hub.now()),
        wait=SIGN_IN_WAIT,
    )
    return _one(request, await _account(request, user_id), made=made)


@router.post("/users/{user_id}/totp")
async def totp(user_id: str, request: Request, who: Admin) -> Response:
    """Take a lost second factor away."""
    account, hub = await _account(request, user_id), state_of(request).hub
    return await _done(
        request,
        account,
        lambda: accounts.set_second_factor(hub.store, account, None, by=who.name, now=hub.now()),
    )


@router.post("/users/{user_id}/sign-out")
async def sign_out(user_id: str, request: Request, who: Admin) -> Response:
    """End a user's sessions."""
    account, hub = await _account(request, user_id), state_of(request).hub
    return await _done(
        request, account, lambda: _end(accounts.end_sessions(hub.store, account, by=who.name, now=hub.now()))
    )


@router.post("/users/{user_id}/disable")
async def disable(user_id: str, request: Request, who: Admin) -> Response:
    """Let a user in no more."""
    account, hub = await _account(request, user_id), state_of(request).hub
    return await _done(request, account, lambda: accounts.disable(hub.store, account, by=who.name, now=hub.now()))


@router.post("/users/{user_id}/enable")
async def enable(user_id: str, request: Request, who: Admin) -> Response:
    """Let a disabled user in again."""
    account, hub = await _account(request, user_id), state_of(request).hub
    return await _done(request, account, lambda: accounts.enable(hub.store, account, by=who.name, now=hub.now()))


def _end(_count: int) -> None:
    """How many sessions ended is not shown."""


async def _done(request: Request, account: Account, work: Callable[[], None]) -> Response:
    try:
        await in_thread(work)
    except NotTaken as wrong:
        return _one(request, account, wrong=wrong.code)
    return go_to(request, f"/users/{account.user_id}", Toast(say_of(request).say(N_("It is done."))))


async def _list(request: Request, *, wrong: str = "", made: str = "", made_for: str = "") -> Response:
    hub = state_of(request).hub

    def read() -> tuple[list[Account], list[ApiToken]]:
        with hub.store.read() as connection:
            return users.every(connection, hub.store.vault), api_tokens.every(connection)

    found, tokens = await in_thread(read)
    page = UsersPage(
        tuple(found),
        tuple(reversed(tokens)),
        tuple(Role),
        tuple(Scope),
        tuple(sorted(hub.project.hub.departments())),
        WRONG.get(wrong, wrong),
        made,
        made_for,
    )
    return render(request, "users/list.html", page, status=422 if wrong else 200)


def _one(request: Request, account: Account, *, wrong: str = "", made: str = "") -> Response:
    departments = tuple(sorted(state_of(request).hub.project.hub.departments()))
    page = UserPage(account, tuple(Role), departments, WRONG.get(wrong, wrong), made)
    return render(request, "users/one.html", page, status=422 if wrong else 200)


async def _account(request: Request, user_id: str) -> Account:
    hub = state_of(request).hub

    def read() -> Account | None:
        with hub.store.read() as connection:
            return users.by_id(connection, hub.store.vault, user_id[:26])

    found = await in_thread(read)
    if found is None:
        raise HTTPException(404, N_("There is no such user"))
    return found


def _roles(form: FormData) -> list[Role]:
    return [Role(one) for one in form.getlist("role") if one in set(Role)]


def _departments(form: FormData) -> list[str] | None:
    return [one for one in form.getlist("department") if isinstance(one, str)] or None
