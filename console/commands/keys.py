"""`crmhub keys`. Room: console."""

from __future__ import annotations

import os

import typer

from console.options import HERE, JsonOption, ProjectOption
from console.say import document, line, note
from console.table import table
from flows.keys import Keys, keys_shown, retire, rotate

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.command("show")
def show_command(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Show the ids of the keys and how many values each has sealed; never a key."""
    _told(keys_shown(project.resolve(), os.environ), as_json=as_json)
    return 0


@app.command("rotate")
def rotate_command(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Mint a new key and seal every value anew with it. Cut off, it goes on when it is run again.

    Other commands may run meanwhile. Restart `crmhub serve` afterwards; then `crmhub keys retire`.
    """
    found = rotate(project.resolve(), os.environ, lambda _place, _rows: None)
    _told(found, as_json=as_json)
    note(f"{found.sealed_anew} values sealed anew with {found.current}. Copy the key file to where its copy is kept.")
    return 0


@app.command("retire")
def retire_command(project: ProjectOption = HERE, as_json: JsonOption = False) -> int:
    """Take the keys out of the ring that sealed nothing in the store; each is kept in a file beside the key file.

    Older backups need them: remove the files when the backups are gone.
    """
    found = retire(project.resolve(), os.environ)
    _told(found, as_json=as_json)
    note(f"Retired: {', '.join(found.retired) or 'none'}.")
    return 0


def _told(found: Keys, *, as_json: bool) -> None:
    if as_json:
        document(found.to_json())
        return
    table(
        ("key", "values", ""),
        [(key, count, "current" if key == found.current else "") for key, count in found.values.items()],
    )
    line()
