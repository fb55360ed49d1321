"""A Prefect server of a test's own with workers on it, as a team runs it on several machines."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.flows.test_prefect_flows import until
from tests.system.world import World

ENDED = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Prefect:
    """A Prefect server of the test's own, and workers on it; what they say goes to files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/api"
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PREFECT_")}
        self.environment = kept | {
            "PREFECT_HOME": str(folder),
            "PREFECT_API_URL": self.url,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "DO_NOT_TRACK": "1",
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "prefect", *arguments]
        with (self.folder / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                command,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
            )
        self.started.append(process)
        return process

    def serve(self) -> None:
        """Start the server, and wait until it answers; after a kill it goes on with the same database."""
        self.server = self.start("server", "server", "start", "--host", "127.0.0.1", "--port", str(self.port))
        until(lambda: answers(f"{self.url}/health"))

    def ask(self, path: str, body: Any = None) -> Any:
        for pause in (1, 2, 4, 8, 0):
            answer = requests.post(f"{self.url}{path}", json=body or {}, timeout=60)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:  # its own database is busy: it asks to come again
                break
            time.sleep(pause)
        answer.raise_for_status()
        return answer.json()

    def run(self, run_id: str) -> Any:
        return self.ask("/flow_runs/filter", {"flow_runs": {"id": {"any_": [run_id]}}})[0]

    def ended(self, run_id: str) -> Any:
        return until(lambda: run if (run := self.run(run_id))["state_type"] in ENDED else None)


@contextmanager
def prefect(folder: Path) -> Iterator[Prefect]:
    made = Prefect(folder)
    try:
        made.serve()
        yield made
    finally:
        for process in reversed(made.started):
            kill(process)


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker with all that it started; a flow's run is a process in a group of its own."""
    if process.poll() is None:
        family = psutil.Process(process.pid)
        for one in [family, *family.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()


def deploy(server: Prefect, here: World) -> Any:
    command = [sys.executable, "-m", "console.main", "deploy", "--project", str(here.folder), "--json"]
    done = subprocess.run(command, env=server.environment, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
