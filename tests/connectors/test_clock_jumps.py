from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.clock_jumps import AHEAD, UNTIL, read_past_jumps
from connectors.contract import Page

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Stream:
    """A stream whose system's clock is *ahead*; remembers from which states it was read."""

    name, primary_key, cursor_field = "people", "id", "modified"

    def __init__(self, ahead: float = 0, *, pages: int = 1) -> None:
        self.ahead, self.pages = timedelta(seconds=ahead), pages
        self.asked: list[Mapping[str, Any] | None] = []

    def schema(self) -> Mapping[str, Any]:
        return {}

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        self.asked.append(state)
        for number in range(self.pages):
            yield Page([{"id": str(number)}], {"cursor": number})

    def fetch(self, ids: Any) -> Iterator[Mapping[str, Any]]:
        del ids
        yield from ()

    def clock_ahead(self) -> timedelta:
        return self.ahead


def read(stream: Any, state: Mapping[str, Any] | None, now: datetime = NOON) -> Mapping[str, Any]:
    pages = list(read_past_jumps(stream, state, lambda: now))
    states = [page.state for page in pages if page.state is not None]
    return states[-1] if states else {}


def test_a_clock_that_goes_as_before_changes_nothing() -> None:
    stream = Stream(-7200)
    assert read(stream, {"cursor": 5, AHEAD: -7200}) == {"cursor": 0, AHEAD: -7200}
    assert stream.asked == [{"cursor": 5}]


def test_a_clock_that_went_back_has_the_stream_read_whole_until_it_has_passed_the_cursor() -> None:
    stream = Stream(0)
    state = read(stream, {"cursor": 5, AHEAD: 3600})
    assert stream.asked == [{"cursor": 5}, None]
    assert state == {"cursor": 0, AHEAD: 0, UNTIL: (NOON + timedelta(hours=1)).isoformat()}
    later = Stream(0)
    state = read(later, state, NOON + timedelta(minutes=30))
    assert (later.asked, UNTIL in state) == ([None], True)
    at_last = Stream(0)
    state = read(at_last, state, NOON + timedelta(minutes=70))
    assert (at_last.asked, state) == ([None], {"cursor": 0, AHEAD: 0})


def test_a_jump_that_shows_in_an_empty_read_counts() -> None:
    stream = Stream(0, pages=0)
    read(stream, {"cursor": 5, AHEAD: 3600})
    assert stream.asked == [{"cursor": 5}, None]


def test_a_clock_that_went_ahead_hides_nothing_and_costs_nothing() -> None:
    stream = Stream(3600)
    assert read(stream, {"cursor": 5, AHEAD: 0}) == {"cursor": 0, AHEAD: 3600}
    assert stream.asked == [{"cursor": 5}]


def test_a_read_that_breaks_off_after_a_jump_is_begun_anew() -> None:
    stream = Stream(0, pages=3)
    pages = read_past_jumps(stream, {"cursor": 5, AHEAD: 3600}, lambda: NOON)
    state = next(pages).state
    again = Stream(0)
    read(again, state, NOON + timedelta(minutes=1))
    assert again.asked == [None]


def test_a_reader_that_knows_no_clock_is_read_as_it_is() -> None:
    class Plain:
        def __init__(self) -> None:
            self.inner = Stream()

        def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
            return self.inner.read(state)

    plain = Plain()
    assert read(plain, {"cursor": 5}) == {"cursor": 0}
