"""Turn a bulk export's CSV into rows as list calls give them.

Room: connectors/zoho_crm; pure. A CSV knows texts only: each field's description says what a text was.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from connectors.zoho_crm.metadata import Field

Row = dict[str, Any]
LONGEST_CELL = min(sys.maxsize, 2**31 - 1)
"""Characters that a cell may hold: rich texts go to 50,000 and the csv module stops at 131,072."""


class BadExport(Exception):
    """The file is no zip with one CSV inside, or the CSV has no `Id` column."""


def rows_of(zipped: bytes, fields: Sequence[Field]) -> Iterator[Row]:
    """Yield the rows of an export, in its order; a column that no field describes stays text.

    Raises:
        BadExport: the file is not what Zoho documents.
    """
    known = {field.api_name: _READ.get(field.json_type, _text) for field in fields}
    csv.field_size_limit(LONGEST_CELL)
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".csv")]
            if not names:
                raise BadExport("the export holds no CSV")
            with archive.open(names[0]) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
                reader = csv.reader(text)
                header = [_plain(name) for name in next(reader, [])]
                if "id" not in header:
                    raise BadExport("the export has no id column")
                for cells in reader:
                    yield _row(header, cells, known)
    except (zipfile.BadZipFile, UnicodeDecodeError, csv.Error) as error:
        raise BadExport(f"the export cannot be read ({type(error).__name__})") from error


def _plain(name: str) -> str:
    """Return a column's name; the id column is called `Id` by some and `id` by others."""
    return "id" if name.strip().lower() == "id" else name.strip()


def _row(header: Sequence[str], cells: Sequence[str], known: Mapping[str, Callable[[str], Any]]) -> Row:
    row: Row = {}
    for name, cell in zip(header, cells, strict=False):
        row[name] = known.get(name, _text)(cell) if cell != "" else None
    return row


def _text(cell: str) -> str:
    return cell


def _whole(cell: str) -> int | str:
    return int(cell) if re.fullmatch(r"[+-]?\d+", cell) else cell


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def _yes(cell: str) -> bool | str:
    return {"true": True, "false": False}.get(cell.lower(), cell)


def _reference(cell: str) -> dict[str, str] | str:
    """A lookup is exported as the id alone."""
    return {"id": cell} if cell.isdigit() else cell


def _choices(cell: str) -> list[str]:
    return [one.strip() for one in cell.split(";") if one.strip()]


_READ: Mapping[str, Callable[[str], Any]] = {
    "integer": _whole,
    "double": _number,
    "boolean": _yes,
    "jsonobject": _reference,
    "jsonarray": _choices,
}
