"""Acts that are kept together, and acts that are only tried; on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from golden_record.store import marks
from golden_record.store.engine import Store, open_store
from golden_record.store.one_transaction import one_transaction, rolled_back
from golden_record.vault import KeyRing


class TooLate(Exception):
    """A step that cannot be done."""


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = "sqlite:///hub.db" if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))
    ring = KeyRing.mint()
    made = open_store(url, ring, base=tmp_path)
    yield made
    made.close()


def note(store: Store, name: str) -> None:
    with store.write() as connection:
        marks.save(connection, store.vault, {name: "here"})


def known(store: Store, *names: str) -> set[str]:
    with store.read() as connection:
        return set(marks.load(connection, store.vault, names))


def test_what_is_tried_is_seen_while_it_is_tried_and_not_kept(store: Store) -> None:
    note(store, "before")
    with rolled_back(store) as trial:
        note(trial, "tried")
        assert known(trial, "before", "tried") == {"before", "tried"}
    assert known(store, "before", "tried") == {"before"}
    note(store, "after")
    assert known(store, "after") == {"after"}


def test_a_trial_that_fails_leaves_nothing_either(store: Store) -> None:
    def fail() -> None:
        with rolled_back(store) as trial:
            note(trial, "tried")
            raise TooLate

    with pytest.raises(TooLate):
        fail()
    assert known(store, "tried") == set()


def test_steps_are_kept_together_or_not_at_all(store: Store) -> None:
    def fail() -> None:
        with one_transaction(store) as together:
            note(together, "first")
            raise TooLate

    with pytest.raises(TooLate):
        fail()
    assert known(store, "first") == set()
    with one_transaction(store) as together:
        note(together, "first")
        note(together, "second")
    assert known(store, "first", "second") == {"first", "second"}
