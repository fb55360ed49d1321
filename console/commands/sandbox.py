"""`crmhub sandbox`. Room: console."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import ValidationError

from connectors import registry
from connectors.population.departments import DEFAULT_SYSTEMS
from connectors.sandboxes.run import start_sandboxes

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def command(  # noqa: PLR0913 (the command's options)
    systems: Annotated[
        str | None, typer.Option("--systems", help="Names, joined by commas.", show_default="the demo's four")
    ] = None,
    customers: Annotated[int, typer.Option(min=0, help="True customers behind the records.")] = 1000,
    seed: Annotated[int, typer.Option(help="Ids, secrets and population follow from it.")] = 1,
    port: Annotated[int, typer.Option(help="The control port; the systems follow.", show_default="any free one")] = 0,
    limits: Annotated[
        str, typer.Option(help="`real` enforces the vendors' limits and waiting rules, `off` does not.")
    ] = "off",
    faults: Annotated[Path | None, typer.Option(help="JSON file of faults, as POST /_faults takes them.")] = None,
    state: Annotated[Path | None, typer.Option(help="Keep the records in this folder.")] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option(
            help="SYSTEM.NAME=VALUE: an uncertain behaviour, as the connector's README names it; several times."
        ),
    ] = None,
) -> int:
    """Serve the simulators until stopped; one JSON line tells where when all are ready."""
    names = systems_with_sandbox(systems)
    if limits not in {"real", "off"}:
        raise typer.BadParameter("--limits is `real` or `off`")
    kind: Literal["real", "off"] = "real" if limits == "real" else "off"
    stop = threading.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_, lambda *_: stop.set())
    try:
        rules = json.loads(faults.read_text()) if faults else None
        chosen = switches_of(switch or ())
        running = start_sandboxes(names, customers, seed, port, kind, faults=rules, state=state, switches=chosen)
    except (ValidationError, json.JSONDecodeError) as wrong:
        raise typer.BadParameter(f"the faults file cannot be used ({type(wrong).__name__})") from None
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--switch") from None
    except OSError as wrong:
        raise typer.BadParameter(f"cannot start: {wrong.strerror or wrong}") from None
    with running:
        sys.stdout.write(json.dumps(running.describe()) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def switches_of(written: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return system -> switch -> value.

    Raises:
        ValueError: one is not written as SYSTEM.NAME=VALUE.
    """
    found: dict[str, dict[str, str]] = {}
    for one in written:
        name, sign, value = one.partition("=")
        system, dot, switch = name.partition(".")
        if not (sign and dot and system and switch):
            raise ValueError(f"`{one}` is not written as SYSTEM.NAME=VALUE, such as web_forms.product=jinshuju")
        found.setdefault(system, {})[switch] = value
    return found


def systems_with_sandbox(written: str | None) -> list[str]:
    """Return the connectors that have a simulator: the named ones, or those of the demo."""
    known = [name for name in registry.names() if registry.connector(name).has_sandbox]
    if written is None:
        return list(DEFAULT_SYSTEMS)
    names = [name.strip() for name in written.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"there is no sandbox of `{name}`. Known: {', '.join(known)}.")
    return names
