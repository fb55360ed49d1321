"""Write all profiles into a file: JSON Lines, CSV (with a byte-order mark, so that Excel reads Chinese), Parquet.

Room: flows. Page by page, so that memory does not grow with the base. The file appears when it is whole.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from flows.hub import Hub
from flows.profile_view import Show, profiles_json
from golden_record.store import profiles

FORMATS = ("jsonl", "csv", "parquet")
PAGE = 500
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportImpossible(Exception):
    """The file or the format cannot be written; nothing was."""


def export(hub: Hub, file: Path, *, kind: str, entity: str | None, show: Show) -> int:
    """Write every living profile (of *entity*) in the shape of `profiles show`; return how many.

    Raises:
        ExportImpossible: the file cannot be written, or Parquet lacks its library.
    """
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise ExportImpossible("Parquet needs the package pyarrow: install it, or take --format csv or jsonl")
    every = _every(hub, entity, show)
    columns = _columns(hub, entity)
    part = file.with_name(f".{file.name}.part")
    try:
        count = _parquet(part, every, columns) if kind == "parquet" else _text(part, every, columns, kind)
        part.replace(file)
    except OSError as wrong:
        raise ExportImpossible(f"{file} cannot be written: {wrong.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _every(hub: Hub, entity: str | None, show: Show) -> Iterator[dict[str, Any]]:
    after: str | None = None
    while True:
        with hub.store.read() as connection:
            page = profiles.page(connection, hub.store.vault, after, PAGE, entity)
            items = profiles_json(hub, connection, page, show)
        if not page:
            return
        yield from items
        after = page[-1].profile_id


def _columns(hub: Hub, entity: str | None) -> list[str]:
    """Return the profile's fields, of all entities where none is named, in the order of profile.yaml."""
    names = [name for kind, name, _field in hub.project.profile.walk() if entity in (None, kind)]
    return list(dict.fromkeys(names))


def _text(part: Path, every: Iterator[dict[str, Any]], columns: list[str], kind: str) -> int:
    count = 0
    with private_file(part, "utf-8-sig" if kind == "csv" else "utf-8") as out:
        if kind == "jsonl":
            for count, one in enumerate(every, 1):  # noqa: B007 (the last number is the count)
                out.write(json.dumps(one, ensure_ascii=False) + "\n")
            return count
        rows = csv.writer(out)
        rows.writerow(["profile_id", "entity", *columns, "sources", "relations", "updated_at"])
        for count, one in enumerate(every, 1):  # noqa: B007 (likewise)
            rows.writerow([cell(value) for value in _flat(one, columns).values()])
    return count


def _flat(one: dict[str, Any], columns: list[str]) -> dict[str, Any]:
    sources = [f"{source['system']}/{source['stream']}/{source['id']}" for source in one["sources"]]
    relations = [f"{tie['relation']}:{tie['profile_id']}" for tie in one["relations"]]
    values = {name: one["fields"].get(name) for name in columns}
    return {
        "profile_id": one["profile_id"],
        "entity": one["entity"],
        **values,
        "sources": sources,
        "relations": relations,
        "updated_at": one["updated_at"],
    }


def cell(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Write a value as a cell: lists parted by `; `; a text that a spreadsheet would run as a formula is quoted.

    A phone (+86…) is a number and stays.
    """
    if value is None:
        return ""
    if isinstance(value, list) and not any(isinstance(one, (dict, list)) for one in value):
        return "; ".join(cell(one) for one in value)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    harmless = text.lstrip("+-").replace(" ", "").isdigit()
    return f"'{text}" if text.startswith(_FORMULA) and not harmless else text


def _parquet(part: Path, every: Iterator[dict[str, Any]], columns: list[str]) -> int:
    """Write all columns as texts, lists and objects as JSON: one schema whatever the values are."""
    arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    names = ["profile_id", "entity", *columns, "sources", "relations", "updated_at"]
    schema = arrow.schema([(name, arrow.string()) for name in names])
    count, waiting = 0, []
    with private_file(part, None) as out, parquet.ParquetWriter(out, schema) as writer:
        for one in every:
            waiting.append({name: _arrow_cell(value) for name, value in _flat(one, columns).items()})
            count += 1
            if len(waiting) >= PAGE:
                writer.write_table(arrow.Table.from_pylist(waiting, schema=schema))
                waiting = []
        if waiting:
            writer.write_table(arrow.Table.from_pylist(waiting, schema=schema))
    return count


def _arrow_cell(value: Any) -> str | None:  # noqa: ANN401 (any JSON value)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


@contextmanager
def private_file(file: Path, encoding: str | None) -> Iterator[IO[Any]]:
    """Open a new file with mode 0600: it holds customers' values."""
    number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    text: dict[str, Any] = {"mode": "w", "encoding": encoding, "newline": ""} if encoding else {"mode": "wb"}
    with os.fdopen(number, **text) as out:
        yield out
