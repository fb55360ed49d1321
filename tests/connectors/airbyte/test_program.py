from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors.airbyte.program import LONGEST_LINE, NoProgram, Program, resolve
from tests.connectors.airbyte.test_source import gone

HOLDER = """
import sys, time
from pathlib import Path
from connectors.airbyte.program import Program, argument_files
with argument_files({"config": {"token": "secret"}}) as (files, paths):
    program = Program([sys.executable, "-c", sys.argv[1]], folder=Path("/"), environment={}, files=files)
    print(paths["config"], flush=True)
    print(next(line for _, line in program.lines(30)).decode(), flush=True)
    time.sleep(60)
"""
TELLS_AND_STAYS = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"


def test_a_program_and_its_argument_files_end_with_the_hub_that_is_killed() -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, TELLS_AND_STAYS], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    config = Path(holder.stdout.readline().strip())
    pid = int(holder.stdout.readline())
    assert config.exists()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert gone(pid)
    assert not config.parent.exists(), "its argument files hold secrets"


def test_a_program_that_does_not_want_to_end_is_ended(tmp_path: Path) -> None:
    stubborn = "import os, signal, time; signal.signal(15, signal.SIG_IGN); " + TELLS_AND_STAYS
    with Program(
        [sys.executable, "-c", stubborn], folder=tmp_path, environment={}, files=tmp_path / "arguments"
    ) as program:
        pid = int(next(line for _, line in program.lines(30)))
        started = time.monotonic()
    assert gone(pid)
    assert time.monotonic() - started < 30


def test_a_line_without_end_is_cut_and_the_next_ones_come(tmp_path: Path) -> None:
    flood = f"print('x' * {LONGEST_LINE + 10}); print('good')"
    with Program(
        [sys.executable, "-c", flood], folder=tmp_path, environment={}, files=tmp_path / "arguments"
    ) as program:
        lines = [line for _, line in program.lines(30)]
        assert program.ended() == 0
    assert lines[-1] == b"good"
    assert len(lines[0]) < LONGEST_LINE


def test_a_path_starts_from_the_project_and_a_name_from_the_path(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "source"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    with pytest.raises(NoProgram):
        resolve(["bin/source"], tmp_path)
    program.chmod(0o700)
    assert resolve(["bin/source", "x"], tmp_path) == [str(program), "x"]
    assert resolve(["sh"], tmp_path)[0].endswith("/sh")
