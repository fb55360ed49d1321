"""`crmhub merge`. Room: console."""

from __future__ import annotations

import typer

from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption
from console.two_profiles import Side, act_on_two
from flows.stewards import Outcome, merge

app = typer.Typer(add_completion=False, rich_markup_mode=None)


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
    return act_on_two(merge, _says, a, b, reason=reason, by=by, project=project, as_json=as_json)


def _says(done: Outcome) -> str:
    return f"Joined: {', '.join(done.profiles)} (undo by {', '.join(done.acts)})"
