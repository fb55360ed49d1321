"""`crmhub check`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption, SystemsArgument, hub_of, systems_of
from console.say import document
from console.table import table
from flows.inspect import check, prepare

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    systems: SystemsArgument = None,
    make: Annotated[
        bool, typer.Option("--prepare", help="Make what pushing needs there: the field that carries the binding id.")
    ] = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Sign in to the systems and make one cheap read in each; what fails is named with its cure."""
    with hub_of(project) as hub:
        chosen = systems_of(hub, systems)
        found = prepare(chosen) if make else check(chosen)
    if as_json:
        document(found)
    else:
        rows = [(name, one["ok"], one["message"]) for name, one in found["systems"].items()]
        table(("system", "ok", "message"), rows)
    return 0 if all(one["ok"] for one in found["systems"].values()) else 1
