"""`crmhub plan`. Room: console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from console.approver import TokenOption, approver_of
from console.default_command import DefaultCommand
from console.options import (
    HERE,
    AuthorOption,
    JsonOption,
    MaskOption,
    ProjectOption,
    ReasonOption,
    SystemsArgument,
    author_of,
    hub_of,
    reason_of,
    systems_of,
)
from console.say import document, line, note
from console.table import short, table
from flows.candidate import plan_candidate
from flows.merge_plan import plan_merges
from flows.plan_json import PlanUnreadable, approve_plan, plan_json, write_plan
from flows.plan_sieve import PlanSieve
from flows.planning import plan_now
from flows.profile_view import view_of

app = typer.Typer(cls=DefaultCommand, add_completion=False, rich_markup_mode=None)

SHOWN = 40
_LASTING = {
    "delete": "The hub takes none back; who works in the system may restore a record, where it has a recycle bin.",
    "merge": "No system takes one back.",
}
"""What is said before a plan is kept that undo cannot undo."""
KINDS = ("create", "update", "delete", "merge")


@app.command(DefaultCommand.NAME, hidden=True)
def command(  # noqa: PLR0913 (a command's options)
    systems: SystemsArgument = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Keep the plan; push carries it out.")
    ] = None,
    system: Annotated[list[str] | None, typer.Option("--system", help="Only this system; repeat it.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only these writes: create, update, delete, merge.")
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option("--field", help="Only writes of this field: the profile's or the system's name.")
    ] = None,
    profile: Annotated[list[str] | None, typer.Option("--profile", metavar="ID", help="Only this profile.")] = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Only values that won by this rule.")] = None,
    why: Annotated[list[str] | None, typer.Option("--why", help="Only what is blocked for this reason.")] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="DIR",
            help="Plan as if the YAML in DIR stood in config/: profile.yaml, matching.yaml, hub.yaml, mappings/….",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    merges: Annotated[
        bool,
        typer.Option(
            "--merges",
            help="Instead: let the systems that say `merges: true` merge their own duplicates. Cannot be undone.",
        ),
    ] = False,
    by: AuthorOption = "",
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Show what would be written now, field by field, from what was last pulled. Changes nothing.

    `crmhub plan approve FILE` approves a plan that another person kept: above the ceilings nothing goes out without.
    """
    for one in kind or ():
        if one not in KINDS:
            raise typer.BadParameter(f"there is no kind `{one}`. Known: {', '.join(KINDS)}", param_hint="--kind")
    if out is not None and mask:
        raise typer.BadParameter("a masked plan cannot be carried out: leave out --out or --mask")
    if merges and config is not None:
        raise typer.BadParameter("merges are planned under the YAML in force: leave out --config or --merges")
    with hub_of(project) as hub:
        named = list(dict.fromkeys([*(systems or ()), *(system or ())]))
        sieve = PlanSieve(
            *(tuple(one or ()) for one in (kind, field, [one.upper() for one in profile or ()], rule, why))
        )
        view, asked = view_of(hub, mask=mask), systems_of(hub, named)
        for warning in hub.project.warnings:
            note(f"warning: {warning}")
        if config is None:
            found_now = plan_merges(hub, asked) if merges else plan_now(hub, asked)
            shown = plan_json(hub, sieve.of(found_now), view)
        else:
            found = plan_candidate(hub, config, os.environ, named, view)
            shown = {**plan_json(hub, sieve.of(found.plan), view), "candidate": found.to_json()}
    if out is not None:
        _keep(out, {"planned": {"by": author_of(by)}, **shown})
    if as_json:
        document(shown)
    else:
        _tell(shown, out)
    return 0


@app.command()
def approve(  # noqa: PLR0913 (the command's options)
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan that another person kept with --out.")],
    reason: ReasonOption,
    token: TokenOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Approve a plan as a second person, so that `crmhub push --plan FILE` may go above the ceilings.

    Where the hub has users, it is approved by the name of a token; --by counts only where there are none.
    """
    with hub_of(project) as hub:
        who = approver_of(hub, token, by)
        try:
            kept = approve_plan(file, hub.store.vault, by=who, at=hub.now(), reason=reason_of(reason))
        except PlanUnreadable as wrong:
            raise typer.BadParameter(str(wrong), param_hint="FILE") from None
    if as_json:
        names = {"planned_by": kept.planned_by, "approved_by": who}
        document({"file": str(file), **names, "writes": len(kept.writes)})
    else:
        line(f"Approved: {len(kept.writes):,} writes, planned by {kept.planned_by}.")
        line(f"Carry it out: crmhub push --plan {file}")
    return 0


def _keep(out: Path, shown: dict[str, Any]) -> None:
    try:
        write_plan(out, shown)
    except OSError as wrong:
        raise typer.BadParameter(f"{out} cannot be written: {wrong.strerror}", param_hint="--out") from None


def _tell(shown: dict[str, Any], out: Path | None) -> None:
    writes, blocked = shown["writes"], shown["blocked"]
    for kind, warning in _LASTING.items():
        number = sum(one["kind"] == kind for one in writes)
        if number:
            line(f"{number:,} {kind}{'s' if number > 1 else ''}. {warning}")
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
        if (field["old"], field["new"]) != (None, None)
    ]
    if rows:
        table(("system", "stream", "record", "kind", "field", "old", "new", "rule"), rows)
    if len(writes) > SHOWN:
        line(f"… and {len(writes) - SHOWN:,} writes more: crmhub plan --json")
    whys: dict[tuple[str, str], int] = {}
    for one in blocked:
        whys[one["system"], one["why"]] = whys.get((one["system"], one["why"]), 0) + 1
    line(f"{len(writes):,} writes planned; {len(blocked):,} blocked")
    for system, kinds in shown["counts"]["writes"].items():
        line(f"  {system}: " + ", ".join(f"{count:,} {kind}s" for kind, count in kinds.items()))
        fields = shown["counts"]["fields"][system]
        line("    of " + ", ".join(f"{name} ({count:,})" for name, count in fields.items()))
    for (system, why), count in sorted(whys.items()):
        line(f"  {system}: {count:,} {why}")
    if "candidate" in shown:
        _tell_candidate(shown["candidate"])
    if out is not None:
        line(f"Kept in {out}. Carry it out: crmhub push --plan {out}")


def _tell_candidate(found: dict[str, Any]) -> None:
    profiles = found["profiles"]
    changed = ", ".join(f"{profiles[kind]:,} {kind}" for kind in ("changed", "new", "gone"))
    line(f"Under this config, profiles: {changed}")
    for system, kinds in found["now"]["writes"].items():
        line(f"  without it, {system}: " + ", ".join(f"{count:,} {kind}s" for kind, count in kinds.items()))
    for one in found["above_ceiling"]:
        line(
            f"  {one['system']}: {one['writes']:,} {one['kind']}s are above the ceiling of {one['ceiling']:,}: "
            "keep the plan with --out, and let a second person approve it"
        )
