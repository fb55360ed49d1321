"""`crmhub push`. Room: console."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption, SystemsArgument, WaitOption, hub_of, systems_of
from console.progress import watching
from console.say import document, note
from console.summary import print_summary
from flows.plan_json import PlanUnreadable, read_plan
from flows.push_plan import push_approved, push_now

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    systems: SystemsArgument = None,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Write only what this plan holds, where it is still true."),
    ] = None,
    wait: WaitOption = 60.0,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Write what is planned. Pulls nothing; a record that changed meanwhile is not written over."""
    try:
        approved = read_plan(plan) if plan is not None else None
    except PlanUnreadable as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--plan") from None
    with hub_of(project) as hub, watching() as watcher:
        chosen = systems_of(hub, systems)
        silent = [system.name for system in chosen if not system.pushes]
        if silent and systems:
            note(f"Not written to, by hub.yaml: {', '.join(silent)}")
        if approved is None:
            tally = push_now(hub, chosen, watcher, wait=wait)
        else:
            tally = push_approved(hub, chosen, approved, watcher, wait=wait)
    result = tally.to_json()
    if as_json:
        document(result)
    else:
        print_summary(result)
    return 0 if tally.status() in {"ok", "paused"} else 1
