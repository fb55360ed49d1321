"""Counts as Prometheus reads them (text format 0.0.4). Room: console; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from flows.silence import PULLING
from flows.standing import Standing
from golden_record.store.counts import Counts

Sample = tuple[Mapping[str, str], float]


def metrics_text(counted: Counts, now: datetime, posts: Mapping[tuple[str, int], int]) -> str:
    """Return the page. *posts*: (system, status) -> how many posts this process answered so."""
    parts = [
        _family(
            "crmhub_inbox_events", "gauge", "Posted events by state.", _labelled(counted.events, "system", "state")
        ),
        _family(
            "crmhub_inbox_oldest_seconds",
            "gauge",
            "Age of the event that has waited longest; 0 where none waits.",
            [({}, _age(counted.oldest_event, now))],
        ),
        _family("crmhub_outbox_writes", "gauge", "Writes by state.", _labelled(counted.writes, "system", "state")),
        _family("crmhub_runs", "gauge", "Runs by kind and status.", _labelled(counted.runs, "kind", "status")),
        _family(
            "crmhub_last_run_timestamp_seconds",
            "gauge",
            "When the last run of a kind ended.",
            [({"kind": kind}, at.timestamp()) for kind, at in sorted(counted.last_runs.items())],
        ),
        _family(
            "crmhub_stream_read_timestamp_seconds",
            "gauge",
            "When a stream was last read to its end.",
            [
                ({"system": system, "stream": stream}, at.timestamp())
                for (system, stream), at in sorted(counted.fresh.items())
            ],
        ),
        _family("crmhub_profiles", "gauge", "Living profiles.", [({}, counted.profiles)]),
        _family("crmhub_reviews_open", "gauge", "Open reviews.", [({}, counted.open_reviews)]),
        _family(
            "crmhub_reviews_oldest_seconds",
            "gauge",
            "Age of the review that has waited longest; 0 where none is open.",
            [({}, _age(counted.oldest_review, now))],
        ),
        _family(
            "crmhub_webhook_posts_total",
            "counter",
            "Posts answered since this process began, by status.",
            [({"system": system, "status": str(status)}, n) for (system, status), n in sorted(posts.items())],
        ),
    ]
    return "".join(line for part in parts for line in part)


def standing_text(found: Standing) -> str:
    """Return the part of the page that tells what waits, what is stale and what needs a person."""
    newest = next((run for run in found.recent if run.kind in PULLING and run.ended_at), None)
    systems = newest.summary.get("systems", {}) if newest else {}
    parts = [
        _family(
            "crmhub_waiting",
            "gauge",
            "What waits for the next run: records to resolve, profiles to plan.",
            [({"what": "to_resolve"}, found.counts.to_resolve), ({"what": "to_plan"}, found.counts.to_plan)],
        ),
        _family(
            "crmhub_stream_stale",
            "gauge",
            "1 where a stream's schedule has come round twice since it was read.",
            [({"system": one.system, "stream": one.stream}, float(bool(one.stale))) for one in found.streams],
        ),
        _family(
            "crmhub_quota_left",
            "gauge",
            "Calls left of a system's limit.",
            [({"system": q.system, "bucket": q.bucket, "seconds": str(q.seconds)}, q.left) for q in found.quotas],
        ),
        _family(
            "crmhub_dead_letters",
            "gauge",
            "Failed events and rejected writes: a person must look.",
            [
                ({"system": system, "what": what}, number)
                for system, dead in found.dead_letters.items()
                for what, number in dead.items()
            ],
        ),
        _family(
            "crmhub_silent_since_timestamp_seconds",
            "gauge",
            "When a system that stopped posting did so last.",
            [({"system": system}, at.timestamp()) for system, at in found.silent.items()],
        ),
        _family(
            "crmhub_fields_changed",
            "gauge",
            "Fields of systems that have changed and hold a stream or a field up.",
            [({}, len(found.drift))],
        ),
        _family(
            "crmhub_last_run_records",
            "gauge",
            "The newest run that pulled, as a funnel.",
            [
                ({"system": system, "stream": stream, "stage": stage}, number)
                for system, counted in systems.items()
                for stream, stages in counted.get("funnel", {}).items()
                for stage, number in stages.items()
            ],
        ),
    ]
    return "".join(line for part in parts for line in part)


def _labelled(counts: Mapping[tuple[str, str], int], first: str, second: str) -> list[Sample]:
    return [({first: one, second: other}, n) for (one, other), n in sorted(counts.items())]


def _family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {about}\n# TYPE {name} {kind}\n"
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{inner}}} {value:.15g}\n" if inner else f"{name} {value:.15g}\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
