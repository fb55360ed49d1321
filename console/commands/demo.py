"""`crmhub demo`. Room: console."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from console.options import hub_of
from console.progress import watching
from console.say import document, line, note
from console.summary import print_summary
from flows.new_project import ProjectExists, write_project
from flows.sync import Wanted, sync
from flows.truth import measure

app = typer.Typer(add_completion=False, rich_markup_mode=None)

STOPPING = 10
"""Seconds that sandboxes get to end by themselves."""


@app.command()
def command(
    customers: Annotated[int, typer.Option(min=1, help="True customers behind the records.")] = 1000,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the project here.")] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Keep the sandboxes up afterwards, until stopped.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")] = False,
) -> int:
    """Four kinds of systems in, one profile per customer, pushed back: twice, and the second time nothing moves."""
    folder = keep or Path(tempfile.mkdtemp(prefix="crmhub-demo-"))
    note(f"Starting four sandboxes with {customers:,} customers (seed {seed}) …")
    with sandboxes(customers, seed) as described:
        try:
            write_project(folder, systems=blocks(described["systems"]))
        except ProjectExists as wrong:
            raise typer.BadParameter(str(wrong)) from None
        results = []
        for name in ("First sync", "Second sync"):
            note(f"{name} …")
            with hub_of(folder) as hub, watching() as watcher:
                tally = sync(hub, Wanted(), watcher)
                results.append(tally.to_json())
        with hub_of(folder) as hub:
            truth = measure(hub, records_of(described["control"]))
        if as_json:
            outcome = {"first": results[0], "second": results[1], "truth": truth, "project": str(folder)}
            document(outcome)
        else:
            _tell(results, truth, folder, kept=bool(keep or serve))
        if serve:
            sys.stdout.flush()
            note(f"Sandboxes stay up; control port {described['control']}. Ctrl-C ends.")
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
    if not (keep or serve or as_json):
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(result["status"] in {"ok", "partial"} for result in results) and not writes_of(results[1]) else 1


@contextmanager
def sandboxes(customers: int, seed: int) -> Iterator[dict[str, Any]]:
    """Run the sandboxes in a process of their own, as vendors' systems are; yield what they say of themselves."""
    arguments = ["sandbox", "--customers", str(customers), "--seed", str(seed)]
    arguments += ["--systems", "zoho_crm,fxiaoke,zendesk,web_forms"]
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-m", "console.main", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        ready = process.stdout.readline() if process.stdout else ""
        if not ready:
            raise typer.BadParameter("the sandboxes did not start; see above")
        yield json.loads(ready)
    finally:
        process.terminate()
        try:
            process.wait(timeout=STOPPING)
        except subprocess.TimeoutExpired:  # a busy machine; there is nothing in it to be kept
            process.kill()
            process.wait()


def blocks(systems: Mapping[str, Any]) -> dict[str, Any]:
    """Return the systems' blocks for hub.yaml, allowed to create."""
    made = {}
    for name, one in systems.items():
        block = with_dealings(name, dict(one["config"]))
        if name != "web_forms":
            block["push"] = {"mode": "create", "create": "when_contactable"}
        made[name] = block
    return made


DEALINGS: Mapping[str, tuple[str, ...]] = {
    "zoho_crm": ("Deals",),
    "fxiaoke": ("SalesOrderObj", "CasesObj"),
    "zendesk": ("tickets", "satisfaction_ratings"),
}
"""Streams of what customers did, by system: what each department sees of the others is summed up from them."""
_NAMED_BY = {"zoho_crm": "modules", "fxiaoke": "objects"}
"""The setting by which a connector is told what else to read."""


def with_dealings(name: str, block: dict[str, Any]) -> dict[str, Any]:
    """Return a system's block that also reads what customers did there."""
    more = DEALINGS.get(name, ())
    streams = [*block["streams"], *(one for one in more if one not in block["streams"])]
    named = {_NAMED_BY[name]: streams} if name in _NAMED_BY else {}
    return {**block, "streams": streams, "config": {**block["config"], **named}}


def writes_of(result: Mapping[str, Any]) -> int:
    """Return how many records a sync wrote."""
    return sum(system["writes"]["create"] + system["writes"]["update"] for system in result["systems"].values())


def records_of(control: str) -> list[dict[str, Any]]:
    """Ask the sandboxes for the true customer behind every record."""
    with urllib.request.urlopen(f"{control}/_truth", timeout=60) as reply:  # noqa: S310 (our own control port)
        found: list[dict[str, Any]] = json.load(reply)["records"]
    return found


def _tell(results: list[dict[str, Any]], truth: Mapping[str, Any], folder: Path, *, kept: bool) -> None:
    for title, result in zip(("First sync", "Second sync"), results, strict=True):
        line(f"--- {title}")
        print_summary(result)
    line("--- Against the truth (pairs of records in one profile)")
    line(
        f"precision    {truth['precision']:.4f}   recall {truth['recall']:.4f}   F1 {truth['f1']:.4f}   "
        f"with the review band recall {truth['recall_with_reviews']:.4f}"
    )
    again = sum(
        sum(system["writes"][kind] for kind in ("create", "update")) for system in results[1]["systems"].values()
    )
    line(f"The second sync made {again} writes.")
    if kept:
        line(f"The project is in {folder}. Look around:")
        line(f"  crmhub profiles list --project {folder}")
        line(f"  crmhub review list --project {folder}")
        line(f"  crmhub plan --project {folder}")
    else:
        line("Look around in it: crmhub demo --keep DIR --serve, then crmhub profiles list --project DIR")
