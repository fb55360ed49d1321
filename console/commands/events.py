"""`crmhub events`. Room: console."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from console.options import HERE, LIMIT, AfterOption, JsonOption, LimitOption, ProjectOption, hub_of, system_of
from console.say import document, line
from console.table import more, table
from flows.durations import duration_in
from flows.event_view import event_page, replay_events, retry_event, retry_failed
from flows.webhook_work import work_off

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

SystemOption = Annotated[str | None, typer.Option("--system", help="Only of this system.", show_default="all")]


@app.callback()
def group() -> None:
    """Look into the inbox of posted events: states, reasons, never what was posted."""


@app.command("list")
def list_(
    state: Annotated[Literal["waiting", "done", "failed"] | None, typer.Option("--state", help="Only these.")] = None,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List events, newest first."""
    with hub_of(project) as hub:
        found = event_page(hub, state, after, limit)
    if as_json:
        document(found)
    else:
        columns = ("id", "system", "state", "received_at", "attempts", "retry_at", "note")
        table(columns, [[one[name] for name in columns] for one in found["items"]])
        more(found["next"], "crmhub events list")
    return 0


@app.command()
def retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", show_default="all that failed")] = None,
    system: SystemOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Let failed events be tried again, by `crmhub serve` or `crmhub events work`."""
    with hub_of(project) as hub:
        if system is not None:
            system_of(hub, system)
        unknown = [one for one in ids or () if not retry_event(hub, one.strip().upper())]
        number = len(ids) - len(unknown) if ids else retry_failed(hub, system)
    _say(number, "wait to be tried again", as_json=as_json, unknown=unknown)
    return 1 if unknown else 0


@app.command()
def replay(
    since: Annotated[str, typer.Option("--since", help="How far back (2h, 3d), or a time (2026-03-01T08:00Z).")],
    system: SystemOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Let events that are done be worked off anew: after a mistake in a mapping, or a restored backup."""
    begin = _time(since)
    with hub_of(project) as hub:
        if system is not None:
            system_of(hub, system)
        number = replay_events(hub, system, begin)
    _say(number, "wait to be worked off anew", as_json=as_json)
    return 0


@app.command()
def work(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Work off what is due now, and end: where nothing serves."""
    number = 0
    with hub_of(project) as hub:
        while handled := work_off(hub).events:
            number += handled
    _say(number, "worked off", as_json=as_json)
    return 0


def _say(number: int, what: str, *, as_json: bool, unknown: list[str] | None = None) -> None:
    if as_json:
        document({"events": number, "unknown": unknown or []})
        return
    line(f"{number:,} events {what}")
    for one in unknown or ():
        line(f"there is no failed event {one}")


def _time(written: str) -> datetime:
    back = duration_in(written.strip())
    if back is not None:
        return datetime.now(UTC) - back
    try:
        at = datetime.fromisoformat(written.strip())
    except ValueError:
        raise typer.BadParameter(f"`{written}` is neither a duration (2h, 3d) nor a time") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
