"""Update up to 100 records of one module, overwriting nothing that the hub has not seen.

Room: connectors/zoho_crm; calls through the client.

A round reads the records, compares them with what the hub expects, and writes those that hold on condition that none
has changed since the newest change just read (`If-Unmodified-Since`; one header covers the batch). Records that did
change meanwhile go through another round; nearly always there is one round, which with the read-back is three calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from connectors.contract import WriteRequest, WriteResult
from connectors.errors import SkipRecord, StopSystem, TryAgain
from connectors.zoho_crm.client import Client, Row
from connectors.zoho_crm.metadata import MODIFIED
from connectors.zoho_crm.reading_back import Done, confirmed, not_now, passed_over, read_back
from connectors.zoho_crm.records import Records
from connectors.zoho_crm.results import Element, result_of
from connectors.zoho_crm.sameness import holds, sent
from connectors.zoho_crm.sending import ALREADY_MODIFIED, Sending, Sent, send
from connectors.zoho_crm.times import instant

ROUNDS = 4
"""How often records that change under the hub's hands are tried; then they wait for the next run."""


class UpdateBatch:
    """One batch on its way; each record appears in it once."""

    def __init__(self, client: Client, records: Records, batch: Sequence[WriteRequest]) -> None:
        self._client, self._records = client, records
        self._waiting = list(batch)
        self._done: list[Done] = []
        self._stamps: dict[str, object] = {}

    def run(self) -> Iterator[WriteResult]:
        """Yield one result per request.

        Raises:
            StopSystem: behind the results of everything that was sent.
        """
        stopped: StopSystem | None = None
        try:
            for _ in range(ROUNDS):
                yield from self._round()
                if not self._waiting:
                    break
            yield from (result_of(one.write_id, Element("try_again", ALREADY_MODIFIED)) for one in self._waiting)
        except StopSystem as error:
            stopped = error
        yield from read_back(self._records, self._done)
        if stopped is not None:
            raise stopped

    def _round(self) -> Iterator[WriteResult]:
        try:
            shown = self._before()
        except (SkipRecord, TryAgain) as trouble:
            yield from (not_now(one, trouble) for one in self._waiting)
            self._waiting = []
            return
        ready = []
        for request in self._waiting:
            row = shown.get(request.record_id or "")
            if row is not None and (unseen := [name for name in request.fields if name not in row]):
                yield passed_over(request, row, unseen)  # absent is unknown, not empty: never written blindly
            elif row is not None and holds(row, request.fields):
                yield confirmed(request, row)
            elif row is not None and holds(row, request.expected):
                ready.append(request)
            else:
                yield self._stale(request)
        self._waiting = []
        for request, answer in self._put(ready, shown):
            result = self._settle(request, answer)
            if result is not None:
                yield result

    def _before(self) -> dict[str, Row]:
        names = [MODIFIED, *(name for one in self._waiting for name in (*one.fields, *one.expected))]
        return self._records.by_ids([one.record_id or "" for one in self._waiting], list(dict.fromkeys(names)))

    def _put(self, ready: Sequence[WriteRequest], shown: Mapping[str, Row]) -> Iterator[Sent]:
        stamps = {one.record_id or "": shown[one.record_id or ""].get(MODIFIED) for one in ready}
        newest = max((at for shown_at in stamps.values() if (at := instant(shown_at))), default=None)
        if newest is not None and self._stamps and stamps.items() <= self._stamps.items():
            # Refused although nothing changed: Zoho's stored time is finer than the second that it shows.
            newest += timedelta(seconds=1)
        self._stamps = dict(stamps)
        rows = [
            (one, {name: sent(value) for name, value in one.fields.items()} | {"id": one.record_id}) for one in ready
        ]
        yield from send(self._client, Sending("PUT", self._records.module, unmodified_since=newest), rows)

    def _settle(self, request: WriteRequest, answer: Element | WriteResult) -> WriteResult | None:
        """Return the request's result, or None where it comes later: on reading back, or in another round."""
        if isinstance(answer, WriteResult):
            return answer
        if answer.verdict == "done":
            self._done.append((request, request.record_id or "", answer.saved))
            return None
        if answer.verdict == "changed":
            self._waiting.append(request)
            return None
        return self._stale(request) if answer.verdict == "gone" else result_of(request.write_id, answer, request.fields)

    def _stale(self, request: WriteRequest) -> WriteResult:
        try:
            current = next(self._records.fetch([request.record_id or ""]))
        except (SkipRecord, TryAgain) as trouble:
            return not_now(request, trouble)
        return WriteResult(
            request.write_id,
            "stale",
            record_id=request.record_id,
            current=current,
            code="STALE",
            message="the record changed since the hub saw it",
            cure="Nothing to do: the hub resolves it with its new values.",
        )
