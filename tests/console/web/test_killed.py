"""`crmhub serve` as a process of its own: ready line, killed with events waiting, stopped in order."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from flows.beside_sync import whole_hub
from golden_record.store import inbox
from tests.console.web.served import until, zoho_note
from tests.console.web.test_webhooks import PERSON, F, Z, token_of
from tests.system.world import World, typed, world


@contextmanager
def serve(here: World) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `crmhub serve` until the block ends; yield it and where it is."""
    command = [sys.executable, "-m", "console.main", "serve", "--port", "0", "--no-schedules"]
    process = subprocess.Popen([*command, "--project", str(here.folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())["base_url"]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


@pytest.mark.slow
def test_killed_with_events_waiting_they_are_done_after_the_restart(tmp_path: Path) -> None:
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    with world(tmp_path / "project", people) as here, here.hub() as hub:
        here.settle()
        z = here.only(*Z)
        here.edit(*Z, z, Title="总监")

        def states() -> list[str]:
            with hub.store.read() as connection:
                return [event.state for event in inbox.page(connection, None, None, 10)]

        with whole_hub(hub, wait=0), serve(here) as (process, url):
            answer = post(url, zoho_note(z, token=token_of(here)))
            assert answer.status_code == 202
            assert states() == ["waiting"]
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert states() == ["waiting"]
        with serve(here) as (process, url):
            until(lambda: states() == ["done"])
            assert here.value(*F, here.only(*F), "job_title") == "总监"
            again = post(url, zoho_note(z, token=token_of(here)))
            assert again.headers["X-Crmhub-Event"] == answer.headers["X-Crmhub-Event"]
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=90) == 0
        assert states() == ["done"]


def post(url: str, body: bytes) -> Any:
    headers = {"Content-Type": "application/json"}
    return requests.post(f"{url}/webhooks/zoho_crm", data=body, headers=headers, timeout=60)
