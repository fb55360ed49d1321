"""`crmhub merge`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption, author_of, hub_of, reason_of
from console.say import document, line
from console.steward_text import tell_overruled
from flows.stewards import merge

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
    """Join two profiles that are one customer; `unmerge` takes it back."""
    with hub_of(project) as hub:
        done = merge(hub, a.strip(), b.strip(), author=author_of(by), reason=reason_of(reason))
    if as_json:
        document(done.to_json())
    else:
        line(f"Joined: {', '.join(done.profiles)}")
        tell_overruled(done)
    return 0
