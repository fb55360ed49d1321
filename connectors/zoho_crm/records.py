"""Whole records out of a module: wider than one list call, by page or by id, the gone ones named.

Room: connectors/zoho_crm; calls through the client. Source and writer share it, so that both see one shape.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from connectors.contract import DELETED_AT
from connectors.errors import SkipRecord
from connectors.zoho_crm.client import BATCH, FIELDS, Client, Row
from connectors.zoho_crm.metadata import MODIFIED, Field, fields_of
from connectors.zoho_crm.times import stamp

log = logging.getLogger(__name__)

T = TypeVar("T")


class Records:
    """The records of one module, as rows of its listable fields."""

    def __init__(self, client: Client, module: str) -> None:
        self._client, self.module = client, module
        self._fields: tuple[Field, ...] | None = None

    def fields(self) -> tuple[Field, ...]:
        """Return the module's fields; asks Zoho once."""
        if self._fields is None:
            self._fields = fields_of(self._client.fields(self.module))
        return self._fields

    def names(self) -> list[str]:
        """Return the API names to list, `Modified_Time` first where the module has it."""
        names = [field.api_name for field in self.fields()]
        return sorted(names, key=lambda name: name != MODIFIED) or [MODIFIED]

    def named(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows that have an id, as text; the others are named in the log and left out."""
        kept = []
        for row in rows:
            record_id = row.get("id")
            if isinstance(record_id, (str, int)) and not isinstance(record_id, bool) and str(record_id).strip():
                row["id"] = str(record_id)
                kept.append(row)
            else:
                log.warning(
                    "%s/%s: a record came without an id and is skipped; look at the module in Zoho",
                    self._client.system,
                    self.module,
                )
        return kept

    def widen(self, rows: Sequence[Row], names: Sequence[str]) -> list[Row]:
        """Return *rows* (listed with the first 50 of *names*) with the rest of *names* added.

        A record that changed between the calls is read anew in one piece.
        """
        by_id = {row["id"]: row for row in rows}
        for batch in slices(list(by_id), BATCH):
            for extra in slices(names[FIELDS:], FIELDS - 1):
                for part in self.named(self._client.by_ids(self.module, [MODIFIED, *extra], batch)):
                    row = by_id.get(part["id"])
                    if row is None:
                        continue
                    if part.get(MODIFIED) == row.get(MODIFIED):
                        row.update(part)
                    else:
                        by_id[part["id"]] = self._whole(part["id"], names) or row
        return list(by_id.values())

    def by_ids(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, Row]:
        """Return those of *ids* that Zoho lists, by id, with *names*."""
        found: dict[str, Row] = {}
        for batch in slices([one for one in ids if _may_be_id(one)], BATCH):
            rows = self.named(self._client.by_ids(self.module, names[:FIELDS], batch))
            found.update({row["id"]: row for row in (self.widen(rows, names) if len(names) > FIELDS else rows)})
        return found

    def fetch(self, ids: Sequence[str]) -> Iterator[Row]:
        """Yield these records in full; one that is gone comes as its id and the deletion mark."""
        wanted, names = list(dict.fromkeys(ids)), self.names()
        for batch in slices(wanted, BATCH):
            listed = self.by_ids(batch, names)
            for record_id in batch:
                # Lists leave out records that wait for approval; only the single read tells them from deleted ones.
                yield listed.get(record_id) or self._whole(record_id, names) or gone(record_id)

    def _whole(self, record_id: str, names: Sequence[str]) -> Row | None:
        if not _may_be_id(record_id):
            return None
        try:
            row = self._client.one(self.module, record_id)
        except SkipRecord as refused:
            if refused.code in {"INVALID_DATA", "INVALID_URL_PATTERN"}:  # which one, Zoho's pages do not settle
                return None
            raise
        return None if row is None else {"id": record_id, **{name: row[name] for name in names if name in row}}


def gone(record_id: str, at: datetime | None = None) -> Row:
    """Return what stands for a deleted record."""
    return {"id": record_id, DELETED_AT: stamp(at or datetime.now(UTC))}


def _may_be_id(text: str) -> bool:
    """Say whether Zoho could have given this id: digits only (one odd id would fail a whole batch)."""
    return text.isascii() and text.isdigit()


def slices(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut *items* into pieces of at most *size*."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
