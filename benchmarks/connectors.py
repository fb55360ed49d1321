"""What a connector costs beside a bare loop of `requests`: records per second, calls, memory.

    python -m benchmarks.connectors [--records 100000] [--updates 10000] [--memory 1000000] [--systems a,b]
        [--rounds 2] [--json FILE]

*pull*: the hub's source (its Airbyte messages, one by one) and a bare loop (benchmarks/bare_loops.py) read the same
contacts from the same simulator, which runs in a process of its own, in turn; the better of the rounds counts. *push*:
the hub's writer and a bare loop change the same field of the same records. *calls*: what the simulator counted, against
the least that the API makes possible. *memory*: the most that a process with the source took for a million records,
which benchmarks/endless.py makes up. Seconds depend on the machine and on its load; the ratios hardly do.
"""

from __future__ import annotations

import argparse
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import requests
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer

from benchmarks.bare_loops import LOOPS, Loop
from benchmarks.endless import SHAPES
from benchmarks.many_contacts import served
from connectors import registry
from connectors.contract import WriteRequest
from connectors.ports import MemoryTokenStore, WindowBudget
from flows.steady_memory import steady_memory

RATE_AIM, CALLS_AIM, MEMORY_AIM = 0.8, 1.05, 300.0
REACH = {"udesk": 10_000}
"""Records that a system's list reaches at most."""
LOG = logging.getLogger("benchmark")


class Bench:
    """One system, with the simulator that serves it."""

    def __init__(self, system: str, told: Mapping[str, Any], options: argparse.Namespace) -> None:
        self.system, self.control, self.options = system, told["control"], options
        self.config = dict(told["systems"][system]["config"]["config"])
        self.records = min(options.records, REACH.get(system, options.records))
        self.connector = registry.connector(system)
        self.tokens = MemoryTokenStore()
        if system == "zoho_crm":
            self.config["bulk_read_from"] = 0  # lists are compared with lists
        if system == "web_forms":
            self.config["page_size"] = LOOPS[system].page
        self.fields: list[str] = []
        self.rows: list[Mapping[str, Any]] = []
        self._loop: Loop | None = None

    def loop(self) -> Loop:
        """Return the loop, signed in: its calls for that are in `least`."""
        if self._loop is None:
            kept = next(iter(self.tokens.tokens.values()), {})
            self._loop = LOOPS[self.system]({**self.config, **kept}, self.fields)
        return self._loop

    def pull(self) -> int:
        """Read everything through the source; return how many records came."""
        source = self.connector.source(self.tokens, WindowBudget())
        stream = LOOPS[self.system].stream
        count = 0
        for message in source.read(LOG, self.config, _catalog(stream), []):
            if message.record is not None:
                count += 1
        return count

    def pull_bare(self) -> int:
        """Read everything with the loop."""
        count = 0
        for page in self.loop().pages():
            count += len(page)
        return count

    def push(self, text: str) -> int:
        """Change records through the writer; return how many were confirmed."""
        stream, field = LOOPS[self.system].stream, LOOPS[self.system].field
        assert self.connector.writer is not None
        settings = self.connector.settings.model_validate(self.config)
        writer = self.connector.writer(settings, tokens=self.tokens, budget=WindowBudget(), system=self.system)
        key = "_id" if self.system == "fxiaoke" else "id"
        wishes = [
            WriteRequest(f"w{at}", stream, "update", {field: text}, str(row[key]), {field: row.get(field)})
            for at, row in enumerate(self.rows)
        ]
        results = list(writer.write(wishes))
        self.rows = [{**row, field: text} for row in self.rows]
        return sum(one.outcome == "confirmed" for one in results)

    def push_bare(self, text: str) -> int:
        """Change the same records with the loop."""
        key, field = "_id" if self.system == "fxiaoke" else "id", LOOPS[self.system].field
        done = self.loop().write({str(row[key]): text for row in self.rows})
        self.rows = [{**row, field: text} for row in self.rows]
        return done

    def calls(self) -> int:
        """Return the calls that the simulator counted, and begin anew."""
        with requests.Session() as session:
            session.trust_env = False
            told = session.get(f"{self.control}/_stats", timeout=30).json()[self.system]
            session.post(f"{self.control}/_stats/reset", timeout=30)
        return sum(told["calls"].values())

    def prepare(self) -> None:
        """Learn the fields, and take the records that will be changed."""
        source = self.connector.source(self.tokens, WindowBudget())
        reader = next(
            one for one in source.readers(source.settings(self.config)) if one.name == LOOPS[self.system].stream
        )
        schema = reader.schema()["properties"]
        self.fields = [name for name in schema if not name.startswith("_") and name != "id"]
        for page in reader.read(None):
            self.rows += page.records
            if len(self.rows) >= self.options.updates:
                break
        self.rows = self.rows[: self.options.updates]
        self.loop()


def measure(system: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one system."""
    with served([system], min(options.records, REACH.get(system, options.records))) as told:
        bench = Bench(system, told, options)
        bench.prepare()
        loop, found = bench.loop(), dict[str, Any](records=bench.records)
        bench.calls()
        found["pull"] = _compared(bench, options, bench.records, lambda _: bench.pull(), lambda _: bench.pull_bare())
        found["pull"]["least"] = found["pull"]["bare calls"] + loop.overhead
        if loop.field:
            updates = len(bench.rows)
            found["push"] = _compared(bench, options, updates, bench.push, bench.push_bare)
            found["push"]["least"] = loop.least_to_push(updates)
    return found


def _compared(
    bench: Bench, options: argparse.Namespace, expected: int, hub: Callable[[str], int], bare: Callable[[str], int]
) -> dict[str, Any]:
    """Let both work in turn; return the best seconds of each, and the hub's calls of the first round."""
    walls: dict[str, list[float]] = {"hub": [], "bare": []}
    cpus: dict[str, list[float]] = {"hub": [], "bare": []}
    loop, calls = bench.loop(), {"hub": 0, "bare": 0}
    for number in range(options.rounds):
        for name, work in (("bare", bare), ("hub", hub)):
            bench.calls()
            if name == "hub" and number == 0 and loop.overhead:
                bench.tokens = MemoryTokenStore()  # its first round signs in, as the loop did
            began, cpu = time.perf_counter(), time.process_time()
            done = work(f"{name} {number}")
            walls[name].append(time.perf_counter() - began)
            cpus[name].append(time.process_time() - cpu)
            if done < expected:
                raise SystemExit(f"{bench.system}: {name} did {done} of {expected}")
            calls[name] = calls[name] or bench.calls()
    return {
        "calls": calls["hub"],
        "bare calls": calls["bare"],
        **{f"{name} seconds": min(every) for name, every in walls.items()},
        **{f"{name} cpu": min(every) for name, every in cpus.items()},
    }


def memory(shape: str, records: int) -> float:
    """Return the most memory (MB) that a process took which read *records* made-up records of a system."""
    command = [sys.executable, "-m", "benchmarks.endless", "--read", shape, "--records", str(records)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(answer.stdout)
    if told["read"] < records:
        raise SystemExit(f"{shape}: {told['read']} of {records} were read")
    return float(told["megabytes"])


def report(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Write the report as Markdown."""
    yield "| system | records | of the loop's rate | hub CPU µs a record | loop's | calls | least | ratio |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    failed: list[str] = []
    for way in ("pull", "push"):
        for system, one in found.items():
            if way not in one:
                continue
            told = one[way]
            records = one["records"] if way == "pull" else one["updates"]
            rate, ratio = told["bare seconds"] / told["hub seconds"], told["calls"] / told["least"]
            hub, bare = (told[f"{name} cpu"] / records * 1e6 for name in ("hub", "bare"))
            cells = [f"{rate:.0%}", f"{hub:.0f}", f"{bare:.0f}", f"{told['calls']:,}", f"{told['least']:,.0f}"]
            yield f"| {way} {system} | {records:,} | {' | '.join(cells)} | {ratio:.3f} |"
            failed += [f"{way} {system}: {rate:.0%} of the loop's rate"] if rate < RATE_AIM else []
            failed += [f"{way} {system}: {ratio:.3f} of the least calls"] if ratio > CALLS_AIM else []
    yield ""
    for system, one in found.items():
        if "megabytes" in one:
            yield f"- memory, {system}: {one['megabytes']:.0f} MB for {one['memory records']:,} records"
            failed += [f"memory {system}"] if one["megabytes"] > MEMORY_AIM else []
    yield ""
    aims = f"at least {RATE_AIM:.0%} of the loop's rate, at most {CALLS_AIM} of the least calls, {MEMORY_AIM:.0f} MB"
    yield f"Aims: {aims}: " + ("met" if not failed else "missed by " + "; ".join(failed))


def _catalog(stream: str) -> Any:  # noqa: ANN401 (airbyte-cdk's own)
    from_dict = {
        "stream": {"name": stream, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
        "sync_mode": "incremental",
        "destination_sync_mode": "append_dedup",
    }
    return ConfiguredAirbyteCatalogSerializer.load({"streams": [from_dict]})


def main() -> None:
    """Measure every system and print the report."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--records", type=int, default=100_000, help="that are pulled from each system")
    parser.add_argument("--updates", type=int, default=10_000, help="that are pushed to each system")
    parser.add_argument("--memory", type=int, default=1_000_000, help="made-up records; 0: not measured")
    parser.add_argument("--systems", default=",".join(LOOPS), help="joined by commas")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    options = parser.parse_args()
    found: dict[str, dict[str, Any]] = {}
    with steady_memory():  # as a sync runs; the loop has it too
        for system in options.systems.split(","):
            found[system] = measure(system, options) | {"updates": min(options.updates, options.records)}
    for shape in SHAPES if options.memory else ():
        one = found.setdefault(shape, {})
        one |= {"megabytes": memory(shape, options.memory), "memory records": options.memory}
    print("\n".join(report(found)))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
