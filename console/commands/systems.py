"""`crmhub systems`. Room: console."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from console.options import (
    HERE,
    AuthorOption,
    JsonOption,
    ProjectOption,
    ReasonOption,
    author_of,
    hub_of,
    reason_of,
    system_of,
)
from console.say import document, line
from console.table import table
from flows import other_hubs, pauses
from flows.systems_view import systems_shown

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SystemArgument = Annotated[str, typer.Argument(metavar="SYSTEM")]


@app.callback(invoke_without_command=True)
def list_(context: typer.Context, project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """List the systems: how each is, when it was last read, what waits for it, and what it last complained of."""
    if context.invoked_subcommand is not None:
        return 0
    with hub_of(project) as hub:
        found = systems_shown(hub)
    if as_json:
        document(found)
        return 0
    rows = [
        (
            one["system"],
            one["department"],
            one["state"],
            one["last_read"] or "never",
            one["schedule"] or "-",
            sum(one["backlog"]["writes"].values()),
            one["backlog"]["events"],
            one["errors"][0]["message"] if one["errors"] else "",
        )
        for one in found["items"]
    ]
    table(("system", "department", "state", "last read", "schedule", "writes", "events", "last error"), rows)
    return 0


@app.command()
def pause(  # noqa: PLR0913 (the command's options)
    system: SystemArgument,
    reason: ReasonOption,
    hours: Annotated[float | None, typer.Option("--hours", min=0.01, help="Goes on by itself after so long.")] = None,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Put a system on hold: nothing is pulled from it, written to it or worked off for it. The others go on."""
    with hub_of(project) as hub:
        name = system_of(hub, system).name
        until = hub.now() + timedelta(hours=hours) if hours else None
        found = pauses.pause(hub, name, author=author_of(by), reason=reason_of(reason), until=until)
    if as_json:
        document(pauses.pause_json(found))
    else:
        line(f"Paused: {name}. What comes in waits. It goes on with: crmhub systems resume {name}")
    return 0


@app.command()
def resume(
    system: SystemArgument, by: AuthorOption = "", project: ProjectOption = HERE, as_json: JsonOption = False
) -> int:
    """Let a paused system go on: the next sync takes up what waited."""
    with hub_of(project) as hub:
        name = system_of(hub, system).name
        pauses.resume(hub, name, author=author_of(by))
    if as_json:
        document({"system": name, "paused": False})
    else:
        line(f"{name} goes on with the next sync.")
    return 0


@app.command()
def adopt(  # noqa: PLR0913 (a command's options)
    system: SystemArgument,
    reason: ReasonOption,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Marks to come, too: another program's ids that only look like a hub's.")
    ] = False,
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Write to a system again in which marks of another hub were found: that hub is stopped, or it was this one."""
    with hub_of(project) as hub:
        name = system_of(hub, system).name
        who, why = author_of(by), reason_of(reason)
        other_hubs.adopt(hub, name, author=who, reason=why, for_good=for_good)
    if as_json:
        document({"system": name, "adopted": True, "for_good": for_good})
    else:
        line(f"{name} is written to again.")
    return 0
