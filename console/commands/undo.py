"""`crmhub undo`. Room: console."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from console.options import HERE, AuthorOption, JsonOption, ProjectOption, ReasonOption, author_of, hub_of, reason_of
from console.say import document, line
from console.table import short, table
from flows.stewards import act_json, standing_acts, undo_acts, undo_which
from golden_record.store.acts import KeptAct, Which

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="A steward's act, or a run: then every act that was done in it."),
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


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    names: Names = None,
    of: OfOption = None,
    since: SinceOption = None,
    kind: KindOption = None,
    listed: ListOption = False,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Take stewards' acts back: decisions, merges, splits, values, pins. The systems follow with the next sync."""
    which = Which(of, since.replace(tzinfo=UTC) if since else None, None, tuple(kind or ()))
    if names and which != Which():
        raise typer.BadParameter("name acts by their ids, or by --of, --since and --kind; not both")
    if not names and which == Which() and not listed:
        raise typer.BadParameter("say what to undo: ids, or --of, --since, --kind (--list shows what fits)")
    with hub_of(project) as hub:
        if listed:
            if names:
                raise typer.BadParameter("--list goes with --of, --since and --kind")
            return _tell(standing_acts(hub, which), as_json=as_json)
        who, why = author_of(by), reason_of(reason)
        if names:
            done = undo_acts(hub, [name.strip() for name in names], author=who, reason=why)
        else:
            done = undo_which(hub, which, author=who, reason=why)
    if as_json:
        document(done.to_json())
        return 0
    for one in done.acts:
        line(f"Undone: {one.kind} of {one.at:%Y-%m-%d %H:%M} UTC by {one.author} ({one.act_id})")
    line(f"Profiles: {', '.join(done.outcome.profiles) or 'none changed'}")
    return 0


def _tell(found: Sequence[KeptAct], *, as_json: bool) -> int:
    if as_json:
        document({"items": [act_json(one) for one in found], "next": None})
        return 0
    rows = [(one.act_id, one.kind, f"{one.at:%Y-%m-%d %H:%M}", one.author, short(one.reason)) for one in found]
    table(("act", "what", "at", "by", "why"), rows)
    return 0
