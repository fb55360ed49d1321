"""Work off waiting events: read the records that they name, once each, and bring them everywhere.

Room: flows. Plain functions; flows.webhook_worker calls them again and again. An event is done only when its records
have gone through the hub: killed in between, it is worked off again, which changes nothing that was done.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ulid import ULID

from connectors.errors import ConnectorError, QuotaPaused, StopSystem, TryAgain
from flows.beside_sync import ALONE, left_over, resolve_and_push
from flows.hub import ConfiguredSystem, Hub
from flows.mapping_versions import put_in_force
from flows.pull import land_records, read_records
from flows.push import recover_system
from flows.revisions import not_older
from flows.run_context import in_run
from flows.sync import Watcher, each, finish, plan_and_push, resolve_changed, start, to_recover
from flows.tally import Tally
from flows.tracing import span
from golden_record.errors import GoldenRecordError, LeaseHeld
from golden_record.store import inbox, leases, pauses
from golden_record.store.inbox import DONE, FAILED, Event
from mapping.pull import record_id_of
from mapping.values import MappingError

log = logging.getLogger(__name__)

BATCH = 500
"""Events worked off in one run, at most."""
MOST_ATTEMPTS = 12
"""Failures after which an event is put aside as failed; with the waits below that takes more than an hour."""
FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0
"""Seconds before the second try and, doubled each time, before later ones."""
RESOLVE_WAIT = 5.0
"""Seconds to wait for another one's resolving, before looking again whether to stop."""


@dataclass
class Outcome:
    """What became of one system's events. *later*: event -> why it is tried again; *until*: when, if that is known."""

    done: list[str] = field(default_factory=list)
    later: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    until: datetime | None = None


@dataclass
class Worked:
    """What working off came to: how many events were handled, and whether a sync was at work beside it."""

    events: int = 0
    beside: bool = False


def work_off(hub: Hub) -> Worked:
    """Work off what is due.

    Where a sync is at work, it goes on beside it (flows.beside_sync): what is left then is caught up with afterwards.
    Events that failed before go in a run of their own, so that a bad one does not hold up the others.

    Raises:
        LeaseHeld: somebody is at work who must be alone; nothing was done.
        GoldenRecordError: the store is away; what was not finished waits as before.
    """
    done = Worked()
    for retried in (False, True):
        if not _due(hub, 1, retried=retried):
            continue
        with _lane(hub) as beside:
            events = _due(hub, BATCH, retried=retried)
            if events:
                _work_off(hub, events, beside=beside)
                done.events += len(events)
                done.beside |= beside
    return done


def catch_up(hub: Hub) -> bool:
    """Do what was left to do beside a sync, once that has ended; return whether nothing is left for later.

    Raises:
        GoldenRecordError: the store is away.
    """
    if not left_over(hub):
        return True
    try:
        with leases.hold(hub.store, "sync"):
            _work_off(hub, [], beside=False)
    except LeaseHeld:
        return False
    return True


@contextmanager
def _lane(hub: Hub) -> Iterator[bool]:
    """Hold what keeps others away: the lease `sync`, or beside one that syncs, `alone`; yield whether it is beside."""
    with ExitStack() as held:
        try:
            held.enter_context(leases.hold(hub.store, "sync"))
            beside = False
        except LeaseHeld:
            held.enter_context(leases.hold(hub.store, ALONE))
            beside = True
        yield beside


def _due(hub: Hub, limit: int, *, retried: bool) -> list[Event]:
    """Return the events to work off; those of paused systems wait, and no attempt is counted."""
    vault, now = hub.store.vault, hub.now()
    with hub.store.read() as connection:
        held = pauses.standing(connection, vault, now)
        return inbox.due(connection, vault, now, limit, retried=retried, without=held)


def _work_off(hub: Hub, events: Sequence[Event], *, beside: bool) -> None:
    tally = Tally(str(ULID()))
    by_system: dict[str, list[Event]] = {}
    for event in events:
        by_system.setdefault(event.system, []).append(event)
    with in_run(tally.run_id), span("webhooks", events=len(events)):
        _carry_through(hub, events, by_system, tally, beside=beside)


def _carry_through(
    hub: Hub, events: Sequence[Event], by_system: Mapping[str, Sequence[Event]], tally: Tally, *, beside: bool
) -> None:
    """Bring what the events name everywhere, and note what became of each."""
    gone = [event.event_id for name, mine in by_system.items() if name not in hub.systems for event in mine]
    systems = [hub.systems[name] for name in by_system if name in hub.systems]
    start(hub, tally, "webhook", beside=beside)
    status = "failed"
    try:
        for system in systems:
            tally.system(system.name)
        put_in_force(hub.store, hub.project, hub.now())  # so that a sync knows by which mapping these records are read
        if beside:
            outcomes = _beside(hub, systems, by_system, tally)
        else:
            each(hub, to_recover(hub, systems), tally, lambda system: recover_system(hub, system, tally))
            outcomes = each(hub, systems, tally, lambda one: take_in_system(hub, one, by_system[one.name], tally))
            resolve_changed(hub, tally)
            plan_and_push(hub, tally, Watcher(), sparing=True)
        status = tally.status()
        settle(hub, events, outcomes, gone)
    except GoldenRecordError:  # the store is away: the events wait as before, and no attempt is counted
        raise
    except Exception as error:
        _put_off(hub, events, f"internal: {type(error).__name__}; run crmhub sync with --debug to see more")
        raise
    finally:
        finish(hub, tally, status)


def _beside(
    hub: Hub, systems: Sequence[ConfiguredSystem], by_system: Mapping[str, Sequence[Event]], tally: Tally
) -> list[Outcome]:
    """Work off the events of the systems that nobody has in hand; those of the others are put off without a count."""

    def take_in(system: ConfiguredSystem) -> tuple[ConfiguredSystem, Outcome]:
        recover_system(hub, system, tally)  # under one lease with the reading: an own write is no person's edit
        return system, take_in_system(hub, system, by_system[system.name], tally)

    taken = each(hub, systems, tally, take_in, busy=lambda _system: None)
    named = {system.name: _records_of(system, by_system[system.name]) for system, _outcome in taken}
    through = resolve_and_push(hub, named, tally, wait=RESOLVE_WAIT)
    return [outcome for _system, outcome in taken] if through else []


def _records_of(system: ConfiguredSystem, events: Sequence[Event]) -> set[tuple[str, str]]:
    """Return (stream, record id) of all that the events name or carry."""
    found = {(stream, one) for stream, ids in _named(system, events).items() for one in ids}
    for event in events:
        for stream, record in event.content.records:
            with suppress(MappingError):
                if stream in system.mappings:
                    found.add((stream, record_id_of(system.mappings[stream], record)))
    return found


def take_in_system(hub: Hub, system: ConfiguredSystem, events: Sequence[Event], tally: Tally) -> Outcome:
    """Bring one system's events into the store: records that came whole, then those that are only named."""
    broken = _of_broken_mappings(hub, system, events)
    good = [event for event in events if event.event_id not in broken]
    _land_whole(hub, system, good, tally)
    reading = _Reading(hub, system, tally)
    for stream, ids in _named(system, good).items():
        reading.read_stream(stream, ids)
    outcome = Outcome(until=reading.until)
    for event in events:
        trouble = broken.get(event.event_id) or reading.trouble_of(event)
        if trouble:
            outcome.later[event.event_id] = trouble
        elif event.content.problems:
            what = ", ".join(event.content.problems)
            outcome.failed[event.event_id] = f"unreadable: {what}; the post is kept, see docs/running.md"
        else:
            outcome.done.append(event.event_id)
    return outcome


class _Reading:
    """Reads named records; one that cannot be read is found by halves and named, the others land.

    Once the system does not answer (or not us), nothing more is read from it in this run.
    """

    def __init__(self, hub: Hub, system: ConfiguredSystem, tally: Tally) -> None:
        self.hub, self.system, self.tally = hub, system, tally
        self.until: datetime | None = None
        self._stopped = ""
        self._finished: set[str] = set()
        self._troubles: dict[tuple[str, str], str] = {}

    def read_stream(self, stream: str, ids: Sequence[str]) -> None:
        """Read these records; trouble is noted."""
        if self._stopped:
            return
        try:
            self._read(stream, ids)
            self._finished.add(stream)
        except ConnectorError as error:
            self.tally.error(error, self.system.name, stream)
            self._stopped = f"{error.code}: {error.what}"
            self.until = error.continues_at if isinstance(error, QuotaPaused) else None

    def trouble_of(self, event: Event) -> str:
        """Return why an event is not done yet; empty where it is."""
        for change in event.content.changes:
            if change in self._troubles:
                return self._troubles[change]
            if self._stopped and change[0] in self.system.mappings and change[0] not in self._finished:
                return self._stopped
        return ""

    def _read(self, stream: str, ids: Sequence[str]) -> None:
        try:
            read_records(self.hub, self.system, stream, ids, self.tally)
        except (TryAgain, StopSystem):
            raise
        except ConnectorError as error:
            if len(ids) == 1:
                self.tally.error(error, self.system.name, stream)
                self._troubles[stream, ids[0]] = f"{error.code}: {error.what}"
                return
            half = len(ids) // 2
            self._read(stream, ids[:half])
            self._read(stream, ids[half:])


def _of_broken_mappings(hub: Hub, system: ConfiguredSystem, events: Sequence[Event]) -> dict[str, str]:
    found = {}
    for event in events:
        named = {stream for stream in _streams(event) if (system.name, stream) in hub.project.broken}
        broken = sorted(named - system.mappings.keys())  # an edit that cannot be used leaves the one before in force
        if broken:
            found[event.event_id] = f"mapping: the mapping of {', '.join(broken)} cannot be used; correct it"
    return found


def _land_whole(hub: Hub, system: ConfiguredSystem, events: Sequence[Event], tally: Tally) -> None:
    by_stream: dict[str, list[dict[str, object]]] = {}
    for event in events:
        for stream, record in event.content.records:
            if stream in system.mappings:
                by_stream.setdefault(stream, []).append(dict(record))
    for stream, records in by_stream.items():
        land_records(hub, system, stream, not_older(hub, system, stream, records), tally)


def _named(system: ConfiguredSystem, events: Sequence[Event]) -> dict[str, list[str]]:
    """Return stream -> the records to read, each once however often it was named; unmapped streams are left out."""
    found: dict[str, dict[str, None]] = {}
    for event in events:
        for stream, record_id in event.content.changes:
            if stream in system.mappings:
                found.setdefault(stream, {})[record_id] = None
    return {stream: list(ids) for stream, ids in found.items()}


def _streams(event: Event) -> set[str]:
    return {stream for stream, _ in (*event.content.changes, *event.content.records)}


# ------------------------------------------------------------------------------------------------ settling


def settle(hub: Hub, events: Sequence[Event], outcomes: Sequence[Outcome], gone: Sequence[str]) -> None:
    """Note what became of *events*; those of which nothing is known waited for a lease and are tried again soon."""
    by_id = {event.event_id: event for event in events}
    now = hub.now()
    left = set(by_id)
    with hub.store.write() as connection:
        inbox.end(connection, gone, FAILED, now, "its system is no longer in hub.yaml")
        left -= set(gone)
        for outcome in outcomes:
            inbox.end(connection, outcome.done, DONE, now)
            for event_id, note in outcome.failed.items():
                inbox.end(connection, [event_id], FAILED, now, note)
            for event_id, note in outcome.later.items():
                attempts = by_id[event_id].attempts + 1
                if outcome.until is not None:
                    inbox.put_off(connection, [event_id], outcome.until, note, count=False)
                elif attempts >= MOST_ATTEMPTS:
                    inbox.end(connection, [event_id], FAILED, now, note)
                else:
                    inbox.put_off(connection, [event_id], now + pause_after(attempts), note)
            left -= {*outcome.done, *outcome.failed, *outcome.later}
        soon = now + timedelta(seconds=FIRST_WAIT)
        inbox.put_off(connection, sorted(left), soon, "another process is at work on this system", count=False)


def _put_off(hub: Hub, events: Sequence[Event], note: str) -> None:
    """Put all events off after a mistake of our own, so that it is not repeated without a pause."""
    now = hub.now()
    with hub.store.write() as connection:
        for event in events:
            if event.attempts + 1 >= MOST_ATTEMPTS:
                inbox.end(connection, [event.event_id], FAILED, now, note)
            else:
                inbox.put_off(connection, [event.event_id], now + pause_after(event.attempts + 1), note)


def pause_after(attempts: int, chance: float | None = None) -> timedelta:
    """Return how long an event waits after so many failures: doubling, up to LONGEST_WAIT, with jitter upwards."""
    share = random.random() if chance is None else chance  # noqa: S311 (spreads load, keeps no secret)
    seconds = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 20))
    return timedelta(seconds=seconds * (1 + share / 4))
