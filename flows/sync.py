"""One sync: recover, pull, resolve, plan, push, until nothing more comes of it. Reads like a table of contents.

Room: flows. Plain functions: the command line and the webhook worker call `sync`; flows.prefect_flows calls the steps.
"""

from __future__ import annotations

import logging
import math
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from ulid import ULID

from connectors.errors import ConnectorError
from flows import pull as pulling
from flows import push as pushing
from flows.drift import check_fields, keep_contracts
from flows.entity_order import entity_order
from flows.hub import ConfiguredSystem, Hub
from flows.in_force import take_in_changes
from flows.mapping_versions import InForce, put_in_force
from flows.not_answering import silences
from flows.pauses import SystemPaused, heed, held_of
from flows.planning import plan_waiting
from flows.quality_measure import measure_and_keep
from flows.remapping import remap_system
from flows.run_context import in_run
from flows.steady_memory import steady_memory
from flows.sweep import sweep_due
from flows.tally import Tally, Trouble
from flows.tracing import span
from golden_record.errors import GoldenRecordError, LeaseHeld
from golden_record.resolution.resolve import Resolved, resolve
from golden_record.store import leases, outbox, profiles, reviews, runs
from golden_record.store.whole import tidying

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ROUNDS = 3
"""Times that a sync resolves and plans again when its own pushes brought news; what is left then waits for the next."""


HASTY = frozenset({"webhook"})
"""Kinds of runs for which others wait that have nothing to do with the system which does not answer."""
HASTE = 60.0
"""Seconds that a call of theirs may go unanswered: what is left is tried again soon."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a sync shall do.

    *systems* to pull (none: all); *full* read; *push* or not; only these *records* (system, stream, id); *wait*
    seconds for another sync.
    """

    systems: Sequence[str] = ()
    full: bool = False
    push: bool = True
    records: Sequence[tuple[str, str, str]] = ()
    wait: float = 60.0


Jobs = Sequence[tuple[str, Callable[[], Any]]]
"""(system, its part of a phase)."""


def in_threads(_phase: str, jobs: Jobs) -> list[Any]:
    """Do all jobs at once, each in a thread of its own; the first failure is raised when all have ended.

    Ctrl-C waits for none of them: a system may be silent for minutes. The threads end with the process, as in a kill.
    """
    if len(jobs) == 1:
        return [jobs[0][1]()]
    futures: list[Future[Any]] = [Future() for _ in jobs]
    for (name, job), future in zip(jobs, futures, strict=True):
        work = partial(copy_context().run, _settle, future, job)
        threading.Thread(target=work, name=f"system-{name}", daemon=True).start()
    wait(futures)
    return [future.result() for future in futures]


def _settle(future: Future[Any], job: Callable[[], Any]) -> None:
    try:
        future.set_result(job())
    except BaseException as error:  # noqa: BLE001 (raised again where the result is asked for)
        future.set_exception(error)


def here(_phase: str, job: Callable[[], Any]) -> Any:  # noqa: ANN401 (what the job returns)
    """Do a job now."""
    return job()


@dataclass(frozen=True, slots=True)
class Steps:
    """Who carries a sync's steps out: *each* the parts of several systems in one phase, *once* what is done for all."""

    each: Callable[[str, Jobs], list[Any]] = in_threads
    once: Callable[[str, Callable[[], Any]], Any] = here


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how far a sync is, and who carries out its *steps*."""

    phase: Callable[[str], None] = lambda _name: None
    pulled: pulling.Progress = pulling.silent
    pushed: pushing.Progress = pushing.silent
    steps: Steps = Steps()


def sync(
    hub: Hub, wanted: Wanted, watcher: Watcher | None = None, *, kind: str = "sync", run_id: str | None = None
) -> Tally:
    """Run one sync and note it in `runs` as *kind*, under *run_id* where one was given out before.

    Raises:
        LeaseHeld: another sync held the work for longer than *wanted.wait*.
    """
    watcher = watcher or Watcher()
    systems = chosen(hub, wanted)
    tally = Tally(run_id or str(ULID()))
    held = leases.hold(hub.store, "sync", wait=wanted.wait)
    with in_run(tally.run_id), held, steady_memory(), span("sync", kind=kind):
        start(hub, tally, kind)
        status = "failed"
        try:
            run_sync(hub, systems, wanted, tally, watcher)
            if tally.changed_anything():
                watcher.phase("measure")
                once(watcher, "measure", lambda: measure_and_keep(hub, tally.run_id, stale=False))
            status = tally.status()
        finally:
            finish(hub, tally, status)
    return tally


def run_sync(hub: Hub, systems: Sequence[ConfiguredSystem], wanted: Wanted, tally: Tally, watcher: Watcher) -> None:
    """Do the steps of a sync."""
    for system in systems:
        tally.system(system.name)
    if not wanted.records:
        each(hub, systems, tally, lambda system: check_fields(hub, system, tally))
        keep_contracts(hub)
    take_in_changes(hub)
    in_force = put_in_force(hub.store, hub.project, hub.now())
    watcher.phase("recover")
    each(hub, systems, tally, lambda system: pushing.recover_system(hub, system, tally), "recover", watcher.steps)
    if not wanted.records:
        remap(hub, systems, in_force, tally, watcher)
    watcher.phase("pull")
    if wanted.records:
        fetch(hub, systems, wanted.records, tally)
    else:
        each(
            hub,
            systems,
            tally,
            lambda system: _pull(hub, system, tally, wanted, watcher),
            "pull",
            watcher.steps,
        )
    watcher.phase("resolve")
    once(watcher, "resolve", lambda: resolve_changed(hub, tally))
    if wanted.push:
        plan_and_push(hub, tally, watcher)


def remap(
    hub: Hub,
    systems: Sequence[ConfiguredSystem],
    in_force: Mapping[tuple[str, str], InForce],
    tally: Tally,
    watcher: Watcher,
) -> None:
    """Bring stored records to edited mappings, of every system; only *systems* are asked for what is not stored."""
    edited = [
        system
        for system in hub.systems.values()
        if any(in_force[system.name, name].done != mapping.version for name, mapping in system.mappings.items())
    ]
    if not edited:
        return
    asked = {system.name for system in systems}
    watcher.phase("remap")

    def remap_of(system: ConfiguredSystem) -> None:
        remap_system(hub, system, in_force, tally, fetch=system.name in asked, progress=watcher.pulled)

    each(hub, edited, tally, remap_of, "remap", watcher.steps)


def fetch(hub: Hub, systems: Sequence[ConfiguredSystem], records: Sequence[tuple[str, str, str]], tally: Tally) -> None:
    """Pull just these records: (system, stream, id)."""

    def fetch_of(system: ConfiguredSystem) -> None:
        by_stream: dict[str, list[str]] = {}
        for name, stream, record_id in records:
            if name == system.name:
                by_stream.setdefault(stream, []).append(record_id)
        for stream, ids in by_stream.items():
            pulling.fetch_records(hub, system, stream, ids, tally)

    each(hub, systems, tally, fetch_of)


def resolve_changed(hub: Hub, tally: Tally) -> None:
    """Bring what changed into the profiles."""
    with leases.hold(hub.store, "resolve", wait=60):
        resolved = resolve(hub.store, hub.rules, tally.run_id, hub.now)
    note_resolved(resolved, tally)


def note_resolved(resolved: Resolved, tally: Tally) -> None:
    """Count what resolving came to."""
    tally.profiles["created"] += resolved.settled.created
    tally.profiles["changed"] += resolved.settled.changed
    tally.reviews["opened"] += resolved.settled.opened
    if not tally.resolved:  # what pushes brought on the way is resolved again, and was no news of the pull
        for (system, stream), number in resolved.settled.matched.items():
            tally.passed(system, stream, "matched", number)
    tally.resolved = True
    for rule, buckets in resolved.skipped.items():
        tally.blocked[f"bucket_too_full:{rule}"] += buckets
    for one, other in sorted(set(resolved.settled.contradictions)):
        tally.trouble(_contradiction(one, other))


def _contradiction(one: str, other: str) -> Trouble:
    """Name a word that is not followed: two records (`system/stream/id#entity`) shall be one and may not be."""
    system, stream, record_id = one.rpartition("#")[0].split("/", 2)
    what = f"it shall be one customer with {other.rpartition('#')[0]}, and a cannot-link forbids that: they stay apart"
    cure = "Join them with `crmhub merge`, which takes the cannot-link back; or undo what joins them."
    return Trouble(system, stream, record_id, "contradictory_words", what, cure)


def plan_and_push(
    hub: Hub,
    tally: Tally,
    watcher: Watcher,
    systems: Sequence[ConfiguredSystem] | None = None,
    *,
    sparing: bool = False,
) -> None:
    """Plan and push, parents before children, again while pushes bring news.

    Every system that takes pushes is written to, whichever were pulled: a change in one belongs in all. *systems*
    limits who is written to; what is planned for the others waits in the outbox. *sparing*: steps in which nothing is
    to be done are left out, leases and all.
    """
    systems = [system for system in hub.systems.values() if system.pushes] if systems is None else systems
    order = entity_order(hub.project.mappings.values(), hub.rules.entities)
    for system in systems:
        tally.system(system.name)
    for _round in range(ROUNDS):
        news = False
        for entity in order:
            watcher.phase(f"plan {entity}")
            if not sparing or something_to_plan(hub, entity):
                once(watcher, f"plan {entity}", partial(_plan, hub, entity, tally))
            watcher.phase(f"push {entity}")
            pushed = each(
                hub,
                _with_writes(hub, systems) if sparing else systems,
                tally,
                lambda system: _push(hub, system, tally, watcher),
                f"push {entity}",
                watcher.steps,
            )
            news |= any(pushed)
        if not news:
            return
        once(watcher, "resolve", lambda: resolve_changed(hub, tally))


def something_to_plan(hub: Hub, entity: str) -> bool:
    """Say whether a profile waits to be planned, or a write to be planned anew: else no lease need be taken for it."""
    with hub.store.read() as connection:
        return bool(
            profiles.waiting_for_plan(connection, entity, "", 1) or outbox.systems_in_state(connection, outbox.WAITING)
        )


def _with_writes(hub: Hub, systems: Sequence[ConfiguredSystem]) -> list[ConfiguredSystem]:
    """Return those of *systems* to which something waits to be sent, or looked up."""
    with hub.store.read() as connection:
        found = outbox.systems_in_state(connection, (outbox.PLANNED, *outbox.UNDECIDED))
    return [system for system in systems if system.name in found]


def to_recover(hub: Hub, systems: Sequence[ConfiguredSystem]) -> list[ConfiguredSystem]:
    """Return those of *systems* in which the outcome of a write is unknown."""
    with hub.store.read() as connection:
        found = outbox.systems_in_state(connection, outbox.UNDECIDED)
    return [system for system in systems if system.name in found]


def once(watcher: Watcher, phase: str, work: Callable[[], Any]) -> None:
    """Let the watcher's steps do *work*, traced."""

    def traced() -> Any:  # noqa: ANN401 (what the work returns)
        with span(phase):
            return work()

    watcher.steps.once(phase, traced)


def _pull(hub: Hub, system: ConfiguredSystem, tally: Tally, wanted: Wanted, watcher: Watcher) -> None:
    pulling.pull_system(hub, system, tally, full=wanted.full, progress=watcher.pulled)
    sweep_due(hub, system, tally)


def _plan(hub: Hub, entity: str, tally: Tally) -> None:
    with leases.hold(hub.store, "resolve", wait=60):
        plan_waiting(hub, list(hub.systems.values()), entity, tally)


def _push(hub: Hub, system: ConfiguredSystem, tally: Tally, watcher: Watcher) -> bool:
    landed = pushing.push_system(hub, system, tally, progress=watcher.pushed)
    return pushing.recover_system(hub, system, tally) or landed


def each(  # noqa: PLR0913 (whose work, what, and who does it)
    hub: Hub,
    systems: Sequence[ConfiguredSystem],
    tally: Tally,
    work: Callable[[ConfiguredSystem], Result],
    phase: str = "",
    steps: Steps | None = None,
    busy: Callable[[str], None] | None = None,
) -> list[Result]:
    """Do *work* for all systems at once, each under its lease; one that fails is noted and the others go on.

    A system that a person has paused is left alone, and noted as that. So is one that somebody else has in hand for a
    minute; or at once, where *busy* is to be told of that.
    """

    def guarded(system: ConfiguredSystem) -> Result | None:
        name = f"{phase} {system.name}".strip()
        try:
            heed(hub, system.name)
            with leases.hold(hub.store, f"system:{system.name}", wait=60 if busy is None else 0), span(name):
                return work(system)
        except SystemPaused as error:
            tally.hold(held_of(error))
        except ConnectorError as error:
            tally.error(error, system.name)
        except LeaseHeld as error:
            if busy is None:
                tally.error(error, system.name)
            else:
                busy(system.name)
        except GoldenRecordError:
            raise
        except Exception as error:  # noqa: BLE001 (named in the run's errors; the other systems go on)
            # Where it happened is enough to report; the exception's own words may carry a customer's value.
            where = "".join(traceback.format_tb(error.__traceback__))
            log.debug("%s stopped: %s\n%s", system.name, type(error).__name__, where)
            cure = "This is a mistake in crmhub or its connector; run again with --debug and report it."
            tally.trouble(Trouble(system.name, None, None, "internal", type(error).__name__, cure))
        return None

    jobs = [(system.name, partial(guarded, system)) for system in systems]
    found = (steps or Steps()).each(phase, jobs)
    return [one for one in found if one is not None]


def chosen(hub: Hub, wanted: Wanted) -> list[ConfiguredSystem]:
    """Return the systems to pull: those named, those of the named records, or all."""
    names = set(wanted.systems) | {system for system, _stream, _id in wanted.records}
    return [system for name, system in hub.systems.items() if not names or name in names]


def start(hub: Hub, tally: Tally, kind: str, *, beside: bool = False) -> None:
    """Note that a run begins; runs that died without a word are closed, unless another is at work *beside* it."""
    with hub.store.write() as connection:
        if not beside:
            runs.close_abandoned(connection, hub.now())
        runs.start(connection, tally.run_id, kind, hub.now())
    known = silences(hub.store, hub.systems)
    hasty = kind in HASTY
    for name, system in hub.systems.items():
        system.budget.breaker.begin(known.get(name), for_seconds=HASTE if hasty else math.inf, hasty=hasty)


def finish(hub: Hub, tally: Tally, status: str) -> None:
    """Note how a run ended."""
    given_up = {name: since for name, system in hub.systems.items() if (since := system.budget.breaker.end())}
    with tidying(), hub.store.write() as connection:
        tally.profiles["total"] = profiles.count(connection)
        tally.reviews["open"] = reviews.count_open(connection)
        for name, since in given_up.items():
            tally.give_up(name, since, writes=outbox.count_open(connection, name))
        runs.end(connection, tally.run_id, status, tally.to_json(), hub.now())
