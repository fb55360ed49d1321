"""Is this a cron line, and when did it come round? Five fields, as every crontab has them.

Room: flows; pure.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of the week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
"""Name, smallest, largest and, from the smallest on, their short names."""
_PART = re.compile(r"(?P<all>\*)|(?P<low>[0-9]{1,2}|[a-z]{3})(?:-(?P<high>[0-9]{1,2}|[a-z]{3}))?")
_LONGEST_MONTHS = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}

_FURTHEST = 366 * 4 + 1
"""Days to look back: the 29th of February comes round once in four years."""
_SUNDAY = 7


def cron_mistake(written: str) -> str | None:
    """Return what is wrong with a cron line; None where nothing is.

    Taken: `*`, numbers, names of months and days, ranges, lists, and steps after `*` or a range. Shorthands such as
    `@daily` and `L` or `#` are not: they mean different things in different programs.
    """
    chosen = _chosen(written)
    if isinstance(chosen, str):
        return chosen
    if written.split()[4].startswith("*") and not _ever(chosen[2], chosen[3]):
        return "this day never comes"
    return None


def came_round(written: str, timezone: str, now: datetime, number: int) -> list[datetime]:
    """Return the last *number* times at which a cron line came round, the latest first; fewer in a rare one.

    *written* has no mistake. Times that a change of the clocks leaves out are taken as if it had not been.
    """
    chosen = _chosen(written)
    if isinstance(chosen, str):
        raise TypeError(chosen)
    minutes, hours = sorted(chosen[0], reverse=True), sorted(chosen[1], reverse=True)
    local = now.astimezone(ZoneInfo(timezone))
    found: list[datetime] = []
    for back in range(_FURTHEST):
        day = local.date() - timedelta(days=back)
        if not _that_day(written, chosen, day):
            continue
        for hour in hours:
            for minute in minutes:
                at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=local.tzinfo)
                if at <= now:
                    found.append(at.astimezone(UTC))
                if len(found) == number:
                    return found
    return found


def comes_round(written: str, timezone: str, now: datetime) -> datetime | None:
    """Return when a cron line without a mistake comes round next, in UTC; None where it does not for years.

    >>> comes_round("30 2 * * mon", "Asia/Shanghai", datetime(2026, 1, 1, tzinfo=UTC)).isoformat()
    '2026-01-04T18:30:00+00:00'
    """
    chosen = _chosen(written)
    if isinstance(chosen, str):
        raise TypeError(chosen)
    local = now.astimezone(ZoneInfo(timezone))
    for ahead in range(_FURTHEST):
        day = local.date() + timedelta(days=ahead)
        if not _that_day(written, chosen, day):
            continue
        for hour in sorted(chosen[1]):
            for minute in sorted(chosen[0]):
                at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=local.tzinfo).astimezone(UTC)
                if at > now:
                    return at
    return None


def _that_day(written: str, chosen: list[set[int]], day: date) -> bool:
    """Where day and weekday are both restricted, either will do: so crontab reads them."""
    of_month, of_week = written.split()[2], written.split()[4]
    weekday = day.isoweekday() in chosen[4] or (day.isoweekday() == _SUNDAY and 0 in chosen[4])
    if of_month.startswith("*") or of_week.startswith("*"):
        fits = day.day in chosen[2] and weekday
    else:
        fits = day.day in chosen[2] or weekday
    return fits and day.month in chosen[3]


def _chosen(written: str) -> list[set[int]] | str:
    """Return the values of each field, or what is wrong."""
    parts = written.split()
    if len(parts) != len(FIELDS):
        return f"a schedule has {len(FIELDS)} fields (minute hour day month weekday), this one has {len(parts)}"
    chosen: list[set[int]] = []
    for part, (name, low, high, names) in zip(parts, FIELDS, strict=True):
        values: set[int] = set()
        for piece in part.lower().split(","):
            found = _values(piece, low, high, names)
            if found is None:
                return f"`{piece}` is no {name}"
            values |= found
        chosen.append(values)
    return chosen


def _ever(days: set[int], months: set[int]) -> bool:
    return any(min(days) <= _LONGEST_MONTHS.get(month, 31) for month in months)


def _values(piece: str, low: int, high: int, names: tuple[str, ...]) -> set[int] | None:
    body, slash, step = piece.partition("/")
    match = _PART.fullmatch(body)
    if match is None or (slash and not (step.isascii() and step.isdigit() and 1 <= int(step) <= high)):
        return None
    if match["all"]:
        return set(range(low, high + 1, int(step or 1)))
    first = _number(match["low"], low, names)
    last = first if match["high"] is None else _number(match["high"], low, names)
    if first is None or last is None or not low <= first <= last <= high or (slash and match["high"] is None):
        return None
    return set(range(first, last + 1, int(step or 1)))


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    if text.isdigit():
        return int(text)
    return names.index(text) + low if text in names else None
