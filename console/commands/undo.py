"""`crmhub undo`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption, author_of, hub_of, reason_of
from console.say import document, line
from flows.stewards import undo_acts

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Names = Annotated[
    list[str],
    typer.Argument(metavar="ID...", help="A steward's act, or a run: then every act that was done in it."),
]


@app.command()
def command(
    names: Names,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Take stewards' acts back: decisions, merges, splits, values, pins. The systems follow with the next sync."""
    with hub_of(project) as hub:
        done = undo_acts(hub, [name.strip() for name in names], author=author_of(by), reason=reason_of(reason))
    if as_json:
        document(done.to_json())
        return 0
    for one in done.acts:
        line(f"Undone: {one.kind} of {one.at:%Y-%m-%d %H:%M} UTC by {one.author} ({one.act_id})")
    line(f"Profiles: {', '.join(done.outcome.profiles) or 'none changed'}")
    return 0
