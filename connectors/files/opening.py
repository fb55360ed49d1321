"""Open a file as rows, by its format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from connectors.files import csv_rows, excel_rows, jsonl_rows, parquet_rows
from connectors.files.rows import Rows, Unreadable
from connectors.files.settings import FileStream

FORMATS: Mapping[str, Callable[[Path, FileStream], Rows]] = {
    "csv": csv_rows.rows,
    "excel": excel_rows.rows,
    "jsonl": jsonl_rows.rows,
    "parquet": parquet_rows.rows,
}
ENDINGS: Mapping[str, str] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def open_rows(path: Path, stream: FileStream) -> Rows:
    """Return the rows of a file.

    Raises:
        Unreadable: its format cannot be told from its ending; while iterating: it cannot be read.
    """
    if stream.format != "auto":
        return FORMATS[stream.format](path, stream)
    ending = Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()
    kind = ENDINGS.get(ending)
    if kind is None:
        cure = "Name its `format`: csv, excel, jsonl or parquet."
        if ending == ".xls":
            cure = "Save it as .xlsx: the older format cannot be read."
        raise Unreadable("format", f"the ending `{ending}` names no format that can be read", cure)
    return FORMATS[kind](path, stream)
