"""Who approves a plan on the command line: the name of a token, where the hub knows its people. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.access.user import Scope
from console.options import author_of
from flows.hub import Hub
from golden_record.store import api_tokens, users

TokenOption = Annotated[
    str,
    typer.Option(
        "--token",
        envvar="CRMHUB_TOKEN",
        help="A token of yours (`crmhub users token NAME --scope operate`); its name approves.",
        show_default="none",
    ),
]


def approver_of(hub: Hub, token: str, by: str) -> str:
    """Return who approves: the token's name; without a token, whom *by* names, while the hub has no users.

    A name that anybody may type is no second person.
    """
    with hub.store.read() as connection:
        found = api_tokens.find(connection, hub.store.vault, token.strip(), hub.now()) if token.strip() else None
        people = bool(users.every(connection, hub.store.vault))
    if token.strip():
        if found is None or Scope.OPERATE not in found.scopes:
            what = "this token is unknown, over, or not good for `operate`"
            raise typer.BadParameter(f"{what}: make one with `crmhub users token`", param_hint="--token")
        return found.name
    if people:
        what = "this hub knows its users: approve on the plan's page, or with a token of yours"
        raise typer.BadParameter(f"{what} (`crmhub users token NAME --scope operate`)", param_hint="--token")
    return author_of(by)
