"""What a push costs: calls over the least possible number, and the hub's CPU per write.

    python -m benchmarks.push [--changes 10000] [--systems zoho_crm,fxiaoke,zendesk] [--rejects 0.01] [--json FILE]

Every system holds the same customers, so that they become profiles with a record in each; a shop then delivers a list
in which everybody has another job title: that many writes to each system. They are planned and carried out as `crmhub
push` does it, against simulators in a process of their own, which count the calls. *least*: benchmarks/bare_loops.py.
With *--rejects* the same again, while each system refuses that share of the records for good.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from benchmarks.bare_loops import LOOPS
from benchmarks.many_contacts import served
from flows.hub import Hub, open_hub
from flows.new_project import write_project
from flows.push_plan import push_now
from flows.steady_memory import steady_memory
from flows.sync import Wanted, Watcher, sync

CALLS_AIM, REJECTS_AIM = 1.05, 1.3


class Shop:
    """A shop that delivers its whole list each time."""

    def __init__(self, folder: Path, customers: int) -> None:
        self.folder, self.customers = folder, customers

    def block(self) -> dict[str, Any]:
        """Return its block of hub.yaml."""
        streams = {"customers": {"path": "shop/*.csv", "key": "customer_id"}}
        return {"connector": "files", "department": "shops", "config": {"streams": streams}, "streams": ["customers"]}

    def deliver(self, title: str) -> None:
        """Write the list anew, with this job title for everybody."""
        (self.folder / "shop").mkdir(exist_ok=True)
        with (self.folder / "shop" / "list.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(("customer_id", "full_name", "email", "mobile", "job_title"))
            for one in range(self.customers):
                out.writerow((f"s{one}", f"Wang {one}", f"c{one}@kunde.example", f"+86138{one:08d}", title))


class Bench:
    """A project over *systems*, with simulators as *told*."""

    def __init__(self, folder: Path, told: Mapping[str, Any], systems: Sequence[str], customers: int) -> None:
        self.folder, self.control, self.systems = folder, told["control"], systems
        self.shop = Shop(folder, customers)
        blocks = {"shop": self.shop.block()}
        for name in systems:
            streams = [LOOPS[name].stream]
            blocks[name] = {**told["systems"][name]["config"], "push": {"mode": "update"}, "streams": streams}
        write_project(folder, systems=blocks)
        self.shop.deliver("Buyer")

    def settle(self, hub: Hub) -> None:
        """Sync until nothing more is written."""
        for _ in range(4):
            done = sync(hub, Wanted(), Watcher()).to_json()
            self._complain(done)
            if not any(sum(one["writes"].values()) for one in done["systems"].values()):
                return
        raise SystemExit("the systems do not come to rest")

    def push(self, hub: Hub, title: str) -> dict[str, dict[str, Any]]:
        """Let everybody have another title, and push it; return what it cost, by system."""
        self.shop.deliver(title)
        self._complain(sync(hub, Wanted(push=False), Watcher()).to_json())
        self._stats()
        cpu, wall = time.process_time(), time.perf_counter()
        with steady_memory():
            done = push_now(hub, list(hub.systems.values()), Watcher()).to_json()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        calls = self._stats()
        writes = {name: done["systems"][name]["writes"] for name in self.systems}
        total = sum(sum(one.values()) for one in writes.values())
        return {
            name: {
                "writes": writes[name]["update"],
                "failed": writes[name]["failed"],
                "calls": calls[name],
                "least": LOOPS[name].least_to_push(self.shop.customers) - LOOPS[name].signs_in,
                "cpu ms a write": cpu * 1000 / max(total, 1),
                "wall ms a write": wall * 1000 / max(total, 1),
            }
            for name in self.systems
        }

    def refuse(self, share: float) -> None:
        """Let each system refuse this share of the records."""
        rules = [{"system": name, "kind": "fail_rows", "rate": share} for name in self.systems] if share else []
        self._post("/_faults", rules)

    def _stats(self) -> dict[str, int]:
        with requests.Session() as session:
            session.trust_env = False
            told = session.get(f"{self.control}/_stats", timeout=60).json()
        self._post("/_stats/reset", None)
        return {name: sum(told[name]["calls"].values()) for name in self.systems}

    def _post(self, path: str, body: Any) -> None:  # noqa: ANN401 (any JSON)
        with requests.Session() as session:
            session.trust_env = False
            session.post(self.control + path, json=body, timeout=60).raise_for_status()

    @staticmethod
    def _complain(done: Mapping[str, Any]) -> None:
        for error in done["errors"]:
            raise SystemExit(f"a sync failed, so the numbers mean nothing: {error['code']}: {error['message']}")


def measure(systems: Sequence[str], changes: int, rejects: float) -> dict[str, dict[str, dict[str, Any]]]:
    """Measure a push in which all goes well, and one with refusals."""
    with tempfile.TemporaryDirectory(prefix="crmhub-bench-") as folder, served(systems, changes, plain=True) as told:
        bench = Bench(Path(folder), told, systems, changes)
        with open_hub(Path(folder), dict(os.environ)) as hub:
            bench.settle(hub)
            found = {"well": bench.push(hub, "Head of purchasing")}
            if rejects:
                bench.refuse(rejects)
                found["rejects"] = bench.push(hub, "Purchasing manager")
    return found


def report(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[str]:
    """Write the report as Markdown."""
    yield "| push | system | writes | refused | calls | least | ratio | hub CPU ms a write |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    missed = []
    for way, aim in (("well", CALLS_AIM), ("rejects", REJECTS_AIM)):
        for name, one in found.get(way, {}).items():
            ratio = one["calls"] / one["least"]
            cells = [f"{one['writes']:,}", f"{one['failed']:,}", f"{one['calls']:,}", f"{one['least']:,.0f}"]
            yield f"| {way} | {name} | {' | '.join(cells)} | {ratio:.3f} | {one['cpu ms a write']:.2f} |"
            missed += [f"{way}, {name}: {ratio:.3f}"] if ratio > aim else []
    yield ""
    verdict = "met" if not missed else "missed by " + "; ".join(missed)
    yield f"Aims: calls at most {CALLS_AIM} of the least, with refusals {REJECTS_AIM}: {verdict}"


def main() -> None:
    """Measure and print the report."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--changes", type=int, default=10_000, help="to each system")
    parser.add_argument("--systems", default="zoho_crm,fxiaoke,zendesk", help="joined by commas")
    parser.add_argument("--rejects", type=float, default=0.01, help="share of records that are refused; 0: none")
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    options = parser.parse_args()
    found = measure(options.systems.split(","), options.changes, options.rejects)
    sys.stdout.write("\n".join(report(found)) + "\n")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
