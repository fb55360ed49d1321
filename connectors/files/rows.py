"""What a file is made of, whatever its format: rows, rows that cannot be used, and files that cannot be read at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.contract import Skipped


@dataclass(frozen=True, slots=True)
class Row:
    """One row: *line* counts from 1 as people count; *values* are JSON under the columns' names."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used. The texts hold no value."""

    line: int
    code: str
    what: str
    cure: str


Rows = Iterator[Row | BadRow]


class Unreadable(Exception):
    """Nothing can be read from this file; says why and what to do, without a value."""

    def __init__(self, code: str, what: str, cure: str) -> None:
        self.code, self.what, self.cure = code, what, cure
        super().__init__(what)

    def skipped(self, name: str) -> Skipped:
        """Return the form that is counted and named."""
        return Skipped(name, self.code, self.what, self.cure)
