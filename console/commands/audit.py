"""`crmhub audit`. Room: console."""

from __future__ import annotations

from typing import Annotated

import typer

from console.options import HERE, JsonOption, MaskOption, ProjectOption, hub_of, system_of
from console.say import document, line, note
from console.table import short, table
from flows.audit_view import OfRecord, check_chains, verdict_json, writes_of
from flows.profile_view import view_of
from golden_record.chain import Head
from golden_record.store.audit import ACTS, WRITES

app = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="What the hub wrote, noted for good."
)

CHAINS = (WRITES, ACTS)
FAULTS = {
    "missing": "an entry was taken out",
    "does_not_follow": "the entry is not the one that was noted",
    "changed": "what it says is not what was noted",
    "unreadable": "it cannot be opened",
    "emptied": "what it said was taken out, and no erasure says so",
    "cut_off": "the newest entries were taken out",
    "not_the_noted_head": "the entry that was noted elsewhere is not there: a restored backup, or another history",
}


@app.command()
def show(  # noqa: PLR0913 (a command's arguments)
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="Its name in hub.yaml.")],
    stream: Annotated[str, typer.Argument(metavar="STREAM")],
    record_id: Annotated[str, typer.Argument(metavar="ID", help="The record's id there.")],
    field: Annotated[str | None, typer.Argument(metavar="[FIELD]", help="Its system's name of a field.")] = None,
    mask: MaskOption = False,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Show what the hub wrote into a record: when, why, on whose word, what was there before, what was read back."""
    with hub_of(project) as hub:
        system_of(hub, system)
        found = writes_of(hub, OfRecord(system, stream, record_id, field), view_of(hub, mask=mask))
    if as_json:
        document(found)
        return 0
    rows = [
        (
            one["at"],
            one["kind"],
            name,
            short(said.get("old")),
            short(said.get("new")),
            short(said.get("read_back")) if said.get("read_back") != said.get("new") else "the same",
            said["rule"],
            said["steward"] or one["authority"].get("approved_by") or said["source"],
            one["run"]["id"],
        )
        for one in found["items"]
        for name, said in one["fields"].items()
    ]
    table(("at", "kind", "field", "before", "written", "read back", "rule", "on the word of", "run"), rows)
    erased = sum(one["erased"] for one in found["items"])
    if erased:
        line(f"{erased:,} writes whose values were erased with the person")
    if not found["items"]:
        line("The hub has written nothing there.")
    return 0


@app.command()
def verify(
    chain: Annotated[str | None, typer.Option("--chain", help=", ".join(CHAINS), show_default="all")] = None,
    head: Annotated[
        str | None, typer.Option("--head", metavar="NUMBER:HASH", help="A head noted earlier: is it still in there?")
    ] = None,
    project: ProjectOption = HERE,
    as_json: JsonOption = False,
) -> int:
    """Check that nothing that was noted was changed or taken out. Exit code 1 where something was.

    Write the heads that it prints down elsewhere; with `--head` a later check also finds a store that was set back.
    """
    if chain is not None and chain not in CHAINS:
        raise typer.BadParameter(f"there is no chain `{chain}`. Known: {', '.join(CHAINS)}", param_hint="--chain")
    noted = _noted(head)
    if noted is not None and chain is None:
        chain = WRITES
    with hub_of(project) as hub:
        verdicts = check_chains(hub, [chain] if chain else CHAINS, noted)
    sound = all(one.sound for one in verdicts)
    if as_json:
        document({"sound": sound, "chains": [verdict_json(one) for one in verdicts]})
        return 0 if sound else 1
    for one in verdicts:
        line(f"{one.chain}: {one.entries:,} entries, {one.erased:,} erased, head {one.head.to_text()}")
        for number, what in one.faults[:20]:
            note(f"{one.chain} entry {number}: {FAULTS[what]}.")
    if not sound:
        note("Somebody has written to the database beside the hub. Compare with a backup: crmhub verify FILE.")
    return 0 if sound else 1


def _noted(written: str | None) -> Head | None:
    try:
        return Head.parse(written) if written is not None else None
    except ValueError:
        raise typer.BadParameter("write it as `crmhub audit verify` prints it", param_hint="--head") from None
