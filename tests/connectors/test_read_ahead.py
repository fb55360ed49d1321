from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from connectors.contract import Page
from connectors.errors import TryAgain
from connectors.read_ahead import read_ahead


def pages(count: int, drawn: list[int], *, error: Exception | None = None) -> Iterator[Page]:
    for number in range(count):
        drawn.append(number)
        yield Page([{"id": str(number)}], {"at": number})
    if error is not None:
        raise error


def test_pages_come_in_their_order() -> None:
    found = [page.state for page in read_ahead(pages(20, []))]
    assert found == [{"at": number} for number in range(20)]


def test_an_error_comes_behind_the_pages_before_it() -> None:
    trouble = TryAgain("cut", system="s", code="c", cure="Wait.")
    found: list[Page] = []
    with pytest.raises(TryAgain) as raised:
        found.extend(read_ahead(pages(3, [], error=trouble)))
    assert raised.value is trouble


def test_whoever_stops_early_has_at_most_two_pages_fetched_for_nothing() -> None:
    drawn: list[int] = []
    walk = read_ahead(pages(100, drawn))
    next(walk)
    walk.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(drawn) <= 3
    assert not [thread for thread in threading.enumerate() if thread.name == "read-ahead"]


def test_the_next_page_is_fetched_while_the_last_one_is_worked_on() -> None:
    fetched = threading.Event()

    def two() -> Iterator[Page]:
        yield Page([{"id": "1"}])
        fetched.set()
        yield Page([{"id": "2"}])

    walk = read_ahead(two())
    next(walk)
    assert fetched.wait(10), "nobody has asked for the second page yet"
    assert [page.records for page in walk] == [[{"id": "2"}]]


def test_the_reader_is_closed_in_the_thread_that_drew_from_it() -> None:
    seen: list[str] = []

    def reader() -> Iterator[Page]:
        try:
            while True:
                yield Page([])
        finally:
            seen.append(threading.current_thread().name)

    walk = read_ahead(reader())
    next(walk)
    walk.close()  # type: ignore[attr-defined]  # it is a generator
    assert seen == ["read-ahead"]
