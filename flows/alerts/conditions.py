"""What is wrong now? From how the hub stands to conditions, each with a name by which it is known again.

Room: flows; pure. A condition holds names of systems and streams, counts and times; never a customer, never a text of
an error that is not a code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import Any

from flows.alerts.settings import When
from flows.durations import duration_in
from flows.silence import PULLING
from flows.standing import Standing
from golden_record.store.runs import Run

LONG_WINDOW = 3600
"""Seconds of the shortest limit of which it is told how little is left: shorter ones are used up all the time."""
EARLIER, LEAST_EARLIER = 20, 5
"""Pulls that a stream's newest one is compared with, and how many there must be."""
MANY_TIMES, MANY_ROWS = 10, 500
"""How many times the usual number of rows is unusual, and how many more that must be at least."""
USUAL = 20
"""Rows that every earlier pull had, from which on none at all is unusual."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong: its *kind*, its *subject* (a system, a stream), and *facts* for the text."""

    kind: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return what it is known by."""
        return f"{self.kind}:{self.subject}"[:190]


def conditions(standing: Standing, when: When) -> list[Condition]:
    """Return everything that is wrong, in the order of the settings."""
    found = [
        *(_failures(standing.recent) if when.failure else ()),
        *(_partial(standing.recent, _share(when.partial)) if when.partial else ()),
        *(_stale(standing, when.stale) if when.stale else ()),
        *_backlog(standing, when),
        *(_drift(standing) if when.drift else ()),
        *(_quota(standing, _share(when.quota)) if when.quota else ()),
        *(_reviews(standing, when.review_age) if when.review_age else ()),
        *(_rows(standing.recent) if when.rows else ()),
        *(_dead(standing, when.dead_letters) if when.dead_letters else ()),
        *(_silent(standing) if when.silent else ()),
    ]
    return list({one.name: one for one in found}.values())


def _failures(recent: Sequence[Run]) -> Iterator[Condition]:
    """A system whose newest run could not work on it; a newest run that died."""
    looked: set[str] = set()
    for run in recent:
        if run.ended_at is None:
            continue
        if run.kind in PULLING and "" not in looked:
            looked.add("")
            if run.status == "failed" and not run.summary.get("systems"):
                yield Condition("failure", "hub", {"run": run.run_id, "code": "died"})
        broken = {one["system"]: one["code"] for one in run.summary.get("errors", ()) if one["id"] is None}
        for system in run.summary.get("systems", {}):
            if system not in looked:
                looked.add(system)
                if system in broken:
                    yield Condition("failure", system, {"run": run.run_id, "code": broken[system]})


def _partial(recent: Sequence[Run], share: float) -> Iterator[Condition]:
    """The newest run that pulled: records that could not be used or written, of all that were read or written."""
    newest = next((run for run in recent if run.kind in PULLING and run.summary.get("systems")), None)
    if newest is None:
        return
    for system, counts in newest.summary["systems"].items():
        handled = sum(one["read"] for one in counts["streams"].values()) + sum(counts["writes"].values())
        failed = sum(1 for one in newest.summary["errors"] if one["system"] == system and one["id"] is not None)
        if handled and failed / handled >= share:
            facts = {"run": newest.run_id, "failed": failed, "handled": handled}
            yield Condition("partial", system, facts)


def _stale(standing: Standing, after: str | bool) -> Iterator[Condition]:  # noqa: FBT001 (as the setting is written)
    longest = duration_in(after) if isinstance(after, str) else None
    for one in standing.streams:
        old = one.read_at is not None and longest is not None and standing.at - one.read_at > longest
        if old or (longest is None and one.stale):
            yield Condition("stale", f"{one.system}/{one.stream}", {"read_at": _minute(one.read_at)})


def _backlog(standing: Standing, when: When) -> Iterator[Condition]:
    oldest = standing.counts.oldest_event
    longest = duration_in(when.event_age) if when.event_age else None
    late = oldest is not None and longest is not None and standing.at - oldest > longest
    if late or (when.events and standing.events_waiting >= when.events):
        yield Condition("events", "inbox", {"waiting": standing.events_waiting, "oldest": _minute(oldest)})
    if when.writes and standing.writes_waiting >= when.writes:
        yield Condition("writes", "outbox", {"waiting": standing.writes_waiting})


def _drift(standing: Standing) -> Iterator[Condition]:
    fields: dict[str, list[str]] = {}
    for one in standing.drift:
        fields.setdefault(f"{one.system}/{one.stream}", []).append(one.drift.path)
    for stream, paths in fields.items():
        yield Condition("drift", stream, {"fields": ", ".join(sorted(paths)[:5]), "number": len(paths)})


def _quota(standing: Standing, share: float) -> Iterator[Condition]:
    for one in standing.quotas:
        if one.seconds >= LONG_WINDOW and one.share < share:
            facts = {"left": one.left, "calls": one.calls, "hours": round(one.seconds / 3600, 1)}
            yield Condition("quota", f"{one.system} {one.bucket}", facts)
    for system, until in standing.paused.items():
        yield Condition("paused", system, {"until": _minute(until)})


def _reviews(standing: Standing, age: str) -> Iterator[Condition]:
    oldest, longest = standing.counts.oldest_review, duration_in(age) or timedelta(days=7)
    if oldest is not None and standing.at - oldest > longest:
        days = (standing.at - oldest).days
        yield Condition("review_age", "reviews", {"open": standing.counts.open_reviews, "days": days})


def _rows(recent: Sequence[Run]) -> Iterator[Condition]:
    """A stream whose newest pull read far more, or nothing where there always was something."""
    seen: dict[str, list[int]] = {}
    for run in recent:
        if run.kind in PULLING and run.ended_at is not None:
            for system, counts in run.summary.get("systems", {}).items():
                for stream, one in counts["streams"].items():
                    seen.setdefault(f"{system}/{stream}", []).append(one["read"])
    for stream, (newest, *earlier) in seen.items():
        before = earlier[:EARLIER]
        if len(before) < LEAST_EARLIER:
            continue
        usual = median(before)
        flood = newest > usual * MANY_TIMES and newest - usual >= MANY_ROWS
        if flood or (newest == 0 and min(before) >= USUAL):
            yield Condition("rows", stream, {"read": newest, "usual": round(usual)})


def _dead(standing: Standing, least: int) -> Iterator[Condition]:
    for system, dead in standing.dead_letters.items():
        if dead["events"] + dead["writes"] >= least:
            yield Condition("dead_letters", system, dead)


def _silent(standing: Standing) -> Iterator[Condition]:
    for system, at in standing.silent.items():
        yield Condition("silent", system, {"last": _minute(at)})


def _share(written: str | bool) -> float:  # noqa: FBT001 (as the setting is written)
    return float(str(written).removesuffix("%")) / 100


def _minute(at: Any) -> str:  # noqa: ANN401 (a time or None)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at is not None else "-"
