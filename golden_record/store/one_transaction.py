"""Several acts in one transaction: kept together, or tried and taken back as if nothing had been.

Room: golden_record, shell. What opens transactions of its own on the store that is yielded does so within the one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from golden_record.store.engine import Store, translated


class _Within(Store):
    """A store whose transactions are steps of one that is open already."""

    within = True

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        super().__init__(store.engine, store.vault)
        self._connection = connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One step: kept or undone as a whole within the transaction."""
        with translated(), self._connection.begin_nested():
            yield self._connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Read what the transaction sees."""
        with translated():
            yield self._connection


@contextmanager
def one_transaction(store: Store) -> Iterator[Store]:
    """Yield a store on which every step is kept with the block, or none where the block fails."""
    with store.write() as connection:
        yield _Within(store, connection)


@contextmanager
def rolled_back(store: Store) -> Iterator[Store]:
    """Yield a store on which anything may be tried: nothing of it is kept.

    Others who write wait meanwhile where the database has one writer (SQLite): try little.
    """
    with store.write() as connection:
        try:
            yield _Within(store, connection)
        finally:
            transaction = connection.get_transaction()
            if transaction is not None:
                transaction.rollback()
