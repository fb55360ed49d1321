"""`crmhub plan`. Room: console."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from console.options import HERE, JsonOption, MaskOption, ProjectOption, SystemsArgument, hub_of, systems_of
from console.say import document, line
from console.table import short, table
from flows.plan_json import plan_json, write_plan
from flows.planning import plan_now
from flows.profile_view import view_of

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SHOWN = 40


@app.command()
def command(
    systems: SystemsArgument = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Keep the plan; push carries it out.")
    ] = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Show what would be written now, field by field, from what was last pulled. Changes nothing."""
    if out is not None and mask:
        raise typer.BadParameter("a masked plan cannot be carried out: leave out --out or --mask")
    with hub_of(project) as hub:
        shown = plan_json(hub, plan_now(hub, systems_of(hub, systems)), view_of(hub, mask=mask))
    if out is not None:
        _keep(out, shown)
    if as_json:
        document(shown)
    else:
        _tell(shown, out)
    return 0


def _keep(out: Path, shown: dict[str, Any]) -> None:
    try:
        write_plan(out, shown)
    except OSError as wrong:
        raise typer.BadParameter(f"{out} cannot be written: {wrong.strerror}", param_hint="--out") from None


def _tell(shown: dict[str, Any], out: Path | None) -> None:
    writes, blocked = shown["writes"], shown["blocked"]
    rows = [
        (
            one["system"],
            one["stream"],
            one["record_id"] or f"new, {one['profile_id']}",
            one["kind"],
            name,
            short(field["old"]),
            short(field["new"]),
            field["rule"],
        )
        for one in writes[:SHOWN]
        for name, field in one["fields"].items()
    ]
    if rows:
        table(("system", "stream", "record", "kind", "field", "old", "new", "rule"), rows)
    if len(writes) > SHOWN:
        line(f"… and {len(writes) - SHOWN:,} writes more: crmhub plan --json")
    whys: dict[tuple[str, str], int] = {}
    for one in blocked:
        whys[one["system"], one["why"]] = whys.get((one["system"], one["why"]), 0) + 1
    line(f"{len(writes):,} writes planned; {len(blocked):,} blocked")
    for (system, why), count in sorted(whys.items()):
        line(f"  {system}: {count:,} {why}")
    if out is not None:
        line(f"Kept in {out}. Carry it out: crmhub push --plan {out}")
