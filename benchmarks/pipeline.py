"""What a sync costs the hub: CPU by phase, peak memory, and how both grow with the number of records.

    python benchmarks/pipeline.py [--records 10000,100000] [--seed 1] [--profile] [--json FILE]

Each size runs in a process of its own, so that its peak is its own, against sandboxes in another one, so that their CPU
is not counted. A phase's CPU is that of all threads of the hub (`time.process_time`), the store's SQLite included.
`--profile` runs the systems one after the other under cProfile, which about doubles every number, and names the
functions in which the time went; its numbers are for finding, not for reporting.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import platform
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

from console.commands.demo import blocks, sandboxes
from flows import pull as pulling
from flows.entity_order import entity_order
from flows.hub import ConfiguredSystem, Hub, open_hub
from flows.new_project import write_project
from flows.planning import plan_waiting
from flows.steady_memory import steady_memory
from flows.sync import each, resolve_changed
from flows.tally import Tally
from golden_record.landing import Stream
from golden_record.rereading import Normalise

PER_CUSTOMER = 3.05
"""Records that the population has of one customer, over the four systems."""
AIMS = {"first sync": 1.0, "unchanged, full read": 0.1}
"""Milliseconds of CPU per record."""
PEAK_MB = 1000
TOP = 25


@dataclass
class Phase:
    """One phase: CPU and wall seconds, and the process' peak memory when it ended."""

    name: str
    cpu: float
    wall: float
    peak_mb: float


@dataclass
class Measured:
    """One size. *records*: read by the first pull; *profiles*, *writes*: what came of them."""

    records: int = 0
    profiles: int = 0
    writes: int = 0
    store_mb: float = 0.0
    phases: list[Phase] = field(default_factory=list)

    def per_record(self, *names: str) -> float:
        """Return milliseconds of CPU per record over these phases."""
        return sum(phase.cpu for phase in self.phases if phase.name in names) * 1000 / max(1, self.records)

    @property
    def peak_mb(self) -> float:
        """The highest peak."""
        return max((phase.peak_mb for phase in self.phases), default=0.0)


class Stopwatch:
    """Times phases, under a profiler where one is given."""

    def __init__(self, measured: Measured, *, profile: bool) -> None:
        self.measured, self.profile = measured, profile

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure what the block costs."""
        profiler = cProfile.Profile() if self.profile else None
        cpu, wall = time.process_time(), time.perf_counter()
        if profiler:
            profiler.enable()
        yield
        if profiler:
            profiler.disable()
        spent, passed = time.process_time() - cpu, time.perf_counter() - wall
        self.measured.phases.append(Phase(name, spent, passed, peak_mb()))
        print(f"  {name:28s} {spent:8.2f} s CPU {passed:8.2f} s wall {peak_mb():6.0f} MB", file=sys.stderr)
        if profiler:
            print(f"--- {name}", file=sys.stderr)
            statistics = pstats.Stats(profiler, stream=sys.stderr)
            statistics.strip_dirs().sort_stats("tottime").print_stats(TOP)
            statistics.sort_stats("cumulative").print_stats(TOP)


class MappingTime:
    """Tells mapping from the rest of a pull: what the threads spend in making normalised records."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = Lock()

    def around(self, stream: Stream) -> Stream:
        """Return *stream* with its mapping timed."""
        return replace(stream, normalise=self._timed(stream.normalise))

    def _timed(self, normalise: Normalise) -> Normalise:
        def timed(record: Any) -> Any:  # noqa: ANN401 (passed through)
            before = time.thread_time()
            made = normalise(record)
            with self._lock:
                self.seconds += time.thread_time() - before
            return made

        return timed


class TimedSystem(ConfiguredSystem):
    """A system whose mapping is timed."""

    mapping_time: MappingTime

    def landing(self, stream: str) -> Stream:
        """Return what landing needs, timed."""
        return self.mapping_time.around(super().landing(stream))


def timed(system: ConfiguredSystem, mapping_time: MappingTime) -> TimedSystem:
    """Return *system* with its mapping timed."""
    made = TimedSystem(**{name: getattr(system, name) for name in ConfiguredSystem.__dataclass_fields__})
    made.mapping_time = mapping_time
    return made


def peak_mb() -> float:
    """Return the most memory that this process ever held."""
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


# ---------------------------------------------------------------------------------------------- one size


def run_size(records: int, seed: int, *, profile: bool) -> Measured:
    """Measure one size in this process."""
    measured = Measured()
    watch = Stopwatch(measured, profile=profile)
    measured.phases.append(Phase("start the program", time.process_time(), 0.0, peak_mb()))
    customers = max(1, round(records / PER_CUSTOMER))
    with tempfile.TemporaryDirectory(prefix="crmhub-bench-") as folder, sandboxes(customers, seed) as described:
        write_project(Path(folder), systems=blocks(described["systems"]))
        with watch.phase("open the project"):
            opened = open_hub(Path(folder), dict(os.environ))
            hub = opened.__enter__()
        try:
            with steady_memory():
                _first(hub, watch)
                _again(hub, watch)
        finally:
            opened.__exit__(None, None, None)
        measured.store_mb = sum(file.stat().st_size for file in Path(folder).glob("*.db*")) / 1024**2
    return measured


def _first(hub: Hub, watch: Stopwatch) -> None:
    """Pull and map, resolve, plan into the outbox; nothing is sent."""
    mapping_time, measured = MappingTime(), watch.measured
    tally = Tally("0" * 26)
    with watch.phase("pull and map"):
        _pull(hub, watch, tally, mapping_time, full=False)
    _split_mapping(measured, mapping_time)
    measured.records = _read(tally)
    with watch.phase("resolve"):
        resolve_changed(hub, tally)
    with watch.phase("plan"):
        for entity in entity_order(hub.project.mappings.values(), hub.rules.entities):
            measured.writes += plan_waiting(hub, list(hub.systems.values()), entity, tally)
    measured.profiles = tally.profiles["created"]
    _complain(tally)


def _again(hub: Hub, watch: Stopwatch) -> None:
    """Read everything again though nothing changed; then only what the cursors ask for."""
    for name, full in (("unchanged, full read", True), ("unchanged, from the cursors", False)):
        tally = Tally("1" * 26)
        with watch.phase(name):
            _pull(hub, watch, tally, MappingTime(), full=full)
            resolve_changed(hub, tally)
        print(f"    read {_read(tally):,} again", file=sys.stderr)
        changed = sum(stream.changed for system in tally.systems.values() for stream in system.streams.values())
        assert changed == 0, "nobody edited anything"


def _pull(hub: Hub, watch: Stopwatch, tally: Tally, mapping_time: MappingTime, *, full: bool) -> None:
    systems = [timed(system, mapping_time) for system in hub.systems.values()]
    groups = [[system] for system in systems] if watch.profile else [systems]
    for group in groups:
        each(hub, group, tally, lambda system: pulling.pull_system(hub, system, tally, full=full))


def _split_mapping(measured: Measured, mapping_time: MappingTime) -> None:
    whole = measured.phases.pop()
    measured.phases += [
        replace(whole, name="pull", cpu=whole.cpu - mapping_time.seconds),
        replace(whole, name="map", cpu=mapping_time.seconds, wall=0.0),
    ]


def _read(tally: Tally) -> int:
    return sum(stream.read for system in tally.systems.values() for stream in system.streams.values())


def _complain(tally: Tally) -> None:
    for error in tally.to_json()["errors"]:
        raise SystemExit(f"the sync failed, so its numbers mean nothing: {error['code']}: {error['message']}")


# ------------------------------------------------------------------------------------------------ report

FIRST = ("pull", "map", "resolve", "plan")


def machine() -> str:
    """Return what the numbers depend on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def report(sizes: Sequence[Measured]) -> Iterator[str]:
    """Write the report as Markdown."""
    yield f"Machine: {machine()}. Load when it ended: {os.getloadavg()[0]:.1f}."
    yield ""
    yield "| | " + " | ".join(f"{one.records:,} records" for one in sizes) + " | growth |"
    yield "| --- |" + " ---: |" * (len(sizes) + 1)
    names = [phase.name for phase in sizes[0].phases]
    for name in names[:2]:
        yield _row(f"{name}, s in all", [one.per_record(name) * one.records / 1000 for one in sizes], "{:.2f}")
    for name in names[2:]:
        yield _row(f"{name}, ms per record", [one.per_record(name) for one in sizes], "{:.3f}")
    yield _row("**first sync, ms per record**", [one.per_record(*FIRST) for one in sizes], "{:.3f}")
    yield _row("peak memory, MB", [one.peak_mb for one in sizes], "{:.0f}")
    yield _row("store, MB", [one.store_mb for one in sizes], "{:.0f}")
    yield _row("profiles", [one.profiles for one in sizes], "{:,.0f}")
    yield _row("writes planned", [one.writes for one in sizes], "{:,.0f}")
    yield ""
    yield from _against_aims(sizes)


def _row(title: str, values: Sequence[float], form: str) -> str:
    growth = f"{values[-1] / values[0]:.2f}" if len(values) > 1 and values[0] else ""
    return f"| {title} | " + " | ".join(form.format(value) for value in values) + f" | {growth} |"


def _against_aims(sizes: Sequence[Measured]) -> Iterator[str]:
    largest = sizes[-1]
    rows: list[tuple[str, float, float, str]] = [
        ("first sync", largest.per_record(*FIRST), AIMS["first sync"], "ms"),
        ("unchanged, full read", largest.per_record("unchanged, full read"), AIMS["unchanged, full read"], "ms"),
        ("peak memory", largest.peak_mb, PEAK_MB, "MB"),
    ]
    if len(sizes) > 1:
        growth = largest.per_record(*FIRST) / sizes[0].per_record(*FIRST)
        rows.append(("growth of the first sync per record", growth, 1.0, ""))
    for name, found, aim, unit in rows:
        verdict = "met" if found <= aim else f"missed by a factor of {found / aim:.1f}"
        yield f"- {name}: {found:.2f} {unit} (aim: at most {aim:g}): {verdict}"


# -------------------------------------------------------------------------------------------------- main


def main() -> None:
    """Run every size and print the report."""
    options = _options()
    if options.one:
        print(json.dumps(asdict(run_size(options.one, options.seed, profile=options.profile))))
        return
    sizes = [_in_own_process(records, options) for records in options.records]
    print("\n".join(report(sizes)))
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in sizes], indent=1), encoding="utf-8")


def _in_own_process(records: int, options: argparse.Namespace) -> Measured:
    print(f"{records:,} records …", file=sys.stderr)
    arguments = ["--one", str(records), "--seed", str(options.seed), *(["--profile"] if options.profile else [])]
    done = subprocess.run([sys.executable, __file__, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    made: dict[str, Any] = json.loads(done.stdout)
    return Measured(**{**made, "phases": [Phase(**phase) for phase in made["phases"]]})


def _options() -> argparse.Namespace:
    sizes: Callable[[str], list[int]] = lambda text: [int(part) for part in text.split(",")]  # noqa: E731 (a parser)
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--records", type=sizes, default=[10_000, 100_000], help="sizes, joined by commas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--profile", action="store_true", help="name the functions in which the time goes")
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
