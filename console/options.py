"""Options that several commands share. Room: console."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from flows.hub import ConfiguredSystem, Hub, open_hub

ProjectOption = Annotated[
    Path,
    typer.Option("--project", envvar="CRMHUB_PROJECT", help="The project's folder.", show_default="this folder"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON document.")]
MaskOption = Annotated[bool, typer.Option("--mask", help="Hide the personal core of values.")]
SystemsArgument = Annotated[list[str] | None, typer.Argument(metavar="[SYSTEM]...", show_default="all")]

LimitOption = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Items at most.")]
AfterOption = Annotated[str | None, typer.Option("--after", metavar="CURSOR", help="Go on after the last `next`.")]
WaitOption = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for another sync.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept with the decision.")]
AuthorOption = Annotated[
    str, typer.Option("--by", envvar="CRMHUB_USER", help="Who decides.", show_default="the signed-in user")
]

HERE = Path()
LIMIT = 50


@contextmanager
def hub_of(project: Path) -> Iterator[Hub]:
    """Open the project's hub with this process's environment."""
    with open_hub(project.resolve(), os.environ) as hub:
        yield hub


def system_of(hub: Hub, name: str) -> ConfiguredSystem:
    """Return a system by name; an unknown one is a wrong command line."""
    if name not in hub.systems:
        raise typer.BadParameter(f"there is no system `{name}` in hub.yaml. Known: {', '.join(hub.systems) or 'none'}.")
    return hub.systems[name]


def author_of(written: str) -> str:
    """Return who acts: as written, else who is signed in to this machine."""
    try:
        return (written.strip() or getpass.getuser())[:120]
    except (OSError, KeyError):  # a container's user may have no name
        return f"user {os.getuid()}"


def reason_of(written: str) -> str:
    """Return why; an empty reason is a wrong command line."""
    if not written.strip():
        raise typer.BadParameter("say why in a few words", param_hint="--reason")
    return written.strip()


def systems_of(hub: Hub, names: list[str] | None) -> list[ConfiguredSystem]:
    """Return the named systems, or all."""
    return [system_of(hub, name) for name in names] if names else list(hub.systems.values())
