"""Freshdesk as an airbyte-cdk source: `python -m connectors.freshdesk.source spec|check|discover|read`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import Lacking, StreamReader
from connectors.freshdesk.client import Client, limits
from connectors.freshdesk.records import COMPANIES, CONTACTS, RATINGS, TICKETS
from connectors.freshdesk.settings import Settings
from connectors.freshdesk.streams import CompanyStream, ContactStream, RatingStream, TicketStream
from connectors.ports import Budget, TokenStore, WindowBudget
from connectors.settings import ConnectorSettings
from connectors.source import HubSource


class Source(HubSource):
    """Contacts and companies; tickets and satisfaction ratings to read only."""

    name: ClassVar[str] = "freshdesk"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def __init__(self, tokens: TokenStore | None = None, budget: Budget | None = None) -> None:
        super().__init__(tokens, budget)
        self._given = budget

    def probe(self, settings: Settings) -> str:
        """Read one contact."""
        self._client(settings).rows(CONTACTS, {"per_page": 1}, stream=CONTACTS)
        return "signed in, contacts can be read"

    def lacking(self, settings: Settings) -> Sequence[Lacking]:
        """Look for the custom field that carries a company's binding id; contacts have one of their own."""
        listed = self._client(settings).rows("company_fields", {}, stream=COMPANIES)
        there = settings.company_binding_field in {str(one.get("name")) for one in listed}
        cure = "add a text field to companies and put its name into company_binding_field"
        return () if there else (Lacking((COMPANIES,), f"a custom text field {settings.company_binding_field}", cure),)

    def readers(self, settings: Settings) -> Sequence[StreamReader]:
        """Return the readers, parents before children; makes no call."""
        client = self._client(settings)
        return (
            CompanyStream(client, COMPANIES),
            ContactStream(client, CONTACTS),
            TicketStream(client, TICKETS),
            RatingStream(client, RATINGS),
        )

    def _client(self, settings: Settings) -> Client:
        return Client(settings, budget=self._given or WindowBudget(limits(settings)), system=self.name)


if __name__ == "__main__":
    launch(Source(), sys.argv[1:])
