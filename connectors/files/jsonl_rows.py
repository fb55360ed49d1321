"""Rows of a JSON Lines file: one object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn

from connectors.cells import json_value
from connectors.files.lines import damaged_row, open_lines
from connectors.files.rows import BadRow, Row, Rows, Unreadable
from connectors.files.settings import FileStream


def rows(path: Path, stream: FileStream) -> Rows:
    """Yield the objects; a line that is none is named.

    Raises:
        Unreadable: the file is one JSON array, or no text.
    """
    with open_lines(path, stream.encoding) as lines:
        while True:
            number = lines.mark()
            try:
                line = next(lines).strip()
            except StopIteration:
                return
            if number == 1 and line.startswith("["):
                what = "the file is one JSON array, not JSON Lines"
                raise Unreadable("json_array", what, "Have each object written on a line of its own (`jq -c '.[]'`).")
            if line:
                yield damaged_row(number) if lines.damaged() else _row(number, line)


def _row(number: int, line: str) -> Row | BadRow:
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return BadRow(number, "json", "the line is no JSON", "Correct the line.")
    if not isinstance(value, dict):
        return BadRow(number, "json", "the line is no JSON object", 'Write each record as {"name": value}.')
    return Row(number, json_value(value))


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)
