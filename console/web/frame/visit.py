"""Who comes with a request: a signed-in person by their cookie, a program by its token, or nobody yet. Room: console.

The cookie holds a random id; what it stands for lies in the store, so that it can be ended from there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import Request, Response

from console.access.user import Role, Scope, User
from console.web.frame.language import LANGUAGE_COOKIE, THEME_COOKIE, Theme, language_of, theme_of
from console.web.frame.texts import Language
from console.web.state import State, in_thread, state_of
from flows.hub_config import seconds_of
from golden_record.store import api_tokens, user_sessions, users
from golden_record.store.user_sessions import Session
from golden_record.store.users import Account
from golden_record.vault import Vault

SEEN_EVERY: Final = timedelta(minutes=1)
"""How exactly a session's last use is kept: not every click is a write."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request's visitor. *seed*: what the tokens of their forms come from; *account* is None for tokens."""

    user: User | None
    account: Account | None
    session: Session | None
    seed: str
    form_token: str
    language: Language
    theme: Theme

    @property
    def open(self) -> bool:
        """Whether somebody is signed in, with all that it takes."""
        return self.user is not None


async def visit_of(request: Request) -> Visit:
    """Return the request's visitor; looked up once."""
    found: Visit | None = getattr(request.state, "visit", None)
    if found is None:
        found = await in_thread(_visit, state_of(request), request)
        request.state.visit = found
    return found


def visit_now(request: Request) -> Visit:
    """Return the visitor that was looked up; nobody where nobody was (an error page of a route that asks nobody)."""
    found: Visit | None = getattr(request.state, "visit", None)
    return found or _nobody(state_of(request), request, "")


def user_of(account: Account) -> User:
    """Return an account as what may or may not do things."""
    roles = frozenset(Role(name) for name in account.roles if name in set(Role))
    departments = None if account.departments is None else frozenset(account.departments)
    return User(account.user_id, account.name, roles, departments, account.sensitive)


def form_token_of(vault: Vault, seed: str) -> str:
    """Return the token that forms shown to the holder of *seed* carry."""
    return vault.digest("console form", seed).hex() if seed else ""


def idle_of(state: State) -> timedelta:
    """Return how long a session may lie idle."""
    return timedelta(seconds=seconds_of(state.hub.project.hub.console.idle))


def lasts_of(state: State) -> timedelta:
    """Return how long a session lasts at most."""
    return timedelta(seconds=seconds_of(state.hub.project.hub.console.lasts))


# ---------------------------------------------------------------------------------------------------- cookies


def session_cookie(request: Request) -> str:
    """Return the name of the session's cookie; by TLS it has a prefix that no plain HTTP can set."""
    return "__Host-crmhub" if request.url.scheme == "https" else "crmhub_session"


def seed_cookie(request: Request) -> str:
    """Return the name of the cookie that ties forms to a browser in which nobody is signed in."""
    return "__Host-crmhub_form" if request.url.scheme == "https" else "crmhub_form"


def set_cookie(request: Request, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites do not send along with posts; an empty value ends it."""
    response.set_cookie(
        name,
        value,
        max_age=seconds if value else 0,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


# ---------------------------------------------------------------------------------------------------- look-up


def _visit(state: State, request: Request) -> Visit:
    said = request.headers.get("authorization", "")
    if said and request.url.path.startswith(("/api", "/metrics")):
        return _by_token(state, request, said)
    hub, now = state.hub, state.hub.now()
    session_id = request.cookies.get(session_cookie(request), "")
    if session_id:
        with hub.store.read() as connection:
            session = user_sessions.find(connection, hub.store.vault, session_id, now, idle_of(state))
            account = users.by_id(connection, hub.store.vault, session.user_id) if session is not None else None
        if session is not None and account is not None and account.disabled_at is None:
            if now - session.seen_at >= SEEN_EVERY:
                with hub.store.write() as connection:
                    user_sessions.seen(connection, session.digest, now)
            return _signed_in(state, request, account, session, session_id)
    return _nobody(state, request, request.cookies.get(seed_cookie(request), "")[:100])


def _signed_in(state: State, request: Request, account: Account, session: Session, seed: str) -> Visit:
    user = user_of(account) if session.state == user_sessions.OPEN else None
    chosen = (request.cookies.get(LANGUAGE_COOKIE), account.language)
    language = language_of(chosen, request.headers.get("accept-language", ""))
    token = form_token_of(state.hub.store.vault, seed)
    return Visit(user, account, session, seed, token, language, theme_of(request.cookies.get(THEME_COOKIE)))


def _nobody(state: State, request: Request, seed: str) -> Visit:
    chosen = (request.cookies.get(LANGUAGE_COOKIE),)
    language = language_of(chosen, request.headers.get("accept-language", ""))
    token = form_token_of(state.hub.store.vault, seed)
    return Visit(None, None, None, seed, token, language, theme_of(request.cookies.get(THEME_COOKIE)))


def _by_token(state: State, request: Request, said: str) -> Visit:
    kind, _, token = said.partition(" ")
    hub = state.hub
    found = None
    if kind.lower() == "bearer":
        with hub.store.read() as connection:
            found = api_tokens.find(connection, hub.store.vault, token.strip(), hub.now())
    if found is None:
        return _nobody(state, request, "")
    scopes = frozenset(Scope(name) for name in found.scopes if name in set(Scope))
    user = User(found.token_id, found.name, scopes=scopes, sensitive=True)
    return Visit(user, None, None, "", "", "en", "auto")
