"""`crmhub outbox`. Room: console."""

from __future__ import annotations

from collections.abc import Callable
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
from flows.hub import Hub
from flows.profile_view import view_of
from flows.write_causes import CauseName, causes_shown, dismiss_all, retry_all
from golden_record.errors import NotDecidable
from golden_record.store.outbox import UNKNOWN

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Writes on their way.")


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
def causes(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Show why writes were refused or wait, by cause: the system's own words, the cure, and how many."""
    with hub_of(project) as hub:
        found = causes_shown(hub)
    if as_json:
        document(found)
        return 0
    for one in found["items"]:
        line(f"{one['writes']:,} in {one['system']}/{one['stream']}, {one['state']}, {one['code'] or 'no code'}")
        line(f"    {one['message'] or 'no word of the system'}")
        if one["cure"]:
            line(f"    {one['cure']}")
    if not found["items"]:
        line("No write waits for a person.")
    return 0


WriteArgument = Annotated[str | None, typer.Argument(metavar="[ID]", help="One write; else say which by options.")]
SystemOption = Annotated[str | None, typer.Option("--system", help="Every write of this system that needs a person.")]
StreamOption = Annotated[str | None, typer.Option("--stream", help="Of this stream.")]
CodeOption = Annotated[str | None, typer.Option("--code", help="Of this cause: its code in `crmhub outbox causes`.")]
StateOption = Annotated[str | None, typer.Option("--state", help="In this state: rejected, unknown, retry_at.")]


@app.command()
def retry(  # noqa: PLR0913 (the command's options)
    write_id: WriteArgument = None,
    system: SystemOption = None,
    stream: StreamOption = None,
    code: CodeOption = None,
    state: StateOption = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Have refused or dismissed writes planned again, from what holds then: one, or all of a cause."""
    which = _which(write_id, system, stream, code, state)
    with hub_of(project) as hub:
        if write_id is None:
            return _tell_many("retry_at", retry_all, [(hub, one) for one in _causes(hub, which)], as_json=as_json)
        write = outbox_acts.retry(hub, write_id.strip().upper())
    if as_json:
        document({"id": write.write_id, "state": "retry_at", "profile_id": write.profile_id})
    else:
        line(f"Planned again with the next sync or push: {write.system}/{write.stream}, profile {write.profile_id}")
    return 0


@app.command()
def dismiss(  # noqa: PLR0913 (the command's options)
    write_id: WriteArgument = None,
    system: SystemOption = None,
    stream: StreamOption = None,
    code: CodeOption = None,
    state: StateOption = None,
    reason: ReasonOption = "",
    by: AuthorOption = "",
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Give writes up, one or all of a cause: the same is not written again until its values change."""
    which = _which(write_id, system, stream, code, state)
    with hub_of(project) as hub:
        who, why = author_of(by), reason_of(reason)
        if write_id is None:

            def give_up(hub: Hub, cause: CauseName) -> int:
                return dismiss_all(hub, cause, author=who, reason=why)

            return _tell_many("dismissed", give_up, [(hub, one) for one in _causes(hub, which)], as_json=as_json)
        write = outbox_acts.dismiss(hub, write_id.strip().upper(), author=who, reason=why)
    if as_json:
        document({"id": write.write_id, "state": "dismissed", "profile_id": write.profile_id})
    else:
        line(f"Given up: {write.system}/{write.stream}, profile {write.profile_id}")
    return 0


def _which(write_id: str | None, *options: str | None) -> dict[str, str]:
    """Return what the options ask for; an id and options, or neither, is a wrong command line."""
    asked = {
        name: value
        for name, value in zip(("system", "stream", "code", "state"), options, strict=True)
        if value is not None
    }
    if bool(asked) == (write_id is not None):
        raise typer.BadParameter("name one write by its id, or many by --system, --stream, --code and --state")
    return asked


def _causes(hub: Hub, which: dict[str, str]) -> list[CauseName]:
    """Return the causes that fit, those of unknown outcome apart: they are looked up by the next sync.

    Raises:
        NotDecidable: none fits.
    """
    found = [
        CauseName(one["system"], one["stream"], one["state"], one["code"] or "", one["message"] or "")
        for one in causes_shown(hub)["items"]
        if all(one[name] == value for name, value in which.items()) and one["state"] != UNKNOWN
    ]
    if not found:
        raise NotDecidable("no write that can be decided fits", "See `crmhub outbox causes`")
    return found


def _tell_many(
    state: str, do: Callable[[Hub, CauseName], int], about: list[tuple[Hub, CauseName]], *, as_json: bool
) -> int:
    number = sum(do(hub, cause) for hub, cause in about)
    if as_json:
        document({"writes": number, "state": state})
    else:
        line(f"{number:,} writes: {'planned again with the next sync or push' if state == 'retry_at' else 'given up'}")
    return 0
