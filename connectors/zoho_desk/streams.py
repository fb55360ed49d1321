"""The streams that a pull reads: by their search, in windows of the time of change.

A list shows no time of change, so the search is asked: `modifiedTimeRange=from,to`, in the order of change. It gives no
more than five thousand records: a fuller window is halved until it fits. What a search leaves out of a record is read
record by record. Deleted records are in no list: webhooks, `fetch` and the sweep tell of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import DELETED_AT, Page, Record
from connectors.errors import SkipRecord, TryAgain
from connectors.zoho_desk.failures import GONE
from connectors.zoho_desk.records import marked
from connectors.zoho_desk.schemas import SCHEMAS

if TYPE_CHECKING:
    from connectors.zoho_desk.client import Client

log = logging.getLogger(__name__)

DEEPEST = 5_000
"""Records that one search reaches."""
EVER = datetime(2010, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)
"""How far beyond this machine's clock a search reaches: Zoho's, which stamps the records, may be ahead."""
SHORTEST = timedelta(milliseconds=2)
"""A window that is not halved any more."""
CHANGED = "modifiedTime"


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@dataclass
class _Window:
    """From *since* to *until*. What is read of it covers no more than what had happened when it was *asked* for."""

    since: datetime
    until: datetime
    asked: datetime | None = None

    def state(self) -> dict[str, str]:
        """Return the state once all of it is read."""
        return {"until": stamp(min(self.until, self.asked or self.until))}

    def halves(self) -> tuple[_Window, _Window]:
        """Return the earlier and the later half."""
        middle = self.since + (self.until - self.since) / 2
        return _Window(self.since, middle, self.asked), _Window(middle, self.until, self.asked)


class SearchStream:
    """One stream. State: `{"until": "2026-01-02T03:04:05.000Z"}`, the end of the last window read to its end."""

    primary_key = "id"
    cursor_field: str | None = CHANGED

    def __init__(self, client: Client, name: str, now: Callable[[], datetime] = utc_now) -> None:
        self.name = name
        self._client, self._now = client, now

    def schema(self) -> Mapping[str, Any]:
        """Return the static schema; the portal's own fields are an object."""
        return SCHEMAS[self.name]

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages window by window; the state moves with the last page of a window."""
        at = moment((state or {}).get("until"))
        since = at - timedelta(seconds=self._client.settings.lookback) if at else self._client.settings.start or EVER
        met = False
        for page in self._window(_Window(since, self._now() + AHEAD)):
            met = met or bool(page.records)
            if met:  # nothing is concluded from empty answers: the next pull begins here again
                yield page

    def clock_ahead(self) -> timedelta:
        """Return how far the system's clock is ahead of this machine's."""
        return self._client.ahead

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these records, one call each; one that is gone comes with the deletion mark."""
        for record_id in dict.fromkeys(ids):
            yield fetched(self._client, self.name, record_id, self._now())

    def sweep(self) -> Iterator[Sequence[str]]:
        """Yield the ids of all living records by the list, in the order of their making."""
        size, start = self._client.settings.page_size, 1
        while True:
            params = {"from": start, "limit": size, "sortBy": "createdTime"}
            rows, _ = self._client.rows(self.name, params, stream=self.name)
            yield [str(one["id"]) for one in rows if one.get("id")]
            if len(rows) < size:
                return
            start += size

    def _window(self, window: _Window) -> Iterator[Page]:
        here = self._now()
        first, total = self._rows(window, 0)
        # the first search of a pull tells the time up to which nothing can be missed, by the clock that stamps records
        window.asked = window.asked or self._client.system_time(here)
        if total is not None and total > DEEPEST:
            yield from self._halves(window)
            return
        rows, start = first, len(first)
        while rows:
            more = len(rows) >= self._client.settings.page_size
            if more and start >= DEEPEST:  # no count was given, and there may be more than the search reaches
                yield from self._halves(window)
                return
            yield Page(list(self._records(rows)), None if more else window.state())
            if not more:
                return
            rows, _ = self._rows(window, start)
            if not rows and total is not None and start < total:
                raise self._broken_off()
            start += len(rows)
        yield Page((), window.state())

    def _broken_off(self) -> TryAgain:
        return TryAgain(
            "the search ended before the count that it told",
            system=self._client.system,
            stream=self.name,
            code="broken-off",
            cure="Nothing to do: the next pull reads the window again.",
        )

    def _halves(self, window: _Window) -> Iterator[Page]:
        if window.until - window.since <= SHORTEST:
            raise TryAgain(
                "more records changed at one moment than a search reaches",
                system=self._client.system,
                stream=self.name,
                code="too-many-at-once",
                cure="Set `start` behind that moment, and read the records before it from an export.",
            )
        for half in window.halves():
            yield from self._window(half)

    def _rows(self, window: _Window, start: int) -> tuple[list[dict[str, Any]], int | None]:
        params = {
            "from": start,
            "limit": self._client.settings.page_size,
            "modifiedTimeRange": f"{stamp(window.since)},{stamp(window.until)}",
            "sortBy": CHANGED,
        }
        return self._client.rows(f"{self.name}/search", params, stream=self.name)

    def _records(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
        for place, row in enumerate(rows):
            if not isinstance(row.get("id"), str | int) or isinstance(row["id"], bool):
                log.warning("%s/%s: skipped a record without an id (place %d)", self._client.system, self.name, place)
            elif CHANGED in row and "cf" in row:
                yield marked(row)
            else:  # a short row: the rest is in the record alone
                yield fetched(self._client, self.name, str(row["id"]), self._now())


def fetched(client: Client, stream: str, record_id: str, now: datetime) -> dict[str, Any]:
    """Read one record as a pull gives it; one that is gone comes with the deletion mark."""
    gone = {"id": record_id, DELETED_AT: stamp(now)}
    if not record_id.isdigit():
        return gone
    try:
        record = client.get(f"{stream}/{record_id}", stream=stream)
    except SkipRecord as refused:
        if refused.code != GONE:
            raise
        return gone
    return marked(record) if record.get("id") else gone


def moment(text: object) -> datetime | None:
    """Read an ISO time with its zone; None where it is none."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """Return a time as Zoho Desk writes it: UTC, milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
