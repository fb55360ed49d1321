"""How does the hub stand now? Freshness, backlog, quota, reviews, dead letters, runs: one look for all who ask.

Room: flows. `crmhub status`, `GET /api/status`, `/metrics`, the console's first page and the alerts show this. Ids,
names of systems, counts and times; never a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flows.contracts import Noticed, waiting
from flows.freshness import Freshness, freshness
from flows.hub import Hub
from flows.not_answering import silences
from flows.profile_view import instant
from flows.quota import Quota, quotas
from flows.run_history import funnel_of
from flows.silence import PULLING, silent_systems
from golden_record.store import inbox, outbox, runs
from golden_record.store.counts import Counts, counts
from golden_record.store.runs import Run

RECENT = timedelta(days=1)
"""How far back runs are looked at, and how many at most: a busy day has a run for every burst of posts."""
MOST_RUNS = 500


@dataclass(frozen=True)
class Standing:
    """The hub at one moment. *recent*: the newest runs of the last day. *drift*: what holds a stream up.

    *silent*: system that stopped posting -> when its last post came; *paused*: by quota -> when it goes on.
    *not_answering*: system that was asked in vain when it was asked last -> since when it does not answer.
    """

    at: datetime
    counts: Counts
    streams: tuple[Freshness, ...]
    quotas: tuple[Quota, ...]
    recent: tuple[Run, ...]
    drift: tuple[Noticed, ...]
    silent: Mapping[str, datetime]
    paused: Mapping[str, datetime]
    not_answering: Mapping[str, datetime]

    @property
    def events_waiting(self) -> int:
        """Posted events that are still to be worked off."""
        return sum(n for (_, state), n in self.counts.events.items() if state == inbox.WAITING)

    @property
    def writes_waiting(self) -> int:
        """Writes that are planned, wait for their time, or of which the outcome is unknown."""
        open_states = {*outbox.WAITING, *outbox.UNDECIDED}
        return sum(n for (_, state), n in self.counts.writes.items() if state in open_states)

    @property
    def dead_letters(self) -> dict[str, dict[str, int]]:
        """Return what goes on only when a person looks: system -> failed *events* and rejected *writes*."""
        found: dict[str, dict[str, int]] = {}
        for kind, state, counted in (
            ("events", inbox.FAILED, self.counts.events),
            ("writes", outbox.REJECTED, self.counts.writes),
        ):
            for (system, at), number in counted.items():
                if at == state and number:
                    found.setdefault(system, {"events": 0, "writes": 0})[kind] = number
        return dict(sorted(found.items()))

    def to_json(self) -> dict[str, Any]:
        """Return it as `crmhub status --json` prints it."""
        counted = self.counts
        return {
            "at": instant(self.at),
            "freshness": [one.to_json() for one in self.streams],
            "backlog": {
                "events": self.events_waiting,
                "oldest_event_at": _time(counted.oldest_event),
                "to_resolve": counted.to_resolve,
                "to_plan": counted.to_plan,
                "writes": _by_system(counted.writes, {*outbox.WAITING, *outbox.UNDECIDED}),
            },
            "quota": [one.to_json() for one in self.quotas],
            "paused": [{"system": name, "continues_at": instant(at)} for name, at in self.paused.items()],
            "reviews": {"open": counted.open_reviews, "oldest_at": _time(counted.oldest_review)},
            "dead_letters": self.dead_letters,
            "drift": [one.to_json() for one in self.drift],
            "silent": [{"system": name, "last_post_at": instant(at)} for name, at in self.silent.items()],
            "not_answering": [{"system": name, "since": instant(at)} for name, at in self.not_answering.items()],
            "runs": {
                "at_work": [
                    {"name": name, "host": host, "since": instant(since)}
                    for name, (host, since) in sorted(counted.at_work.items())
                ],
                "last": {kind: instant(at) for kind, at in sorted(counted.last_runs.items())},
                "recent": _sum(self.recent),
            },
            "profiles": counted.profiles,
        }


def standing(hub: Hub, *, ended: bool = False) -> Standing:
    """Look at how the hub stands now; reads the store alone, and changes nothing.

    *ended*: count events and writes that are over, too, which takes longer the more there were.
    """
    now = hub.now()
    with hub.store.read() as connection:
        counted = counts(connection, ended=ended)
        recent = runs.since(connection, now - RECENT, MOST_RUNS)
        pulls = runs.since(connection, now - RECENT, MOST_RUNS, PULLING)
        left = quotas(connection, hub.systems.values(), now)
    return Standing(
        now,
        counted,
        tuple(freshness(hub.project.hub, counted.fresh, now)),
        tuple(left),
        tuple(recent),
        tuple(waiting(hub.store, hub.project)),
        silent_systems(counted.last_events, pulls),
        paused_until(recent, now),
        {name: one.since for name, one in sorted(silences(hub.store, hub.systems).items())},
    )


def paused_until(recent: tuple[Run, ...] | list[Run], now: datetime) -> dict[str, datetime]:
    """Return the systems whose quota was found used up: system -> when it goes on."""
    found: dict[str, datetime] = {}
    for run in recent:
        for pause in run.summary.get("paused", ()):
            until = datetime.fromisoformat(pause["continues_at"])
            if until > now:
                found[pause["system"]] = max(until, found.get(pause["system"], until))
    return dict(sorted(found.items()))


def _sum(recent: tuple[Run, ...]) -> dict[str, Any]:
    """Sum up these runs."""
    states: dict[str, int] = {}
    funnel: dict[str, int] = {}
    for run in recent:
        states[run.status] = states.get(run.status, 0) + 1
        for stage, number in funnel_of(run.summary).items():
            funnel[stage] = funnel.get(stage, 0) + number
    since = _time(recent[-1].started_at if recent else None)
    return {"since": since, "by_status": dict(sorted(states.items())), "funnel": funnel}


def _by_system(counted: Mapping[tuple[str, str], int], states: set[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (system, state), number in sorted(counted.items()):
        if state in states:
            found.setdefault(system, {})[state] = number
    return found


def _time(at: datetime | None) -> str | None:
    return instant(at) if at is not None else None
