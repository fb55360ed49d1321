"""Every command explains itself, refuses a wrong line with exit 2, and stands in the reference."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

import pytest

import console.commands
from console.lazy_group import COMMANDS
from console.reference import reference
from tests.console.hands import Shell

BUILT = [name for name in COMMANDS if find_spec(f"console.commands.{name}")]
GROUPS = {
    "outbox": ("list", "causes", "retry", "dismiss"),
    "audit": ("show", "verify"),
    "holds": ("list", "lift"),
    "habits": ("list", "forget"),
    "profiles": ("list", "search", "show", "history", "create", "edit", "export"),
    "review": ("list", "show", "decide"),
    "runs": ("show",),
    "quality": ("list", "links"),
    "mapping": ("lint", "test", "schema", "preview"),
    "match": ("explain", "evaluate", "train", "versions", "use"),
    "events": ("list", "retry", "replay", "work"),
    "alerts": ("list", "check", "test"),
    "users": ("token", "list", "revoke"),
}
LEAVES = [*((name,) for name in BUILT), *((name, inner) for name, inners in GROUPS.items() for inner in inners)]


def test_every_module_of_commands_is_in_the_table() -> None:
    assert {found.name for found in iter_modules(console.commands.__path__)} <= COMMANDS.keys()


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_a_command_explains_itself(shell: Shell, path: tuple[str, ...]) -> None:
    answer = shell(*path, "--help")
    assert answer.code == 0
    assert "Usage: crmhub " + " ".join(path) in answer.out
    usage, _, rest = answer.out.partition("\n\n")
    assert rest.strip().splitlines()[0].strip(" ."), f"{usage} has no word of explanation"


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_an_unknown_option_is_a_wrong_command_line(shell: Shell, path: tuple[str, ...]) -> None:
    answer = shell(*path, "--nonsense")
    assert (answer.code, answer.out) == (2, "")
    assert len(answer.err.strip().splitlines()) == 1
    assert answer.err.startswith(f"crmhub {' '.join(path)}: ")


@pytest.mark.parametrize(
    "path",
    [
        ("check",),
        ("sync",),
        ("plan",),
        ("push",),
        ("runs",),
        ("migrate",),
        ("profiles", "list"),
        ("review", "list"),
        ("outbox", "list"),
        ("mapping", "lint"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_a_folder_without_a_project_is_a_wrong_configuration(shell: Shell, path: tuple[str, ...]) -> None:
    answer = shell.on(*path)
    assert answer.code == 2
    assert "there is no project here" in answer.err + answer.out
    assert "crmhub init" in answer.err + answer.out


def test_an_unknown_command_is_named(shell: Shell) -> None:
    answer = shell("snyc")
    assert answer.code == 2
    assert "snyc" in answer.err


def test_the_reference_is_not_stale() -> None:
    page = Path(__file__).parents[2] / "docs" / "commands.md"
    assert page.read_text(encoding="utf-8") == reference(), "run: python docs/write_commands.py"
