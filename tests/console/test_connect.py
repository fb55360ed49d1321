"""`crmhub connect`, by a person at a terminal (a pty)."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from ruamel.yaml import YAML

from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from flows.keys import retire, rotate
from flows.new_project import write_project
from flows.project import read_project
from flows.project_secrets import FILE, ProjectSecrets
from golden_record.errors import KeyTrouble
from tests.console.hands import Shell


@pytest.fixture(scope="module")
def desk() -> Iterator[RunningSandboxes]:
    with start_sandboxes(["freshdesk"], 3, 1) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write_project(folder)
    return folder


def at_a_terminal(answers: Sequence[tuple[str, str]], *arguments: str) -> tuple[int, str]:
    """Run crmhub at a pty; answer each question, known by a part of its text. Returns exit code and what was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "console.main", *arguments], stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    )
    os.close(theirs)
    shown, unread, left = "", "", list(answers)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                block = os.read(ours, 4096).decode("utf-8", "replace")
            except OSError:  # Linux: the other side is closed
                break
            if not block:
                break
            shown, unread = shown + block, unread + block
        if (
            left and left[0][0] in unread and unread.endswith(": ")
        ):  # the blank comes when the answer is no longer shown
            os.write(ours, (left.pop(0)[1] + "\n").encode())
            unread = ""
    os.close(ours)
    return process.wait(30), shown


def config(desk: RunningSandboxes) -> Mapping[str, Any]:
    found: Mapping[str, Any] = desk.describe()["systems"]["freshdesk"]["config"]["config"]
    return found


def answers(desk: RunningSandboxes, key: str | None = None) -> list[tuple[str, str]]:
    made = config(desk)
    return [
        ("department", "service"),
        ("base_url", made["base_url"]),
        ("api_key", key or made["api_key"]),
        ("a further setting", "page_size"),
        ("page_size", "50"),
        ("a further setting", ""),
        ("streams", "contacts"),
    ]


def test_a_connected_system_works_and_its_secret_is_nowhere_in_sight(
    desk: RunningSandboxes, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown = at_a_terminal(answers(desk), "connect", "freshdesk", "--project", str(project))
    assert code == 0, shown
    key = str(config(desk)["api_key"])
    texts = [shown, *(path.read_text(errors="replace") for path in (project / "config").rglob("*") if path.is_file())]
    assert [text for text in texts if key in text] == []
    block = YAML().load(project / "config" / "hub.yaml")["systems"]["freshdesk"]
    assert (block["department"], block["streams"], block["push"]) == ("service", ["contacts"], {"mode": "report"})
    assert (block["config"]["api_key"], block["config"]["page_size"]) == ("${FRESHDESK_API_KEY}", 50)
    assert (project / FILE).stat().st_mode & 0o777 == 0o600
    shell = Shell(project, capsys)
    assert shell.ask("check")["systems"]["freshdesk"]["ok"]
    assert shell.ask("sync", "--no-push")["systems"]["freshdesk"]["streams"]["contacts"]["read"] > 0


def test_what_the_system_refuses_is_not_written(desk: RunningSandboxes, project: Path) -> None:
    before = (project / "config" / "hub.yaml").read_text()
    code, shown = at_a_terminal(answers(desk, "wrong-key")[:-1], "connect", "freshdesk", "--project", str(project))
    assert code == 1
    assert "Nothing was written" in shown
    assert "wrong-key" not in shown
    assert (project / "config" / "hub.yaml").read_text() == before
    assert not (project / FILE).exists()


def test_without_a_terminal_it_refuses_clearly(project: Path) -> None:
    command = [sys.executable, "-m", "console.main", "connect", "freshdesk", "--project", str(project)]
    answer = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert "at a terminal" in answer.stderr
    assert "Traceback" not in answer.stderr


# ------------------------------------------------------------------------------------------------- secrets


class Ring(KeyringBackend):
    """A key ring of the test's own."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # the library has no types there
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


def test_a_variable_goes_before_a_kept_secret(project: Path) -> None:
    ProjectSecrets(project, {}).keep("A", "kept", "file")
    assert ProjectSecrets(project, {})["A"] == "kept"
    assert ProjectSecrets(project, {"A": "set"})["A"] == "set"
    assert "B" not in ProjectSecrets(project, {})
    assert set(ProjectSecrets(project, {"C": "x"})) == {"A", "C"}


def test_a_secret_can_lie_in_the_key_ring_of_the_machine(project: Path) -> None:
    before, mine = keyring.get_keyring(), Ring()
    keyring.set_keyring(mine)
    try:
        ProjectSecrets(project, {}).keep("A", "geheim", "keyring")
        assert "geheim" not in (project / FILE).read_text()
        assert ProjectSecrets(project, {})["A"] == "geheim"
        mine.kept.clear()
        with pytest.raises(KeyTrouble, match="has no A"):
            ProjectSecrets(project, {})["A"]
    finally:
        keyring.set_keyring(before)


def test_kept_secrets_outlive_the_rotation_of_the_key(project: Path) -> None:
    ProjectSecrets(project, {}).keep("A", "geheim", "file")
    read_project(project, {})
    rotate(project, {}, lambda _place, _rows: None)
    retire(project, {})
    assert ProjectSecrets(project, {})["A"] == "geheim"
