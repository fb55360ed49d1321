"""Write to Zoho CRM: creates and updates in batches of 100, deletes and merges one by one; a result per record.

Room: connectors/zoho_crm; calls through the client.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from connectors.contract import Found, Lookup, Removal, WriteRequest, WriteResult
from connectors.http import Patience
from connectors.ports import Budget, TokenStore
from connectors.removals import REMOVING, remove
from connectors.zoho_crm.bulk_creates import AT_ONCE, BulkCreates
from connectors.zoho_crm.client import BATCH, Client
from connectors.zoho_crm.creates import create
from connectors.zoho_crm.finding import find_in
from connectors.zoho_crm.records import Records, slices
from connectors.zoho_crm.removals import REMOVALS, Removals
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.updates import UpdateBatch


class Writer:
    """A `connectors.contract.Writer` for one Zoho organisation."""

    removals: ClassVar[Mapping[str, Removal]] = REMOVALS
    at_once = AT_ONCE
    """As many as make a bulk job worth its credits; fewer are waited for by nobody."""

    def __init__(
        self,
        settings: Settings,
        *,
        tokens: TokenStore,
        budget: Budget,
        system: str = "zoho_crm",
        patience: Patience | None = None,
    ) -> None:
        self._client = Client(settings, tokens=tokens, budget=budget, system=system, patience=patience)
        self._modules: dict[str, Records] = {}
        self._bulk = BulkCreates(self._client)
        self._removals = Removals(self._client, self._records)

    def write(self, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Carry out *requests*; yield exactly one result for each. Streams are written in the order they appear."""
        for stream in dict.fromkeys(request.stream for request in requests):
            mine = [request for request in requests if request.stream == stream]
            creates = [one for one in mine if one.kind == "create"]
            if self._bulk.wants(creates):
                yield from self._bulk.run(self._records(stream), creates)
            else:
                for batch in slices(creates, BATCH):
                    yield from create(self._client, self._records(stream), batch)
            for batch in _each_record_once([one for one in mine if one.kind == "update"]):
                yield from UpdateBatch(self._client, self._records(stream), batch).run()
            yield from (remove(self._removals, self.removals, one) for one in mine if one.kind in REMOVING)

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield every record that answers a lookup (several where a mail is shared), by query, never by search."""
        for stream in dict.fromkeys(lookup.stream for lookup in lookups):
            mine = [lookup for lookup in lookups if lookup.stream == stream]
            yield from find_in(self._client, self._records(stream), mine)

    def _records(self, stream: str) -> Records:
        return self._modules.setdefault(stream, Records(self._client, stream))


def _each_record_once(requests: Sequence[WriteRequest]) -> Iterator[list[WriteRequest]]:
    """Cut into batches in which no record comes twice: Zoho does not promise in which order it takes a batch."""
    batch: dict[str | None, WriteRequest] = {}
    for request in requests:
        if request.record_id in batch or len(batch) == BATCH:
            yield list(batch.values())
            batch = {}
        batch[request.record_id] = request
    if batch:
        yield list(batch.values())
