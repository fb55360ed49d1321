"""Dates and times as people and systems write them, read into one structure or refused with the reason (reference 2.7).

Room: mapping. Pure; the only tables are the system's time zones. Nothing is guessed: no two-digit years, no day order
that the source has not stated, nothing relative to now.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from mapping.field_types.unicode_form import one_line

_YEAR_FIRST: Final = re.compile(
    r"(?P<y>\d{4})(?:[-/.年]\s?(?P<m>\d{1,2})(?:[-/.月]\s?(?P<d>\d{1,2})[日号]?|月)?|年)?"
    r"(?P<rest>(?:[T ,]|$).*|(?<=[日号]).*)"
)
_COMPACT: Final = re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?P<rest>(?:[T ]|$).*)")
_COMPACT_TIME: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")
_YEAR_LAST: Final = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})(?P<rest>(?:[T ,]|$).*)")
_TWO_DIGIT_YEAR: Final = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s.*)?|\d{2}年.*")
_ENGLISH: Final = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(?:(?P<d1>\d{1,2})(?:st|nd|rd|th)?[\s-]+(?P<mon1>[A-Za-z]{3,9})\.?|(?P<mon2>[A-Za-z]{3,9})\.?\s+"
    r"(?P<d2>\d{1,2})(?:st|nd|rd|th)?),?[\s-]+(?P<y>\d{4})(?P<rest>(?:[T ,]|$).*)"
)
_TIME: Final = re.compile(
    r"(?P<half1>上午|下午|晚上|中午|凌晨|早上|am|pm)?\s*(?P<h>\d{1,2})(?:[:时点]\s?(?P<mi>\d{1,2})分?(?:[::]?\s?(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?秒?)?|[时点])"
    r"\s*(?P<half2>am|pm)?\s*(?P<zone>.*)",
    re.IGNORECASE,
)
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<h>\d{1,2}):?(?P<m>\d{2})?", re.IGNORECASE)
_EPOCH: Final = re.compile(r"\d{10}|\d{13}")
_SERIAL: Final = re.compile(r"\d{5}(?:\.\d+)?")
_SERIAL_START: Final = date(1899, 12, 30)
_MONTHS: Final = {
    m: n
    for n, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)
}
_RELATIVE: Final = re.compile(
    r"昨|今天|今日|明天|明日|前天|后天|周[一二三四五六日天]|星期|\d+\s*[天日周月年小时分钟]+[前后]|yesterday|today|tomorrow|ago|now",
    re.IGNORECASE,
)
_OTHER_CALENDAR: Final = re.compile(r"民国|民國|[〇零一二三四五六七八九十]{2,}年|农历|農曆|令和|平成|昭和")
_CHINA_STANDARD: Final = timezone(timedelta(hours=8))
_CHINESE_ZONES: Final = frozenset(
    {"Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Urumqi", "PRC"}
)
_NOON: Final = 12
_MOST_OFFSET_HOURS: Final = 14


@dataclass(frozen=True, slots=True)
class Moment:
    """A point of the calendar. *month* and *day* are 0 where unknown; *time* is set where a clock time was given.

    *time* is aware: in UTC where the text (or an epoch) said the offset, else in the source's zone.
    """

    year: int
    month: int = 0
    day: int = 0
    time: datetime | None = None

    @property
    def precision(self) -> str:
        """Return year, month, day, or second."""
        if self.time is not None:
            return "second"
        return "day" if self.day else "month" if self.month else "year"

    @property
    def iso(self) -> str:
        """Return the date as ISO 8601 text, as far as it is known."""
        return "-".join((f"{self.year:04}", *(f"{n:02}" for n in (self.month, self.day) if n)))


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source writes: its time zone, the order of day and month, whether numbers are spreadsheet days."""

    zone: str = "Asia/Shanghai"
    order: str = ""
    serial: bool = False


@lru_cache(maxsize=32_768)
def read_moment(text: str, reading: Reading) -> Moment | str:
    """Return the moment that *text* names, or the code of why it names none.

    Codes: `relative`, `other_calendar`, `two_digit_year`, `order_unknown`, `no_such_date`, `no_date`, `unknown_zone`.
    """
    line = one_line(text)
    try:
        return _read(line, reading)
    except (ValueError, OverflowError):
        return "no_such_date"


def _read(line: str, reading: Reading) -> Moment | str:
    if _EPOCH.fullmatch(line):
        seconds = int(line) / (1000 if len(line) > 10 else 1)  # noqa: PLR2004 (10 digits: seconds; 13: milliseconds)
        return _local(datetime.fromtimestamp(seconds, UTC), reading)
    if reading.serial and _SERIAL.fullmatch(line):
        day = _SERIAL_START + timedelta(days=int(float(line)))
        return Moment(day.year, day.month, day.day)
    for pattern, taken in _FORMS:
        match = pattern.fullmatch(line)
        if match:
            return taken(match, reading)
    if _RELATIVE.search(line):
        return "relative"
    if _OTHER_CALENDAR.search(line):
        return "other_calendar"
    return "two_digit_year" if _TWO_DIGIT_YEAR.fullmatch(line) else "no_date"


def _year_first(match: re.Match[str], reading: Reading) -> Moment | str:
    return _moment(int(match["y"]), int(match["m"] or 0), int(match["d"] or 0), match["rest"], reading)


def _compact_time(match: re.Match[str], reading: Reading) -> Moment | str:
    year, month, day, hour, minute, second = map(int, match.groups())
    return _moment(year, month, day, f" {hour}:{minute:02}:{second:02}", reading)


def _year_last(match: re.Match[str], reading: Reading) -> Moment | str:
    first, second = int(match["a"]), int(match["b"])
    order = reading.order or ("dmy" if first > _NOON >= second else "mdy" if second > _NOON >= first else "")
    if not order and first != second:
        return "order_unknown"
    day, month = (second, first) if order == "mdy" else (first, second)
    return _moment(int(match["y"]), month, day, match["rest"], reading)


def _english(match: re.Match[str], reading: Reading) -> Moment | str:
    month = _MONTHS.get((match["mon1"] or match["mon2"])[:3].lower(), 0)
    if not month:
        return "no_date"
    return _moment(int(match["y"]), month, int(match["d1"] or match["d2"]), match["rest"], reading)


_FORMS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Reading], Moment | str]], ...]] = (
    (_COMPACT_TIME, _compact_time),
    (_COMPACT, _year_first),
    (_YEAR_FIRST, _year_first),
    (_YEAR_LAST, _year_last),
    (_ENGLISH, _english),
)


def _moment(year: int, month: int, day: int, rest: str, reading: Reading) -> Moment | str:
    datetime(year, month or 1, day or 1, tzinfo=UTC)  # raises where there is no such day
    rest = rest.lstrip(" T,").rstrip(" ,")
    if not rest:
        return Moment(year, month, day)
    match = _TIME.fullmatch(rest)
    if not match or not day:
        return "no_date"
    return _timed(year, month, day, match, reading)


def _timed(year: int, month: int, day: int, match: re.Match[str], reading: Reading) -> Moment | str:
    hour = int(match["h"])
    half = (match["half1"] or match["half2"] or "").lower()
    if half in ("下午", "晚上", "pm", "中午") and hour < _NOON and not (half == "中午" and hour > 3):  # noqa: PLR2004 (中午11点)
        hour += _NOON
    elif half in ("上午", "凌晨", "am", "早上") and hour == _NOON:
        hour = 0
    micro = int((match["f"] or "0").ljust(6, "0")[:6])
    at = datetime(year, month, day, hour, int(match["mi"] or 0), int(match["s"] or 0), micro)  # noqa: DTZ001 (zone below)
    zone = _zone(match["zone"].strip(" ()"), reading)
    if zone == "unknown_zone":
        return "unknown_zone"
    if not isinstance(zone, timezone):
        return Moment(year, month, day, at.replace(tzinfo=_zone_info(reading.zone)))
    return _local(at.replace(tzinfo=zone), reading, written=Moment(year, month, day))


def _zone(text: str, reading: Reading) -> timezone | str:
    """Return the offset that *text* names, "" if it names none, `unknown_zone` if it cannot be read."""
    if not text:
        return ""
    if text.upper() in ("Z", "UTC", "GMT"):
        return UTC
    if text == "北京时间" or (
        text.upper() == "CST" and reading.zone in _CHINESE_ZONES
    ):  # elsewhere CST is America's too
        return _CHINA_STANDARD
    match = _OFFSET.fullmatch(text)
    if not match or int(match["h"]) > _MOST_OFFSET_HOURS:
        return "unknown_zone"
    minutes = int(match["h"]) * 60 + int(match["m"] or 0)
    return timezone(timedelta(minutes=-minutes if match["sign"] == "-" else minutes))


def _local(at: datetime, reading: Reading, written: Moment | None = None) -> Moment:
    """Return an instant with the calendar day it falls on where the source is.

    A written midnight is how systems send a bare date, so its day stays as written unless it is midnight at the source.
    """
    there = at.astimezone(_zone_info(reading.zone))
    midnight_as_written = written is not None and at.timetz().replace(tzinfo=None) == datetime.min.time()
    midnight_there = there.timetz().replace(tzinfo=None) == datetime.min.time()
    if written is not None and midnight_as_written and not midnight_there:
        return Moment(written.year, written.month, written.day, at.astimezone(UTC))
    return Moment(there.year, there.month, there.day, at.astimezone(UTC))


@lru_cache(maxsize=64)
def _zone_info(name: str) -> ZoneInfo | timezone:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # an unknown zone name, which the settings' own check reports
        return UTC
