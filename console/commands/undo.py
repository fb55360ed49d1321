"""`crmhub undo`. Room: console."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from ulid import ULID

from console.options import (
    HERE,
    AuthorOption,
    JsonOption,
    MaskOption,
    ProjectOption,
    ReasonOption,
    WaitOption,
    author_of,
    hub_of,
    reason_of,
)
from console.progress import watching
from console.say import document, line, note
from console.table import short, table
from flows.hub import Hub
from flows.profile_view import view_of
from flows.stewards import Undone, act_json, acts_named, standing_acts, undo_acts, undo_which
from flows.undo_writes import CREATED, carry_out_undo, holds_named, lift_holds, plan_undo, writes_named
from golden_record.store.acts import KeptAct, Which
from golden_record.store.holds import Hold
from golden_record.store.outbox import Write

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID]...",
        help="A steward's act, a write, or a run: then every act or write of it. An undo of writes: it is taken back.",
    ),
]
OfOption = Annotated[str | None, typer.Option("--of", metavar="AUTHOR", help="Every act of this steward.")]
SinceOption = Annotated[
    datetime | None, typer.Option("--since", help="Only acts from this time on (UTC).", show_default="ever")
]
KindOption = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only these: joined, kept_apart, set, split, dismissed, deferred, …; repeat it."),
]
ListOption = Annotated[bool, typer.Option("--list", help="Show which acts stand and fit; undo nothing.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would be taken back; change nothing.")]


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    names: Names = None,
    of: OfOption = None,
    since: SinceOption = None,
    kind: KindOption = None,
    listed: ListOption = False,
    dry_run: DryRunOption = False,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    mask: MaskOption = False,
    wait: WaitOption = 60.0,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Take back stewards' acts (decisions, merges, splits, values, pins), or what the hub wrote into systems.

    After acts the systems follow with the next sync. Writes are put back at once, through the same checks as any other
    write; what people have edited since is left alone and named, and a record that the hub made is not deleted but
    left alone from then on. What was taken back is not written again by itself: `crmhub holds`.
    """
    which = Which(of, since.replace(tzinfo=UTC) if since else None, None, tuple(kind or ()))
    if names and which != Which():
        raise typer.BadParameter("name what to undo by ids, or by --of, --since and --kind; not both")
    if not names and which == Which() and not listed:
        raise typer.BadParameter("say what to undo: ids, or --of, --since, --kind (--list shows what fits)")
    with hub_of(project) as hub:
        if listed or (dry_run and not names):
            if names:
                raise typer.BadParameter("--list goes with --of, --since and --kind")
            return _tell_acts(standing_acts(hub, which), as_json=as_json)
        who, why = author_of(by), reason if dry_run else reason_of(reason)
        if not names:
            return _tell_undone(undo_which(hub, which, author=who, reason=why).to_json(), as_json=as_json)
        held, writes, acts = _sorted_out(hub, names)
        if dry_run:
            planned = plan_undo(hub, writes, run_id=str(ULID()), author=who, reason=why)
            standing = [one for name in acts for one in acts_named(hub, name)]
            shown = {**planned.to_json(hub, view_of(hub, mask=mask)), "holds": [one.hold_id for one in held]}
            return _tell_plan({**shown, "acts": [act_json(one) for one in standing]}, as_json=as_json)
        done: dict[str, Any] = {}
        failed = False
        if acts:
            undone: Undone = undo_acts(hub, acts, author=who, reason=why)
            done |= undone.to_json()
        if held:
            done |= {"lifted": [one.hold_id for one in held], "profiles": sorted(lift_holds(hub, held, author=who))}
        if writes:
            taken, failed = _take_back(hub, writes, who, why, wait, mask=mask)
            done |= taken
    _tell_undone(done, as_json=as_json)
    return 1 if failed else 0


def _sorted_out(hub: Hub, names: Sequence[str]) -> tuple[list[Hold], list[Write], list[str]]:
    """Tell apart what is named: holds of an earlier undo, writes, and names of stewards' acts."""
    held: list[Hold] = []
    writes: list[Write] = []
    acts: list[str] = []
    for name in dict.fromkeys(one.strip().upper() for one in names):
        if found := holds_named(hub, name):
            held += found
        elif made := writes_named(hub, name):
            writes += made
        else:
            acts.append(name)
    return held, list({one.write_id: one for one in writes}.values()), acts


def _take_back(  # noqa: PLR0913 (what, on whose word, and how it is shown)
    hub: Hub, writes: Sequence[Write], who: str, why: str, wait: float, *, mask: bool
) -> tuple[dict[str, Any], bool]:
    run_id = str(ULID())
    taking = plan_undo(hub, writes, run_id=run_id, author=who, reason=why)
    done = taking.to_json(hub, view_of(hub, mask=mask))
    if not taking.holds:
        return done | {"status": "ok"}, False
    with watching() as watcher:
        tally = carry_out_undo(hub, taking, run_id, watcher, wait=wait)
    return {**done, **tally.to_json()}, tally.status() not in {"ok", "paused"}


def _tell_acts(found: Sequence[KeptAct], *, as_json: bool) -> int:
    if as_json:
        document({"items": [act_json(one) for one in found], "next": None})
        return 0
    rows = [(one.act_id, one.kind, f"{one.at:%Y-%m-%d %H:%M}", one.author, short(one.reason)) for one in found]
    table(("act", "what", "at", "by", "why"), rows)
    return 0


def _tell_plan(planned: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        document(planned)
        return 0
    for one in planned["acts"]:
        line(f"Would be undone: {one['kind']} of {one['at']} by {one['author']} ({one['id']})")
    _tell_writes(planned)
    line("Nothing was changed.")
    return 0


def _tell_undone(done: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        document(done)
        return 0
    for one in done.get("undone", ()):
        line(f"Undone: {one['kind']} of {one['at']} by {one['author']} ({one['id']})")
    if "writes" in done:
        _tell_writes(done)
    for error in done.get("errors", ()):
        note(f"{error['system']}/{error['stream'] or ''} {error['id'] or ''}: {error['message']}. {error['cure']}")
    if "profiles" in done and isinstance(done["profiles"], list):
        line(f"Profiles: {', '.join(done['profiles']) or 'none changed'}")
    if "lifted" in done:
        line(f"{len(done['lifted'])} holds lifted: the next sync writes what the profiles say.")
    if done.get("holds"):
        line(f"Not written again by itself: `crmhub holds list`. Take this back: crmhub undo {done['run_id']}")
    return 0


def _tell_writes(done: dict[str, Any]) -> None:
    rows = [
        (one["system"], one["stream"], one["record_id"], name, short(field["old"]), short(field["new"]))
        for one in done["writes"]
        for name, field in one["fields"].items()
    ]
    if rows:
        table(("system", "stream", "record", "field", "shows now", "is put back"), rows)
    for one in done["left_alone"]:
        where = f"{one['system']}/{one['stream']}/{one['record_id']}"
        if one["why"] == CREATED:
            line(f"{where}: the hub made it. It is not deleted; the hub leaves it alone, its department may delete it.")
        else:
            line(f"{where} {one['field'] or ''}: left alone, {one['why']}".replace("  ", " "))
