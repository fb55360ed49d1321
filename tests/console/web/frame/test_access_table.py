"""Every route declares an act, docs/access.md says so, and each of its cells is true over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
import uvicorn
from fastapi import Depends, FastAPI

from connectors.sandboxes.serve import bind, url_of
from console.access.user import Role, Scope
from console.web.app import make_app
from console.web.frame.errors import add_handlers
from console.web.frame.needs import Needs
from console.web.frame.route_table import Declared, declared
from console.web.state import State
from docs import write_access
from golden_record.store import api_tokens
from tests.console.web.desk import Desk, Hand
from tests.console.web.served import running

SAID = write_access.PAGE.read_text(encoding="utf-8")
SAFE = {"GET", "HEAD"}
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def routes() -> list[Declared]:
    return declared(make_app(None))  # type: ignore[arg-type]  # only its routes are read


def cells(title: str) -> Iterator[tuple[str, str, str, bool]]:
    """Yield (method, path, column, may) of one table of the page."""
    part = SAID.split(f"## {title}\n")[1].split("\n## ")[0]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.strip().splitlines()]
    for row in rows:
        for column, cell in zip(head, row, strict=True):
            if column in {*Role, *Scope}:
                yield row[0], row[1].strip("`"), column, cell == "yes"


def test_every_route_declares_an_act_or_why_it_is_open() -> None:
    found = routes()
    assert len(found) > 30
    assert [f"{one.method} {one.path}" for one in found if one.act is None and not one.open_because] == []


def test_what_is_open_to_all_is_no_more_than_it_was() -> None:
    paths = {one.path for one in routes() if one.act is None}
    assert paths == {
        "/favicon.ico",
        "/healthz",
        "/preferences",
        "/readyz",
        "/sign-in",
        "/sign-in/code",
        "/sign-in/oidc",
        "/sign-in/oidc/callback",
        "/static/{asked}/{path:path}",
        "/update/{token}",
        "/webhooks/{system}",
    }


def test_the_access_page_says_what_the_routes_say() -> None:
    assert write_access.page() == SAID, "run: make docs"


@pytest.fixture(scope="module")
def stubs(console_desk: Desk) -> Iterator[str]:
    """The same routes with the same demands, but nothing behind them: what is allowed can be tried without doing it."""
    app = FastAPI()
    app.state.crmhub = State(console_desk.served.hub, lambda: None, lambda: True, lambda: "none")

    async def nothing() -> dict[str, str]:
        return {}

    for one in routes():
        if one.act is not None:
            app.add_api_route(one.path, nothing, methods=[one.method], dependencies=[Depends(Needs(one.act))])
    add_handlers(app)
    listening = bind(0)
    with running(uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False)), listening):
        yield url_of(listening)


def filled(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "x", path)


def refused(answer: requests.Response) -> bool:
    """Whether the answer turns the user away, signed in or not."""
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    return answer.status_code in {401, 403} or to_sign_in


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("title", ["Pages", "The HTTP API, by role"])
def test_each_cell_of_the_role_tables_is_true(console_desk: Desk, stubs: str, title: str, role: Role | None) -> None:
    hand = console_desk.session(role)
    token = hand.form_token("/account" if role else "/sign-in")
    wrong = []
    for method, path, column, may in cells(title):
        if role is not None and column != role:
            continue
        allowed = may and role is not None
        real = method in SAFE or not allowed
        answer = hand.request(
            method,
            (console_desk.url if real else stubs) + filled(path),
            headers={"X-Form-Token": token},
            allow_redirects=False,
            timeout=90,
        )
        if refused(answer) == allowed:
            wrong.append(f"{method} {path}: {answer.status_code}, though the table says {allowed}")
    assert wrong == []


@pytest.mark.parametrize("scope", [None, *Scope])
def test_each_cell_of_the_scope_table_is_true(console_desk: Desk, stubs: str, scope: Scope | None) -> None:
    hub = console_desk.served.hub
    with hub.store.write() as connection:
        scopes = [scope] if scope else []
        token = api_tokens.make(connection, hub.store.vault, "cells", hub.now(), scopes=scopes)
    hand = Hand(console_desk.url)
    hand.headers["Authorization"] = f"Bearer {token}"
    wrong = []
    for method, path, column, may in cells("The HTTP API, by a token's scope"):
        if scope is not None and column != scope:
            continue
        allowed = may and scope is not None
        real = method in SAFE or not allowed
        url = (console_desk.url if real else stubs) + filled(path)
        answer = hand.request(method, url, allow_redirects=False, timeout=90)
        if refused(answer) == allowed:
            wrong.append(f"{method} {path}: {answer.status_code}, though the table says {allowed}")
    assert wrong == []
