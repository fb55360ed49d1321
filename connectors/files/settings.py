"""What an operator fills in for files."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connectors.settings import ConnectorSettings

KEY = "_key"
"""The field that holds the key of a record whose key is made of several columns."""


class FileStream(BaseModel):
    """One stream: the files that match a path, whose rows are its records."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(min_length=1, description="Files, from the project on; `*`, `?`, `[…]` and `**` as in a shell")
    key: str | Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="Column that tells rows apart; several columns become one key under `_key`"
    )
    format: Literal["auto", "csv", "excel", "jsonl", "parquet"] = Field(
        "auto", description="`auto`: by the file's ending"
    )
    encoding: str = Field(
        "auto", description="`auto` finds UTF-8, UTF-16 and GB18030; others by name, as in `cp1252` or `big5`"
    )
    delimiter: str = Field("auto", description="Between cells of CSV; `auto` finds `,` `;` `|` and tab")
    header: Literal["auto"] | Annotated[int, Field(ge=1)] = Field(
        "auto", description="Line of the header row; `auto`: the first of 30 that names the key columns"
    )
    columns: tuple[str, ...] = Field((), description="Names of the columns, where the files have no header row")
    sheet: str | None = Field(None, description="Excel: name of the sheet; none: the first with a header row")
    repeated: Literal["refuse", "last"] = Field(
        "refuse", description="A key twice in one file: keep the first row and name the others, or take the last"
    )
    short_rows: bool = Field(
        default=False, description="Take rows with fewer cells than the header; else they are named"
    )

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str) -> str:
        if value != "auto":
            try:
                codecs.lookup(value)
            except LookupError:
                raise ValueError("there is no such encoding: write auto, utf-8, gb18030, utf-16 or cp1252") from None
        return value

    @field_validator("delimiter")
    @classmethod
    def _one_letter(cls, value: str) -> str:
        if value not in {"auto", "\\t", "tab"} and len(value) != 1:
            raise ValueError("write auto, tab or one character")
        return "\t" if value in {"\\t", "tab"} else value

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The key's columns, one or several."""
        return (self.key,) if isinstance(self.key, str) else self.key

    @property
    def primary_key(self) -> str:
        """The field of a record that holds its key."""
        return self.key_columns[0] if len(self.key_columns) == 1 else KEY


class Settings(ConnectorSettings):
    """Streams made of files."""

    example: ClassVar[Mapping[str, Any]] = {
        "streams": {"customers": {"path": "data/customers*.csv", "key": "customer_id", "encoding": "auto"}}
    }

    streams: dict[str, FileStream] = Field(min_length=1, description="Name, which is free -> files")
    allow: tuple[Path, ...] = Field((), description="Folders outside the project from which files may be read")
    project: Path | None = Field(
        None, description="Folder that paths start from; the hub says its project's, else the one where it runs"
    )

    @field_validator("allow")
    @classmethod
    def _whole(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        if any(not folder.is_absolute() for folder in value):
            raise ValueError("write whole paths, as in /srv/deliveries")
        return value

    @property
    def folder(self) -> Path:
        """Where paths start."""
        return (self.project or Path()).resolve()
