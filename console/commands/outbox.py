"""`crmhub outbox`. Room: console."""

from __future__ import annotations

from typing import Annotated

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
)
from console.say import document, line
from console.table import more, short, table
from flows import outbox_acts
from flows.profile_view import view_of

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Writes on their way.")

IdArgument = Annotated[str, typer.Argument(metavar="ID")]


@app.command("list")
def list_(  # noqa: PLR0913 (the command's options)
    state: Annotated[
        list[str] | None,
        typer.Option("--state", help=", ".join(outbox_acts.STATES), show_default="all that are not done"),
    ] = None,
    limit: LimitOption = LIMIT,
    after: AfterOption = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """List writes, oldest first."""
    for one in state or ():
        if one not in outbox_acts.STATES:
            raise typer.BadParameter(f"there is no state `{one}`. Known: {', '.join(outbox_acts.STATES)}")
    with hub_of(project) as hub:
        states = state or outbox_acts.UNFINISHED
        found = outbox_acts.write_page(hub, states, after=after, limit=limit, show=view_of(hub, mask=mask))
    if as_json:
        document(found)
        return 0
    columns = ("id", "system", "stream", "record_id", "kind", "state", "code")
    rows = [[*(one[name] for name in columns), short(", ".join(one["fields"]))] for one in found["items"]]
    table((*columns, "fields"), rows)
    more(found["next"], "crmhub outbox list")
    return 0


@app.command()
def retry(write_id: IdArgument, project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Have a refused or dismissed write planned again, from what holds then."""
    with hub_of(project) as hub:
        write = outbox_acts.retry(hub, write_id.strip().upper())
    if as_json:
        document({"id": write.write_id, "state": "retry_at", "profile_id": write.profile_id})
    else:
        line(f"Planned again with the next sync or push: {write.system}/{write.stream}, profile {write.profile_id}")
    return 0


@app.command()
def dismiss(
    write_id: IdArgument,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Give a write up: the same is not written again until its values change."""
    with hub_of(project) as hub:
        who = author_of(by)
        write = outbox_acts.dismiss(hub, write_id.strip().upper(), author=who, reason=reason_of(reason))
    if as_json:
        document({"id": write.write_id, "state": "dismissed", "profile_id": write.profile_id})
    else:
        line(f"Given up: {write.system}/{write.stream}, profile {write.profile_id}")
    return 0
