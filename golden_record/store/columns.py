"""Column types that every database of ours bears alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect

from golden_record.vault import Sealed


class KeyBytes(sa.types.TypeDecorator[bytes]):
    """A short binary value that may be a primary key (MySQL needs a length for that)."""

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """MySQL's BLOB cannot be a key."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.VARBINARY(self.size))
        if dialect.name == "mssql":  # an unbounded column cannot be a key there
            return dialect.type_descriptor(sa.VARBINARY(self.size))
        return dialect.type_descriptor(sa.LargeBinary())

    def bind_processor(self, dialect: Dialect) -> None:
        """Every driver of ours takes bytes as they are; wrapping each costs more than the comparison that it serves."""
        del dialect

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Every driver of ours gives bytes."""
        del dialect, coltype

    def __repr__(self) -> str:
        return f"KeyBytes({self.size})"


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC time, kept as whole milliseconds since 1970: equal on every database, sortable, no zone lost."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To milliseconds."""
        del dialect
        return None if value is None else int(value.timestamp() * 1000)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401
        """To an aware time."""
        del dialect
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


class Encrypted(sa.types.TypeDecorator[bytes]):
    """Takes only what a vault sealed: a plain value in this column is a programming error, not a leak."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """MySQL's BLOB ends at 64 kB."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.LONGBLOB())
        return dialect.type_descriptor(sa.LargeBinary())

    def result_processor(self, dialect: Dialect, coltype: object) -> None:
        """Every driver of ours gives bytes."""
        del dialect, coltype

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """Refuse what no vault sealed."""
        del dialect
        if value is not None and not isinstance(value, Sealed):
            raise TypeError("an encrypted column takes only sealed values")
        return value
