"""A program in a process of its own: own environment, argument files that only this user reads, ended with the hub."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Literal, Self

from connectors.airbyte.guard import GRACE

PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTP_PROXY")
"""Variables that a program gets of the hub's own; the others may be secrets."""
PROXIES = ("HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
LONGEST_LINE = 32 * 1024 * 1024
"""Bytes of one message; what is longer is passed over as damage."""
_BLOCK = 1 << 16


class NoProgram(Exception):
    """The program is not there, or may not be run."""


class Stalled(Exception):
    """The program said nothing for longer than is allowed."""


Line = tuple[Literal["out", "err"], bytes]


def resolve(command: Sequence[str], folder: Path) -> list[str]:
    """Return *command* with the whole path of its program: from *folder* where it is a path, else by PATH.

    Raises:
        NoProgram: nothing there can be run.
    """
    written = command[0]
    place = str(folder / written) if "/" in written else written
    found = shutil.which(place)
    if found is None:
        raise NoProgram(written)
    return [found, *command[1:]]


@contextmanager
def argument_files(documents: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Write JSON files (mode 0600, in a folder of mode 0700) for as long as the block lasts.

    Yields the folder, and name -> path.
    """
    with tempfile.TemporaryDirectory(prefix="crmhub-source-") as folder:
        paths = {}
        for name, document in documents.items():
            path = Path(folder) / f"{name}.json"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump(document, file, ensure_ascii=False)
            paths[name] = str(path)
        yield Path(folder), paths


class Program:
    """A running program; used as a context, whose end is the program's end.

    *folder* is where it runs, *files* the folder of its argument files: gone with it, also when the hub is killed.
    """

    def __init__(self, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], files: Path) -> None:
        passed = {name: os.environ[name] for name in (*PASSED_ON, *PROXIES) if name in os.environ}
        guard = Path(__file__).with_name("guard.py")
        self._process = subprocess.Popen(  # noqa: S603 (what the operator configured)
            [sys.executable, "-I", str(guard), str(files), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**passed, **environment},
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def lines(self, stall: float) -> Iterator[Line]:
        """Yield the lines of both outputs as they come, without their ends, to the end of both.

        Raises:
            Stalled: *stall* seconds went by without a byte.
        """
        with selectors.DefaultSelector() as selector:
            rests: dict[Literal["out", "err"], bytearray] = {"out": bytearray(), "err": bytearray()}
            for name, pipe in (("out", self._process.stdout), ("err", self._process.stderr)):
                selector.register(_fileno(pipe), selectors.EVENT_READ, name)
            while selector.get_map():
                ready = selector.select(stall)
                if not ready:
                    raise Stalled
                for key, _ in ready:
                    block = os.read(key.fd, _BLOCK)
                    if not block:
                        selector.unregister(key.fd)
                    for line in _whole_lines(rests[key.data], block or b"\n"):
                        yield key.data, line

    def stop(self) -> int:
        """End the program if it still runs; return its exit code."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            return self._process.wait(GRACE * 2)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait()

    def ended(self) -> int:
        """Wait for the end of a program that has closed its outputs; return its exit code."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(GRACE)
        return self.stop()


def _whole_lines(rest: bytearray, block: bytes) -> Iterator[bytes]:
    """Yield the lines that *block* completes; a line that is too long for a message is cut to what is none."""
    head, *lines = block.split(b"\n")
    rest += head
    if len(rest) > LONGEST_LINE:
        rest[:] = b"{"
    for line in lines:
        if rest.strip():
            yield bytes(rest)
        rest[:] = line


def _fileno(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise ValueError("a program without outputs")
    return pipe.fileno()
