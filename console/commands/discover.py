"""`crmhub discover`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption, hub_of, system_of
from console.say import document, line
from console.table import table
from flows.inspect import discover

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    system: Annotated[str, typer.Argument(help="Its name in hub.yaml.")],
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List a system's streams and fields, and which of them the mappings read."""
    with hub_of(project) as hub:
        found = discover(system_of(hub, system))
    if as_json:
        document(found)
        return 0
    for stream in found["streams"]:
        state = "mapped" if stream["mapped"] else "not mapped"
        line(f"{stream['stream']}: {state}, key {stream['key']}, cursor {stream['cursor'] or '-'}")
        rows = [(one["name"], one["type"], one["label"], one["mapped"]) for one in stream["fields"]]
        table(("field", "type", "label", "mapped"), rows)
    return 0
