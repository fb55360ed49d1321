"""Which keys the store's values are sealed with, and sealing them anew with the current one.

Values that another process changes meanwhile are left to it: it seals with a key of the ring, too, and the next pass
finds what it left. A pass that is cut off goes on where it was, since it looks only for what is still to be done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from golden_record.store.columns import Encrypted
from golden_record.store.engine import CHUNK, Store
from golden_record.store.whole_schema import metadata

_HEAD = 66
"""Bytes that hold format, length and id of the key (ids are at most 64 bytes)."""


@dataclass(frozen=True, slots=True)
class Place:
    """An encrypted column: values are bound to *table.column* and the row's key."""

    table: sa.Table
    key: sa.Column[Any]
    column: sa.Column[Any]

    @property
    def name(self) -> str:
        """Return the place as the vault calls it."""
        return f"{self.table.name}.{self.column.name}"


def places() -> list[Place]:
    """Return every encrypted column of the store."""
    return [
        Place(table, next(iter(table.primary_key.columns)), column)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Encrypted)
    ]


def count_by_key(store: Store) -> Counter[str]:
    """Return key id -> how many values are sealed with it."""
    found: Counter[str] = Counter()
    for place in places():
        head = sa.func.substr(place.column, 1, _HEAD, type_=sa.LargeBinary)
        with store.read() as connection:
            query = sa.select(head).where(place.column.is_not(None))
            for (value,) in connection.execution_options(stream_results=True, yield_per=CHUNK).execute(query):
                found[store.vault.sealed_with(bytes(value))] += 1
    return found


def seal_all_anew(store: Store, current: str, progress: Callable[[str, int], None]) -> int:
    """Seal with the key *current* whatever is sealed with another one; return how many values that were.

    *progress* is called with a place and how many of its rows were looked at.
    """
    sealed = 0
    for place in places():
        looked = 0
        for rows in _chunks(store, place):
            old = [(key, value) for key, value in rows if store.vault.sealed_with(value) != current]
            if old:
                with store.write() as connection:
                    for key, value in old:
                        anew = store.vault.seal_again(place.name, key, value)
                        unchanged = (place.key == key) & (sa.type_coerce(place.column, sa.LargeBinary) == value)
                        change = place.table.update().where(unchanged).values({place.column.name: anew})
                        sealed += connection.execute(change).rowcount
            looked += len(rows)
            progress(place.name, looked)
    return sealed


def _chunks(store: Store, place: Place) -> Iterator[list[tuple[Any, bytes]]]:
    """Yield (row's key, sealed value) by key, some hundreds at a time."""
    after: Any = None
    while True:
        query = sa.select(place.key, place.column).where(place.column.is_not(None)).order_by(place.key).limit(CHUNK)
        if after is not None:
            query = query.where(place.key > after)
        with store.read() as connection:
            rows = [(_plain(key), bytes(value)) for key, value in connection.execute(query)]
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def _plain(key: Any) -> bytes | str:  # noqa: ANN401 (a row's key: text or bytes)
    return key if isinstance(key, str) else bytes(key)
