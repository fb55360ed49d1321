"""`crmhub doctor`. Room: console."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption
from console.say import document
from console.table import table
from flows.doctor import diagnose

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    reach: Annotated[bool, typer.Option("--reach", help="Sign in to the systems, too.")] = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Say what is wrong with this installation, and the cure. Changes nothing."""
    found = diagnose(project.resolve(), os.environ, reach=reach)
    if as_json:
        document({"checks": [asdict(one) for one in found.checks]})
    else:
        rows = [
            (one.name, "ok" if one.ok else "WRONG", one.message, "" if one.ok else one.cure) for one in found.checks
        ]
        table(("check", "", "what", "cure"), rows)
    if found.misconfigured:
        return 2
    return 0 if found.ok else 1
