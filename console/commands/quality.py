"""`crmhub quality`. Room: console."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from console.options import (
    HERE,
    LIMIT,
    AfterOption,
    JsonOption,
    LimitOption,
    MaskOption,
    ProjectOption,
    hub_of,
    system_of,
)
from console.say import document, line, note
from console.table import more, short, table
from flows.export import ExportImpossible
from flows.profile_view import instant, view_of
from flows.quality_lists import Filter, Kind, export_list, quality_list
from flows.quality_report import quality_json
from flows.self_update_export import LinkList, export_links

app = typer.Typer(add_completion=False, rich_markup_mode=None)

SystemOption = Annotated[list[str] | None, typer.Option("--system", help="Only this system; may be repeated.")]
DepartmentOption = Annotated[
    list[str] | None, typer.Option("--department", help="Only this department's systems; may be repeated.")
]
OwnerOption = Annotated[
    list[str] | None,
    typer.Option("--owner", help="Only records of this colleague, as the system names them; may be repeated."),
]


@app.callback(invoke_without_command=True)
def report(
    context: typer.Context,
    systems: SystemOption = None,
    since: Annotated[int, typer.Option("--since", metavar="DAYS", min=1, help="Compare with so many days ago.")] = 30,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Measure how the fields of every stream are filled, beside what held before; `quality list` names the records."""
    if context.invoked_subcommand is not None:
        return 0
    with hub_of(project) as hub:
        names = [system_of(hub, name).name for name in systems or ()]
        found = quality_json(hub, systems=names, since=timedelta(days=since))
    if as_json:
        document(found)
        return 0
    columns = ("system", "stream", "entity", "field", "records", "filled", "valid", "trend", "corrected")
    rows = [
        [one[name] for name in columns[:5]]
        + [_share(one, "filled"), _share(one, "valid"), _trend(one), one["corrected"]]
        + [one[name] for name in ("placeholder", "stale", "disputed")]
        for one in found["fields"]
    ]
    table((*columns, "placeholder", "stale", "disputed"), rows)
    if found["compared_with"]:
        note(f"trend: change of the valid share since {found['compared_with']}, in percentage points")
    return 0


def _share(one: dict[str, Any], count: str) -> str:
    """Filled of all records, valid of the filled ones."""
    whole = one["records"] if count == "filled" else one["filled"]
    return f"{100 * one[count] / whole:.1f} %" if whole else "-"


def _trend(one: dict[str, Any]) -> str:
    before = one["before"]
    if not before or not before["filled"] or not one["filled"]:
        return "-"
    return f"{100 * (one['valid'] / one['filled'] - before['valid'] / before['filled']):+.1f}"


@app.command("list")
def list_(  # noqa: PLR0913 (the command's options)
    kind: Annotated[
        Literal["mend", "verify", "all"],
        typer.Option("--kind", help="mend: values that cannot be used. verify: values nobody has confirmed for long."),
    ] = "all",
    systems: SystemOption = None,
    departments: DepartmentOption = None,
    owners: OwnerOption = None,
    fields: Annotated[list[str] | None, typer.Option("--field", help="Only this field; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the whole list as CSV.")] = None,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List the records to mend or to verify with the customer, by department and by responsible colleague."""
    kinds: Collection[Kind] = ("mend", "verify") if kind == "all" else (kind,)
    with hub_of(project) as hub:
        names = [system_of(hub, name).name for name in systems or ()]
        wanted = Filter(kinds, names, departments or (), owners or (), fields or ())
        show = view_of(hub, mask=mask)
        if out is not None:
            try:
                count = export_list(hub, wanted, show, out)
            except ExportImpossible as wrong:
                raise typer.BadParameter(str(wrong), param_hint="--out") from None
            document({"file": str(out), "items": count}) if as_json else line(f"{count} items in {out}")
            return 0
        try:
            found = quality_list(hub, wanted, show, after=after, limit=limit)
        except ValueError:
            raise typer.BadParameter("this is no cursor of this list", param_hint="--after") from None
    if as_json:
        document(found)
        return 0
    columns = ("kind", "department", "owner", "system", "stream", "id", "field", "codes", "value")
    table(columns, [[short(one[name]) for name in columns] for one in found["items"]])
    more(found["next"], "crmhub quality list")
    return 0


@app.command()
def links(  # noqa: PLR0913 (the command's options)
    base_url: Annotated[
        str, typer.Option("--base-url", help="Where customers reach `crmhub serve`: https://crm.example.com")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The CSV for your mail or SMS tool.")],
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How long the links hold.")] = 30,
    entity: Annotated[str, typer.Option("--entity", help="person, company, …")] = "person",
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Not only customers with values that nobody has confirmed for long.")
    ] = False,
    systems: SystemOption = None,
    departments: DepartmentOption = None,
    owners: OwnerOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Write a list of signed links: each lets one customer see (masked) and correct their own data."""
    if not re.fullmatch(r"https://[^\s?#]+|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?/?", base_url):
        raise typer.BadParameter("write an https:// address (http:// only for this machine)", param_hint="--base-url")
    with hub_of(project) as hub:
        if entity not in hub.rules.entities:
            raise typer.BadParameter(f"there is no entity `{entity}`", param_hint="--entity")
        names = [system_of(hub, name).name for name in systems or ()]
        wanted = Filter(systems=names, departments=departments or (), owners=owners or ())
        what = LinkList(base_url, hub.now() + timedelta(days=days), wanted, entity, everyone)
        try:
            count = export_links(hub, what, out)
        except ExportImpossible as wrong:
            raise typer.BadParameter(str(wrong), param_hint="--out") from None
    if as_json:
        document({"file": str(out), "links": count, "expires_at": instant(what.ends_at)})
    else:
        line(f"{count} links in {out}; whoever has a link can use it, so send each only to its customer")
    return 0
