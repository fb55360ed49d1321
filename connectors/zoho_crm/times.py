"""Zoho's times: ISO 8601 with an offset, whole seconds, in the API user's zone (which changes with the season).

Room: connectors/zoho_crm; pure. Compared only as instants, never as texts.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any


def instant(value: Any) -> datetime | None:  # noqa: ANN401 (whatever stood in the record)
    """Return the instant that *value* names (aware, UTC), or None where it names none.

    >>> instant("2026-03-01T09:15:00+05:30")
    datetime.datetime(2026, 3, 1, 3, 45, tzinfo=datetime.timezone.utc)
    >>> instant("2026-03-01") is None
    True
    """
    return _read(value) if isinstance(value, str) and value[10:11] == "T" else None


@lru_cache(maxsize=4096)
def _read(text: str) -> datetime | None:
    """Read a time; records of one batch were saved in the same second, and each is compared several times."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else None


def stamp(moment: datetime) -> str:
    """Return *moment* as Zoho's headers want it.

    >>> stamp(datetime(2026, 3, 1, 3, 45, 0, 999, tzinfo=UTC))
    '2026-03-01T03:45:00+00:00'
    """
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()
