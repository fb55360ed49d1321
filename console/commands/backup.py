"""`crmhub backup`. Room: console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption
from console.say import document, line, note
from flows.backup import take_backup

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file; never replaces one.")],
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Copy the store and config/ into one sealed file, while the hub goes on. The key is not in it: keep it apart."""
    contents = take_backup(project.resolve(), os.environ, file.absolute(), lambda _table, _rows: None)
    if as_json:
        document({"file": str(file), **contents.to_json()})
    else:
        line(
            f"{sum(contents.rows.values())} rows of {len(contents.rows)} tables and {len(contents.files)} files: {file}"
        )
        note("The key is not in it. Keep a copy of the key in another place: without it the backup cannot be read.")
    return 0
