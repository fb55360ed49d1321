"""`crmhub init`. Room: console."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.say import line
from flows.new_project import ProjectExists, write_project

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Made where it is not there.")],
    systems: Annotated[str, typer.Option("--systems", help="Connectors to put in, joined by commas.")] = "",
) -> int:
    """Write a new project: commented YAML, key file (mode 0600), .gitignore. Never replaces a file."""
    names = [name.strip() for name in systems.split(",") if name.strip()]
    try:
        write_project(folder, names)
    except (ProjectExists, LookupError) as wrong:
        raise typer.BadParameter(str(wrong)) from None
    line(f"A project is in {folder}. Next:")
    line(f"  1. fill in the systems in {folder / 'config' / 'hub.yaml'}")
    line(f"  2. crmhub check --project {folder}")
    line(f"  3. crmhub sync --dry-run --project {folder}")
    line(f"Keep {folder / '.crmhub.key'} safe and apart from the data: without it the store cannot be read.")
    return 0
