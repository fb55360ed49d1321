"""Run `crmhub sync` in a process of its own and kill it at a chosen moment."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import sqlalchemy as sa

from connectors.sandboxes.contract import Change
from console.main import EXIT_FAILED, run, stop_in_order
from golden_record.store.engine import make_engine, resolve_url
from golden_record.store.tables import leases
from tests.system.world import World

PATIENCE = 120.0
"""Seconds after which a run that neither ends nor reaches its moment is a failure."""


@dataclass(frozen=True)
class Moment:
    """When to kill: at the *nth* time that *what* happens in the run, and *after* seconds more.

    starting   the process runs (imports, the store's tables, the first lease)
    call       a system was called: pull, look-up, push
    stored     a record that the hub wrote is stored, and the answer still on its way
    deciding   the lease of resolving and planning is taken: in these phases no system is called
    """

    what: str
    nth: int
    after: float


def moments(chance: random.Random) -> Iterator[Moment]:
    """Yield moments without end, spread over all phases in turn."""
    while True:
        yield Moment("stored", chance.randint(1, 8), 0.0)
        yield Moment("deciding", chance.randint(1, 3), chance.uniform(0, 0.05))
        yield Moment("call", chance.randint(1, 20), chance.uniform(0, 0.1))
        yield Moment("stored", chance.randint(1, 4), chance.uniform(0, 0.1))
        yield Moment("call", chance.randint(8, 25), chance.uniform(0, 0.1))
        yield Moment("starting", 1, chance.uniform(0, 0.6))


FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["console.main", "console.commands.sync", "flows.sync", "tests.system.kills"])


def start(arguments: list[str], out: Path) -> BaseProcess:
    """Start `crmhub` in a process of its own, forked off one that has the program loaded: loading takes seconds.

    What it prints goes to *out*.stdout and *out*.stderr.
    """
    process = FORKS.Process(target=_run, args=(arguments, str(out)))
    process.start()
    return process


def _run(arguments: list[str], out: str) -> None:
    for number, name in ((1, "stdout"), (2, "stderr")):
        file = os.open(f"{out}.{name}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
    stop_in_order()
    sys.exit(run(arguments))


def kill_at(world: World, moment: Moment) -> bool:
    """Start a sync and kill it at *moment*; tell whether it was still running then."""
    return _end_at(world, moment, signal.SIGKILL) == -signal.SIGKILL


def stop_at(world: World, moment: Moment) -> bool:
    """Start a sync and ask it to end at *moment*; tell whether it ended before its work was done."""
    return _end_at(world, moment, signal.SIGTERM) == EXIT_FAILED


def _end_at(world: World, moment: Moment, sign: int) -> int | None:
    process = start(["sync", "--project", str(world.folder)], world.folder / "killed")
    try:
        with _watched(world, moment, process) as reached:
            deadline = time.monotonic() + PATIENCE
            while process.is_alive() and not reached():
                assert time.monotonic() < deadline, f"the sync hangs; waiting for {moment}"
                time.sleep(0.002)
            time.sleep(moment.after)
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, sign)
        process.join(PATIENCE)
        return process.exitcode
    finally:
        process.kill()
        process.join()


@contextmanager
def _watched(world: World, moment: Moment, process: BaseProcess) -> Iterator[Callable[[], bool]]:
    match moment.what:
        case "starting":
            yield lambda: True
        case "call":
            before = _calls(world)
            yield lambda: _calls(world) - before >= moment.nth
        case "deciding":
            with _lease_takings(world) as takings:
                yield lambda: takings() >= moment.nth
        case "stored":
            with _stored(world, moment, process) as reached:
                yield reached
        case other:
            raise ValueError(other)


def _calls(world: World) -> int:
    return sum(sum(one["calls"].values()) for one in world.control("/_stats").values())


@contextmanager
def _lease_takings(world: World) -> Iterator[Callable[[], int]]:
    """Count how often the lease `resolve` is seen in new hands."""
    engine = make_engine(resolve_url(world.store, world.folder))
    seen: set[str] = set()
    ask = sa.select(leases.c.holder).where(leases.c.name == "resolve")

    def look() -> int:
        with suppress(sa.exc.DBAPIError), engine.connect() as connection:  # at first there are no tables yet
            seen.update(connection.scalars(ask))
        return len(seen)

    before = look()
    try:
        yield lambda: look() - before
    finally:
        engine.dispose()


@contextmanager
def _stored(world: World, moment: Moment, process: BaseProcess) -> Iterator[Callable[[], bool]]:
    """Strike in the sandbox itself where nothing is to pass in between: it has stored, and has not answered."""
    stored = 0

    def note(change: Change) -> None:
        nonlocal stored
        stored += change.by == "hub"
        if stored == moment.nth and moment.after == 0.0 and process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)

    books = [sandbox.book for sandbox in world.running.sandboxes.values()]
    for book in books:
        book.listeners.append(note)
    try:
        yield lambda: stored >= moment.nth
    finally:
        for book in books:
            book.listeners.remove(note)
