"""`crmhub runs`. Room: console."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from console.options import HERE, LIMIT, AfterOption, JsonOption, LimitOption, ProjectOption, hub_of
from console.say import document, line
from console.summary import print_funnel, print_summary
from console.table import more, table
from flows.run_history import run_page, run_shown
from flows.tally import STAGES

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List the runs, newest first; `runs show ID` shows one."""
    if context.invoked_subcommand is not None:
        return 0
    with hub_of(project) as hub:
        found = run_page(hub, after=after, limit=limit)
    if as_json:
        document(found)
        return 0
    head = ("run_id", "kind", "status", "started_at", "ended_at")
    rows = [
        [*(one[name] for name in head), *(one["funnel"][stage] for stage in STAGES), one["errors"]]
        for one in found["items"]
    ]
    table((*head, *STAGES, "errors"), rows)
    more(found["next"], "crmhub runs")
    return 0


@app.command()
def show(
    run_id: Annotated[str, typer.Argument(metavar="ID")], project: ProjectOption = HERE, as_json: JsonOption = False
) -> int:
    """Show what a run came to, and what failed."""
    with hub_of(project) as hub:
        found: dict[str, Any] | None = run_shown(hub, run_id.strip().upper())
    if found is None:
        raise typer.BadParameter(f"there is no run {run_id}. See `crmhub runs`")
    if as_json:
        document(found)
    else:
        line(f"{found['kind']:<12} {found['started_at']} to {found['ended_at'] or 'now'}")
        print_summary(found)
        print_funnel(found)
    return 0
