"""Durations as hub.yaml writes them: 30s, 5m, 1h, 2d. Room: flows; pure."""

from __future__ import annotations

import re
from datetime import timedelta

from mapping.mistakes import CuredError

_DURATION = re.compile(r"^(\d+)\s*(s|m|h|d)$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration_in(text: str) -> timedelta | None:
    """Return a duration; None where the text is none."""
    found = _DURATION.match(text)
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2]]) if found else None


def checked_duration(written: str) -> str:
    """Return *written* where it is a duration; for validators of hub.yaml."""
    if duration_in(written) is None:
        raise CuredError("this is no duration", "Write a number and s, m, h or d, as in 5m.")
    return written
