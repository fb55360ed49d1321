"""Bazaar as an airbyte-cdk source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from connectors.contract import DELETED_AT, Page, Record
from connectors.settings import ConnectorSettings
from connectors.source import HubSource
from tests.connectors.bazaar.client import Client
from tests.connectors.bazaar.settings import Settings


class People:
    """The one stream, in the order of changes."""

    name, primary_key = "people", "id"
    cursor_field: str | None = "changed"

    def __init__(self, client: Client) -> None:
        self._client = client

    def schema(self) -> Mapping[str, Any]:
        """Return the fields of the API's page."""
        return {
            "type": "object",
            "properties": {name: {} for name in ("id", "ref", "name", "email", "phone", "changed")},
        }

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield what changed behind the cursor."""
        for rows, after in self._client.pages(int((state or {}).get("after", 0))):
            yield Page([_record(row) for row in rows], {"after": after})

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these people; one that nobody knows is gone."""
        for one in ids:
            rows = self._client.find(id=one)
            yield _record(rows[0]) if rows else {"id": one, DELETED_AT: "1970-01-01T00:00:00Z"}


class Source(HubSource):
    """The people of one account."""

    name: ClassVar[str] = "bazaar"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def probe(self, settings: Settings) -> str:
        """Read one page."""
        next(iter(self._client(settings).pages(0)))
        return "signed in, people can be read"

    def readers(self, settings: Settings) -> Sequence[People]:
        """Return the reader; makes no call."""
        return [People(self._client(settings))]

    def _client(self, settings: Settings) -> Client:
        return Client(settings, tokens=self.tokens, budget=self.budget)


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    gone = {DELETED_AT: row["deleted"]} if row.get("deleted") else {}
    return {**{name: value for name, value in row.items() if name != "deleted"}, **gone}
