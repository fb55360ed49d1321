"""`crmhub status`. Room: console."""

from __future__ import annotations

import typer

from console.options import HERE, JsonOption, ProjectOption, hub_of
from console.say import document, line
from console.table import table, text_of
from flows.standing import Standing, standing

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Say how the hub stands now: how fresh each stream is, what waits, what is left of quotas, what needs a person."""
    with hub_of(project) as hub:
        found = standing(hub)
    if as_json:
        document(found.to_json())
    else:
        print_standing(found)
    return 0


def print_standing(found: Standing) -> None:
    """Print it for people."""
    said = found.to_json()
    rows = [
        (one["system"], one["stream"], one["read_at"] or "never", _STALE[one["stale"]]) for one in said["freshness"]
    ]
    table(("system", "stream", "last read", "fresh"), rows)
    backlog, reviews = said["backlog"], said["reviews"]
    line(f"events       {backlog['events']:,} waiting" + _since(backlog["oldest_event_at"]))
    line(f"records      {backlog['to_resolve']:,} to resolve, {backlog['to_plan']:,} profiles to plan")
    line(f"writes       {text_of(backlog['writes']) or 'none on their way'}")
    line(f"reviews      {reviews['open']:,} open" + _since(reviews["oldest_at"]))
    for system, dead in said["dead_letters"].items():
        line(f"dead letters {system}: {dead['events']:,} events failed, {dead['writes']:,} writes rejected")
    for quota in said["quota"]:
        every = f"{quota['seconds']:,} s"
        line(
            f"quota        {quota['system']} {quota['bucket']}: {quota['left']:,} of {quota['calls']:,} left in {every}"
        )
    for pause in said["paused"]:
        line(f"paused       {pause['system']}: by quota, continues at {pause['continues_at']}")
    for one in said["not_answering"]:
        line(f"no answer    {one['system']}: since {one['since']}; the next sync asks it once more")
    for one in said["drift"]:
        line(f"drift        {one['system']}/{one['stream']}: `{one['field']}` {one['what']}")
    for one in said["silent"]:
        line(f"silent       {one['system']}: pulls find changes that were not posted; last post {one['last_post_at']}")
    for one in said["runs"]["at_work"]:
        line(f"at work      {one['name']} on {one['host']} since {one['since']}")
    recent = said["runs"]["recent"]
    if recent["since"]:
        line(f"runs         since {recent['since']}: {text_of(recent['by_status'])}; {text_of(recent['funnel'])}")


_FRESH = ("system", "stream", "read_at")
_STALE = {True: "STALE", False: "yes", None: "not scheduled"}


def _since(at: str | None) -> str:
    return f", the oldest since {at}" if at else ""
