"""`crmhub habits`. Room: console."""

from __future__ import annotations

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
from flows.habit_view import forget_habits, habits_shown

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="How systems reformat what is written to them: list, forget.",
)


@app.command("list")
def list_(
    system: Annotated[str | None, typer.Option("--system", metavar="SYSTEM", help="Only of this system.")] = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List what was learned, field by field: named habits, and how many values are known one by one."""
    with hub_of(project) as hub:
        if system is not None:
            system_of(hub, system)
        found = habits_shown(hub, system)
    if as_json:
        document(found)
        return 0
    rows = [
        (
            one["system"],
            one["stream"],
            one["field"],
            ", ".join(f"{each['habit']}{'' if each['in_force'] else ' (?)'}" for each in one["habits"]),
            one["pairs"],
            one["at"],
        )
        for one in found["items"]
    ]
    table(("system", "stream", "field", "habits", "values", "at"), rows)
    return 0


@app.command()
def forget(  # noqa: PLR0913 (the command's options)
    system: Annotated[str, typer.Argument(metavar="SYSTEM")],
    stream: Annotated[str | None, typer.Argument(metavar="[STREAM]")] = None,
    field: Annotated[str | None, typer.Argument(metavar="[FIELD]", help="A profile field.")] = None,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Forget what was learned: where the system shows another form, it is written once more, and learned anew."""
    who, why = author_of(by), reason_of(reason)
    with hub_of(project) as hub:
        system_of(hub, system)
        gone = forget_habits(hub, system, stream, field, author=who, reason=why)
    forgotten = [{"stream": one.stream, "field": one.field, "habit": one.habit, "values": one.seen} for one in gone]
    if as_json:
        document({"system": system, "forgotten": forgotten})
    else:
        line(f"{len(forgotten)} forgotten." if forgotten else "Nothing was learned there.")
    return 0
