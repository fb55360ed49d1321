"""Read the time at which a record was changed, in the ways that systems write it.

Room: mapping; pure. This is a technical stamp; dates that people typed are the field types' business.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from mapping.values import Json

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MILLISECONDS: Final = 100_000_000_000
"""From here on a Unix time is in milliseconds: as seconds it would lie beyond the year 5000."""


def instant(raw: Json, zone: ZoneInfo) -> datetime | None:
    """Return *raw* as an aware UTC time, or None where it is none.

    Takes ISO 8601 with or without an offset (then it is a wall time of *zone*), and Unix seconds or milliseconds,
    also as text.
    """
    try:
        if isinstance(raw, str) and not raw.strip().lstrip("-").isdigit():
            moment = datetime.fromisoformat(raw.strip())
            aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
            return aware.astimezone(UTC)
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            return None
        number = float(raw)
        seconds = number / 1000 if abs(number) >= _FIRST_MILLISECONDS else number
        return _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return None
