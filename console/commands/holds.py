"""`crmhub holds`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import (
    HERE,
    LIMIT,
    AfterOption,
    AuthorOption,
    JsonOption,
    LimitOption,
    ProjectOption,
    author_of,
    hub_of,
    system_of,
)
from console.say import document, line
from console.table import more, short, table
from flows.hold_view import hold_page
from flows.undo_writes import holds_named, lift_holds
from golden_record.errors import NotDecidable

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="What was taken back, and is not written again by itself.",
)


@app.command("list")
def list_(
    system: Annotated[str | None, typer.Option("--system", metavar="SYSTEM", help="Only in this system.")] = None,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List the holds that stand, oldest first."""
    with hub_of(project) as hub:
        if system is not None:
            system_of(hub, system)
        found = hold_page(hub, system, after=after, limit=limit)
    if as_json:
        document(found)
        return 0
    columns = ("id", "system", "stream", "record_id", "kind", "author", "at")
    rows = [
        [*(one[name] for name in columns), short(", ".join(one["fields"])), one["reason"]] for one in found["items"]
    ]
    table((*columns, "fields", "why"), rows)
    more(found["next"], "crmhub holds list")
    return 0


@app.command()
def lift(
    names: Annotated[
        list[str], typer.Argument(metavar="ID...", help="A hold, or the run of an undo: all of its holds.")
    ],
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Let the hub write there again what the profile says; the next sync does."""
    with hub_of(project) as hub:
        found = [one for name in names for one in holds_named(hub, name.strip().upper())]
        if not found:
            raise NotDecidable(f"{names[0]} is no hold that stands", "See `crmhub holds list`")
        about = lift_holds(hub, found, author=author_of(by))
    if as_json:
        document({"lifted": [one.hold_id for one in found], "profiles": sorted(about)})
    else:
        line(f"{len(found)} lifted: the next sync writes what the profiles say.")
    return 0
