"""Deletes and merges of end-users, one call each. Organizations are left to their people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from connectors.contract import Record, Removal, WriteRequest
from connectors.errors import SkipRecord
from connectors.removals import DELETE
from connectors.zendesk.fields import differing
from connectors.zendesk.records import USERS, is_staff

if TYPE_CHECKING:
    from connectors.zendesk.client import Client
    from connectors.zendesk.reading import Reading

REMOVALS: Final[Mapping[str, Removal]] = {USERS: Removal(delete="for_good", merge=True)}
"""A user is deleted softly and stays readable, but no call brings one back."""


class Removals:
    """A `connectors.removals.Remover`."""

    def __init__(self, client: Client, reading: Reading) -> None:
        self._client, self._reading = client, reading

    def fetch(self, stream: str, record_id: str) -> Record:
        """Return one user with its identities; agents and admins are never touched.

        Raises:
            SkipRecord: it is one of the staff.
        """
        record = next(self._reading.fetch(stream, [record_id]))
        if is_staff(record):
            raise SkipRecord(
                "agents and admins are never deleted or merged",
                system=self._client.system,
                stream=stream,
                record_id=record_id,
                code="staff",
                cure="Nothing to do, or take the record out of the profile (`crmhub split`).",
            )
        return record

    @staticmethod
    def shows(record: Record, expected: Mapping[str, Any]) -> bool:
        """Compare as updates do."""
        return not differing(record, expected, expected)

    def remove(self, request: WriteRequest) -> None:
        """Delete softly; or let the user disappear into another, which gets its mails and tickets."""
        record_id = str(request.record_id)
        path, method, body = f"{USERS}/{record_id}", "DELETE", None
        if request.kind != DELETE:
            path, method, body = f"{path}/merge", "PUT", {"user": {"id": int(str(request.into))}}
        self._client.send(method, path, body, stream=request.stream, record_id=record_id)
