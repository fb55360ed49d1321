"""What an operator fills in for a database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from connectors.settings import ConnectorSettings

KEY = "_key"
"""The field that holds the key of a record whose key is made of several columns."""
DIALECTS = {"sqlite": None, "postgresql": "psycopg", "mysql": "pymysql", "mariadb": "pymysql", "mssql": "pymssql"}
"""Database -> the driver that is used where the address names none."""


class Writes(BaseModel):
    """How records of a stream are made and changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    binding: str = Field(description="Column, unique, that takes the id under which the hub made a row")
    mail: tuple[str, ...] = Field((), description="Columns searched for a mail before a row is made")
    phone: tuple[str, ...] = Field((), description="Columns searched for a phone before a row is made")


class SqlStream(BaseModel):
    """One stream: a table or view, whose rows are its records."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str = Field(min_length=1, description="Table or view; `schema.table` where it is in no default schema")
    key: str | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Column that tells rows apart; several columns become one key under `_key`"
    )
    modified: str | None = Field(
        None, description="Column with the time (or growing number) of the last change; none: all rows at every pull"
    )
    columns: tuple[str, ...] = Field((), description="Read only these, key and `modified` beside them; none: all")
    paging: Literal["keyset", "cursor"] = Field(
        "keyset", description="Short queries from key to key, or one query through a cursor of the server (slow views)"
    )
    write: Writes | None = Field(None, description="How it is written; none: it is only read")

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The key's columns, one or several."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def primary_key(self) -> str:
        """The field of a record that holds its key."""
        return self.key_columns[0] if len(self.key_columns) == 1 else KEY


class Settings(ConnectorSettings):
    """A database and the tables in it that are streams."""

    example: ClassVar[Mapping[str, Any]] = {
        "url": "postgresql://reader@db.example.com/shop",
        "streams": {"customers": {"table": "customers", "key": "id", "modified": "updated_at"}},
    }

    url: SecretStr = Field(
        description="Address as SQLAlchemy writes it: postgresql://user@host/name, mysql://…, mssql://…"
    )
    password: SecretStr | None = Field(None, description="Password, where the address holds none")
    streams: dict[str, SqlStream] = Field(min_length=1, description="Name, which is free -> table or view")
    lookback: int = Field(300, ge=0, description="Seconds read again behind the cursor: changes committed late")
    page_size: int = Field(1000, ge=1, le=100_000, description="Rows of a query")
    timeout: int = Field(300, ge=1, description="Seconds that one query may take")
    project: Path | None = Field(
        None, description="Folder that the path of a SQLite file starts from; the hub says its project's"
    )

    @field_validator("url")
    @classmethod
    def _address(cls, value: SecretStr) -> SecretStr:
        try:
            name = make_url(value.get_secret_value()).get_backend_name()
        except ArgumentError:
            raise ValueError("write an address such as postgresql://user@host/name") from None
        if name not in DIALECTS:
            raise ValueError(f"this database is not spoken; known: {', '.join(DIALECTS)}")
        return value
