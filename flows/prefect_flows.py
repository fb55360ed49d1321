"""The same sync as a Prefect flow: one task per system and phase, never one per record.

Room: flows. What Prefect keeps (parameters, names of runs, states, logs) holds the project's folder, names of systems
and counts, never a customer: tasks get their work as a closure, keep no result, and pass on no text of an error that
is not ours. The hub's own `runs` is where a run's outcome is looked up.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_link_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture
from prefect.states import Completed, Failed

from flows.hub import open_hub
from flows.sync import Jobs, Steps, Wanted, Watcher, sync
from flows.tally import Tally
from golden_record.errors import GoldenRecordError, LeaseHeld
from golden_record.store.whole import stoppable

log = logging.getLogger(__name__)

KIND = "scheduled"
RETRY_DELAYS = (5.0, 30.0)
"""Seconds before a task that reads or writes a system is tried again when the store was away in its middle."""
ACCOUNT_TAG, RESOLVE_TAG = "crmhub-account-", "crmhub-resolve"
"""Tags of tasks on one system, and in the store: what limits on the Prefect server are set by."""
ARTIFACT = "crmhub-sync"
"""The key under which Prefect shows what the last syncs came to."""
LOOK = 0.05
"""Seconds between looks whether the work has ended."""
ORDERLY = 20.0
"""Seconds that the work at hand has to end in order when the flow run is cancelled; Prefect kills after thirty."""
WAIT = 60.0
"""Seconds that a scheduled sync waits for another one; after that this time is left out, the next one comes."""


class StepBroken(Exception):
    """A step of a sync stopped on a mistake of our own; says which and on what kind of error, never its text."""

    def __init__(self, phase: str, system: str | None, kind: str) -> None:
        super().__init__(f"{phase}{f' of {system}' if system else ''} stopped on {kind}; see the hub's own log")


@task(
    name="system",
    task_run_name="{phase} {system}",
    retries=len(RETRY_DELAYS),
    retry_delay_seconds=list(RETRY_DELAYS),
    cache_policy=NO_CACHE,
    persist_result=False,
)
def system_step(phase: str, system: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 (what the step returns)
    """Do one system's part of a phase; tried again where the store was away."""
    return _safely(phase, system, work)


@task(name="store", task_run_name="{phase}", tags=[RESOLVE_TAG], cache_policy=NO_CACHE, persist_result=False)
def store_step(phase: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 (what the step returns)
    """Resolve or plan: work in the store alone, never tried again by itself (the next sync goes on)."""
    return _safely(phase, None, work)


def _safely(phase: str, system: str | None, work: Callable[[], Any]) -> Any:  # noqa: ANN401 (passed on)
    try:
        return work()
    except GoldenRecordError:  # its text names no customer
        raise
    except Exception as error:  # noqa: BLE001 (its text may hold a value, and Prefect would keep it)
        raise StepBroken(phase, system, type(error).__name__) from None


def _each(phase: str, jobs: Jobs) -> list[Any]:
    """Submit every system's part, then wait for all; the first that broke is raised when all have ended."""
    futures: list[PrefectFuture[Any]] = [
        system_step.with_options(tags=[f"{ACCOUNT_TAG}{system}"]).submit(phase, system, work) for system, work in jobs
    ]
    for future in futures:
        future.wait()
    return [future.result() for future in futures]


STEPS = Steps(_each, store_step)


@flow(
    name="crmhub sync", flow_run_name="sync {names}", persist_result=False, validate_parameters=True, log_prints=False
)
def crmhub_sync(project: str, systems: list[str], names: str = "all", full: bool = False) -> State[Any]:  # noqa: FBT001, FBT002 (Prefect's form)
    """Sync *systems* (none: all) of the project in the folder *project*; *names* is how the run is called."""
    del names
    return _in_own_thread(lambda: _sync(project, systems, full=full))


def _in_own_thread(work: Callable[[], State[Any]]) -> State[Any]:
    """Do *work* where no signal interrupts it, and end it in order when one comes.

    Prefect asks a run to end by a signal, and means a cancellation only if it finds its own handler in place: with any
    other one the run ends as crashed. So the signal stays Prefect's, and the transactions go where it does not reach.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    outcome: list[Callable[[], State[Any]]] = []
    with stoppable() as stop:
        thread = threading.Thread(target=copy_context().run, args=(_settle, outcome, work), name="sync", daemon=True)
        try:
            thread.start()
            _wait(outcome)
        except BaseException:
            stop.ask()
            _wait(outcome, ORDERLY)
            raise
    return outcome[0]()


def _wait(outcome: Sequence[object], most: float = math.inf) -> None:
    """Sleep until there is an outcome: no lock is held and no thread joined, which a signal at any step would break."""
    deadline = time.monotonic() + most
    while not outcome and time.monotonic() < deadline:
        time.sleep(LOOK)


def _settle(outcome: list[Callable[[], State[Any]]], work: Callable[[], State[Any]]) -> None:
    try:
        ended = work()
        outcome.append(lambda: ended)
    except BaseException as error:  # noqa: BLE001 (raised again where the outcome is asked for)
        outcome.append(partial(_raise, error))


def _raise(error: BaseException) -> NoReturn:
    raise error


def _sync(project: str, systems: list[str], *, full: bool) -> State[Any]:
    logger = get_run_logger()
    with open_hub(Path(project), os.environ) as hub:
        here = [name for name in systems if name in hub.systems]
        if systems and not here:
            return Failed(message="none of these systems is in hub.yaml any more; restart crmhub serve")
        try:
            tally = sync(hub, Wanted(here, full=full, wait=WAIT), Watcher(steps=STEPS), kind=KIND)
        except LeaseHeld as held:
            logger.info("left out: %s", held.name)
            return Completed(name="LeftOut", message="another sync was at work; the next one comes as scheduled")
        _show(tally, hub.project.hub.public_url)
    logger.info("run %s: %s", tally.run_id, counted(tally))
    return _ended(tally)


def _show(tally: Tally, public_url: str | None) -> None:
    """Let Prefect show the run as a table of counts, and where the hub is reachable a link to it: ids and counts only.

    A server that is away just now costs the picture, not the sync.
    """
    rows = [
        {"system": name, "stream": stream, **counts}
        for name, system in tally.to_json()["systems"].items()
        for stream, counts in system["funnel"].items()
    ]
    about = f"run {tally.run_id}: {tally.status()}; crmhub runs show {tally.run_id}"
    try:
        create_table_artifact(rows, key=ARTIFACT, description=about)
        if public_url:
            create_link_artifact(
                f"{public_url.rstrip('/')}/api/runs/{tally.run_id}", tally.run_id, key=f"{ARTIFACT}-run"
            )
    except Exception as error:  # noqa: BLE001 (Prefect's client raises many kinds)
        log.warning("run %s: Prefect keeps no table of it (%s)", tally.run_id, type(error).__name__)


def _ended(tally: Tally) -> State[Any]:
    said = f"run {tally.run_id}: {counted(tally)}"
    status = tally.status()
    if status == "failed":
        return Failed(message=f"{said}; crmhub runs show {tally.run_id}")
    return Completed(name={"ok": "Completed", "partial": "Partial", "paused": "Paused"}[status], message=said)


def counted(tally: Tally) -> str:
    """Return a run's counts in a line."""
    systems = tally.to_json()["systems"].values()
    read = sum(stream["read"] for system in systems for stream in system["streams"].values())
    changed = sum(stream["changed"] for system in systems for stream in system["streams"].values())
    writes = sum(system["writes"]["create"] + system["writes"]["update"] for system in systems)
    return f"{read} read, {changed} changed, {writes} written, {len(tally.troubles)} errors"


def parameters_of(project: Path, systems: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of a flow run for these systems."""
    return {"project": str(project), "systems": list(systems), "names": "+".join(systems) or "all"}
