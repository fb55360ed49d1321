"""Udesk as an airbyte-cdk source: `python -m connectors.udesk.source spec|check|discover|read`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import Lacking, StreamReader
from connectors.ports import Budget, TokenStore, WindowBudget
from connectors.settings import ConnectorSettings
from connectors.source import HubSource
from connectors.udesk.client import Client, limits
from connectors.udesk.records import CUSTOMERS
from connectors.udesk.settings import Settings
from connectors.udesk.streams import CustomerStream


class Source(HubSource):
    """Customers."""

    name: ClassVar[str] = "udesk"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def __init__(self, tokens: TokenStore | None = None, budget: Budget | None = None) -> None:
        super().__init__(tokens, budget)
        self._given = budget

    def probe(self, settings: Settings) -> str:
        """Read one customer."""
        self._client(settings).get(CUSTOMERS, {"page": 1, "page_size": 1})
        return "signed in, customers can be read"

    def lacking(self, settings: Settings) -> Sequence[Lacking]:
        """Look for the custom field that carries the binding id."""
        listed = self._client(settings).get(f"{CUSTOMERS}/custom_fields").get("custom_fields")
        names = {str(one.get("field_name")) for one in listed or () if isinstance(one, dict)}
        cure = "add a text field to customers and put its name into binding_field"
        there = not names or settings.binding_field in names
        return () if there else (Lacking((CUSTOMERS,), f"a custom text field {settings.binding_field}", cure),)

    def readers(self, settings: Settings) -> Sequence[StreamReader]:
        """Return the one reader; makes no call."""
        return (CustomerStream(self._client(settings)),)

    def _client(self, settings: Settings) -> Client:
        return Client(settings, budget=self._given or WindowBudget(limits(settings)), system=self.name)


if __name__ == "__main__":
    launch(Source(), sys.argv[1:])
