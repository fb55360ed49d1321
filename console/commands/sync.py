"""`crmhub sync`. Room: console."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption, SystemsArgument, hub_of, system_of, systems_of
from console.progress import watching
from console.say import document, note
from console.summary import print_summary
from flows.forecast import forecast
from flows.rehearsal import rehearsed
from flows.sync import Wanted, sync

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    systems: SystemsArgument = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything, whatever the cursors say.")] = False,
    no_push: Annotated[bool, typer.Option("--no-push", help="Write to no system.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Leave store, cursors and systems as they are.")] = False,
    record: Annotated[list[str] | None, typer.Option("--record", metavar="STREAM:ID", help="Only this record.")] = None,
    wait: Annotated[float, typer.Option("--wait", help="Seconds to wait for another sync.")] = 60.0,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Pull, map, resolve and push; a summary names what failed and what to do."""
    with hub_of(project) as hub:
        chosen = [system.name for system in systems_of(hub, systems)] if systems else []
        wanted = Wanted(chosen, full, not (no_push or dry_run), _records(chosen, record or []), wait)
        for name, _stream, _id in wanted.records:
            system_of(hub, name)
        for one in forecast(hub, [hub.systems[name] for name in chosen] or list(hub.systems.values())):
            if not one.enough:
                note(one.text())
        with rehearsed(hub) if dry_run else nullcontext(hub) as used, watching() as watcher:
            tally = sync(used, wanted, watcher)
    result = tally.to_json()
    if as_json:
        document(result)
    else:
        print_summary(result, dry_run=dry_run)
    return 0 if tally.status() in {"ok", "paused"} else 1


def _records(systems: list[str], written: list[str]) -> tuple[tuple[str, str, str], ...]:
    if written and len(systems) != 1:
        raise typer.BadParameter("--record goes with exactly one system: crmhub sync SYSTEM --record STREAM:ID")
    found = []
    for text in written:
        stream, separator, record_id = text.partition(":")
        if not separator or not stream or not record_id:
            raise typer.BadParameter(f"`{text}` is no STREAM:ID")
        found.append((systems[0], stream, record_id))
    return tuple(found)
