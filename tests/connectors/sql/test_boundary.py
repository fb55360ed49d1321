from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sql.boundary import Kept, NoCursor, earlier, kept


@pytest.mark.parametrize(
    ("value", "before"),
    [
        ("2026-01-02 03:04:05", "2026-01-02 03:03:55"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:03:55Z"),
        ("2026-01-02 03:04:05.123456+00:00", "2026-01-02 03:03:55.123456+00:00"),
        ("2026-01-02 03:04:05.123", "2026-01-02 03:03:55.123"),
        ("2026-01-02T03:04+08:00", "2026-01-02T03:03+08:00"),
        ("2026-01-02", "2026-01-01"),
        ("not a time", "not a time"),
        (1_767_323_045, 1_767_323_035),
        (1_767_323_045_000, 1_767_323_035_000),
        (4711, 4711),
        (0.5, 0.5),
    ],
)
def test_a_cursor_moves_back_in_its_own_writing(value: Kept, before: Kept) -> None:
    assert earlier(value, 10) == before


@given(st.datetimes(min_value=datetime.fromisoformat("1970-02-01"), timezones=st.sampled_from([None, UTC])))
def test_a_moved_time_sorts_before_and_no_further_than_asked(at: datetime) -> None:
    text = kept(at)
    moved = earlier(text, 300)
    assert isinstance(moved, str)
    assert datetime.fromisoformat(moved) == at - timedelta(seconds=300)


def test_what_has_no_order_is_refused() -> None:
    assert kept(Decimal("1.50")) == "1.50"
    assert kept(date(2026, 1, 2)) == "2026-01-02"
    refused: tuple[object, ...] = (b"\x01", None, True, {})
    for value in refused:
        with pytest.raises(NoCursor):
            kept(value)
