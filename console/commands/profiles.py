"""`crmhub profiles`. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from console.options import (
    HERE,
    LIMIT,
    AfterOption,
    AuthorOption,
    JsonOption,
    LimitOption,
    MaskOption,
    ProjectOption,
    ReasonOption,
    author_of,
    hub_of,
    reason_of,
    system_of,
)
from console.say import document, line
from console.story_text import tell_story
from console.table import more, short, table, text_of
from flows import profile_history, profile_story
from flows.duplicates import duplicates as list_duplicates
from flows.export import FORMATS, ExportImpossible, export
from flows.profile_edits import Edit, WrongValue, create_profile, edit_profile
from flows.profile_view import profile_page, profile_shown, view_of
from flows.search import search as search_profiles
from flows.stewards import keep_customer

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="The golden records.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A profile's id; one that was merged away leads on.")]
EntityOption = Annotated[str | None, typer.Option("--entity", help="Only these: person, company, …")]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="FIELD=VALUE", help="Repeat it for a field that holds many."),
]


@app.command("list")
def list_(  # noqa: PLR0913 (the command's options)
    entity: EntityOption = None,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List profiles in order of id."""
    with hub_of(project) as hub:
        found = profile_page(hub, entity=entity, after=after, limit=limit, show=view_of(hub, mask=mask))
    return _tell_list(found, "crmhub profiles list", as_json=as_json)


@app.command()
def search(  # noqa: PLR0913 (the command's options)
    text: Annotated[str, typer.Argument(help="A phone, a mail, a name, a record's id, system/stream/id, an id.")],
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Find profiles by what is at hand. Ids, phones and mails are looked up; names are looked for one by one."""
    if not text.strip():
        raise typer.BadParameter("there is nothing to search for")
    with hub_of(project) as hub:
        found = search_profiles(hub, text, after=after, limit=limit, show=view_of(hub, mask=mask))
    return _tell_list(found, f"crmhub profiles search {text!r}", as_json=as_json)


@app.command()
def show(
    profile_id: IdArgument, mask: MaskOption = False, project: ProjectOption = HERE, as_json: JsonOption = False
) -> int:
    """Show a profile: its values, and where each comes from."""
    with hub_of(project) as hub:
        found = profile_shown(hub, profile_id.strip().upper(), view_of(hub, mask=mask))
    if found is None:
        raise _unknown(profile_id)
    if as_json:
        document(found)
        return 0
    line(f"{found['entity']} {found['profile_id']}, changed {found['updated_at']}")
    lineage = found["lineage"]
    table(
        ("field", "value", "from", "given at", "rule"),
        [
            (name, text_of(value), _place(lineage.get(name)), *_facts(lineage.get(name)))
            for name, value in found["fields"].items()
        ],
    )
    for one in found["sources"]:
        line(f"record       {one['system']}/{one['stream']}/{one['id']}")
    for one in found["relations"]:
        line(f"{one['relation']:<12} {one['profile_id']}")
    for name in found["in_review"]:
        line(f"in review    {name}")
    for former in found["redirected_from"]:
        line(f"formerly     {former}")
    return 0


@app.command()
def history(  # noqa: PLR0913 (the command's options)
    profile_id: IdArgument,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Show what happened to a profile: changes, what people gave where, what was written."""
    with hub_of(project) as hub:
        view = view_of(hub, mask=mask)
        found = profile_history.history(hub, profile_id.strip().upper(), after=after, limit=limit, show=view)
    if found is None:
        raise _unknown(profile_id)
    if as_json:
        document(found)
        return 0
    rows = [(one["at"], one["kind"], _place(one), _what_happened(one)) for one in found["items"]]
    table(("at", "what", "where", "which"), rows)
    more(found["next"], f"crmhub profiles history {profile_id}")
    return 0


@app.command()
def story(
    profile_id: IdArgument, mask: MaskOption = False, project: ProjectOption = HERE, as_json: JsonOption = False
) -> int:
    """Tell which records came when, why each belongs here, who decided what, and what lost to the values that show."""
    with hub_of(project) as hub:
        found = profile_story.story(hub, profile_id.strip().upper(), view_of(hub, mask=mask))
    if found is None:
        raise _unknown(profile_id)
    if as_json:
        document(found)
    else:
        tell_story(found)
    return 0


@app.command()
def duplicates(  # noqa: PLR0913 (the command's options)
    system: Annotated[str | None, typer.Option("--system", help="Only in this system.")] = None,
    department: Annotated[str | None, typer.Option("--department", help="Only in this department's systems.")] = None,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List customers who have several records in one stream of a system, for its own people to merge there."""
    with hub_of(project) as hub:
        if system is not None:
            system_of(hub, system)
        found = list_duplicates(
            hub, system=system, department=department, after=after, limit=limit, show=view_of(hub, mask=mask)
        )
    if as_json:
        document(found)
        return 0
    rows = [
        (
            one["department"],
            f"{one['system']}/{one['stream']}",
            one["profile_id"],
            short(one["name"]),
            one["keep"],
            ", ".join(record["id"] for record in one["records"][1:]),
        )
        for one in found["items"]
    ]
    table(("department", "where", "profile", "name", "keep", "merge into it"), rows)
    more(found["next"], "crmhub profiles duplicates")
    return 0


@app.command()
def keep(
    profile_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Say that a customer stays one: nothing follows from what people deleted of it, and it is archived no longer."""
    with hub_of(project) as hub:
        done = keep_customer(hub, profile_id.strip().upper(), author=author_of(by), reason=reason_of(reason))
    if as_json:
        document(done.to_json())
    else:
        line(f"Kept: {', '.join(done.profiles)}")
    return 0


@app.command()
def create(  # noqa: PLR0913 (the command's options)
    entity: Annotated[str, typer.Option("--entity", help="person, company, …")] = "person",
    values: SetOption = None,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Make a profile by hand; where its values say that the customer is known, it joins that profile."""
    try:
        with hub_of(project) as hub:
            made = create_profile(hub, entity, _values(values), author=author_of(by), reason=reason_of(reason))
    except WrongValue as wrong:
        raise typer.BadParameter(str(wrong)) from None
    if as_json:
        document({**made.to_json(), "profile_id": made.profiles[0], "created": made.created})
    else:
        line(f"{'Made' if made.created else 'Known already: joined'} {made.profiles[0]}")
    return 0


@app.command()
def edit(  # noqa: PLR0913 (the command's options)
    profile_id: IdArgument,
    values: SetOption = None,
    clear: Annotated[list[str] | None, typer.Option("--clear", metavar="FIELD", help="Empty it.")] = None,
    pin: Annotated[bool, typer.Option("--pin", help="It stands whatever the systems say later.")] = False,
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="The pin ends on this day (UTC).")
    ] = None,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Set or empty fields of a profile; without --pin, a later edit in a system counts again."""
    wanted = {**_values(values), **{name: [] for name in clear or ()}}
    if not wanted:
        raise typer.BadParameter("say what to set: --set FIELD=VALUE or --clear FIELD")
    if until is not None and not pin:
        raise typer.BadParameter("--until goes with --pin")
    change = Edit(wanted, pin, until.replace(tzinfo=UTC) if until else None)
    try:
        with hub_of(project) as hub:
            done = edit_profile(hub, profile_id.strip(), change, author=author_of(by), reason=reason_of(reason))
    except WrongValue as wrong:
        raise typer.BadParameter(str(wrong)) from None
    if as_json:
        document(done.to_json())
    else:
        line(f"Set in {done.profiles[0]}; the systems get it with the next sync or push.")
    return 0


@app.command("export")
def export_(  # noqa: PLR0913 (the command's options)
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Made with mode 0600.")],
    kind: Annotated[Literal["jsonl", "csv", "parquet"], typer.Option("--format", help=", ".join(FORMATS))] = "jsonl",
    entity: EntityOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Write all profiles into a file."""
    try:
        with hub_of(project) as hub:
            count = export(hub, out, kind=kind, entity=entity, show=view_of(hub, mask=mask))
    except ExportImpossible as wrong:
        raise typer.BadParameter(str(wrong)) from None
    if as_json:
        document({"file": str(out), "format": kind, "profiles": count})
    else:
        line(f"{count:,} profiles are in {out}")
    return 0


def _values(written: list[str] | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in written or ():
        name, separator, value = text.partition("=")
        if not separator or not name or not value:
            raise typer.BadParameter("write --set FIELD=VALUE; empty a field with --clear FIELD")
        found.setdefault(name.strip(), []).append(value)
    return found


def _unknown(profile_id: str) -> typer.BadParameter:
    return typer.BadParameter(f"there is no profile {profile_id}. Find it with `crmhub profiles search`")


def _tell_list(found: Mapping[str, Any], command: str, *, as_json: bool) -> int:
    if as_json:
        document(found)
        return 0
    names = ("name", "phones", "emails")
    rows = [
        (
            one["profile_id"],
            one["entity"],
            *(short(one["fields"].get(name)) for name in names),
            ", ".join(sorted({source["system"] for source in one["sources"]})),
        )
        for one in found["items"]
    ]
    table(("id", "entity", *names, "systems"), rows)
    more(found["next"], command)
    return 0


def _place(one: Mapping[str, Any] | None) -> str:
    if not one or not one.get("system"):
        return "a steward" if one and one.get("rule") in {"pin", "steward"} else "-"
    return "/".join(str(one[key]) for key in ("system", "stream", "id") if one.get(key))


def _facts(lineage: Mapping[str, Any] | None) -> tuple[str, str]:
    return (lineage["at"], lineage["rule"]) if lineage else ("-", "-")


def _what_happened(one: Mapping[str, Any]) -> str:
    if "field" in one:
        return short(f"{one['field']}: {text_of(one['values'])}")
    return short(one.get("detail") or one.get("fields"))
