"""Leases with heartbeat and fencing: one pull per stream, one resolve, one push per account.

The lease of a dead process on this host is taken over at once, as is one that this process left over when the store was
away; that of a silent one elsewhere after STALE.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from ulid import ULID

from golden_record.errors import GoldenRecordError, LeaseHeld
from golden_record.store.engine import Store
from golden_record.store.tables import leases as table

log = logging.getLogger(__name__)

BEAT = 5.0
"""Seconds between heartbeats."""
STALE = timedelta(seconds=30)
"""A holder silent for this long on another host is dead: six missed beats."""
_POLL = 0.25
_LAST_TRIES = 720
"""Times that giving a lease back is tried again: an hour. Who restarts the hub in that time needs it no more."""
_IN_HAND: set[str] = set()
"""Holders that are at work in this process: a lease in its name with any other holder was left over."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A held lease. *fence* grows with every holder, so that a late write of an earlier one can be told."""

    name: str
    holder: str
    fence: int


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
    stop = threading.Event()
    beating = threading.Thread(target=_beat, args=(store, lease, stop), name=f"lease-{name}", daemon=True)
    beating.start()
    try:
        yield lease
    finally:
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
    with store.write() as connection:
        connection.execute(table.delete().where((table.c.name == name) & (table.c.holder == me)))


def _take(store: Store, name: str, me: str) -> tuple[Lease | None, str]:
    now = datetime.now(UTC)
    values = {"holder": me, "host": socket.gethostname(), "process": this_process(), "beat_at": now, "since": now}
    with store.write() as connection:
        row = connection.execute(sa.select(table).where(table.c.name == name).with_for_update()).first()
        if row is None:
            try:
                with connection.begin_nested():
                    connection.execute(table.insert().values(name=name, fence=1, **values))
            except sa.exc.IntegrityError:
                return None, "another process"
            return Lease(name, me, 1), ""
        if not (_dead(row.host, row.process, row.beat_at, now) or _left(row.host, row.process, row.holder)):
            return None, f"process {row.process.split('@')[0]} on {row.host} since {row.since:%H:%M:%S} UTC"
        where = (table.c.name == name) & (table.c.holder == row.holder)
        taken = connection.execute(table.update().where(where).values(fence=row.fence + 1, **values)).rowcount
        return (Lease(name, me, row.fence + 1), "") if taken else (None, "another process")


def _beat(store: Store, lease: Lease, stop: threading.Event) -> None:
    where = (table.c.name == lease.name) & (table.c.holder == lease.holder)
    while not stop.wait(BEAT):
        try:
            with store.write() as connection:
                connection.execute(table.update().where(where).values(beat_at=datetime.now(UTC)))
        except GoldenRecordError as error:  # a busy store: the next beat may come through, and STALE is several beats
            log.warning("The lease %s could not be renewed just now: %s", lease.name, error)


def this_process() -> str:
    """Return the name of this process: its pid and when it started, so that a reused pid is no disguise."""
    return f"{os.getpid()}@{_started(os.getpid())}"


def _dead(host: str, process: str, beat_at: datetime, now: datetime) -> bool:
    if host != socket.gethostname():
        return now - beat_at > STALE
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
