"""Leases with heartbeat and fencing: one pull per stream, one resolve, one push per account.

The lease of a dead process on this host is taken over at once, as is one that this process left over when the store was
away; that of a silent one elsewhere after STALE. Silence is watched, not reckoned: a beat stays as it is while STALE
passes here, by a clock that nobody sets. What hosts' clocks show, and how far they jump, does not matter for that.

A process that stood still itself (a host that slept, a machine that was paused) is told so by `insist`.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ulid import ULID

from golden_record.errors import GoldenRecordError, LeaseHeld, LeaseLost
from golden_record.store.engine import Store
from golden_record.store.tables import leases as table
from golden_record.store.whole import tidying

log = logging.getLogger(__name__)

BEAT = 5.0
"""Seconds between heartbeats."""
STALE = 30.0
"""Seconds; a holder on another host that was watched for this long and did not beat is dead: six missed beats."""
LONG_GONE = timedelta(days=1)
"""A last beat that is older than this by the clocks is believed without watching: for those who look once and end."""
MOST_BETWEEN_LOOKS = 2 * BEAT
"""Seconds of silence that one look can add, however long ago the look before it was."""
_POLL = 0.25
_LAST_TRIES = 720
"""Times that giving a lease back is tried again: an hour. Who restarts the hub in that time needs it no more."""
_IN_HAND: set[str] = set()
"""Holders that are at work in this process: a lease in its name with any other holder was left over."""
_WATCHED: dict[tuple[sa.URL, str], _Watched] = {}
"""Store and lease -> what was seen of it last."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease. *fence* grows with every holder, so that a late write of an earlier one can be told."""

    name: str
    holder: str
    fence: int


@dataclass(frozen=True, slots=True)
class _Watched:
    """A beat as it was seen at *at* last, and for how many seconds it has been seen to stay as it is."""

    beat: tuple[str, datetime]
    at: float
    silent_for: float = 0.0

    def seen(self, beat: tuple[str, datetime], at: float) -> _Watched:
        """Look again. Between two looks the store may have been away, for the holder as well: that counts little."""
        if beat != self.beat:
            return _Watched(beat, at)
        return _Watched(beat, at, self.silent_for + min(at - self.at, MOST_BETWEEN_LOOKS))


@dataclass
class _Held:
    """A lease in this process' hands: when its last beat came through, and whether somebody else has it now."""

    store: Store
    lease: Lease
    beaten_at: float
    lost: bool = False

    def beat(self) -> bool:
        """Beat once; return whether the lease is still ours.

        Raises:
            GoldenRecordError: the store is busy or away.
        """
        where = (table.c.name == self.lease.name) & (table.c.holder == self.lease.holder)
        began = _steady()
        with self.store.write() as connection:
            self.lost |= connection.execute(table.update().where(where).values(beat_at=_now())).rowcount == 0
        self.beaten_at = began
        return not self.lost


_MINE: ContextVar[tuple[_Held, ...]] = ContextVar("leases", default=())
"""What the work at hand holds, in this thread and those that were started with a copy of its context."""


def insist() -> None:
    """Go on only if nobody has taken over a lease of the work at hand; the store is asked after a long silence alone.

    Raises:
        LeaseLost: somebody has, while this process stood still; what it would do now is being done by them.
    """
    for held in _MINE.get():
        if held.lost or (_steady() - held.beaten_at > STALE and not held.beat()):
            raise LeaseLost(held.lease.name)


@contextmanager
def hold(store: Store, name: str, *, wait: float = 0.0) -> Iterator[Lease]:
    """Hold the lease *name* for the block, waiting up to *wait* seconds for it.

    Raises:
        LeaseHeld: somebody else held it all that time.
    """
    me = str(ULID())
    _IN_HAND.add(me)
    try:
        lease = _wait_for(store, name, me, wait)
    except LeaseHeld:
        _IN_HAND.discard(me)
        raise
    except BaseException:  # whether it was taken is not known
        _give_back(store, name, me)
        raise
    stop, held = threading.Event(), _Held(store, lease, _steady())
    beating = threading.Thread(target=_beat, args=(held, stop), name=f"lease-{name}", daemon=True)
    beating.start()
    before = _MINE.set((*_MINE.get(), held))
    try:
        yield lease
    finally:
        _MINE.reset(before)
        stop.set()
        beating.join()
        _give_back(store, name, me)


def _wait_for(store: Store, name: str, me: str, wait: float) -> Lease:
    deadline = time.monotonic() + wait
    while True:
        lease, holder = _take(store, name, me)
        if lease is not None:
            return lease
        if time.monotonic() >= deadline:
            raise LeaseHeld(name, holder)
        time.sleep(_POLL)


def _give_back(store: Store, name: str, me: str) -> None:
    """Give a lease back; where the store is away just now, as soon as it answers: others of this host wait for it."""
    _IN_HAND.discard(me)
    try:
        _end(store, name, me)
    except GoldenRecordError as error:
        log.warning("The lease %s could not be given back just now; it is tried again: %s", name, error)
        threading.Thread(target=_end_later, args=(store, name, me), name=f"lease-{name}", daemon=True).start()


def _end_later(store: Store, name: str, me: str) -> None:
    for _time in range(_LAST_TRIES):
        time.sleep(BEAT)
        try:
            _end(store, name, me)
        except GoldenRecordError:
            continue
        return


def _end(store: Store, name: str, me: str) -> None:
    with tidying(), store.write() as connection:
        connection.execute(table.delete().where((table.c.name == name) & (table.c.holder == me)))


def _take(store: Store, name: str, me: str) -> tuple[Lease | None, str]:
    now = _now()
    values = {"holder": me, "host": socket.gethostname(), "process": this_process(), "beat_at": now, "since": now}
    with store.write() as connection:
        row = connection.execute(sa.select(table).where(table.c.name == name).with_for_update()).first()
        silent = row is not None and row.host != socket.gethostname() and _silent(store, connection, row, now)
        if row is None:
            try:
                with connection.begin_nested():
                    connection.execute(table.insert().values(name=name, fence=1, **values))
            except sa.exc.IntegrityError:
                return None, "another process"
            return Lease(name, me, 1), ""
        if not (silent or _dead(row.host, row.process) or _left(row.host, row.process, row.holder)):
            return None, f"process {row.process.split('@')[0]} on {row.host} since {row.since:%H:%M:%S} UTC"
        where = (table.c.name == name) & (table.c.holder == row.holder)
        taken = connection.execute(table.update().where(where).values(fence=row.fence + 1, **values)).rowcount
        return (Lease(name, me, row.fence + 1), "") if taken else (None, "another process")


def _silent(store: Store, connection: sa.Connection, row: sa.Row[Any], now: datetime) -> bool:
    """Say whether the holder on another host has not beaten for as long as it was watched from here.

    All leases are watched with the one that is wanted: who is dead has often left several, and nobody waits for each.
    """
    if now - row.beat_at > LONG_GONE:
        return True
    here = _steady()
    for one in connection.execute(sa.select(table.c.name, table.c.holder, table.c.beat_at)).all():
        key, beat = (store.engine.url, one.name), (one.holder, one.beat_at)
        _WATCHED[key] = _WATCHED.get(key, _Watched(beat, here)).seen(beat, here)
    return _WATCHED[store.engine.url, row.name].silent_for > STALE


def _beat(held: _Held, stop: threading.Event) -> None:
    while not stop.wait(BEAT):
        try:
            if not held.beat():
                log.error("The lease %s was taken over by another process while this one stood still", held.lease.name)
                return
        except GoldenRecordError as error:  # a busy store: the next beat may come through, and STALE is several beats
            log.warning("The lease %s could not be renewed just now: %s", held.lease.name, error)


def _now() -> datetime:
    """Return what this host's clock shows: for people to read, and to tell one beat from another."""
    return datetime.now(UTC)


def _steady() -> float:
    """Return seconds by a clock that nobody sets, and that goes on while the host sleeps where the system has one."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


def this_process() -> str:
    """Return the name of this process: its pid and when it started, so that a reused pid is no disguise."""
    return f"{os.getpid()}@{_started(os.getpid())}"


def _dead(host: str, process: str) -> bool:
    """Tell whether a holder on this host runs no more; of other hosts nothing can be said here."""
    if host != socket.gethostname():
        return False
    pid, _, started = process.partition("@")
    return _started(int(pid)) != started


def _left(host: str, process: str, holder: str) -> bool:
    """Tell whether this very process left a lease over, when the store went away as it was taken or given back."""
    return (host, process) == (socket.gethostname(), this_process()) and holder not in _IN_HAND


def _started(pid: int) -> str:
    """Return the start time of a process in clock ticks since boot; "" where there is none, or only its remains."""
    try:
        facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if facts[0] == "Z" else facts[19]
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self").exists() else _alive(pid)


def _alive(pid: int) -> str:
    """Where the system has no /proc, a living pid must do."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"
