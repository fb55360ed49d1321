from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.web_forms.progress import Progress

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def test_a_read_begins_a_little_before_the_cursor() -> None:
    place = Progress(until="2026-01-02T03:04:05Z").begin(None, 300)
    assert (place.since, place.before) == ("2026-01-02T02:59:05Z", None)


def test_a_first_read_begins_at_the_configured_start_or_at_the_beginning() -> None:
    assert Progress().begin(None, 300).since is None
    assert Progress().begin(datetime(2026, 1, 1, tzinfo=UTC), 300).since == "2026-01-01T00:00:00Z"


def test_the_cursor_moves_only_when_the_last_page_was_read() -> None:
    first = Progress(until="2026-01-01T00:00:00Z").begin(None, 0)
    page = first.after(["2026-01-05T00:00:00Z", "2026-01-04T00:00:00Z"], "tok4", NOW)
    assert (page.until, page.before, page.newest) == ("2026-01-01T00:00:00Z", "tok4", "2026-01-05T00:00:00Z")
    assert page.begin(None, 300) == page
    last = page.after(["2026-01-02T00:00:00Z"], None, NOW)
    assert last == Progress(until="2026-01-05T00:00:00Z")


def test_a_submission_from_the_future_does_not_hide_the_next_ones() -> None:
    assert Progress().after(["2030-01-01T00:00:00Z"], None, NOW).until == "2026-02-01T00:00:00Z"


def test_the_cursor_never_goes_back() -> None:
    kept = Progress(until="2026-01-05T00:00:00Z")
    assert kept.begin(None, 300).after(["2026-01-04T23:58:00Z"], None, NOW) == kept
    assert kept.begin(None, 300).after([], None, NOW) == kept
    assert kept.begin(None, 300).after(["no time"], None, NOW) == kept


@pytest.mark.parametrize("place", [{}, {"until": 7}, {"since": ""}, {"other": "x"}])
def test_a_place_that_cannot_be_read_means_from_the_beginning(place: Any) -> None:
    assert Progress.of(place) == Progress()


TEXT = st.none() | st.text(min_size=1)


@given(st.builds(Progress, TEXT, TEXT, TEXT, TEXT))
def test_a_state_is_read_back_as_it_was_written(place: Progress) -> None:
    assert Progress.of(place.as_state()) == place
