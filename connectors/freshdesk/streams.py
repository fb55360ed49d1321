"""The streams that a pull reads: contacts and tickets by their change, companies whole, ratings by their making.

Lists are bare arrays of at most a hundred; only the header `Link` tells of a next page. The order of contacts is not
promised, so a cursor moves with the last page. Deleted contacts stand in a list of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import Page, Record
from connectors.errors import SkipRecord
from connectors.freshdesk.failures import GONE
from connectors.freshdesk.records import COMPANIES, CONTACTS, TICKETS, gone, marked, usable
from connectors.freshdesk.schemas import SCHEMAS

if TYPE_CHECKING:
    from connectors.freshdesk.client import Client

DEEPEST_PAGE = 300
"""Tickets cannot be listed beyond this page: the list is begun again at the last change read."""
EVER = datetime(2000, 1, 1, tzinfo=UTC)
"""Without a time, tickets of the last thirty days alone are listed."""


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class _Stream:
    """What all streams share."""

    primary_key = "id"
    cursor_field: str | None = "updated_at"

    def __init__(self, client: Client, name: str, now: Callable[[], datetime] = utc_now) -> None:
        self.name = name
        self._client, self._now = client, now

    def schema(self) -> Mapping[str, Any]:
        """Return the static schema; custom fields are an object."""
        return SCHEMAS[self.name]

    def clock_ahead(self) -> timedelta:
        """Return how far the system's clock is ahead of this machine's."""
        return self._client.ahead

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these records, one call each; one that is gone comes with the deletion mark."""
        for record_id in dict.fromkeys(ids):
            yield fetched(self._client, self.name, record_id, self._now())

    def _records(self, page: Sequence[Mapping[str, Any]], *, deleted: bool = False) -> list[dict[str, Any]]:
        found = usable(self._client.system, self.name, page)
        return [marked(one, deleted=deleted) for one in found]

    def _since(self, state: Mapping[str, Any] | None) -> datetime | None:
        at = moment((state or {}).get("until"))
        return at - timedelta(seconds=self._client.settings.lookback) if at else self._client.settings.start

    def _until(self, before: Mapping[str, Any] | None, stamps: Sequence[datetime]) -> dict[str, Any]:
        """Return the state: the newest change seen, never ahead of our clock, never behind the one before."""
        known = [at for at in (moment((before or {}).get("until")), *stamps) if at is not None]
        newest = min(max(known), self._now()) if known else None
        return {"until": _stamp(newest)} if newest else {}


class ContactStream(_Stream):
    """Contacts changed since the last pull, then deleted ones. State: `{"until": "2026-01-02T03:04:05Z"}`."""

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages; the state moves with the last one."""
        since = self._since(state)
        params: dict[str, Any] = {"per_page": self._client.settings.page_size}
        if since is not None:
            params["_updated_since"] = _stamp(since)
        stamps: list[datetime] = []
        for deleted in (False, True):
            asked = params | ({"state": "deleted"} if deleted else {})
            for page in self._client.pages(CONTACTS, asked, stream=self.name):
                records = self._records(page, deleted=deleted)
                stamps += [at for at in (moment(one.get("updated_at")) for one in records) if at]
                stamps = [max(stamps)] if stamps else []
                yield Page(records)
        yield Page((), self._until(state, stamps) or None)


class CompanyStream(_Stream):
    """All companies, each time: their list knows no time. The hub sees by its own hash what changed."""

    cursor_field: str | None = None

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield all pages."""
        del state
        params = {"per_page": self._client.settings.page_size}
        for page in self._client.pages(COMPANIES, params, stream=self.name):
            yield Page(self._records(page))

    def sweep(self) -> Iterator[Sequence[str]]:
        """Yield the ids of all living companies: their deletion is not told."""
        for page in self.read(None):
            yield [str(one["id"]) for one in page.records]


class TicketStream(_Stream):
    """Tickets in the order of their change. State as of contacts, moved with every page."""

    deepest = DEEPEST_PAGE

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages; beyond the deepest one the list is begun again at the last change read."""
        start, kept = self._since(state) or EVER, dict(state or {})
        while True:
            reached: datetime | None = None
            for number, page in enumerate(self._client.pages(TICKETS, self._asked(start), stream=self.name), start=1):
                records = self._records(page)
                stamps = [at for at in (moment(one.get("updated_at")) for one in records) if at]
                kept = self._until(kept, stamps)
                yield Page(records, kept or None)
                reached = max(stamps, default=reached)
                if number == self.deepest:
                    break
            else:
                return
            if reached is None or reached <= start:
                return
            start = reached

    def _asked(self, start: datetime) -> dict[str, Any]:
        order = {"order_by": "updated_at", "order_type": "asc"}
        return {"updated_since": _stamp(start), "per_page": self._client.settings.page_size, **order}


class RatingStream(_Stream):
    """Satisfaction ratings made since. State as of contacts."""

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages; the state moves with the last one."""
        since = self._since(state)
        params: dict[str, Any] = {"per_page": self._client.settings.page_size}
        if since is not None:
            params["created_since"] = _stamp(since)
        stamps: list[datetime] = []
        for page in self._client.pages("surveys/satisfaction_ratings", params, stream=self.name):
            records = self._records(page)
            stamps += [at for at in (moment(one.get("created_at")) for one in records) if at]
            yield Page(records)
        yield Page((), self._until(state, stamps) or None)

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield nothing: a rating cannot be read alone, and nothing is concluded from that."""
        del ids
        yield from ()


def fetched(client: Client, stream: str, record_id: str, now: datetime) -> dict[str, Any]:
    """Read one record as a pull gives it; one that is gone comes with the deletion mark."""
    if not record_id.isdigit():
        return gone(record_id, _stamp(now))
    try:
        record = client.get(f"{stream}/{record_id}", stream=stream)
    except SkipRecord as refused:
        if refused.code != GONE:
            raise
        return gone(record_id, _stamp(now))
    found = next(usable(client.system, stream, [record]), None)
    return marked(found) if found else gone(record_id, _stamp(now))


def moment(text: object) -> datetime | None:
    """Read an ISO time with its zone; None where it is none."""
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
