"""Rows of an Excel workbook (.xlsx, .xlsm), read as a stream."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from connectors.cells import json_value, midnight_as_day
from connectors.files.header import SEARCHED, find_header, no_header
from connectors.files.rows import BadRow, Row, Rows, Unreadable
from connectors.files.settings import FileStream

warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")  # on styles, which nobody reads here
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}
"""What a formula shows that went wrong: no value."""


def rows(path: Path, stream: FileStream) -> Rows:
    """Yield the rows behind the header of the sheet; a formula counts as what it last showed.

    Raises:
        Unreadable: no workbook, a damaged one, no such sheet, or no header in it.
    """
    try:
        yield from _all(path, stream)
    except (BadZipFile, InvalidFileException, KeyError, ValueError, OSError, ParseError, zlib.error):
        cure = "Save it anew as .xlsx, without a password."
        raise Unreadable("damaged", "the file is no Excel workbook that can be read", cure) from None


def _all(path: Path, stream: FileStream) -> Rows:
    with closing(load_workbook(path, read_only=True, data_only=True)) as book:
        for sheet in _sheets(book, stream):
            sheet.reset_dimensions()  # what programs write there is often wrong, and rows would be cut off
            first = stream.header - 1 if stream.header != "auto" else 0
            top = list(islice(sheet.iter_rows(values_only=True), first, first + (1 if first else SEARCHED)))
            found = find_header(top, stream)
            if found is not None:
                yield from _rows(sheet, first + found[0], found[1])
                return
    raise no_header(stream)


def _sheets(book: Any, stream: FileStream) -> Sequence[Any]:  # noqa: ANN401 (ships no types)
    if stream.sheet is None:
        return list(book.worksheets)
    if stream.sheet not in book.sheetnames:
        raise Unreadable("no_sheet", f"the workbook has no sheet `{stream.sheet}`", "Correct `sheet`.")
    return [book[stream.sheet]]


def _rows(sheet: Any, before: int, names: list[str]) -> Iterator[Row | BadRow]:  # noqa: ANN401 (ships no types)
    for line, cells in enumerate(sheet.iter_rows(min_row=before + 1, values_only=True), before + 1):
        values = [_cell(cell) for cell in cells[: len(names)]]
        if any(cell not in (None, "") for cell in cells[len(names) :]):
            what = "the row has cells beyond the last column that the header names"
            yield BadRow(line, "cells", what, "Give the column a name, or empty the cell.")
        elif any(value not in (None, "") for value in values):
            values += [None] * (len(names) - len(values))
            yield Row(line, dict(zip(names, values, strict=True)))


def _cell(cell: Any) -> Any:  # noqa: ANN401 (any cell)
    return None if cell in _ERRORS else json_value(midnight_as_day(cell))
