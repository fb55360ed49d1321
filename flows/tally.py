"""What a run came to: counts, and what failed, named with its cure; never a customer."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.errors import ConnectorError, NotAnswering, QuotaPaused
from golden_record.errors import GoldenRecordError

MOST_ERRORS = 200
"""Errors kept one by one; further ones are counted by code."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that failed."""

    system: str | None
    stream: str | None
    record_id: str | None
    code: str
    message: str
    cure: str

    def to_json(self) -> dict[str, Any]:
        """Return the shape of interfaces.md."""
        return {
            "system": self.system,
            "stream": self.stream,
            "id": self.record_id,
            "code": self.code,
            "message": self.message,
            "cure": self.cure,
        }


@dataclass
class StreamTally:
    """One stream's pull."""

    read: int = 0
    changed: int = 0
    invalid: int = 0


STAGES = ("read", "changed", "invalid", "matched", "planned", "written", "confirmed", "rejected")
"""The funnel of a run, per system and stream, in the order in which records and writes pass it."""


@dataclass
class RemapTally:
    """One stream's records that an edited mapping concerned.

    *read* anew from the store, *fetched* from the system; of both, *changed* say something else now. *not_given*: the
    system could not be asked for them, so that what was kept must do. *left* for another run.
    """

    read: int = 0
    fetched: int = 0
    changed: int = 0
    not_given: int = 0
    left: int = 0


@dataclass
class SystemTally:
    """One system's pull and push. *passed*: stream -> later stages of the funnel -> how many came through."""

    streams: dict[str, StreamTally] = field(default_factory=dict)
    passed: dict[str, Counter[str]] = field(default_factory=dict)
    remapped: dict[str, RemapTally] = field(default_factory=dict)
    writes: Counter[str] = field(default_factory=Counter)
    calls: int = 0

    def funnel(self) -> dict[str, dict[str, int]]:
        """Return stream -> stage -> how many, for the streams of which anything is known."""
        found = {}
        for stream in sorted(self.streams.keys() | self.passed.keys()):
            pulled, passed = self.streams.get(stream, StreamTally()), self.passed.get(stream, Counter())
            found[stream] = {stage: getattr(pulled, stage, None) or passed[stage] for stage in STAGES}
        return found


@dataclass(frozen=True, slots=True)
class Held:
    """A system that a person has paused, *by* whom, and when that ends by itself."""

    system: str
    by: str
    until: datetime | None

    def to_json(self) -> dict[str, Any]:
        """Return the shape of `sync --json`; the reason stays with the pause."""
        return {"system": self.system, "by": self.by, "until": self.until.isoformat() if self.until else None}


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A system that did not answer *since* then: its *streams* were not read to their end, and *writes* wait."""

    system: str
    since: datetime
    streams: tuple[str, ...]
    writes: int

    def to_json(self) -> dict[str, Any]:
        """Return the shape of `sync --json`."""
        return {
            "system": self.system,
            "since": self.since.isoformat(),
            "streams": list(self.streams),
            "writes_waiting": self.writes,
        }


class Tally:
    """Counts of one run; several threads may add."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.systems: dict[str, SystemTally] = {}
        self.profiles: Counter[str] = Counter()
        self.reviews: Counter[str] = Counter()
        self.troubles: list[Trouble] = []
        self.unlisted = 0
        self.resolved = False
        self.paused: list[QuotaPaused] = []
        self.held: dict[str, Held] = {}
        self.given_up: list[GivenUp] = []
        self._not_answering: set[tuple[str | None, str | None]] = set()
        self.blocked: Counter[str] = Counter()
        self.drift: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def system(self, name: str) -> SystemTally:
        """Return the counts of a system."""
        with self._lock:
            return self.systems.setdefault(name, SystemTally())

    def stream(self, system: str, stream: str) -> StreamTally:
        """Return the counts of a stream."""
        return self.system(system).streams.setdefault(stream, StreamTally())

    def passed(self, system: str, stream: str, stage: str, number: int = 1) -> None:
        """Count what came to a stage of the funnel; of systems that the run has to do with alone."""
        if number and system in self.systems:
            self.system(system).passed.setdefault(stream, Counter())[stage] += number

    def remapped(self, system: str, stream: str) -> RemapTally:
        """Return the counts of a stream's records that an edited mapping concerned."""
        return self.system(system).remapped.setdefault(stream, RemapTally())

    def note_drift(self, noticed: dict[str, Any]) -> None:
        """Note that a system's own fields have changed."""
        self.drift.append(noticed)

    def hold(self, held: Held) -> None:
        """Note that a system was left alone since a person has paused it; that is no failure."""
        with self._lock:
            self.held[held.system] = held

    def give_up(self, system: str, since: datetime, *, writes: int) -> None:
        """Note that a system was given up since it did not answer, with so many *writes* on their way."""
        with self._lock:
            streams = sorted(stream for name, stream in self._not_answering if name == system and stream)
            self.given_up.append(GivenUp(system, since, tuple(streams), writes))

    def trouble(self, trouble: Trouble) -> None:
        """Note what failed; that a system does not answer once for each of its streams, and once for all else."""
        with self._lock:
            if trouble.code == NotAnswering.CODE:
                place = (trouble.system, trouble.stream)
                if place in self._not_answering:
                    return
                self._not_answering.add(place)
            if len(self.troubles) < MOST_ERRORS:
                self.troubles.append(trouble)
            else:
                self.unlisted += 1

    def error(self, error: ConnectorError | GoldenRecordError, system: str, stream: str | None = None) -> None:
        """Note an exception; a used-up quota pauses and is no failure."""
        if isinstance(error, QuotaPaused):
            with self._lock:  # once for a system, however many of its steps met the end of the quota
                known = [one for one in self.paused if one.system == error.system]
                latest = max([error, *known], key=lambda one: one.continues_at)
                self.paused = [*(one for one in self.paused if one.system != error.system), latest]
            return
        record_id = error.record_id if isinstance(error, ConnectorError) else None
        where = (error.stream if isinstance(error, ConnectorError) else None) or stream
        self.trouble(Trouble(system, where, record_id, error.code, error.what, error.cure))

    def status(self) -> str:
        """Return `ok`, `partial` (some systems failed or some records did), `failed` (all did) or `paused`."""
        if not self.troubles:
            return "paused" if self.paused or self.held else "ok"
        failed = {trouble.system for trouble in self.troubles if trouble.record_id is None}
        everything = set(self.systems)
        return "failed" if everything and everything <= failed and not self._read_anything() else "partial"

    def to_json(self) -> dict[str, Any]:
        """Return the shape of `sync --json`."""
        return {
            "run_id": self.run_id,
            "status": self.status(),
            "systems": {
                name: {
                    "streams": {stream: vars(counts) for stream, counts in tally.streams.items()},
                    "writes": {kind: tally.writes[kind] for kind in ("create", "update", "failed")}
                    | {kind: tally.writes[kind] for kind in ("delete", "merge") if tally.writes[kind]},
                    "calls": tally.calls,
                    "funnel": tally.funnel(),
                    **({"remapped": {stream: vars(counts) for stream, counts in done.items()}} if done else {}),
                }
                for name, tally in sorted(self.systems.items())
                for done in [{stream: one for stream, one in tally.remapped.items() if any(vars(one).values())}]
            },
            "profiles": {kind: self.profiles[kind] for kind in ("total", "created", "changed")},
            "reviews": {kind: self.reviews[kind] for kind in ("open", "opened")},
            "blocked": dict(self.blocked),
            "drift": self.drift,
            "paused": [{"system": one.system, "continues_at": one.continues_at.isoformat()} for one in self.paused],
            "held": [one.to_json() for _name, one in sorted(self.held.items())],
            "given_up": [one.to_json() for one in self.given_up],
            "errors": [trouble.to_json() for trouble in self.troubles],
            "unlisted_errors": self.unlisted,
        }

    def changed_anything(self) -> bool:
        """Whether a record was found changed, or written."""
        return any(
            one.writes.total() or any(counts.changed for counts in one.streams.values())
            for one in self.systems.values()
        )

    def _read_anything(self) -> bool:
        return any(counts.read for tally in self.systems.values() for counts in tally.streams.values())
