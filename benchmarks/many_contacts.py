"""Serve simulators that hold as many contacts as a benchmark asks for, in a process of their own.

    python -m benchmarks.many_contacts --systems zoho_crm,zendesk --records 100000 [--limits real]

One JSON line says where, as `crmhub sandbox` does; the process ends with its standard input. Each system holds just
these contacts (users, entries), all alive. They were typed in over years, some seconds apart; one in ten stems from an
import that wrote fifty in one second.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from connectors.population.contract import Kind, TypedIn
from connectors.sandboxes.run import start_sandboxes

BEGAN = datetime(2019, 1, 1, 8, tzinfo=UTC)
IMPORTED = 50
"""Records that one import wrote in one second; nine times as many were typed in one by one."""
MORE = {
    "city": "上海",
    "country": "China",
    "description": "Met at the exhibition; asked for a quote and for a second appointment in spring.",
}
KINDS: dict[str, Kind] = {
    "zoho_crm": "contact",
    "fxiaoke": "contact",
    "zendesk": "user",
    "freshdesk": "user",
    "zoho_desk": "user",
    "udesk": "user",
    "web_forms": "entry",
}
"""System -> what it keeps a person as."""


def contacts(system: str, records: int, *, plain: bool = False) -> Iterator[TypedIn]:
    """Make *records* contacts of one system, the oldest first; *plain*: with name, mail, number and title alone."""
    apart = timedelta(seconds=max(1, 200_000_000 // max(records, 1)))
    at = BEGAN
    for number in range(records):
        at += timedelta() if number % (10 * IMPORTED) < IMPORTED else apart
        values: dict[str, str | bool | list[str]] = {
            "family": "Wang",
            "given": str(number),
            "full_name": f"Wang {number}",
            "email": f"c{number}@kunde.example",
            "mobile": f"+86138{number:08d}",
            "job_title": "采购经理",
        }
        if not plain:
            values |= MORE
        yield TypedIn(f"{system}-{number}", system, KINDS[system], {"person": f"p{number}"}, values, at, at)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--systems", default="", help="joined by commas; none: nothing is done")
    parser.add_argument("--records", type=int, default=1000, help="in each system")
    parser.add_argument("--plain", action="store_true", help="with few fields")
    parser.add_argument("--limits", choices=("real", "off"), default="off")
    options, _ = parser.parse_known_args()
    if not options.systems:
        return
    systems = options.systems.split(",")
    population = [one for system in systems for one in contacts(system, options.records, plain=options.plain)]
    with start_sandboxes(systems, 0, 1, limits=options.limits, population=population) as running:
        sys.stdout.write(json.dumps(running.describe()) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


@contextmanager
def served(
    systems: Sequence[str], records: int, *, limits: Literal["real", "off"] = "off", plain: bool = False
) -> Iterator[dict[str, Any]]:
    """Run `main` in a process of its own and yield what it says."""
    command = [sys.executable, "-m", "benchmarks.many_contacts", "--systems", ",".join(systems)]
    command += ["--records", str(records), "--limits", limits, *(["--plain"] if plain else [])]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = child.stdout.readline() if child.stdout else ""
        if not line:
            raise SystemExit("the simulators did not start")
        yield json.loads(line)
    finally:
        if child.stdin:
            child.stdin.close()
        child.wait(30)


if __name__ == "__main__":
    main()
