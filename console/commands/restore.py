"""`crmhub restore`. Room: console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption
from console.say import document, line, note
from flows.backup import restore_backup

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `crmhub backup` made.")],
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Make an empty store from a backup, of whatever kind of database; config/ too where the project has none.

    Put the key file in place first. All or nothing: a store that holds something is refused.
    """
    contents = restore_backup(project.resolve(), os.environ, file.absolute(), lambda _table, _rows: None)
    if as_json:
        document({"file": str(file), **contents.to_json()})
    else:
        line(f"Restored {sum(contents.rows.values())} rows, as they were at {contents.made_at}")
        note(
            "Next: `crmhub check`, then `crmhub plan`, before anything is written. "
            "What the hub wrote after the backup counts as the departments' own words now."
        )
    return 0
