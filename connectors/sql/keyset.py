"""Queries that walk a table from key to key. Pure: SQLAlchemy expressions in and out, no connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from connectors.sql.boundary import Kept


def bound(value: Any) -> sa.BindParameter[Any]:  # noqa: ANN401 (any cell)
    """Return *value* as a parameter without a type: the database reads a text as what the column is."""
    return sa.bindparam(None, value, type_=sa.types.NullType(), unique=True)


def after(columns: Sequence[sa.ColumnElement[Any]], values: Sequence[Kept]) -> sa.ColumnElement[bool]:
    """Return the condition that a row stands behind *values* in the order of *columns*.

    Written out (a > x OR a = x AND b > y), since SQL Server compares no tuples.
    """
    parts = []
    for place, (column, value) in enumerate(zip(columns, values, strict=True)):
        same = [one == bound(other) for one, other in zip(columns[:place], values[:place], strict=True)]
        parts.append(sa.and_(*same, column > bound(value)))
    return sa.or_(*parts)


def is_one_of(columns: Sequence[sa.ColumnElement[Any]], keys: Sequence[Sequence[Any]]) -> sa.ColumnElement[bool]:
    """Return the condition that a row has one of *keys*."""
    if len(columns) == 1:
        return sa.or_(*(columns[0] == bound(key[0]) for key in keys))
    return sa.or_(
        *(sa.and_(*(column == bound(part) for column, part in zip(columns, key, strict=True))) for key in keys)
    )
