"""The tutorial is run as it stands: its edits are made, its commands typed, and what it shows must be said."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.console.hands import Shell
from tests.system.world import World, typed, world

PAGE = Path(__file__).parents[2] / "docs" / "tutorial-mapping.md"
BLOCK = re.compile(r"^```(console|yaml)([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
F = ("fxiaoke", "ContactObj")
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A hub in step with two systems that share one person; a note stands in one of them."""
    people = [typed("zoho_crm", "contact", "c1", OUYANG), typed("fxiaoke", "contact", "c1", OUYANG)]
    with world(tmp_path / "practice", people) as made:
        made.settle()
        made.edit("zoho_crm", "Contacts", made.only("zoho_crm", "Contacts"), Description="喜欢周五上午来电")
        made.settle()
        yield made


def place(document: Any, path: str) -> Any:
    for step in path.split("."):
        document = document[int(step) if step.isdigit() else step]
    return document


def edit(folder: Path, said: str, text: str) -> None:
    """Add the lines of a block to a file: `add FILE PATH` into a block, `append FILE PATH` to a list."""
    how, file, path = said.split()
    yaml = YAML()
    document = yaml.load(folder / file)
    lines = YAML().load(text)
    if how == "add":
        place(document, path).update(lines)
    else:
        place(document, path).extend(lines)
    with (folder / file).open("w", encoding="utf-8") as out:
        yaml.dump(document, out)


def run(shell: Shell, said: str, text: str) -> None:
    """Type the commands of a block; each line after one must be said, in order, by its answer."""
    wanted = int(said or 0)
    for part in re.split(r"^\$ crmhub ", text, flags=re.MULTILINE)[1:]:
        command, *expected = part.splitlines()
        answer = shell.on(*shlex.split(command))
        assert answer.code == wanted, f"{command}: {answer.out}{answer.err}"
        rest = answer.out
        for line in expected:
            assert line in rest, f"`{line}` is not said (here) by: crmhub {command}\n{answer.out}"
            rest = rest.partition(line)[2]


def test_somebody_who_follows_the_page_adds_a_field_to_two_systems(
    here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(here.folder, capsys)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert {kind for kind, _, _ in blocks} == {"console", "yaml"}
    for kind, said, text in blocks:
        if kind == "yaml":
            edit(here.folder, said, text)
        else:
            run(shell, said, text)
    assert here.value(*F, here.only(*F), "remark") == "喜欢周五上午来电"
    here.edit(*F, here.only(*F), remark="周五不在")
    here.settle()
    assert here.value("zoho_crm", "Contacts", here.only("zoho_crm", "Contacts"), "Description") == "周五不在"
