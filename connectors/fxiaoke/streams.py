"""Reading one object: everything, what changed, or just some records.

The cursor is `last_modified_time` (epoch milliseconds, as text). A read pages by `_id` under a lower bound on it, and
nothing else, so a record that changes meanwhile is seen in its new form, now or by the next read:

- up to one page, the answer is a snapshot: the cursor becomes the newest time in it. An idle pull is one call.
- beyond that, one extra call asks for the newest time there is (H) before going on. Whatever changes behind the
  scan carries a time of about H or later, and the next read begins at H less the lookback.

States kept on the way (`until`, `after`) let a restart go on behind the last page kept.
Invalid (作废) rows: whether a query returns them is not documented. A filter that names `life_status` and that every
row passes gets them wherever a query can get them at all, in the same call.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import DELETED_AT, Page, Record
from connectors.fxiaoke.client import PAGE, Client, Row, id_of, where
from connectors.fxiaoke.schema import schema_of

log = logging.getLogger(__name__)

CURSOR = "last_modified_time"
NO_SUCH_STATUS = "-"
"""A life_status that no row has: `N` (not equal) to it passes every row, also those without the field."""


class FxiaokeReader:
    """One object of one tenant."""

    primary_key = "_id"
    cursor_field: str | None = CURSOR

    def __init__(self, client: Client, name: str, *, now: Callable[[], float] = time.time) -> None:
        self.name = name
        self._client, self._now = client, now
        self._lookback_ms = int(client.settings.lookback * 1000)

    def schema(self) -> Mapping[str, Any]:
        """Return the object's JSON schema as the tenant describes it (one call)."""
        return schema_of(self._client.describe(self.name))

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages from *state* to now, each with the state from which a restart may go on."""
        kept = dict(state or {})
        if kept.get("after"):  # a read that was cut short: finish it, then see what came since
            yield from self._scan(kept, after=str(kept["after"]), newest=int(kept.get("until") or 0))
            kept = {CURSOR: str(kept.get("until") or 0), "read_at": kept.get("read_at", 0)}
        yield from self._scan(kept)

    def clock_ahead(self) -> timedelta:
        """Return how far the system's clock is ahead of this machine's."""
        return self._client.ahead

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these records, a hundred to a call; what no query returns comes as deleted."""
        for start in range(0, len(ids), PAGE):
            wanted = list(dict.fromkeys(ids[start : start + PAGE]))
            found = {id_of(row): row for row in self._client.rows(self.name, self.named(wanted))}
            for record_id in wanted:
                yield self.record(found[record_id]) if record_id in found else self.gone(record_id)

    def sweep(self) -> Iterator[Sequence[str]]:
        """Yield the ids of all live records, page by page, for a comparison with what the hub knows.

        The only way to learn of rows that were removed for good, and of invalid ones in a tenant whose queries
        never show them. An id that is missing may also have become invisible to the acting employee.
        """
        last, more = "", True
        while more:
            rows, last, more = self._page(None, last, fields=("_id", "life_status", "is_deleted"))
            yield [id_of(row) for row in rows if not is_gone(row)]

    def named(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return the filters of a query for these ids, invalid rows included."""
        return [where("_id", "IN", ids), *self.any_status()]

    def record(self, row: Row) -> Record:
        """Return a row as a record: an invalid one carries the deletion mark."""
        return {**row, DELETED_AT: self._iso(stamp_of(row))} if is_gone(row) else row

    def gone(self, record_id: str) -> Record:
        """Return the mark of a record that is not there any more; when it went, nobody says."""
        return {self.primary_key: record_id, DELETED_AT: self._iso(None)}

    def _scan(self, kept: Mapping[str, Any], *, after: str = "", newest: int = 0) -> Iterator[Page]:
        start = self._start(kept)
        base = {key: value for key in (CURSOR,) if (value := kept.get(key)) is not None}
        here = datetime.fromtimestamp(self._now(), UTC)
        rows, last, more = self._page(start, after)
        # compared with Fxiaoke's stamps, so it is told by Fxiaoke's clock
        read_at = int(kept["read_at"]) if after else int(self._client.system_time(here).timestamp() * 1000)
        if more and not newest:
            newest = self._newest(start)
        while True:
            records = [self.record(row) for row in rows]
            if not more:
                break
            yield Page(records, {**base, "until": str(newest), "after": last, "read_at": read_at})
            rows, last, more = self._page(start, last)
        if not newest:
            newest = max((stamp_of(row) or 0 for row in rows), default=0)
        newest = max(newest, int(kept.get(CURSOR) or 0))
        yield Page(records, {CURSOR: str(newest), "read_at": read_at} if newest else None)

    def _start(self, kept: Mapping[str, Any]) -> int | None:
        """Return the lower bound in milliseconds, None for everything.

        The lookback covers rows that became visible late. Where the last read was itself later than the cursor by
        more than that, none can be missing below the cursor: without this, a bulk change would be read again and
        again until something newer came.
        """
        if kept.get(CURSOR) is None:
            return None
        cursor = int(kept[CURSOR])
        settled = int(kept.get("read_at") or 0) - self._lookback_ms > cursor
        return cursor if settled else cursor - self._lookback_ms

    def _page(self, start: int | None, last: str, fields: Sequence[str] = ()) -> tuple[list[Row], str, bool]:
        filters = [where(CURSOR, "GTE", [str(start)])] if start is not None else []
        filters += self.any_status()
        filters += [where("_id", "GT", [last])] if last else []
        rows, more = self._client.page(self.name, filters, fields=fields)
        usable = [row for row in rows if isinstance(row, dict) and id_of(row)]
        if len(usable) < len(rows):
            log.warning(
                "%s/%s: %d rows without an _id were skipped [no-id]. Look at the object in Fxiaoke.",
                self._client.system,
                self.name,
                len(rows) - len(usable),
            )
        return usable, self._client.advance(self.name, last, usable, more=more), more

    def _newest(self, start: int | None) -> int:
        filters = [where(CURSOR, "GTE", [str(start)])] if start is not None else []
        rows, _ = self._client.page(
            self.name,
            [*filters, *self.any_status()],
            order_by=CURSOR,
            ascending=False,
            limit=1,
            fields=("_id", CURSOR),
        )
        return max((stamp_of(row) or 0 for row in rows if isinstance(row, dict)), default=0)

    def any_status(self) -> list[dict[str, Any]]:
        """Return the filter that lets invalid rows through, as far as this tenant's queries show any."""
        if self.name in self._client.settings.objects_without_life_status:
            return []
        return [where("life_status", "N", [NO_SUCH_STATUS])]

    def _iso(self, milliseconds: int | None) -> str:
        seconds = self._now() if milliseconds is None else milliseconds / 1000
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def is_gone(row: Mapping[str, Any]) -> bool:
    """Say whether a row is invalid (作废) or deleted."""
    return row.get("life_status") == "invalid" or row.get("is_deleted") in (True, "true", 1, "1")


def stamp_of(row: Mapping[str, Any]) -> int | None:
    """Return a row's last_modified_time in epoch milliseconds; None where it has none that can be read."""
    value = row.get(CURSOR)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        stamp = int(float(value))
    except (ValueError, OverflowError):
        return None
    return stamp if 0 <= stamp < LAST_STAMP else None


LAST_STAMP = 253_402_300_800_000
"""The end of the year 9999 in milliseconds: what is later is no time."""
