"""`crmhub apart`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption, author_of, hub_of, reason_of
from console.say import document, line
from console.steward_text import tell_overruled
from flows.stewards import keep_apart

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Side = Annotated[str, typer.Argument(help="A profile's id, or a record as system/stream/id.")]


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    a: Side,
    b: Side,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Keep two profiles apart for good, whatever evidence comes; `undo` takes it back."""
    with hub_of(project) as hub:
        done = keep_apart(hub, a.strip(), b.strip(), author=author_of(by), reason=reason_of(reason))
    if as_json:
        document(done.to_json())
        return 0
    line(f"Kept apart: {', '.join(done.profiles)} (undo by {', '.join(done.acts)})")
    tell_overruled(done)
    return 0
