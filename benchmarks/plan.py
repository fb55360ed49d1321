"""What a plan costs against a large base of which little has changed.

    python -m benchmarks.plan [--records 60000,150000] [--share 0.01] [--seed 1] [--store DIR] [--json FILE]

Each size is a store made by benchmarks/seed_store.py (*--store*: one that is there already), three records to a
profile.
All its profiles count as planned but for *--share* of them, which changed. `crmhub plan` then runs in a process of its
own: CPU seconds (opening the project apart), its highest memory, and the steps of SQLite's machine that the queries
took, which no busy machine changes. The aim: a million profiles, one in a hundred changed, in under 120 s and 1 GB.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from ruamel.yaml import YAML

from benchmarks.seed_store import seed_store
from flows.hub import open_hub
from flows.in_force import take_in_changes
from flows.planning import plan_pages
from golden_record.store.tables import profiles as table

SIZES = "60000,150000"
STEPS = 1000
"""Steps of SQLite's machine that are counted at once."""


def prepare(folder: Path, share: float, seed: int) -> int:
    """Let *share* of the profiles wait to be planned and all others be planned; return how many wait."""
    with open_hub(folder, {}) as hub:
        take_in_changes(hub)
        with hub.store.write() as connection:
            ids = sorted(connection.scalars(sa.select(table.c.id).where(table.c.merged_into.is_(None))).all())
            connection.execute(table.update().values(to_plan=0))
            changed = Random(seed).sample(ids, round(len(ids) * share))  # noqa: S311 (a sample, no secret)
            for place in range(0, len(changed), 500):
                part = changed[place : place + 500]
                connection.execute(table.update().where(table.c.id.in_(part)).values(to_plan=1))
    return len(changed)


def measure(folder: Path) -> dict[str, Any]:
    """Plan, and count what it took."""
    with open_hub(folder, {}) as hub:
        steps = [0]

        def tick() -> int:
            steps[0] += STEPS
            return 0

        @sa.event.listens_for(hub.store.engine, "checkout")
        def _count(connection: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401 (the driver's own type)
            connection.set_progress_handler(tick, STEPS)

        began, cpu = time.perf_counter(), time.process_time()
        writes = blocked = looked_at = 0
        for planned, count in plan_pages(hub, list(hub.systems.values())):
            writes, blocked, looked_at = writes + len(planned.writes), blocked + len(planned.blocked), looked_at + count
        return {
            "looked_at": looked_at,
            "writes": writes,
            "blocked": blocked,
            "cpu_seconds": round(time.process_time() - cpu, 3),
            "seconds": round(time.perf_counter() - began, 3),
            "steps": steps[0],
            "memory_mb": highest_memory(),
        }


def highest_memory() -> int:
    """Return this process's highest memory in MB (the kernel's own count: a child's `ru_maxrss` holds its parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024)


def of_size(folder: Path, records: int, share: float, seed: int) -> dict[str, Any]:
    """Measure one size in a process of its own, so that its memory is its own."""
    if not (folder / "config").exists():
        seed_store(folder, records, seed)
    _push_everywhere(folder)
    changed = prepare(folder, share, seed)
    with open_hub(folder, {}) as hub, hub.store.read() as connection:
        total = connection.scalar(sa.select(sa.func.count()).select_from(table).where(table.c.merged_into.is_(None)))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.plan", "--measure", str(folder)], check=True, capture_output=True, text=True
    )
    return {"profiles": total, "changed": changed, **json.loads(done.stdout)}


def _push_everywhere(folder: Path) -> None:
    file = folder / "config" / "hub.yaml"
    yaml = YAML()
    said = yaml.load(file)
    for system in said["systems"].values():
        system["push"] = {"mode": "create"}
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(said, out)


def main() -> None:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", default=SIZES)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure is not None:
        sys.stdout.write(json.dumps(measure(asked.measure)))
        return
    found = []
    with tempfile.TemporaryDirectory() as made:
        for records in [0] if asked.store else map(int, asked.records.split(",")):
            found.append(of_size(asked.store or Path(made) / str(records), records, asked.share, asked.seed))
            one = found[-1]
            per = one["cpu_seconds"] * 1000 / max(1, one["looked_at"])
            print(
                f"{one['profiles']:>9,} profiles, {one['changed']:>7,} changed: {one['cpu_seconds']:.2f} s CPU "
                f"({per:.2f} ms a changed one), {one['steps']:,} steps, {one['memory_mb']} MB, {one['writes']:,} writes"
            )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
