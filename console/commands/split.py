"""`crmhub split`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption, author_of, hub_of, reason_of
from console.say import document, line
from console.steward_text import tell_overruled
from flows.stewards import split

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    profile_id: Annotated[str, typer.Argument(metavar="ID")],
    records: Annotated[list[str], typer.Argument(metavar="RECORD...", help="Written as system/stream/id.")],
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Take records out of a profile, as one customer of their own, for good."""
    with hub_of(project) as hub:
        done = split(hub, profile_id.strip(), records, author=author_of(by), reason=reason_of(reason))
    if as_json:
        document(done.to_json())
    else:
        line(f"Parted: {', '.join(done.profiles)}")
        tell_overruled(done)
    return 0
