"""Deletes: a record is made invalid (作废), from where its people can bring it back; nothing is removed for good.

The API has no merge: people merge in Fxiaoke, and the hub follows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connectors.contract import Record, Removal, WriteRequest
from connectors.fxiaoke.client import Client
from connectors.fxiaoke.streams import FxiaokeReader
from connectors.fxiaoke.values import shows

REMOVALS: Final[Mapping[str, Removal]] = dict.fromkeys(
    ("ContactObj", "AccountObj", "LeadsObj"), Removal(delete="bin", merge=False)
)


class Removals:
    """A `connectors.removals.Remover`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def fetch(self, stream: str, record_id: str) -> Record:
        """Return one record, an invalid one with the deletion mark."""
        return next(FxiaokeReader(self._client, stream).fetch([record_id]))

    @staticmethod
    def shows(record: Record, expected: Mapping[str, Any]) -> bool:
        """Compare as updates do."""
        return shows(record, expected)

    def remove(self, request: WriteRequest) -> None:
        """Make the record invalid."""
        self._client.invalidate(request.stream, str(request.record_id))
