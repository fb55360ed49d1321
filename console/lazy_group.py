"""Which commands there are; each is imported only when it is called, so that `--help` answers at once.

Room: console.
"""

from __future__ import annotations

import importlib
import logging
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from console import logs

COMMANDS: dict[str, str] = {
    "init": "Write a new project: commented YAML, key file, .gitignore.",
    "demo": "Start the sandboxes, make a project, sync twice, and show what happened.",
    "sandbox": "Serve the simulators of the systems until stopped.",
    "connect": "Ask for what a system needs, check it, and write it into hub.yaml.",
    "check": "Can we sign in to the systems and read?",
    "discover": "List a system's streams and fields.",
    "sync": "Pull, map, resolve, push.",
    "plan": "What would be written now, field by field.",
    "push": "Write what is planned.",
    "outbox": "Writes on their way: list, retry, dismiss.",
    "systems": "The systems: how they are, pause, resume.",
    "events": "Events that systems posted: list, retry, replay, work.",
    "reconcile": "Sweep a system and compare: missed, drifted and gone records; --mend them.",
    "profiles": "The golden records: list, show, search, history, export.",
    "review": "The steward's queue: list, show, take, decide, defer, comment.",
    "match": "The matching model: explain, evaluate, train, versions, bulk.",
    "merge": "Join two profiles that are one customer.",
    "apart": "Keep two profiles apart for good.",
    "split": "Take records out of a profile that is not one customer.",
    "unmerge": "Give a merged-away profile its records and its id back.",
    "undo": "Take stewards' acts back, or what the hub wrote: one, several, or all of a run.",
    "holds": "What was taken back and is not written again by itself: list, lift.",
    "habits": "How systems reformat what is written to them: list, forget.",
    "audit": "What the hub wrote into a record, when, why, on whose word; is the audit whole?",
    "runs": "The history of runs.",
    "status": "How the hub stands now: freshness, backlog, quota, reviews, dead letters.",
    "alerts": "What is wrong, and who is told: list, check, test.",
    "quality": "How good the data is, field by field, and which records to mend or to verify.",
    "mapping": "YAML mappings: lint, test, preview, diff, new, drift, schema.",
    "doctor": "What is wrong with this installation, and the cure.",
    "migrate": "Bring the store's tables to this version.",
    "serve": "Webhooks, HTTP API and scheduled flows.",
    "deploy": "Put the schedules on a Prefect server or Cloud, for many workers.",
    "backup": "Copy the store and config/ into one sealed file, while the hub goes on.",
    "verify": "Is a backup whole, and could it be restored?",
    "restore": "Make an empty store from a backup.",
    "keys": "The key ring: show, rotate, retire.",
    "users": "Tokens of the HTTP API: make, list, revoke.",
}
"""Command -> one line; the module is console.commands.<command>."""


class CommandTable(TyperGroup):
    """A group whose commands are loaded from console.commands when they are called.

    Contexts and formatters are of a library that typer carries inside and does not publish: hence `Any`.
    """

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 (see above)
        """Return the commands in the order in which a newcomer meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 (see above)
        """Return a command; while the help is being written, only its one line."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=COMMANDS[cmd_name])
        debug = logging.getLogger().isEnabledFor(logging.DEBUG)
        module = importlib.import_module(f"console.commands.{cmd_name}")
        logs.configure(debug=debug)  # airbyte-cdk sends every log line to stdout once it is imported
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 (see above)
        """Write the list from the table above."""
        self._listing = True
        try:
            super().format_commands(ctx, formatter)
        finally:
            self._listing = False
