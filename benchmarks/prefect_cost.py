"""What Prefect itself costs a scheduled sync, and which share of a large run that is.

    python -m benchmarks.prefect_cost [--records 3000] [--rounds 5] [--of 100000]

The same sync runs as a plain function and as a Prefect flow, in turn, in one process: first on new records, then with
nothing changed. Prefect's part is the difference in CPU of this process, all that its server spends meanwhile, and what
a flow run's process needs to load it. None of that grows with the records, so its share of a run of `--of` records
follows from what the plain sync of `--records` costs per record.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil
from prefect.settings import PREFECT_API_URL, PREFECT_LOGGING_LEVEL, temporary_settings

from benchmarks.pipeline import PER_CUSTOMER, machine
from console.commands.demo import blocks, sandboxes
from flows.hub import open_hub
from flows.new_project import write_project
from flows.prefect_flows import crmhub_sync
from flows.sync import Wanted, sync
from tests.flows.prefect_server import prefect

AIM = 0.01
"""Prefect's share of a run's CPU, at most."""


def cpu_of(work: Callable[[], object], server: psutil.Process) -> tuple[float, float]:
    """Do *work*; return the CPU seconds of this process and of Prefect's server."""
    mine, before = time.process_time(), server.cpu_times()
    work()
    mine, after = time.process_time() - mine, server.cpu_times()
    return mine, after.user + after.system - before.user - before.system


def loading(code: str) -> float:
    """Return the CPU seconds that a process needs to run *code*."""
    usage = os.times()
    subprocess.run([sys.executable, "-c", code], check=True)
    now = os.times()
    return now.children_user + now.children_system - usage.children_user - usage.children_system


def main() -> None:
    """Measure, and print a report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--of", type=int, default=100_000)
    options = parser.parse_args()
    customers = round(options.records / PER_CUSTOMER)
    with (
        tempfile.TemporaryDirectory(prefix="crmhub-bench-") as folder,
        sandboxes(customers, 1) as described,
        prefect(Path(folder) / "prefect") as started,
        temporary_settings({PREFECT_API_URL: started.url, PREFECT_LOGGING_LEVEL: "WARNING"}),
    ):
        project = Path(folder) / "project"
        write_project(project, systems=blocks(described["systems"]))
        server = psutil.Process(started.server.pid)
        read = 0

        def plain() -> None:
            nonlocal read
            with open_hub(project, dict(os.environ)) as hub:
                told = sync(hub, Wanted()).to_json()
            read += sum(one["read"] for system in told["systems"].values() for one in system["streams"].values())

        def flow() -> None:
            crmhub_sync(str(project), [])

        first, _ = cpu_of(plain, server)
        records = read
        flow()
        pairs = [(cpu_of(plain, server), cpu_of(flow, server)) for _ in range(options.rounds)]
    here = median(flow_[0] - plain_[0] for plain_, flow_ in pairs)
    there = median(flow_[1] - plain_[1] for plain_, flow_ in pairs)
    alone, with_prefect = (
        median(loading(f"import {module}") for _ in range(3)) for module in ("flows.sync", "flows.prefect_flows")
    )
    cost = here + there + with_prefect - alone
    whole = first / records * options.of
    print(f"Machine: {machine()}. Load when it ended: {os.getloadavg()[0]:.1f}.\n")
    print("| CPU | seconds |\n| --- | ---: |")
    print(f"| a plain sync of {records:,} records, the first | {first:.2f} |")
    print(f"| the same with nothing changed | {median(plain_[0] for plain_, _ in pairs):.2f} |")
    print(f"| Prefect, in the flow's process | {here:.2f} |")
    print(f"| Prefect, in its server | {there:.2f} |")
    print(f"| Prefect, to be loaded | {with_prefect - alone:.2f} |")
    print(f"| Prefect in all, however many records come | {cost:.2f} |")
    print(f"| a run of {options.of:,} records at the first sync's cost a record | {whole:.0f} |\n")
    share = cost / (whole + cost)
    verdict = "met" if share < AIM else f"missed by a factor of {share / AIM:.1f}"
    print(f"- Prefect's share of such a run: {share:.2%} (aim: below {AIM:.0%}): {verdict}")


if __name__ == "__main__":
    main()
