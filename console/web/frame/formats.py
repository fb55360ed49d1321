"""Times, dates and numbers as a language writes them. Room: console; pure: the time is an argument."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from markupsafe import Markup

from console.web.frame.texts import Language

_A_WEEK = 7 * 86400


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language writes, in one time zone. Times may come as `datetime` or as ISO 8601 text."""

    language: Language
    zone: ZoneInfo

    def number(self, value: float | Decimal | None) -> str:
        """Return a number with the language's separators."""
        return "–" if value is None else format_decimal(value, locale=self.language)

    def short_number(self, value: float | None) -> str:
        """Return a number in few letters: 12K, 1.2万."""
        return "–" if value is None else format_compact_decimal(value, locale=self.language, fraction_digits=1)

    def percent(self, share: float | None) -> str:
        """Return a share of 1 as per cent; only all of it is shown as 100 %."""
        if share is None:
            return "–"
        floored = min(share, 0.999) if share < 1 else share
        return format_percent(floored, "#,##0.#%", locale=self.language)

    def bits(self, weight: float | None) -> str:
        """Return a match weight with its sign."""
        return "–" if weight is None else format_decimal(weight, "+#,##0.0;−#,##0.0", locale=self.language)

    def day(self, value: date | datetime | str | None) -> str:
        """Return a date."""
        at = _time_of(value)
        if at is None:
            return "–"
        return format_date(at.astimezone(self.zone) if isinstance(at, datetime) else at, "medium", self.language)

    def moment(self, value: datetime | str | None) -> str:
        """Return a date with its time of day, to the second, in the hub's time zone."""
        at = _time_of(value)
        if not isinstance(at, datetime):
            return self.day(at)
        return format_datetime(at, "yyyy-MM-dd HH:mm:ss", tzinfo=self.zone, locale=self.language)

    def ago(self, value: datetime | str | None, now: datetime) -> str:
        """Return how long ago (or how soon) something is; what is over a week away is a date."""
        at = _time_of(value)
        if not isinstance(at, datetime):
            return self.day(at)
        apart = at - now
        if abs(apart.total_seconds()) > _A_WEEK:
            return format_date(at.astimezone(self.zone), "medium", self.language)
        return format_timedelta(apart, add_direction=True, locale=self.language, threshold=1.2)

    def clock(self, value: datetime | str | None) -> str:
        """Return the time of day."""
        at = _time_of(value)
        return format_time(at, "HH:mm", tzinfo=self.zone, locale=self.language) if isinstance(at, datetime) else "–"

    def duration(self, seconds: float | None) -> str:
        """Return a length of time in its largest unit."""
        return (
            "–"
            if seconds is None
            else format_timedelta(timedelta(seconds=seconds), locale=self.language, threshold=1.2)
        )

    def when(self, value: datetime | str | None, now: datetime) -> Markup:
        """Return a `<time>`: how long ago, with the moment on hover."""
        at = _time_of(value)
        if not isinstance(at, datetime):
            return Markup("<span>{}</span>").format(self.day(at))
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(timespec="seconds"), self.moment(at), self.ago(at, now)
        )


def _time_of(value: date | datetime | str | None) -> date | datetime | None:
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    except ValueError:
        return None
