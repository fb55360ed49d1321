"""Rehearse a sync: the same steps on a copy of the store, so that store, cursors and systems stay as they are.

Room: flows. Only rotated tokens are kept for real: a refreshed sign-in kills the one before it.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from flows.accounts import StoreTokens
from flows.hub import Hub
from flows.mapping_versions import Memory
from golden_record.store.engine import Store, make_engine
from golden_record.store.whole_schema import metadata

_PAGE = 5000


@contextmanager
def rehearsed(hub: Hub) -> Iterator[Hub]:
    """Yield a hub on a copy of the store, which is thrown away with the block."""
    with tempfile.TemporaryDirectory(prefix="crmhub-rehearsal-") as folder:
        copy = _copy(hub.store, Path(folder) / "copy.db")
        try:
            systems = {
                name: replace(system, tokens=StoreTokens(hub.store, name), memory=Memory(copy))
                for name, system in hub.systems.items()
            }
            yield Hub(hub.project, copy, hub.rules, systems)
        finally:
            copy.close()


def _copy(store: Store, file: Path) -> Store:
    """Copy the whole store into a SQLite file."""
    engine = make_engine(sa.engine.make_url(f"sqlite:///{file}"))
    if store.engine.dialect.name == "sqlite" and store.engine.url.database:
        with closing(sqlite3.connect(store.engine.url.database)) as source, closing(sqlite3.connect(file)) as target:
            source.backup(target)
        return Store(engine, store.vault)
    metadata.create_all(engine)
    with store.read() as source_connection, engine.begin() as target_connection:
        for table in metadata.sorted_tables:
            raw = sa.text(f"SELECT * FROM {table.name}")  # noqa: S608 (names of our own tables)
            rows = source_connection.execution_options(yield_per=_PAGE).execute(raw)
            while part := rows.mappings().fetchmany(_PAGE):
                names = [str(name) for name in part[0]]
                columns, places = ", ".join(names), ", ".join(f":{name}" for name in names)
                target_connection.execute(
                    sa.text(f"INSERT INTO {table.name} ({columns}) VALUES ({places})"),  # noqa: S608
                    [dict(row) for row in part],
                )
    return Store(engine, store.vault)
