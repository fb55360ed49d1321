"""`crmhub reconcile`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, JsonOption, ProjectOption, WaitOption, hub_of, system_of
from console.say import document, line, note
from console.table import table
from flows.reconcile import Report, reconcile

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SHOWN = 20


@app.command()
def command(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="Its name in hub.yaml.")],
    mend: Annotated[
        bool, typer.Option("--mend", help="Take in what differs, as a pull would; the next sync writes what follows.")
    ] = False,
    wait: WaitOption = 60.0,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Read every record of a system and compare it with what the hub believes: missed, drifted, gone, unlisted.

    Writes nothing to the system. Exit code 1 where something failed, or differs and was not mended.
    """
    with hub_of(project) as hub:
        report = reconcile(hub, system_of(hub, system), mend=mend, wait=wait)
    if as_json:
        document(report.to_json())
    else:
        _tell(report)
    return 0 if report.tally.status() == "ok" and (mend or not report.differences) else 1


def _tell(report: Report) -> None:
    kinds = ("missed", "drifted", "gone", "unlisted")
    table(
        ("stream", "read", "known", *kinds, "concluded"),
        [
            (name, one.read, one.known, *(one.counts[kind] for kind in kinds), "yes" if one.concluded else "NO")
            for name, one in report.streams.items()
        ],
    )
    for name, stream in report.streams.items():
        for kind, ids in stream.records.items():
            more = stream.counts[kind] - len(ids[:_SHOWN])
            line(f"{name} {kind}: {', '.join(ids[:_SHOWN])}" + (f" and {more:,} more" if more else ""))
        if stream.fields:
            line(f"{name} drifted in: {', '.join(f'{field} ({n})' for field, n in stream.fields.most_common(_SHOWN))}")
    for trouble in report.tally.troubles:
        note(f"{trouble.system}/{trouble.stream or ''}: {trouble.message}. {trouble.cure}")
    if report.differences and not report.mended:
        note("Take it in with `crmhub reconcile SYSTEM --mend`, or `crmhub sync SYSTEM --full`.")
