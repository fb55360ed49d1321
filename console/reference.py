"""The reference of the command line, written from the commands themselves. Room: console."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer.main

from console.default_command import DefaultCommand
from console.lazy_group import COMMANDS

HEAD = """# Commands

Written from the commands by `python docs/write_commands.py`; a test keeps the two alike.

Every command takes `--project DIR` (default: this folder, or `CRMHUB_PROJECT`) where it works on a project, and
`--debug` for a traceback. Reports take `--json` and then print exactly one JSON document on stdout; all else goes
to stderr. Exit codes: 0 all done; 1 something failed and is named (the rest went on); 2 the configuration or the
command line is wrong. Lists print `{"items": [...], "next": cursor or null}`; `--after CURSOR` goes on from there.
"""


def reference() -> str:
    """Return the page."""
    parts = [HEAD]
    for name, summary in COMMANDS.items():
        if find_spec(f"console.commands.{name}") is None:
            continue
        parts.append(f"\n## crmhub {name}\n\n{summary}\n")
        app = import_module(f"console.commands.{name}").app
        for path, command in _leaves(name, typer.main.get_command(app)):
            parts.append("\n".join(_described(path, command)))
    return "".join(parts)


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 (typer publishes no such type)
    inner = getattr(command, "commands", None)
    if not inner or getattr(command, "invoke_without_command", False):
        yield path, command
    for name, one in (inner or {}).items():
        default = isinstance(command, DefaultCommand) and name == DefaultCommand.NAME
        yield from _leaves(path if default else f"{path} {name}", one)


def _described(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401 (likewise)
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join(["crmhub", path, *(_metavar(one) for one in arguments), *(["[OPTIONS]"] if options else [])])
    yield f"\n### `{usage}`\n\n{_one_line(command.help)}\n"
    rows = [(_metavar(one), _help(one)) for one in arguments if _help(one)]
    rows += [(" / ".join((*one.opts, *one.secondary_opts)), _help(one)) for one in options]
    if rows:
        yield "| | |\n| --- | --- |"
        yield from (f"| `{name}` | {text} |" for name, text in rows)
        yield ""


def _metavar(argument: Any) -> str:  # noqa: ANN401 (likewise)
    text = str(argument.metavar or argument.name.upper())
    return text if argument.required or text.startswith("[") else f"[{text}]"


def _help(one: Any) -> str:  # noqa: ANN401 (likewise)
    return _one_line(one.help or "").replace("|", "\\|")


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
