"""Keep Prefect running beside `crmhub serve`: a server of our own where none is configured, and the runner.

Room: flows. Both are processes of their own, so that whatever happens to them never touches webhooks: one that ends is
started again, with growing pauses. Telemetry is off, and the server listens on this machine only.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

log = logging.getLogger(__name__)

START_WAIT = 120.0
"""Seconds that a Prefect server may take to answer; the first start makes its database."""
STOP_WAIT = 15.0
"""Seconds that a process has to end by itself."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds before a process that ended is started again: doubled each time, up to the longest."""
STEADY = 600.0
"""Seconds after which a process that ends counts as having run well."""
_LOOK = 1.0


def prefect_environment(project: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of Prefect's processes: its data in the project unless said otherwise, telemetry off."""
    ours = {
        "PREFECT_HOME": str(project / ".prefect"),
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_SERVER_UI_ENABLED": "false",
    }
    fixed = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
    return {**ours, **variables, **fixed}


class ScheduleProcesses:
    """Prefect's processes for one project.

    `state` tells how they are: starting, running, restarting, stopped; `api_url` where the server answers.
    """

    def __init__(self, project: Path, variables: Mapping[str, str]) -> None:
        self._project = project
        self._environment = prefect_environment(project, variables)
        self._own_server = not self._environment.get("PREFECT_API_URL")
        self._stopping = threading.Event()
        self._running: list[subprocess.Popen[bytes]] = []
        self._thread = threading.Thread(target=self._keep, name="schedules", daemon=True)
        self.state = "starting"
        self.api_url = ""

    def start(self) -> None:
        """Begin to keep them running; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Stop them, and wait until they have ended."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_WAIT * 3)
        self.state = "stopped"

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._run_once()
            except OSError as error:
                log.warning("schedules: Prefect could not be started (%s)", type(error).__name__)
            finally:
                self._end_all()
            if self._stopping.is_set():
                return
            self.state = "restarting"
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY else min(LONGEST_PAUSE, pause * 2)
            log.warning("schedules: Prefect ended; it is started again in %.0f s", pause)
            self._stopping.wait(pause)

    def _run_once(self) -> None:
        """Start what is needed, and return when one of it has ended or all shall stop."""
        environment = dict(self._environment)
        if self._own_server:
            port = _free_port()
            environment["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
            self._popen(
                [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
                environment,
            )
        self.api_url = environment["PREFECT_API_URL"]
        if not self._answers(f"{self.api_url}/health"):
            log.warning("schedules: the Prefect server does not answer")
            return
        self._popen([sys.executable, "-m", "flows.schedule_runner", str(self._project)], environment)
        self.state = "running"
        while not self._stopping.wait(_LOOK):
            if any(process.poll() is not None for process in self._running):
                return

    def _popen(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        process = subprocess.Popen(  # noqa: S603 (our own command)
            command,
            env=dict(environment),
            cwd=self._project,
            stdin=subprocess.PIPE,  # its end tells the runner that this process is gone
            stdout=subprocess.DEVNULL,  # stdout of serve is for its one JSON line; what went wrong goes to stderr
            start_new_session=True,  # Ctrl-C reaches them through `stop`, in order
        )
        self._running.append(process)

    def _answers(self, url: str) -> bool:
        deadline = time.monotonic() + START_WAIT
        while not self._stopping.is_set() and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (the operator's own server)
                    return True
            except (urllib.error.URLError, OSError):
                if any(process.poll() is not None for process in self._running):
                    return False
                self._stopping.wait(_LOOK)
        return False

    def _end_all(self) -> None:
        """End the runner first, so that it can tell the server."""
        for process in reversed(self._running):
            process.terminate()
            try:
                process.wait(STOP_WAIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
        self._running.clear()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
