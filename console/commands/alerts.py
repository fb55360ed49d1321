"""`crmhub alerts`. Room: console."""

from __future__ import annotations

import typer

from console.options import HERE, JsonOption, ProjectOption, hub_of
from console.say import document, line, note
from console.table import table
from flows.alerts.look import listed, look, tell_test

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def group() -> None:
    """Tell people when something is wrong: first, again while it lasts, and when it is over."""


@app.command("list")
def list_(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """List what is wrong as the last look found it, and who was told when."""
    with hub_of(project) as hub:
        found = listed(hub)
    if as_json:
        document({"items": found, "next": None})
    else:
        columns = ("since", "told_at", "times", "text")
        table(columns, [[one[name] for name in columns] for one in found])
    return 0


@app.command("test")
def try_out(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Send a test to every channel of hub.yaml, and say which took it."""
    with hub_of(project) as hub:
        done = tell_test(hub)
    if as_json:
        document({"channels": [{"kind": kind, "ok": not why, "message": why or "taken"} for kind, why in done]})
    else:
        table(("channel", "", "what"), [(kind, "WRONG" if why else "ok", why or "taken") for kind, why in done])
    if not done:
        note("hub.yaml names no channel under `alerts: to:`.")
    return 1 if not done or any(why for _, why in done) else 0


@app.command()
def check(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Look once and tell what is to be told; `crmhub serve` does so every minute, cron may where nothing serves."""
    with hub_of(project) as hub:
        done = look(hub)
        found = listed(hub)
    if as_json:
        document({"items": found, "told": len(done.news), "not_taken": list(done.not_taken)})
    else:
        line(f"{len(found)} wrong, {len(done.news)} told" + "".join(f"; {one}" for one in done.not_taken))
    return 1 if done.not_taken else 0
