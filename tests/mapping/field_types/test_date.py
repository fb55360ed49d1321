"""Every row of the reference's table of dates and times (2.7)."""

from __future__ import annotations

import pytest

from mapping.field_types.contract import FieldContext
from mapping.field_types.date import DATE, DATETIME
from mapping.values import FieldValue, Json

SHANGHAI = FieldContext()


def day(raw: Json, **options: Json) -> FieldValue:
    (value,) = DATE.normalise(raw, FieldContext(options=options))
    return value


def instant(raw: Json, context: FieldContext = SHANGHAI) -> FieldValue:
    (value,) = DATETIME.normalise(raw, context)
    return value


DAYS: list[tuple[Json, str, str]] = [
    ("2024年1月5日", "2024-01-05", "day"),
    ("2024年01月05日 14:30", "2024-01-05", "day"),
    ("2024/1/5", "2024-01-05", "day"),
    ("2024.1.5", "2024-01-05", "day"),
    ("２０２４－０１－０５", "2024-01-05", "day"),
    ("20240105", "2024-01-05", "day"),
    ("2024", "2024", "year"),
    ("2024年", "2024", "year"),
    ("2024-01", "2024-01", "month"),
    ("2024年1月", "2024-01", "month"),
    (1704436200, "2024-01-05", "day"),
    (1704436200000, "2024-01-05", "day"),
    ("25/12/2024", "2024-12-25", "day"),
    ("Jan 5, 2024", "2024-01-05", "day"),
    ("2024-01-04T16:00:00Z", "2024-01-05", "day"),
    ("1990-05-01T00:00:00Z", "1990-05-01", "day"),
]


@pytest.mark.parametrize(("raw", "value", "precision"), DAYS, ids=[str(row[0]) for row in DAYS])
def test_a_date_becomes_iso_text_with_its_precision(raw: Json, value: str, precision: str) -> None:
    assert (day(raw).value, day(raw).parts["precision"], day(raw).valid) == (value, precision, True)


REFUSED = [
    ("05/01/2024", "order_unknown"),
    ("24/1/5", "two_digit_year"),
    ("2023-13-01", "no_such_date"),
    ("2024-02-30", "no_such_date"),
    ("0000-00-00", "no_such_date"),
    ("45296", "no_date"),
    ("1900-01-01", "placeholder"),
    ("1970-01-01T00:00:00Z", "placeholder"),
    ("9999-12-31", "placeholder"),
    ("昨天", "relative"),
    ("3天前", "relative"),
    ("周五", "relative"),
    ("二〇二四年一月五日", "other_calendar"),
    ("民国113年1月5日", "other_calendar"),
    ("上午9点", "no_date"),
]


@pytest.mark.parametrize(("raw", "issue"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_would_have_to_be_guessed_is_refused_with_the_reason(raw: str, issue: str) -> None:
    assert (day(raw).valid, day(raw).value, day(raw).issues) == (False, raw, (issue,))


@pytest.mark.parametrize(("order", "value"), [("dmy", "2024-01-05"), ("mdy", "2024-05-01")])
def test_a_stated_order_reads_an_ambiguous_date(order: str, value: str) -> None:
    assert day("05/01/2024", order=order).value == value


def test_a_spreadsheet_day_is_read_only_where_the_mapping_says_so() -> None:
    assert day("45296", serial=True).value == "2024-01-05"


@pytest.mark.parametrize("raw", ["1980-01-01", "1990-01-01", "2000-01-01"])
def test_a_forms_default_is_a_date_but_no_evidence(raw: str) -> None:
    assert (day(raw).valid, day(raw).evidence, day(raw).issues) == (True, False, ("placeholder",))


@pytest.mark.parametrize("raw", ["2024", "2024-01"])
def test_a_date_without_its_day_is_no_evidence(raw: str) -> None:
    assert not DATE.features(day(raw))


INSTANTS: list[tuple[Json, str]] = [
    ("2024年01月05日 14:30", "2024-01-05T06:30:00Z"),
    (1704436200, "2024-01-05T06:30:00Z"),
    (1704436200000, "2024-01-05T06:30:00Z"),
    ("2024-01-05 14:30 CST", "2024-01-05T06:30:00Z"),
    ("2024-01-05 14:30 GMT+8", "2024-01-05T06:30:00Z"),
    ("2024-01-05 下午3:30", "2024-01-05T07:30:00Z"),
    ("2024-01-05 3:30 PM", "2024-01-05T07:30:00Z"),
    ("2024-01-05T14:30:00+08:00", "2024-01-05T06:30:00Z"),
    ("2024-01-05T06:30:00.120Z", "2024-01-05T06:30:00.12Z"),
    ("1988-07-01 12:00", "1988-07-01T03:00:00Z"),
    ("1990-07-01 12:00", "1990-07-01T03:00:00Z"),
    ("1992-07-01 12:00", "1992-07-01T04:00:00Z"),
    ("2024-01-05", "2024-01-05"),
]


@pytest.mark.parametrize(("raw", "value"), INSTANTS, ids=[str(row[0]) for row in INSTANTS])
def test_an_instant_becomes_utc(raw: Json, value: str) -> None:
    assert instant(raw).value == value


def test_cst_is_chinas_only_where_the_source_is_in_china() -> None:
    assert instant("2024-01-05 14:30 CST", FieldContext(timezone="America/Chicago")).issues == ("unknown_zone",)


def test_a_zone_that_cannot_be_read_is_refused() -> None:
    assert instant("2024-01-05 14:30 somewhere").issues == ("unknown_zone",)


def test_a_mask_keeps_the_year() -> None:
    assert DATE.mask(day("1988-07-01")) == "1988-**-**"
