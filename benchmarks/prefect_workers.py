"""How much more several Prefect workers do than one, on one store, and what bounds them.

    python -m benchmarks.prefect_workers [--workers 1,2,4] [--edits 40] [--store URL]

Each system has a schedule of its own. People edit in all of them, then every schedule is started at once, and the
workers of that round work it off. Told are the seconds until every flow run has ended, how many records were written,
how long the flow runs held the store's lease `sync`, and how many found it taken for too long and left their turn out.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from benchmarks.pipeline import machine
from golden_record.store.engine import make_engine, resolve_url
from golden_record.store.tables import runs
from tests.databases import fresh_database
from tests.flows.prefect_server import deploy, kill, prefect
from tests.system.customers import SYSTEMS, Office, population
from tests.system.world import World, world

CUSTOMERS = 120
SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432"


def held(here: World, since: int) -> tuple[int, float]:
    """Return how many runs there were after the first *since*, and the seconds that they took in sum."""
    engine = make_engine(resolve_url(here.store, here.folder))
    with engine.connect() as connection:
        rows = connection.execute(sa.select(runs.c.started_at, runs.c.ended_at).order_by(runs.c.id)).all()[since:]
    engine.dispose()
    return len(rows), sum((row.ended_at - row.started_at).total_seconds() for row in rows)


def main() -> None:
    """Measure, and print a report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--workers", default="1,2,4")
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--store", default=SERVER, help="a server to make a database on")
    options = parser.parse_args()
    rows = []
    with (
        tempfile.TemporaryDirectory(prefix="crmhub-bench-") as folder,
        fresh_database(options.store) as store,
        world(Path(folder) / "project", population(CUSTOMERS, 3), systems=tuple(SYSTEMS), store=store) as here,
        prefect(Path(folder) / "prefect") as server,
    ):
        for minute, name in enumerate(SYSTEMS):  # a schedule of its own each
            line = f"{minute} 3 * * *"
            here.change_yaml("hub.yaml", lambda hub, n=name, at=line: hub["systems"][n].update(pull={"schedule": at}))
        here.settle()
        deploy(server, here)
        schedules = [one["id"] for one in server.ask("/deployments/filter") if one["schedules"]]
        office, done = Office(here, random.Random(3), CUSTOMERS), held(here, 0)[0]  # noqa: S311 (edits that can be repeated)
        for count in (int(part) for part in options.workers.split(",")):
            names = [f"of-{count}-{number}" for number in range(count)]
            workers = [
                server.start(name, "worker", "start", "--pool", "crmhub", "--name", name, "--limit", "1")
                for name in names
            ]
            time.sleep(10)  # they have to be up before the watch starts
            office.work(edits=options.edits)
            here.control("/_stats/reset", {})
            began = time.monotonic()
            started = [server.ask(f"/deployments/{one}/create_flow_run")["id"] for one in schedules]
            ended = [server.ended(one) for one in started]
            passed = time.monotonic() - began
            number, busy = held(here, done)
            done += number
            left_out = sum(one["state"]["name"] == "LeftOut" for one in ended)
            rows.append((count, len(ended), passed, sum(here.writes().values()), busy, left_out))
            for worker in workers:
                kill(worker)
            here.settle()
            done = held(here, 0)[0]
    print(f"Machine: {machine()}. Load when it ended: {os.getloadavg()[0]:.1f}.\n")
    print("| workers | flow runs | seconds until all ended | records written | seconds in the lease | left out |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for count, flow_runs, passed, written, busy, left_out in rows:
        print(f"| {count} | {flow_runs} | {passed:.1f} | {written} | {busy:.1f} | {left_out} |")


if __name__ == "__main__":
    main()
