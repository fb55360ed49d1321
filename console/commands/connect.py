"""`crmhub connect`. Room: console."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from connectors import registry
from connectors.registry import Connector
from console.consent import NOT_YET, PORT, consented
from console.options import HERE, ProjectOption, hub_of
from console.say import note
from flows.connecting import (
    Question,
    answered,
    attempt,
    mapped_streams,
    mistakes,
    questions,
    secret_names,
    write_block,
)
from flows.hub_config import BY_HAND
from flows.project_secrets import ProjectSecrets

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Secrets = Annotated[
    Literal["file", "keyring", "environment"],
    typer.Option("--secrets", help="Where secrets go: sealed in the project, the machine's key ring, or nowhere."),
]


@app.command()
def command(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="Its name in hub.yaml, which is free.")],
    connector: Annotated[str, typer.Option("--connector", help="Default: the one called like the system.")] = "",
    secrets: Secrets = "file",
    port: Annotated[int, typer.Option(help="Where the browser comes back to from a vendor's consent page.")] = PORT,
    project: ProjectOption = HERE,
) -> int:
    """Ask for what a system needs, check it, and write its block into hub.yaml. Only at a terminal.

    Secrets are not shown as they are typed, and never stand in hub.yaml. Nothing is written unless the check succeeds.
    A new system is in mode `report`: nothing is written to it before you say so.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise typer.BadParameter("it asks questions: run it at a terminal. In a script write config/hub.yaml instead")
    if not system.isidentifier() or not system.islower() or system == BY_HAND:
        raise typer.BadParameter("a system's name is of small letters, digits and `_`", param_hint="SYSTEM")
    folder = project.resolve()
    with hub_of(folder) as hub:
        before = hub.systems.get(system)
        chosen = _connector(connector or (before.config.connector if before else system))
        department = _ask(
            "department, whose people work in it", default=before.config.department if before else "sales"
        )
        config = _config(chosen, system, port)
        if config is None:
            note("Nothing was written.")
            return 1
        note("Checking …")
        tried = attempt(chosen, system, config, hub.store, folder)
        note(tried.message)
        if not tried.ok:
            note("Nothing was written. Correct what is wrong, and connect again.")
            return 1
        mapped = mapped_streams(chosen, system, folder, tried.streams)
        note(f"It offers: {', '.join(tried.streams)}")
        streams = _ask("streams, joined by commas", default=", ".join(mapped or tried.streams[:1]))
    names = secret_names(chosen, system, config)
    if secrets != "environment":
        kept = ProjectSecrets(folder, {**os.environ})
        for name, variable in names.items():
            kept.keep(variable, str(config[name]), secrets)
    written = {name: f"${{{names[name]}}}" if name in names else value for name, value in config.items()}
    write_block(folder, system, chosen, department, written, [one.strip() for one in streams.split(",") if one.strip()])
    _tell_what_is_next(system, folder, list(names.values()) if secrets == "environment" else [])
    return 0


def _connector(name: str) -> Connector:
    try:
        return registry.connector(name)
    except LookupError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--connector") from None


def _config(connector: Connector, system: str, port: int) -> dict[str, Any] | None:
    """Ask for the needed settings, then for others until all fits together; None: the vendor's consent was not got."""
    asked = questions(connector)
    later = connector.consent.setting if connector.consent else ""
    config = {one.name: _answer(one) for one in asked if one.needed and one.name != later}
    by_name = {one.name: one for one in asked}
    others = [one.name for one in asked if not one.needed]
    if others:
        note(f"Further settings: {', '.join(others)}")
    while True:
        # What consent brings is missing as yet, and must not hide what else is wrong.
        wrong = mistakes(connector, {**({later: NOT_YET} if later else {}), **config})
        for mistake in wrong:
            note(f"  {mistake}")
        name = _ask("a further setting (empty: go on)", default="")
        if name in by_name:
            config[name] = _answer(by_name[name])
        elif name:
            note(f"  there is no setting {name}")
        elif not mistakes(connector, config):
            return config
        elif connector.consent and later not in config and not wrong:
            token = consented(connector, connector.consent, system, config, port)
            if token is None:
                return None
            config[later] = token
            return config


def _answer(question: Question) -> Any:  # noqa: ANN401 (what the setting takes)
    """Ask for one setting."""
    text = str(typer.prompt(f"{question.name}: {question.meaning}", hide_input=question.secret, err=True))
    return answered(question, text)


def _ask(what: str, *, default: str) -> str:
    return str(typer.prompt(what, default=default, show_default=bool(default), err=True)).strip()


def _tell_what_is_next(system: str, folder: Path, variables: list[str]) -> None:
    note(f"{system} is in {folder / 'config' / 'hub.yaml'}.")
    if variables:
        note(f"Set these in the environment of every crmhub: {', '.join(variables)}")
    note(f"Next: crmhub mapping lint, then crmhub sync {system} --dry-run")
