"""The summary of a sync, for people. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.say import line
from console.table import table
from flows.tally import STAGES

_ERRORS_SHOWN = 20


def print_summary(result: Mapping[str, Any], *, dry_run: bool = False) -> None:
    """Print what a sync came to, what failed and what to do."""
    for name, system in result["systems"].items():
        streams = ", ".join(
            f"{stream}: {counts['read']:,} read, {counts['changed']:,} changed"
            + (f", {counts['invalid']:,} with a value that could not be read" if counts["invalid"] else "")
            for stream, counts in system["streams"].items()
        )
        for stream, done in system.get("remapped", {}).items():
            line(f"{'':<12} {stream}: {_remapped(done)}")
        writes = system["writes"]
        line(f"{name:<12} {streams or 'nothing read'}")
        line(
            f"{'':<12} {writes['create']:,} created, {writes['update']:,} updated, {writes['failed']:,} failed; "
            f"{system['calls']:,} calls"
        )
    profiles, reviews = result["profiles"], result["reviews"]
    line(f"profiles     {profiles['total']:,} in all, {profiles['created']:,} new, {profiles['changed']:,} changed")
    line(f"reviews      {reviews['open']:,} open, {reviews['opened']:,} new")
    for one in result.get("drift", ()):
        touches = f" (touches {', '.join(one['touches'])}: {one['effect']})" if one["touches"] else ""
        line(f"fields       {one['system']}/{one['stream']}: `{one['field']}` {one['what']}{touches}")
    for pause in result["paused"]:
        line(f"paused       {pause['system']}: by quota, continues at {pause['continues_at']}")
    for gone in result.get("given_up", ()):
        line(
            f"no answer    {gone['system']}: since {gone['since']}; {len(gone['streams'])} streams are left, "
            f"{gone['writes_waiting']:,} writes wait"
        )
    for held in result.get("held", ()):
        until = f", until {held['until']}" if held["until"] else ""
        line(f"paused       {held['system']}: by {held['by']}{until}: crmhub systems resume {held['system']}")
    for error in result["errors"][:_ERRORS_SHOWN]:
        where = "/".join(part for part in (error["system"], error["stream"], error["id"]) if part)
        line(f"error        {where}: {error['message']} [{error['code']}] {error['cure']}".rstrip())
    more = len(result["errors"]) - _ERRORS_SHOWN + result["unlisted_errors"]
    if more > 0:
        line(f"             and {more:,} more: crmhub runs show {result['run_id']} --json")
    line(f"run          {result['run_id']}: {result['status']}" + (" (dry run: nothing was kept)" if dry_run else ""))


def print_funnel(result: Mapping[str, Any]) -> None:
    """Print how many records and writes came to each stage, per system and stream."""
    rows = [
        (name, stream, *(counts[stage] for stage in STAGES))
        for name, system in result["systems"].items()
        for stream, counts in system.get("funnel", {}).items()
    ]
    if rows:
        table(("system", "stream", *STAGES), rows)


def _remapped(done: Mapping[str, int]) -> str:
    read = done["read"] + done["fetched"]
    parts = [f"{read:,} records read under the edited mapping ({done['fetched']:,} from the system)"]
    parts += [f"{done['changed']:,} say something else"]
    parts += [f"{done['not_given']:,} as kept, since they cannot be asked for"] if done["not_given"] else []
    parts += [f"{done['left']:,} left"] if done["left"] else []
    return ", ".join(parts)
