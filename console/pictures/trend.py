"""A number over time, as the points of a line in a picture of 100 by 40. Room: console; pure."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 100.0, 40.0
LEAST_SPAN = 0.01
"""Differences smaller than this are not blown up to the picture's height."""


def trend_points(values: Sequence[float]) -> str:
    """Return `x,y` pairs from left to right, the largest value at the top; empty for fewer than two values.

    A line that is level lies in the middle.

    >>> trend_points([0.0, 1.0, 0.5])
    '0.0,40.0 50.0,0.0 100.0,20.0'
    """
    if len(values) < 2:  # noqa: PLR2004 (a line has two ends)
        return ""
    low, high = min(values), max(values)
    span = max(high - low, LEAST_SPAN)
    step = WIDTH / (len(values) - 1)
    floor = low - (span - (high - low)) / 2
    return " ".join(f"{n * step:.1f},{HEIGHT * (1 - (one - floor) / span):.1f}" for n, one in enumerate(values))
