"""Creating and updating records: one record per call, since this API has no batch, and everything around it batched.

For up to a hundred creates or twenty updates: one query before (do the records still show what was expected; is a
create there already), one call for each that is needed, one query after (what do they show now).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from connectors.contract import Found, Lookup, Removal, WriteRequest, WriteResult
from connectors.errors import ConnectorError, OutcomeUnknown, StopSystem, TryAgain
from connectors.fxiaoke.client import PAGE, Client, Row, id_of
from connectors.fxiaoke.decide import after_create, after_update, before_create, before_update
from connectors.fxiaoke.lookup import Finder
from connectors.fxiaoke.removals import REMOVALS, Removals
from connectors.fxiaoke.send import Sender
from connectors.fxiaoke.settings import Settings
from connectors.fxiaoke.streams import FxiaokeReader
from connectors.http import Patience
from connectors.ports import Budget, TokenStore
from connectors.removals import REMOVING, remove

UPDATES = 20
"""Updates between two looks: what people type after the look is written over unseen, so the last of them may not wait
long. Fewer would cost more of the tenant's calls; so many cost a tenth of a call each."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A write that went out, or would have: *before* is the row that it met, *error* what came instead of a yes."""

    request: WriteRequest
    record_id: str
    before: Row
    error: ConnectorError | None = None


class Writer:
    """Writes to one tenant. Safe to call again with the same requests: what is there already is not written twice."""

    removals: ClassVar[Mapping[str, Removal]] = REMOVALS

    def __init__(  # noqa: PLR0913 (wiring, all named)
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "fxiaoke",
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = Client(settings, tokens=tokens, budget=budget, system=system, patience=patience, sleep=sleep)
        self._sender = Sender(self._client)
        self._removals = Removals(self._client)

    def write(self, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Carry out *requests*; yield exactly one result for each.

        Raises:
            StopSystem: nothing more can be written; requests without a result so far were not sent.
        """
        for stream in dict.fromkeys(request.stream for request in requests):
            mine = [request for request in requests if request.stream == stream]
            for chunk in _chunks([one for one in mine if one.kind not in REMOVING]):
                yield from self._chunk(stream, chunk)
            yield from (remove(self._removals, self.removals, one) for one in mine if one.kind in REMOVING)

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield the records that are there already, at most one for each lookup."""
        for stream in dict.fromkeys(lookup.stream for lookup in lookups):
            mine = [lookup for lookup in lookups if lookup.stream == stream]
            for start in range(0, len(mine), PAGE):
                yield from self._finder(stream).find(mine[start : start + PAGE])

    def _chunk(self, stream: str, chunk: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        try:
            due, settled = self._before(stream, chunk)
        except StopSystem:
            raise
        except ConnectorError as error:
            yield from (_failed(request, error) for request in chunk)
            return
        yield from settled
        sent, stopped = self._send_each(stream, due)
        yield from self._after(stream, sent)
        if stopped is not None:
            raise stopped

    def _before(
        self, stream: str, chunk: Sequence[WriteRequest]
    ) -> tuple[list[tuple[WriteRequest, Row]], list[WriteResult]]:
        """Return what has to be sent, each with the row that it meets, and the results of what has not."""
        reader = self._reader(stream)
        there = self._rows(stream, [one.record_id for one in chunk if one.kind == "update" and one.record_id])
        bound = self._finder(stream).bound([one.binding_id for one in chunk if one.kind == "create" and one.binding_id])
        due: list[tuple[WriteRequest, Row]] = []
        settled: list[WriteResult] = []
        for request in chunk:
            if request.kind == "create":
                row = bound.get(request.binding_id or "")
                result = before_create(request, row, reader)
            else:
                row = there.get(request.record_id or "")
                result = before_update(request, row, reader)
            if result is None:
                due.append((request, row or {}))
            else:
                settled.append(result)
        return due, settled

    def _send_each(self, stream: str, due: Sequence[tuple[WriteRequest, Row]]) -> tuple[list[Sent], StopSystem | None]:
        sent: list[Sent] = []
        for request, row in due:
            try:
                record_id = self._sender.send(stream, request, row)
            except StopSystem as error:
                return sent, error
            except ConnectorError as error:
                sent.append(Sent(request, request.record_id or "", row, error))
            else:
                sent.append(Sent(request, record_id, row))
        return sent, None

    def _after(self, stream: str, sent: Sequence[Sent]) -> Iterator[WriteResult]:
        """Yield the results of what was sent, by what the records show now."""
        asked = [one.record_id for one in sent if one.record_id and _may_be_done(one)]
        try:
            rows = self._rows(stream, asked)
            rows |= self._rows(stream, self._sender.clear_again(stream, _answered(sent, rows)))
        except ConnectorError as error:
            yield from (_unread(one, error) for one in sent)
            return
        for one in sent:
            row = rows.get(one.record_id)
            if one.error is not None and not isinstance(one.error, OutcomeUnknown):
                yield _failed(one.request, one.error)
            elif one.request.kind == "create":
                yield after_create(one.request, one.record_id, row, one.error)
            else:
                yield after_update(one.request, one.before, row, one.error)

    def _rows(self, stream: str, ids: Sequence[str]) -> dict[str, Row]:
        if not ids:
            return {}
        return {id_of(row): row for row in self._client.rows(stream, self._reader(stream).named(ids))}

    def _reader(self, stream: str) -> FxiaokeReader:
        return FxiaokeReader(self._client, stream)

    def _finder(self, stream: str) -> Finder:
        return Finder(self._client, self._reader(stream))


def _chunks(requests: Sequence[WriteRequest]) -> Iterator[list[WriteRequest]]:
    """Cut into chunks of a hundred, UPDATES of them at most; a second write to one record waits to see the first."""
    chunk: list[WriteRequest] = []
    names: set[str] = set()
    for request in requests:
        name = request.record_id or request.binding_id or request.write_id
        updates = sum(one.kind == "update" for one in chunk)
        if len(chunk) == PAGE or updates == UPDATES or name in names:
            yield chunk
            chunk, names = [], set()
        chunk.append(request)
        names.add(name)
    if chunk:
        yield chunk


def _answered(sent: Sequence[Sent], rows: Mapping[str, Row]) -> list[tuple[WriteRequest, Row]]:
    """Return the updates that were answered with a yes, each with the row as it shows now."""
    return [
        (one.request, rows[one.record_id])
        for one in sent
        if one.error is None and one.request.kind == "update" and one.record_id in rows
    ]


def _may_be_done(one: Sent) -> bool:
    return one.error is None or isinstance(one.error, OutcomeUnknown)


def _failed(request: WriteRequest, error: ConnectorError) -> WriteResult:
    passing = isinstance(error, TryAgain)
    return WriteResult(
        request.write_id,
        "try_again" if passing else "rejected",
        record_id=request.record_id,
        code=error.code,
        message=error.what,
        cure=error.cure,
    )


def _unread(one: Sent, error: ConnectorError) -> WriteResult:
    """Return the result of a write after which nothing could be read: whoever goes on must look first."""
    if not _may_be_done(one) and one.error is not None:
        return _failed(one.request, one.error)
    return WriteResult(
        one.request.write_id,
        "unknown",
        record_id=one.record_id or None,
        code="not-read-back",
        message=f"the record could not be read after the write ({error.code})",
        cure="The hub looks up what was stored before it tries again.",
    )
