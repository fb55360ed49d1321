"""`crmhub verify`. Room: console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption
from console.say import document, line
from flows.backup import check_backup

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `crmhub backup` made.")],
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Read a whole backup with the project's key: is it complete and unchanged? Touches no store."""
    contents = check_backup(project.resolve(), os.environ, file.absolute())
    if as_json:
        document({"file": str(file), **contents.to_json()})
    else:
        rows = sum(contents.rows.values())
        line(f"Whole: {rows} rows, made {contents.made_at} by crmhub {contents.crmhub}")
    return 0
