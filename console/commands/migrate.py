"""`crmhub migrate`. Room: console."""

from __future__ import annotations

import os

import typer

from console.options import HERE, JsonOption, ProjectOption
from console.say import document, line
from flows.migrate import migrate

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Bring the store's tables to this version. Every command does so by itself; this one does only that."""
    before, after = migrate(project.resolve(), os.environ)
    if as_json:
        document({"from": before, "to": after})
    else:
        line(f"The store is at version {after}" + (f", from {before or 'nothing'}" if before != after else " already"))
    return 0
