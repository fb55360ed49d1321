"""How long to wait after failed sign-ins. Room: console; pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(hours=1)
"""Failures that are longer ago are forgotten."""
FREE: Final = 5
"""Failures of one account that cost nothing."""
FREE_OF_ADDRESS: Final = 25
"""Failures from one address that cost nothing: an office shares one."""
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=15)


def wait_after(failures: int, free: int = FREE) -> timedelta:
    """Return how long after the last of so many failures no further try is taken.

    >>> [wait_after(count).seconds for count in (4, 5, 6, 7, 40)]
    [0, 30, 60, 120, 900]
    """
    if failures < free:
        return timedelta(0)
    doublings: int = min(failures - free, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def may_try_at(failures: int, last_at: datetime, free: int = FREE) -> datetime:
    """Return from when on the next try is taken."""
    return last_at + wait_after(failures, free)
