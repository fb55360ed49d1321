"""Read one module from a cursor to now, changed and deleted records, skipping none.

Room: connectors/zoho_crm; calls through the client.

How the walk goes. Pages come oldest change first. Whether Zoho's page tokens stay put when a listed record changes
or goes is not documented; so each page is asked for anew *from the last time seen* (inclusive), and a token is used
only inside one second that holds more than a page. A record that changes moves to the end and is met again there;
none can slip across a page border. The walk also never meets the 2,000 and 100,000 record ceilings of paging,
unless more than 100,000 records changed in one second.

What the state holds. `modified` and `deleted`: where the next pull begins (the overlap is already taken off);
`fields`, `fields_at`: the names to list, so that a pull with nothing new is one call for changes and one for deletions.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Self

from connectors.contract import Page, Record
from connectors.errors import TryAgain
from connectors.zoho_crm.bulk_read import BulkReader, Export, ExportRefused
from connectors.zoho_crm.client import FIELDS, Client, Listed, Row
from connectors.zoho_crm.metadata import MODIFIED, schema_of
from connectors.zoho_crm.records import Records, gone
from connectors.zoho_crm.times import instant, stamp

WITH_MODIFIED = frozenset(
    {"Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Products", "Quotes", "Sales_Orders"}
    | {"Purchase_Orders", "Invoices", "Campaigns", "Vendors", "Price_Books", "Cases", "Solutions"}
)
"""Zoho's own modules that carry `Modified_Time`; of others the metadata tells."""


EXPORT_PAGE = 1_000
"""Records of an export that are handed on together."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A stream's state, read. Times are aware UTC and mean "everything from here on"; None: from the beginning."""

    modified: datetime | None = None
    deleted: datetime | None = None
    fields: tuple[str, ...] = ()
    fields_at: datetime | None = None
    export: Export | None = None

    @classmethod
    def of(cls, state: Mapping[str, Any] | None) -> Self:
        """Read *state*; what cannot be read counts as absent: work is repeated, never skipped."""
        kept = state or {}
        names = kept.get("fields")
        known = isinstance(names, list) and all(isinstance(name, str) for name in names)
        return cls(
            instant(kept.get("modified")),
            instant(kept.get("deleted")),
            tuple(names) if known and isinstance(names, list) else (),
            instant(kept.get("fields_at")),
            Export.of(kept["export"]) if "export" in kept else None,
        )

    def state(self) -> dict[str, Any]:
        """Return the state as it is kept."""
        times = {"modified": self.modified, "deleted": self.deleted, "fields_at": self.fields_at}
        kept: dict[str, Any] = {"fields": list(self.fields)}
        if self.export is not None:
            kept["export"] = self.export.state()
        return kept | {key: stamp(at) for key, at in times.items() if at is not None}


class ModuleReader:
    """A `connectors.contract.StreamReader` of one module."""

    primary_key = "id"

    def __init__(self, client: Client, module: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.name, self._sleep = module, sleep
        self._client, self._records = client, Records(client, module)
        self._overlap = timedelta(seconds=client.settings.lookback)

    @cached_property
    def cursor_field(self) -> str | None:
        """`Modified_Time`; None for the linking and subform modules that have none."""
        if self.name in WITH_MODIFIED or MODIFIED in self._records.names():
            return MODIFIED
        return None

    def schema(self) -> Mapping[str, Any]:
        """Return the module's schema, custom fields included, as its metadata describes it."""
        return schema_of(self._records.fields())

    def clock_ahead(self) -> timedelta:
        """Return how far the system's clock is ahead of this machine's."""
        return self._client.ahead

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these records; one that is gone carries the deletion mark."""
        return self._records.fetch(ids)

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield changed records, oldest change first, then deleted ones, each behind a state to restart from."""
        cursor = self._with_fields(Cursor.of(state))
        if MODIFIED not in cursor.fields:
            yield from self._everything(cursor)
            return
        if cursor.export is not None:
            cursor = yield from self._exported(cursor)
            cursor = yield from self._changed(cursor)
        else:
            cursor = yield from self._changed(cursor, may_export=cursor.modified is None)
        yield from self._deleted(cursor)

    def _is_large(self) -> bool:
        least = self._client.settings.bulk_read_from
        return least > 0 and (self._client.count(self.name) or 0) > least

    def _exported(self, cursor: Cursor) -> Generator[Page, None, Cursor]:
        """Read the module by export; what changed since the export began is then listed. Refused: list everything."""
        export = cursor.export or Export()
        reader = BulkReader(self._client, self.name, self._records.fields(), sleep=self._sleep)
        began = export.began
        try:
            for rows, reached in reader.pages(export, EXPORT_PAGE):
                if reached is None:
                    yield Page(self._records.named(rows))
                    continue
                export, began = reached, reached.began or began
                if export.job is None and export.token is None:
                    cursor = replace(cursor, export=None, modified=self._bound(None, began, began))
                else:
                    cursor = replace(cursor, export=export)
                yield Page(self._records.named(rows), cursor.state())
        except ExportRefused as refused:
            log.warning("%s/%s: no bulk export (%s); it is listed", self._client.system, self.name, refused)
            cursor = replace(cursor, export=None, modified=None)
        return cursor

    def sweep(self) -> Iterator[Sequence[str]]:
        """Yield the ids of all living records, 200 or `coql_rows` to a call, in the order of ids.

        By query, which keyset pages walk without the list's ceilings, and which sees a write at once.
        """
        size, last = self._client.settings.coql_rows, ""
        while True:
            where = f"id > '{last}'" if last else "id is not null"
            query = f"select id from {self.name} where {where} order by id asc limit {size} offset 0"  # noqa: S608 (a module's name and an id)
            rows, more = self._client.coql(self.name, query)
            ids = [row["id"] for row in self._records.named(rows)]
            yield ids
            if not more or not rows:
                return
            last = self._further(last, ids)

    def _further(self, last: str, ids: Sequence[str]) -> str:
        newest = max(ids, key=int, default=last)
        if not newest or int(newest) <= int(last or 0):
            raise TryAgain(
                "a page of ids did not lead on",
                system=self._client.system,
                stream=self.name,
                code="paging",
                cure="The next sweep begins anew.",
            )
        return newest

    def _with_fields(self, cursor: Cursor) -> Cursor:
        now = datetime.now(UTC)
        longest = timedelta(seconds=self._client.settings.fields_refresh_seconds)
        known = cursor.fields and cursor.fields_at is not None
        if known and cursor.fields_at is not None and now - longest <= cursor.fields_at <= now:
            return cursor
        return replace(cursor, fields=tuple(self._records.names()), fields_at=now)

    def _changed(self, cursor: Cursor, *, may_export: bool = False) -> Generator[Page, None, Cursor]:
        anchor, token, began = cursor.modified, None, None
        seen: set[str] = set()
        while True:
            listed = self._client.page(self.name, cursor.fields[:FIELDS], since=anchor, token=token, sort_by=MODIFIED)
            if may_export and listed.more and self._is_large():
                cursor = yield from self._exported(cursor)
                return (yield from self._changed(cursor))
            may_export = False
            began = began or listed.server_time
            rows = self._records.named(listed.rows)
            stamps = [str(row.get(MODIFIED)) for row in rows]
            times = {text: instant(text) for text in set(stamps)}
            last = max(filter(None, times.values()), default=None)
            cursor = replace(cursor, modified=self._bound(cursor.modified, last, began))
            fresh = [row for row in rows if row["id"] not in seen] if seen else rows
            yield Page(self._widened(fresh, cursor.fields), cursor.state())
            if not listed.rows:
                return cursor  # nothing is concluded from an empty answer: the next pull asks from here again
            if not listed.more:
                # Whatever changed before the walk began has been listed: the next pull begins there.
                return replace(cursor, modified=self._bound(cursor.modified, began, began))
            if last is not None and (anchor is None or last > anchor):
                anchor, token = last, None
                seen = {row["id"] for row, text in zip(rows, stamps, strict=True) if times[text] == last}
            else:
                token = self._token(listed)
                seen.update(row["id"] for row in rows)

    def _deleted(self, cursor: Cursor) -> Iterator[Page]:
        began: datetime | None = None
        newest: datetime | None = None
        named = False
        for listed in self._client.deleted(self.name, since=cursor.deleted):
            began = began or listed.server_time
            named = bool(listed.rows)
            dated = [(row, instant(row.get("deleted_time"))) for row in self._records.named(listed.rows)]
            newest = max((at for _, at in dated if at is not None), default=newest)
            yield Page([gone(row["id"], at) for row, at in dated])
        # Their order is not documented: a restart begins where this read began; behind an empty answer, where that did.
        reached = (began or newest) if named else None
        yield Page((), replace(cursor, deleted=self._bound(cursor.deleted, reached, began)).state())

    def _everything(self, cursor: Cursor) -> Iterator[Page]:
        """List a module without `Modified_Time` as a whole, by id; there is no state to restart from."""
        token: str | None = None
        while True:
            listed = self._client.page(self.name, cursor.fields[:FIELDS], since=None, token=token, sort_by="id")
            yield Page(self._widened(self._records.named(listed.rows), cursor.fields))
            if not listed.more:
                return
            token = self._token(listed)

    def _widened(self, rows: list[Row], names: Sequence[str]) -> list[Row]:
        return self._records.widen(rows, names) if len(names) > FIELDS and rows else rows

    def _token(self, listed: Listed) -> str:
        if listed.token is None:
            raise TryAgain(
                "Zoho says that more records follow, and not where",
                system=self._client.system,
                stream=self.name,
                code="NO_PAGE_TOKEN",
                cure="The next run begins at the last page kept.",
            )
        return listed.token

    def _bound(self, kept: datetime | None, reached: datetime | None, server: datetime | None) -> datetime | None:
        """Return where a restart begins: *reached* less the overlap; never back, never past the server's clock."""
        if reached is None:
            return kept
        bound = min(reached, server or reached) - self._overlap
        return bound if kept is None else max(kept, bound)
