"""Run a program and end it with whoever started this: `python guard.py FOLDER PROGRAM ARGUMENT…`.

The hub holds the other end of this process's standard input. When it lets go, or is killed, the input ends, and so does
the whole group of processes, and the folder of its argument files, which hold secrets, is removed. Nothing else could
do it: a killed hub cleans nothing up. Imports nothing of the hub.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

GRACE = 3.0
"""Seconds between the request to end and the end."""


def main(folder: str, command: list[str]) -> int:
    """Run *command* with this process's output, its argument files in *folder*; return its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 (what the operator configured)
    threading.Thread(target=_watch, args=(folder,), daemon=True).start()
    return child.wait()


def _watch(folder: str) -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written there: this returns when it is closed
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)  # it must outlive its own request to the group
    sys.exit(main(sys.argv[1], sys.argv[2:]))
