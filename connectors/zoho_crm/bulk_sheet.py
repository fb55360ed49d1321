"""What a bulk write job is given and what it gives back: rows of a CSV in a zip.

Room: connectors/zoho_crm; pure. The first column is the binding id: by it a result's row is told from the others.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract import WriteRequest
from connectors.zoho_crm.metadata import Field

MOST_ROWS = 25_000
"""Rows of one job."""
MOST_COLUMNS = 200
LARGEST_ZIP = 25 * 1024 * 1024
"""Bytes of an upload."""
DAY = "yyyy-MM-dd"
"""How days are written here; Zoho's own default is MM/dd/yyyy."""
_PLAIN = frozenset({"text", "email", "phone", "website", "picklist", "textarea", "bigint"})
_NUMBERS = frozenset({"integer", "double", "currency", "percent"})
_REFERENCES = frozenset({"lookup", "ownerlookup"})

Outcome = tuple[str, str, str]
"""STATUS in lower case, RECORD_ID, ERRORS."""


class BadSheet(Exception):
    """A result that cannot be read."""


def fits(request: WriteRequest, fields: Mapping[str, Field]) -> bool:
    """Say whether a CSV can carry all values of *request* without a doubt; times, tags and lists of words cannot."""
    return all(_cell(fields.get(name), value) is not None for name, value in request.fields.items())


def sheet_of(requests: Sequence[WriteRequest], fields: Mapping[str, Field], binding: str) -> tuple[bytes, list[Any]]:
    """Return the zip and its column mapping; an empty cell is a field that the job leaves alone (`ignore_empty`)."""
    names = list(dict.fromkeys(name for one in requests for name in one.fields if name != binding))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([binding, *names])
    for one in requests:
        writer.writerow([one.binding_id, *(_cell(fields.get(name), one.fields.get(name)) or "" for name in names)])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("records.csv", text.getvalue().encode())
    mapped = [{"api_name": binding, "index": 0}]
    mapped += [_column(fields[name], at) for at, name in enumerate(names, 1)]
    return packed.getvalue(), mapped


def outcomes_of(zipped: bytes, binding: str) -> dict[str, Outcome]:
    """Return binding id -> what became of its row.

    Raises:
        BadSheet: no zip with one CSV that has the columns.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
            (name,) = archive.namelist()
            rows = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline="")))
    except (zipfile.BadZipFile, ValueError, csv.Error) as error:
        raise BadSheet("the result is no zip with one CSV") from error
    found: dict[str, Outcome] = {}
    for row in rows:
        key, status = row.get(binding), row.get("STATUS")
        if not key or not status:
            raise BadSheet("the result lacks a column")
        found[key] = (status.strip().lower(), (row.get("RECORD_ID") or "").strip(), (row.get("ERRORS") or "").strip())
    return found


def _column(field: Field, at: int) -> dict[str, Any]:
    column: dict[str, Any] = {"api_name": field.api_name, "index": at}
    if field.data_type in _REFERENCES:
        column["find_by"] = "id"
    return column | ({"format": DAY} if field.data_type == "date" else {})


def _cell(field: Field | None, value: Any) -> str | None:  # noqa: ANN401 (JSON)
    """Return a value's text, "" for none; None where a CSV cannot carry it."""
    if field is None:
        return None
    if value is None or value == "":
        return ""
    kind = field.data_type
    if kind in _REFERENCES:
        return str(value["id"]) if isinstance(value, Mapping) and value.get("id") else None
    if kind == "boolean":
        return str(value).lower() if isinstance(value, bool) else None
    if kind in _NUMBERS:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    return value if kind in _PLAIN | {"date"} and isinstance(value, str) and value == value.strip() else None
