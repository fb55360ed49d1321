"""Hands on the command line: run it in this process, as a shell would see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.main import run


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on stdout."""
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs commands on one project."""

    project: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Answer:
        """Run a command as it is written."""
        self.capture.readouterr()
        code = run(arguments)
        said = self.capture.readouterr()
        assert "Traceback" not in said.err
        return Answer(code, said.out, said.err)

    def on(self, *arguments: str) -> Answer:
        """Run a command on the project."""
        return self(*arguments, "--project", str(self.project))

    def ask(self, *arguments: str) -> Any:
        """Run a report with --json; it must go well and print one document."""
        answer = self.on(*arguments, "--json")
        assert answer.code == 0, answer.err
        return answer.json
