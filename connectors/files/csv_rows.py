"""Rows of a CSV file: delimiter and header found, quotes that never close held to the one row that opened them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from connectors.files.header import SEARCHED, clean_names, find_header, no_header
from connectors.files.lines import Lines, damaged_row, open_lines
from connectors.files.rows import BadRow, Row, Rows
from connectors.files.settings import FileStream

DELIMITERS = (",", "\t", ";", "|")
_LONGEST_ROW = 1000
"""Lines of one row: a note in quotes may hold line breaks, a forgotten quote holds the rest of the file."""


def rows(path: Path, stream: FileStream) -> Rows:
    """Yield the rows behind the header.

    A row in which a quote is opened and not closed is named, and reading goes on at the line behind its first.

    Raises:
        Unreadable: no header, or no text.
    """
    with open_lines(path, stream.encoding) as lines:
        delimiter, names = _header(lines, stream)
        for line, cells in _records(lines, delimiter, len(names)):
            if isinstance(cells, BadRow):
                yield cells
            elif any(cell.strip() for cell in cells):
                yield _row(line, cells, names, stream)


def _row(line: int, cells: list[str], names: list[str], stream: FileStream) -> Row | BadRow:
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    fits = len(cells) == len(names) or (stream.short_rows and len(cells) < len(names))
    if not fits:
        what = f"the row has {len(cells)} cells, the header {len(names)}"
        return BadRow(line, "cells", what, "Look for a delimiter or line break inside a cell that is not in quotes.")
    return Row(line, dict(zip(names, cells, strict=False)))


def _header(lines: Lines, stream: FileStream) -> tuple[str, list[str]]:
    """Find delimiter and columns, and leave *lines* at the first row."""
    first = stream.header - 1 if stream.header != "auto" else 0
    for _ in zip(range(first), lines, strict=False):
        pass
    lines.mark()
    sample = [line for _, line in zip(range(1 if first else SEARCHED), lines, strict=False)]
    lines.again()
    best: tuple[int, str, list[str], int] | None = None
    for delimiter in DELIMITERS if stream.delimiter == "auto" else (stream.delimiter,):
        found = _under(sample, delimiter, stream)
        if found is not None and (best is None or found[0] > best[0]):
            best = (found[0], delimiter, *found[1:])
    if best is None:
        raise no_header(stream)
    _, delimiter, names, used = best
    for _ in zip(range(used), lines, strict=False):
        pass
    return delimiter, names


def _under(sample: list[str], delimiter: str, stream: FileStream) -> tuple[int, list[str], int] | None:
    """Return how many columns this delimiter gives, their names, and the lines up to the records."""
    reader = csv.reader(sample, delimiter=delimiter)
    parsed, ends = [], []
    try:
        for row in reader:
            parsed.append(row)
            ends.append(reader.line_num)
    except csv.Error:
        pass
    found = find_header(parsed, stream)
    if found is None:
        return None
    place, names = found
    fitting = sum(len(row) == len(names) for row in parsed) if stream.columns else len(clean_names(names))
    return fitting, names, ends[place - 1] if place else 0


def _records(lines: Lines, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | BadRow]]:
    reader = csv.reader(_bounded(lines), delimiter=delimiter)
    while True:
        first = lines.mark()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield first, _never_closed(lines, first)
        else:
            if len(lines.taken) > 1 and (len(cells) != width or _odd_quotes(lines.taken)):
                yield first, _never_closed(lines, first)
            elif lines.damaged():
                yield first, damaged_row(first)
                continue
            else:
                yield first, cells
                continue
        reader = csv.reader(_bounded(lines), delimiter=delimiter)


def _bounded(lines: Lines) -> Iterator[str]:
    for line in lines:
        if len(lines.taken) > _LONGEST_ROW:
            raise csv.Error
        yield line


def _odd_quotes(taken: list[str]) -> bool:
    return sum(line.count('"') for line in taken) % 2 == 1


def _never_closed(lines: Lines, first: int) -> BadRow:
    lines.again(keep=1)
    return BadRow(first, "quotes", "a quote is opened and not closed", "Close it, or double quotes inside a cell.")
