"""What is read to land, match and resolve one record does not grow with the store: each table is asked by its key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.one_record import OneRecord, opened
from benchmarks.seed_store import seed_store

WHOLE = re.compile(r"SCAN (?!k\d+$)|\((entity|system|stream|kind|field)=\?\)$")
"""A step of SQLite's plan that reads a table, or all that an entity or a system has there."""
FEW = ("SCAN models ", "SCAN leases")
"""Tables of a handful of rows."""
STATEMENT = re.compile(r"\s*(SELECT|UPDATE|DELETE|WITH)")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return each step of the plans of all statements that one record asks for, with a statement that has it."""
    folder: Path = tmp_path_factory.mktemp("store") / "p"
    seed_store(folder, 120, seed=3)
    said: set[str] = set()
    with opened(folder) as (store, project):
        one = OneRecord(store, project, 5, 2)
        first, *edits = list(one.edits())
        one.resolve_edit(first)  # what is counted once for all records is counted now

        def listen(connection: Any, _record: object) -> None:
            connection.set_trace_callback(said.add)

        sa.event.listen(store.engine, "connect", listen)
        store.engine.dispose()
        for edit in edits[:4]:
            one.resolve_edit(edit)
        one.match(one.refs[0])
        statements = [sql for sql in said if STATEMENT.match(sql)]
        found: dict[str, str] = {}
        with store.read() as connection:
            for sql in statements:
                cursor = connection.connection.cursor()
                for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall():
                    found.setdefault(row[3], sql)
    assert len(statements) > 100, "the statements were heard"
    return found


def test_no_table_is_read_whole_for_one_record(plans: dict[str, str]) -> None:
    whole = {step: sql[:200] for step, sql in plans.items() if WHOLE.search(step) and not step.startswith(FEW)}

    assert whole == {}


def test_frequencies_are_looked_up_by_their_whole_key(plans: dict[str, str]) -> None:
    asked = [step for step in plans if "frequencies" in step]

    assert asked
    assert all("key=?" in step for step in asked)
