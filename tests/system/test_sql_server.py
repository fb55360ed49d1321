"""SQL Server by dialect: tables and statements are compiled for it and checked; no server has run them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateIndex, CreateTable

from golden_record.store.columns import KeyBytes
from golden_record.store.whole_schema import metadata
from tests.system.world import typed, world

DIALECT = mssql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
KEY_BYTES = 900
"""Bytes that a clustered key of SQL Server may have at most."""
PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222", "job_title": "经理"}


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_table_can_be_made_and_its_keys_are_short_enough(table: sa.Table) -> None:
    ddl = str(CreateTable(table).compile(dialect=DIALECT))
    for index in table.indexes:
        assert str(CreateIndex(index).compile(dialect=DIALECT))
    for column in table.primary_key.columns:
        assert f"{column.name} VARBINARY(max)" not in ddl, "SQL Server takes no unbounded key"
    assert sum(_bytes(column) for column in table.primary_key.columns) <= KEY_BYTES


def _bytes(column: sa.Column[Any]) -> int:
    if isinstance(column.type, KeyBytes):
        return column.type.size
    return column.type.length or KEY_BYTES + 1 if isinstance(column.type, sa.String) else 8


@contextmanager
def statements() -> Iterator[list[sa.ClauseElement]]:
    """Collect every statement that is run in the block."""
    seen: list[sa.ClauseElement] = []

    def note(_connection: Any, statement: Any, *_rest: Any) -> None:
        of_one_dialect = type(statement).__module__.startswith("sqlalchemy.dialects.")  # chosen by the store's kind
        if isinstance(statement, sa.ClauseElement) and not of_one_dialect:
            seen.append(statement)

    sa.event.listen(sa.engine.Engine, "before_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(sa.engine.Engine, "before_execute", note)


def test_every_statement_of_a_sync_can_be_said_in_its_language(tmp_path: Path) -> None:
    people = [
        typed("zoho_crm", "contact", "c1", PERSON),
        typed("fxiaoke", "contact", "c1", {**PERSON, "job_title": "x"}),
    ]
    with world(tmp_path / "project", people) as here, statements() as seen:
        here.sync()
        here.edit("zoho_crm", "Contacts", here.only("zoho_crm", "Contacts"), Title="总监")
        here.sync()
    said: dict[str, sa.ClauseElement] = {}
    for statement in seen:
        if not isinstance(statement, sa.schema.ExecutableDDLElement):
            compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": False})
            said[str(compiled)] = statement
    assert len(said) > 100
    assert not any(" LIMIT " in text for text in said)
