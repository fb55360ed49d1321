"""`crmhub users`: who may use the HTTP API. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption, hub_of
from console.say import document, line
from console.table import table
from flows.profile_view import instant
from golden_record.store import api_tokens

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Who may use the HTTP API.")


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="Who or what will use it.")],
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Make a token for the HTTP API. It is shown once; the store keeps only its keyed hash."""
    if not 1 <= len(name.strip()) <= api_tokens.LONGEST_NAME:
        raise typer.BadParameter(f"give it a name of 1 to {api_tokens.LONGEST_NAME} letters")
    with hub_of(project) as hub, hub.store.write() as connection:
        made = api_tokens.make(connection, hub.store.vault, name.strip(), hub.now())
    if as_json:
        document({"name": name.strip(), "token": made})
    else:
        line(made)
    return 0


@app.command("list")
def list_(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """List the tokens, never the tokens themselves."""
    with hub_of(project) as hub, hub.store.read() as connection:
        found = api_tokens.every(connection)
    items = [
        {"id": one.token_id, "name": one.name, "made_at": instant(one.made_at), "revoked_at": instant(one.revoked_at)}
        for one in found
    ]
    if as_json:
        document({"items": items, "next": None})
    else:
        table(("id", "name", "made", "revoked"), [tuple(item.values()) for item in items])
    return 0


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `users list` shows it.")],
    project: ProjectOption = HERE,
) -> int:
    """Revoke a token; it stops working at once."""
    with hub_of(project) as hub, hub.store.write() as connection:
        done = api_tokens.revoke(connection, token_id.strip().upper(), hub.now())
    if not done:
        raise typer.BadParameter("there is no token of this id that still holds")
    return 0
