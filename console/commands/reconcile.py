"""`crmhub reconcile`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption, WaitOption, hub_of, system_of
from console.progress import watching
from console.say import document, note
from console.table import table
from flows.reconcile import reconcile

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(
    system: Annotated[str, typer.Argument(help="The system to compare.")],
    wait: WaitOption = 60.0,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Read a system as a whole and say how far the hub had drifted from it. Writes to no system."""
    with hub_of(project) as hub, watching() as watcher:
        found = reconcile(hub, system_of(hub, system), watcher, wait=wait)
    if as_json:
        document(found)
    else:
        rows = [
            (stream, one["read"], one["changed"], one["missing"], one["unknown"], "yes" if one["swept"] else "no")
            for stream, one in found["drift"].items()
        ]
        table(("stream", "read", "changed", "missing", "unknown", "swept"), rows)
        for error in found["errors"]:
            note(f"{error['system']}/{error['stream'] or ''}: {error['message']} [{error['code']}]. {error['cure']}")
    return 0 if found["status"] in {"ok", "paused"} else 1
