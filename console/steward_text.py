"""What commands say about a steward's act beside its own outcome. Room: console."""

from __future__ import annotations

from console.say import line
from flows.stewards import Outcome


def tell_overruled(done: Outcome) -> None:
    """Name the words of colleagues that an act took back, and words that contradict each other since."""
    for one in done.overruled:
        ends = " and ".join(f"{end['system']}/{end['stream']}/{end['id']}" for end in (one["a"], one["b"]))
        line(f"Overruled: {one['author']}'s {one['kind']}-link of {one['at']} on {ends}: {one['reason']}")
    for trouble in done.errors:
        where = "/".join(str(trouble[part]) for part in ("system", "stream", "id") if trouble[part])
        line(f"{trouble['code']}: {where}: {trouble['message']}. {trouble['cure']}")
