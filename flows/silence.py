"""Has a system stopped posting its changes? Told by pulls that find what no post had named. Room: flows; pure.

A lost or disabled subscription makes no error anywhere: posts just end. The next scheduled pull carries the changes all
the same; that it found any is the sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from golden_record.store.runs import Run

PULLS = 2
"""Pulls that found changes since the last post: one may have been quicker than a post on its way."""
ON_ITS_WAY = timedelta(minutes=1)
"""How long before a pull a change may have been made whose post is still to come."""
PULLING = frozenset({"scheduled", "sync", "api"})


def silent_systems(last_posts: Mapping[str, datetime], runs: Iterable[Run]) -> dict[str, datetime]:
    """Return the systems that posted before and have stopped: system -> when its last post came.

    *runs* are those since the oldest of the *last_posts*, in any order. Systems that never posted are none of ours.
    """
    found: dict[str, int] = {}
    for run in runs:
        if run.kind not in PULLING or run.ended_at is None:
            continue
        for system, counts in run.summary.get("systems", {}).items():
            posted = last_posts.get(system)
            changed = sum(stream["changed"] for stream in counts["streams"].values())
            if posted is not None and changed and run.started_at > posted + ON_ITS_WAY:
                found[system] = found.get(system, 0) + 1
    return {system: last_posts[system] for system, pulls in sorted(found.items()) if pulls >= PULLS}
