"""How long does the server take for each page of the console, and how much does a page weigh?

    python -m benchmarks.console [--records 200000] [--rounds 40] [--store DIR] [--json FILE]

Fills a store with `seed_store.py` (or takes DIR, a project that it made), serves the console in this process, signs in
and asks for every page again and again, one request at a time: so the times are those of the server with nothing else
to do. Given are the median and the 95th percentile, by the clock and (which does not grow where others use the machine,
and holds the asking side, too) in processor time, and the bytes of the page itself, without styles and scripts (which
the browser keeps). A plan and a measure are made before, by their runs; that time is given, too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.seed_store import seed_store
from console.access import passwords
from flows import kept_plans, quality_run
from flows.hub import Hub
from flows.on_demand import carry_out_next
from golden_record.resolution.findable import make_findable
from golden_record.store import users
from tests.console.web.desk import Hand
from tests.console.web.served import Served, serving

PAGES: Final = (
    *("/today", "/systems", "/systems/zoho_crm", "/runs", "/plans", "/writes", "/matching"),
    *("/matching/thresholds?entity=person", "/matching/reports?entity=person", "/mappings", "/mappings/fields"),
    *("/quality", "/quality/list?kind=mend", "/quality/list?kind=verify", "/reviews"),
    *("/profiles", "/profiles?q=zhang+wei", "/profiles?q=zw", "/profiles?q=%E5%BC%A0", "/profiles?q=Ander"),
)
PASSWORD: Final = "willow harbour lantern 7"  # noqa: S105 (of a throw-away store)
GOAL: Final = 0.150
"""Seconds at the 95th percentile."""
HEAVIEST: Final = 150_000


def asked_for(hand: Hand, path: str, rounds: int) -> dict[str, Any]:
    """Ask for a page so often; return its times in seconds and its weight in bytes."""
    first = hand.see(path)
    times, worked = [], []
    for _ in range(rounds):
        began, busy = time.perf_counter(), time.process_time()
        answer = hand.see(path)
        times.append(time.perf_counter() - began)
        worked.append(time.process_time() - busy)
        if answer.status_code != 200:
            raise SystemExit(f"{path} answered {answer.status_code}")
    cuts = statistics.quantiles(times, n=20, method="inclusive")
    busiest = statistics.quantiles(worked, n=20, method="inclusive")[18]
    half = statistics.median(times)
    return {"path": path, "p50": half, "p95": cuts[18], "cpu_p95": busiest, "bytes": len(first.content)}


def made(hub: Hub) -> dict[str, float]:
    """Have names put into the index, a plan and a measure made; return the seconds that each took."""
    began = time.perf_counter()
    make_findable(hub.store, hub.rules)
    indexed = time.perf_counter() - began
    kept_plans.ask_for_plan(hub, [], by="benchmark")
    found = {"names": indexed, "plan": _carried_out(hub)}
    quality_run.ask_for_measure(hub)
    return {**found, "measure": _carried_out(hub)}


def _carried_out(hub: Hub) -> float:
    began = time.perf_counter()
    carry_out_next(hub, wait=60)
    return time.perf_counter() - began


def measure(folder: Path, rounds: int) -> dict[str, Any]:
    """Serve the project in *folder* and measure."""
    with serving(folder, work=False) as served:
        _add_user(served)
        hand = Hand(served.base_url)
        if hand.sign_in("bench", PASSWORD).status_code != 303:
            raise SystemExit("the benchmark could not sign in")
        runs = made(served.hub)
        plan = kept_plans.ask_for_plan(served.hub, [], by="benchmark")
        carry_out_next(served.hub, wait=60)
        paths = [*PAGES, f"/runs/{plan}", f"/plans/{plan}"]
        return {"runs": runs, "pages": [asked_for(hand, path, rounds) for path in paths]}


def _add_user(served: Served) -> None:
    hub = served.hub
    with hub.store.write() as connection:
        users.add(
            connection,
            "bench",
            shown="Benchmark",
            roles=["admin"],
            departments=None,
            sensitive=False,
            password=passwords.kept(PASSWORD),
            must_change=False,
            now=hub.now(),
        )


@contextmanager
def project_of(options: argparse.Namespace) -> Iterator[Path]:
    """Yield the project: the one that is there, or a new one."""
    if options.store is not None:
        yield options.store
        return
    with tempfile.TemporaryDirectory(prefix="crmhub-console-") as folder:
        seed_store(Path(folder) / "project", options.records, options.seed)
        yield Path(folder) / "project"


def report(found: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield "page                                     p50 ms   p95 ms  cpu p95      kB"
    for one in found["pages"]:
        good = one["p95"] <= GOAL and one["bytes"] <= HEAVIEST
        numbers = (
            f"{1000 * one['p50']:8.1f} {1000 * one['p95']:8.1f} {1000 * one['cpu_p95']:8.1f} {one['bytes'] / 1000:7.1f}"
        )
        yield f"{one['path'][:38]:<38} {numbers}{'' if good else '   over'}"
    for name, seconds in found["runs"].items():
        yield f"run: {name}: {seconds:.1f} s"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--records", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path, help="a project that seed_store.py made")
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    options = parser.parse_args()
    with project_of(options) as folder:
        found = {"records": options.records, **measure(folder, options.rounds)}
    print(*report(found), sep="\n")
    if options.json is not None:
        options.json.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
