"""The streams that a pull reads: users and tickets by cursor, organizations by time, ratings by page.

A cursor export gives `{"users": […], "after_cursor": "x", "end_of_stream": true}`; the cursor of the last page is
where the next run goes on, so that a pull without news takes one call. The time-based export gives
`{"organizations": […], "end_time": 1767323045, "end_of_stream": true}`, inclusive and with repeats.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.contract import Page
from connectors.errors import SkipRecord, TryAgain
from connectors.zendesk.client import BATCH, EXPORT
from connectors.zendesk.failures import INVALID_VALUE
from connectors.zendesk.merges import Merges
from connectors.zendesk.reading import Reading, now, usable
from connectors.zendesk.records import IDENTITIES, RATINGS, USERS, by_user, gone, with_identities
from connectors.zendesk.schemas import SCHEMAS

if TYPE_CHECKING:
    from connectors.zendesk.client import Client

TOO_RECENT = 360
"""Seconds: an export starts no later than this before now (the vendor says one minute, its answers say five)."""
FULL_PAGE = 1000
OVERLAP = 60
"""Seconds read again where a list is filtered by a time that two changes may share."""


class _Stream:
    """What all streams of Zendesk share; *now* gives epoch seconds."""

    primary_key = "id"
    cursor_field: str | None = "updated_at"

    def __init__(self, client: Client, name: str, now: Callable[[], float] = time.time) -> None:
        self.name = name
        self._client, self._now, self._reading, self._merges = client, now, Reading(client), Merges(client)

    def schema(self) -> Mapping[str, Any]:
        """Return the static schema; custom fields are objects keyed by field key."""
        return SCHEMAS[self.name]

    def clock_ahead(self) -> timedelta:
        """Return how far the system's clock is ahead of this machine's."""
        return self._client.ahead

    def fetch(self, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield these records as a pull gives them, 100 a call."""
        return self._reading.fetch(self.name, ids)

    def _records(self, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
        records = [record for _, record in usable(self._client.system, self.name, answer.get(self.name))]
        if self.name == USERS and self._client.settings.identities:
            owned = by_user(answer.get(IDENTITIES))
            records = [with_identities(one, owned.get(str(one["id"]), ())) for one in records]
        return [self._reading.marked(self.name, one) for one in records]

    def _latest_start(self, stamp: float) -> int:
        return max(0, int(min(stamp, self._now() - TOO_RECENT)))

    def _stuck(self) -> TryAgain:
        return TryAgain(
            "the export gives the same page again",
            system=self._client.system,
            stream=self.name,
            code="stuck",
            cure="What was read so far is kept; the next run goes on there.",
        )


class CursorStream(_Stream):
    """A cursor-based incremental export. State: `{"cursor": opaque, "since": epoch seconds}`.

    *since* is the newest `updated_at` seen: where a cursor that Zendesk no longer takes is replaced by a start time.
    """

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages until the end of the stream; each page's state is the cursor behind it."""
        since = int((state or {}).get("since") or self._client.settings.start_time)
        cursor = (state or {}).get("cursor")
        pages = self._pages
        try:
            yield from (self._with_winners(page) for page in pages(cursor, since)) if state else pages(cursor, since)
        except _CursorRefused:
            yield from pages(None, since)

    def fetch(self, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield these records as a pull gives them, 100 a call."""
        for start in range(0, len(ids), BATCH):
            page = Page(list(super().fetch(ids[start : start + BATCH])))
            yield from self._with_winners(page).records

    def _with_winners(self, page: Page) -> Page:
        """Name the winners of merges; not at first sight, when nothing is known of who is gone."""
        if self.name != USERS or not self._client.settings.merges_by_mail:
            return page
        return replace(page, records=self._merges.redirected(page.records))

    def _pages(self, cursor: str | None, since: int) -> Iterator[Page]:
        while True:
            answer = self._ask(cursor, since)
            if answer is None:
                return
            records = self._records(answer)
            after, at_end = answer.get("after_cursor"), answer.get("end_of_stream") is not False
            since = max([since, *(_epoch(one.get("generated_timestamp") or one.get("updated_at")) for one in records)])
            following = after if isinstance(after, str) and after else cursor
            yield Page(records, {"cursor": following, "since": since} if following else None)
            if at_end:
                return
            if following == cursor:
                raise self._stuck()
            cursor = following

    def _ask(self, cursor: str | None, since: int) -> dict[str, Any] | None:
        """Return a page; None where there can be nothing new yet."""
        position: dict[str, Any] = {"cursor": cursor} if cursor else {"start_time": self._latest_start(since)}
        params = position | {"per_page": self._client.settings.page_size}
        if self.name == USERS and self._client.settings.identities:
            params["include"] = IDENTITIES
        try:
            return self._client.get(f"incremental/{self.name}/cursor.json", params, stream=self.name, bucket=EXPORT)
        except SkipRecord as refused:
            if cursor:
                raise _CursorRefused from refused
            if refused.code == INVALID_VALUE:
                return None
            raise


class _CursorRefused(Exception):
    """Zendesk no longer takes this cursor."""


class TimeStream(_Stream):
    """The time-based export of organizations. State: `{"since": epoch seconds}`, read again from there (inclusive)."""

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages until the end of the stream; records of the last seconds come again with the next run.

        A page repeats the last second of the one before; what comes again later than that is passed on once more.
        """
        since = int((state or {}).get("since") or self._client.settings.start_time)
        start, seen = self._latest_start(since), set[tuple[str, str]]()
        while True:
            answer = self._ask(start)
            if answer is None:
                return
            records = self._records(answer)
            fresh = [one for one in records if _version(one) not in seen]
            seen = set(map(_version, records))
            end = answer.get("end_time")
            reached = int(end) if isinstance(end, int | float) else start
            since = max(since, reached)
            yield Page(fresh, {"since": since})
            if _at_end(answer, self.name):
                return
            if reached <= start:
                raise self._stuck()
            start = reached

    def _ask(self, start: int) -> dict[str, Any] | None:
        params = {"start_time": start, "per_page": self._client.settings.page_size}
        try:
            return self._client.get(f"incremental/{self.name}.json", params, stream=self.name, bucket=EXPORT)
        except SkipRecord as refused:
            if refused.code == INVALID_VALUE:
                return None
            raise


class RatingStream(_Stream):
    """Satisfaction ratings by cursor paging. State: `{"since": epoch seconds}` of the newest change seen."""

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages; the state moves only with the last one, since ratings come in no promised order."""
        since = int((state or {}).get("since") or self._client.settings.start_time)
        params: dict[str, Any] = {"page[size]": 100} | ({"start_time": max(0, since - OVERLAP)} if since else {})
        while True:
            answer = self._client.get(RATINGS, params, stream=self.name)
            records = self._records(answer)
            since = max([since, *(_epoch(one.get("updated_at")) for one in records)])
            meta = answer.get("meta") if isinstance(answer.get("meta"), dict) else {}
            if not meta or not meta.get("has_more"):
                yield Page(records, {"since": since})
                return
            yield Page(records)
            if not meta.get("after_cursor") or meta["after_cursor"] == params.get("page[after]"):
                raise self._stuck()
            params["page[after]"] = meta["after_cursor"]

    def fetch(self, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield these ratings, one call each: Zendesk reads them singly."""
        for rating_id in ids:
            try:
                answer = self._client.get(f"{RATINGS}/{rating_id}", stream=self.name)
            except SkipRecord:
                yield gone(rating_id, now())
            else:
                yield from (one for _, one in usable(self._client.system, RATINGS, [answer.get("satisfaction_rating")]))


def _version(record: Mapping[str, Any]) -> tuple[str, str]:
    return str(record["id"]), str(record.get("updated_at"))


def _at_end(answer: Mapping[str, Any], name: str) -> bool:
    said = answer.get("end_of_stream")
    return bool(said) if isinstance(said, bool) else len(answer.get(name) or ()) < FULL_PAGE


def _epoch(stamp: object) -> int:
    """Return epoch seconds of a stamp (number or ISO text), 0 for one that cannot be read."""
    if isinstance(stamp, int) and not isinstance(stamp, bool):
        return stamp
    try:
        moment = datetime.fromisoformat(str(stamp))
    except ValueError:
        return 0
    return int(moment.timestamp()) if moment.tzinfo else 0
