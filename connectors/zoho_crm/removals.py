"""Deletes and merges of single records of a module.

Room: connectors/zoho_crm; calls through the client. A merge names every field that both records show as the master's:
Zoho wants each field named once, and what the hub has agreed on stands in the master already. That a child may be named
without a field of its own is not said on Zoho's pages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from connectors.contract import Record, Removal, WriteRequest
from connectors.errors import SkipRecord
from connectors.removals import DELETE
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.records import Records
from connectors.zoho_crm.sameness import holds

_PERSON_OR_COMPANY = Removal(delete="bin", merge=True)
REMOVALS: Final[Mapping[str, Removal]] = dict.fromkeys(("Contacts", "Leads", "Accounts"), _PERSON_OR_COMPANY)
"""Deleted records lie in Zoho's recycle bin for 60 days."""
_DONE = frozenset({"SUCCESS", "SCHEDULED"})


class Removals:
    """A `connectors.removals.Remover`."""

    def __init__(self, client: Client, records: Callable[[str], Records]) -> None:
        self._client, self._records = client, records

    def fetch(self, stream: str, record_id: str) -> Record:
        """Return one record in full, or the mark of a deleted one."""
        return next(self._records(stream).fetch([record_id]))

    @staticmethod
    def shows(record: Record, expected: Mapping[str, Any]) -> bool:
        """Compare as updates do."""
        return holds(record, expected)

    def remove(self, request: WriteRequest) -> None:
        """Put a record into the recycle bin, or merge it into the master."""
        stream, record_id = request.stream, str(request.record_id)
        if request.kind == DELETE:
            answers = self._client.delete(stream, record_id)
        else:
            answers = self._client.merge(stream, str(request.into), record_id, sorted(request.expected))
        code = next((str(one.get("code")) for one in answers), "UNREADABLE")
        if code not in _DONE:
            raise SkipRecord(
                f"Zoho did not {request.kind} the record",
                system=self._client.system,
                stream=stream,
                record_id=record_id,
                code=code,
                cure="Look at the record in Zoho: it may be locked, waiting for approval, or not yours to remove.",
            )
