"""Rows of a Parquet file, batch by batch."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from connectors.cells import json_value
from connectors.files.rows import Row, Rows, Unreadable
from connectors.files.settings import FileStream

_BATCH = 1000


def rows(path: Path, stream: FileStream) -> Rows:
    """Yield the rows; a row's line is its number.

    Raises:
        Unreadable: no Parquet file, or one without the key columns.
    """
    try:
        with parquet.ParquetFile(path, pre_buffer=False) as file:
            names = file.schema_arrow.names
            missing = [name for name in stream.key_columns if name not in names]
            if missing:
                raise Unreadable("no_header", f"there is no column {', '.join(missing)}", "Correct `key`.")
            line = 0
            for batch in file.iter_batches(batch_size=_BATCH):
                for values in batch.to_pylist():
                    line += 1
                    yield Row(line, json_value(values))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        raise Unreadable("damaged", "the file is no Parquet file, or damaged", "Have it delivered again.") from None
