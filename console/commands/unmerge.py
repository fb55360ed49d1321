"""`crmhub unmerge`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption, author_of, hub_of, reason_of
from console.say import document, line
from console.steward_text import tell_overruled
from flows.stewards import unmerge

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    profile_id: Annotated[str, typer.Argument(metavar="ID", help="The id that was merged away.")],
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Give a merged-away profile its records and its id back."""
    with hub_of(project) as hub:
        done = unmerge(hub, profile_id.strip(), author=author_of(by), reason=reason_of(reason))
    if as_json:
        document(done.to_json())
    else:
        line(f"Parted: {', '.join(done.profiles)}")
        tell_overruled(done)
    return 0
