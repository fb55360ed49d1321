"""What webhooks cost: how fast a post is acknowledged, and how soon an edit in one system is seen in the other.

    python benchmarks/webhooks.py [--customers 300] [--posts 1000] [--rate 100] [--edits 60] [--events 10000]
        [--store URL] [--limits real] [--json FILE]

Simulators of Zoho CRM and Fxiaoke, and `crmhub serve` as a process of its own on a store of its own (SQLite, or
*--store*). *ack*: milliseconds from sending a post to its answer, *--rate* posts a second, each another event.
*visible*: seconds from a person's edit in Zoho, one a second, to the moment at which Fxiaoke's simulator shows it.
*flood*: *--events* posts that name the same customers again and again, as fast as they are taken, while people go on
editing; then: is any lost, was each event worked off once, and does Fxiaoke show everybody's last edit? Wall time: run
it on a quiet machine; *--limits real* lets the simulators enforce the vendors' limits.
"""

from __future__ import annotations

import argparse
import json
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from connectors.sandboxes.contract import Change
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from flows.hub import open_hub
from flows.new_project import write_project
from flows.sync import Wanted, sync
from golden_record.store import inbox

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
AIMS = {"ack_p99_ms": 200.0, "visible_median_s": 2.0, "visible_p99_s": 5.0}
PATIENCE = 1800.0
SENDERS = 16
CROWD = 50
"""Customers that the flood names again and again."""


class Desk:
    """Simulators, a project that has been synced, and a hub that serves it."""

    def __init__(self, running: RunningSandboxes, folder: Path, url: str) -> None:
        self.running, self.folder, self.url = running, folder, url
        config = running.describe()["systems"]["zoho_crm"]["config"]["config"]
        self.token = str(config["webhook_token"])
        self.pairs = self._pairs()

    def _pairs(self) -> list[tuple[str, str]]:
        """Return (Zoho id, Fxiaoke id) of customers that both have."""
        with open_hub(self.folder, {}) as hub, hub.store.read() as connection:
            rows = connection.exec_driver_sql(
                "SELECT profile_id, system, stream, source_ref FROM normalised_records "
                "WHERE state = 'live' AND emit = 0"
            ).all()
            names = {
                bytes(row.ref): row.record_id
                for row in connection.exec_driver_sql("SELECT ref, record_id FROM source_records")
            }
        found: dict[str, dict[tuple[str, str], str]] = {}
        for row in rows:
            found.setdefault(row.profile_id, {})[row.system, row.stream] = names[bytes(row.source_ref)]
        return [(one[Z], one[F]) for one in found.values() if Z in one and F in one]

    def edit(self, number: int, zoho_id: str) -> str:
        """Let a person give a customer a new title; the simulator posts it where it was told to."""
        title = f"title {number}"
        body = {"system": Z[0], "stream": Z[1], "id": zoho_id, "set": {"Title": title}}
        requests.post(f"{self.running.control_url}/_edit", json=body, timeout=60).raise_for_status()
        return title

    def note(self, number: int, zoho_id: str) -> bytes:
        """Return a notification as Zoho posts it; *number* makes it another event."""
        said = {"module": Z[1], "ids": [zoho_id], "operation": "update", "server_time": number, "channel_id": "9"}
        return json.dumps({**said, "token": self.token}).encode()

    def post(self, session: requests.Session, body: bytes) -> int:
        """Post it, again where the hub asks for that, as senders do; return how often it was refused for now."""
        refused = 0
        while True:
            headers = {"Content-Type": "application/json"}
            answer = session.post(f"{self.url}/webhooks/{Z[0]}", data=body, headers=headers, timeout=60)
            if answer.status_code < 400:
                return refused
            assert answer.status_code in {429, 503}, answer.status_code
            refused += 1
            time.sleep(float(answer.headers.get("Retry-After", "1")))

    def states(self) -> dict[str, int]:
        """Return how many of Zoho's events are in which state; Fxiaoke posts what the hub writes there."""
        count = f"SELECT state, COUNT(*) FROM inbox WHERE system = '{Z[0]}' GROUP BY state"  # noqa: S608 (our own name)
        with open_hub(self.folder, {}) as hub, hub.store.read() as connection:
            rows = connection.exec_driver_sql(count).all()
        return {state: int(number) for state, number in rows}

    def settled(self) -> None:
        """Wait until no event waits."""
        deadline = time.monotonic() + PATIENCE
        while self.states().get(inbox.WAITING):
            assert time.monotonic() < deadline, "events wait for ever"
            time.sleep(1)


def acknowledged(bench: Desk, posts: int, rate: float) -> dict[str, float]:
    """Post at a steady rate; late starts count, so that a slow answer is not hidden by the next one waiting for it."""
    work: queue.Queue[tuple[float, bytes]] = queue.Queue()
    took: list[float] = []
    begin = time.monotonic() + 0.5
    for number in range(posts):
        zoho_id = bench.pairs[number % len(bench.pairs)][0]
        work.put((begin + number / rate, bench.note(1_000_000 + number, zoho_id)))

    def send() -> None:
        with requests.Session() as session:
            while True:
                try:
                    due, body = work.get_nowait()
                except queue.Empty:
                    return
                time.sleep(max(0.0, due - time.monotonic()))
                bench.post(session, body)
                took.append((time.monotonic() - due) * 1000)

    _all([threading.Thread(target=send) for _ in range(SENDERS)])
    ordered = sorted(took)
    return {"ack_median_ms": statistics.median(ordered), "ack_p99_ms": ordered[int(len(ordered) * 0.99)]}


def visible(bench: Desk, edits: int) -> dict[str, float]:
    """Edit one customer a second, and note when Fxiaoke shows each."""
    seen: dict[str, float] = {}

    def noted(change: Change) -> None:
        if change.by == "hub":
            record = bench.running.sandboxes[F[0]].book.get(F[1], change.record_id)
            title = str(record.values.get("job_title")) if record else ""
            seen.setdefault(title, time.monotonic())

    book = bench.running.sandboxes[F[0]].book
    book.listeners.append(noted)
    done: dict[str, float] = {}
    began = time.monotonic()
    for number in range(edits):
        time.sleep(max(0.0, began + number - time.monotonic()))
        done[bench.edit(number, bench.pairs[number % len(bench.pairs)][0])] = time.monotonic()
    deadline = time.monotonic() + PATIENCE
    while not done.keys() <= seen.keys():
        assert time.monotonic() < deadline, "an edit never came through"
        time.sleep(0.1)
    book.listeners.remove(noted)
    took = sorted(seen[title] - at for title, at in done.items())
    return {
        "visible_median_s": statistics.median(took),
        "visible_p99_s": took[min(len(took) - 1, int(len(took) * 0.99))],
    }


def flood(bench: Desk, events: int) -> dict[str, Any]:
    """Post as fast as it goes while people edit; return what became of it."""
    before = bench.states()
    crowd = min(CROWD, len(bench.pairs))
    requests.post(f"{bench.running.control_url}/_stats/reset", json={}, timeout=60)
    work: queue.Queue[int] = queue.Queue()
    for number in range(events):
        work.put(number)
    refused = [0]

    def send() -> None:
        with requests.Session() as session:
            while True:
                try:
                    number = work.get_nowait()
                except queue.Empty:
                    return
                refused[0] += bench.post(session, bench.note(2_000_000 + number, bench.pairs[number % crowd][0]))

    began = time.monotonic()
    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    last: dict[str, str] = {}
    number = 10_000
    while any(thread.is_alive() for thread in threads):
        zoho_id, fxiaoke_id = bench.pairs[number % crowd]
        last[fxiaoke_id] = bench.edit(number, zoho_id)
        number += 1
        time.sleep(0.2)
    posted = time.monotonic() - began
    bench.settled()
    after = bench.states()
    book = bench.running.sandboxes[F[0]].book
    shown = {one.record_id: one.values.get("job_title") for one in book.all(F[1])}
    stats = requests.get(f"{bench.running.control_url}/_stats", timeout=60).json()
    return {
        "flood_events": events,
        "flood_posted_s": posted,
        "flood_settled_s": time.monotonic() - began,
        "flood_put_off_by_503": refused[0],
        "flood_lost": events + len_edits(number) - (after.get("done", 0) - before.get("done", 0)),
        "flood_failed": after.get("failed", 0) - before.get("failed", 0),
        "flood_out_of_order": sum(shown[one] != title for one, title in last.items()),
        "flood_edits": len_edits(number),
        "flood_records_written": stats[F[0]]["records_written"],
    }


def len_edits(number: int) -> int:
    """Return how many edits were made in the flood."""
    return number - 10_000


def _all(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def bench(arguments: argparse.Namespace) -> Iterator[Desk]:
    """Make it all, and end it with the block."""
    options = {"limits": arguments.limits}
    with (
        tempfile.TemporaryDirectory() as name,
        start_sandboxes(Z[:1] + F[:1], arguments.customers, 1, **options) as running,
    ):
        folder = Path(name) / "project"
        blocks = {}
        for system, one in running.describe()["systems"].items():
            blocks[system] = {**one["config"], "push": {"mode": "create"}}
        write_project(folder, systems=blocks, store=arguments.store)
        with open_hub(folder, {}) as hub:
            for _ in range(2):
                sync(hub, Wanted())
        command = [
            sys.executable,
            "-m",
            "console.main",
            "serve",
            "--port",
            "0",
            "--no-schedules",
            "--project",
            str(folder),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["base_url"]
            for system in (Z[0], F[0]):
                body = {"system": system, "url": f"{url}/webhooks/{system}"}
                requests.post(f"{running.control_url}/_webhooks", json=body, timeout=60).raise_for_status()
            yield Desk(running, folder, url)
        finally:
            process.terminate()
            process.wait(120)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100.0)
    parser.add_argument("--edits", type=int, default=60)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--store", default="sqlite:///crmhub.db")
    parser.add_argument("--limits", choices=("real", "off"), default="off")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with bench(arguments) as made:
        found: dict[str, Any] = {"customers": len(made.pairs), "store": arguments.store.partition(":")[0]}
        found |= visible(made, arguments.edits) if arguments.edits else {}
        found |= acknowledged(made, arguments.posts, arguments.rate) if arguments.posts else {}
        made.settled()
        found |= flood(made, arguments.events) if arguments.events else {}
    for name, value in found.items():
        aim = f"   (aim: {AIMS[name]:g})" if name in AIMS else ""
        print(f"{name:<24} {value if isinstance(value, (str, int)) else round(value, 2)}{aim}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
