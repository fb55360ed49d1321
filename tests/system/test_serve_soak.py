"""`crmhub serve` for a long time: people edit, systems fail, senders misbehave, the process is killed and stopped.

Half of the time it is ended again and again; for the rest it lives on, and its memory and file handles are watched.
Then the laws of the hub must hold: no doubles, nothing lost, nothing missing, and quiet.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from golden_record.store import inbox
from tests.console.web.served import until
from tests.console.web.test_killed import serve
from tests.system.customers import SYSTEMS, Office, population
from tests.system.world import World, world, written

CUSTOMERS = 24
LONG = float(os.environ.get("CRMHUB_SOAK_SECONDS", "1800"))
MORE_MEMORY, MORE_HANDLES = 1.35, 24
"""How much larger the resident memory, and by how many handles the open files, may be at the end than when warm."""
TROUBLES: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"kind": "status", "status": 503, "rate": 0.2}],
    [{"kind": "latency", "seconds": 0.3, "rate": 0.5}],
    [{"kind": "cut", "rate": 0.1}],
    [{"kind": "stored_then_timeout", "count": 2}],
)
ENDINGS = (signal.SIGKILL, signal.SIGTERM)


class Soak:
    """People, senders and faults on one hub that serves."""

    def __init__(self, here: World, chance: random.Random) -> None:
        self.here, self.chance = here, chance
        self.office = Office(here, chance, CUSTOMERS)

    def live(self, url: str, seconds: float) -> None:
        """Let things happen for a while."""
        for system in SYSTEMS:
            self.here.control("/_webhooks", {"system": system, "url": f"{url}/webhooks/{system}"})
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.here.control("/_faults", self.chance.choice(TROUBLES))
            self.office.work(edits=self.chance.randint(1, 3))
            self.misbehave(url)
            time.sleep(self.chance.uniform(0.1, 1.0))
        self.here.control("/_faults", [])

    def misbehave(self, url: str) -> None:
        """Post what no system would: forged, too large, malformed, of a wrong type, to nobody."""
        system = self.chance.choice(list(SYSTEMS))
        json_type = {"Content-Type": "application/json"}
        posts: tuple[tuple[str, bytes, dict[str, str]], ...] = (
            (system, b'{"token": "forged"}', json_type),
            (system, b"x" * 2_000_000, json_type),
            (system, b'{"half": ', json_type),
            (system, b"<a/>", {"Content-Type": "text/xml"}),
            ("nobody", b"{}", json_type),
        )
        name, body, headers = self.chance.choice(posts)
        answer = requests.post(f"{url}/webhooks/{name}", data=body, headers=headers, timeout=60)
        assert 400 <= answer.status_code < 500, answer.status_code

    def waiting(self) -> int:
        """Return how many events wait."""
        with self.here.hub() as hub, hub.store.read() as connection:
            return len(inbox.page(connection, inbox.WAITING, None, 500))


def handles(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def memory(pid: int) -> int:
    """Return the resident memory in kB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def soak(folder: Path, seconds: float, lives: int) -> None:
    chance = random.Random(7)
    with world(folder, population(CUSTOMERS, 7), systems=tuple(SYSTEMS)) as here:
        here.settle()
        made = Soak(here, chance)
        for number in range(lives):
            with serve(here) as (process, url):
                made.live(url, seconds / 2 / lives)
                process.send_signal(ENDINGS[number % 2])
                assert process.wait(timeout=120) in {0, -signal.SIGKILL}
        with serve(here) as (process, url):
            made.live(url, seconds / 8)
            warm = memory(process.pid), handles(process.pid)
            made.live(url, seconds * 3 / 8)
            assert memory(process.pid) < warm[0] * MORE_MEMORY
            assert handles(process.pid) < warm[1] + MORE_HANDLES
            assert requests.get(f"{url}/healthz", timeout=60).ok
            until(lambda: made.waiting() == 0)
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=120) == 0
        here.settle()
        office = made.office
        assert office.doubles() == office.lost() == office.missing() == []
        here.control("/_stats/reset", {})
        assert written(here.sync()) == 0
        assert set(here.writes().values()) == {0}


@pytest.mark.soak  # an edit may fall between look and write where there is no precondition (docs/guarantees.md)
def test_serve_for_a_short_time(tmp_path: Path) -> None:
    soak(tmp_path / "project", 8, lives=1)


@pytest.mark.soak
@pytest.mark.timeout(2 * int(LONG) + 900)
def test_serve_for_a_long_time(tmp_path: Path) -> None:
    soak(tmp_path / "project", LONG, lives=12)
