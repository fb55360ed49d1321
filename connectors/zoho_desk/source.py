"""Zoho Desk as an airbyte-cdk source: `python -m connectors.zoho_desk.source spec|check|discover|read`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import StreamReader
from connectors.errors import StopSystem
from connectors.ports import Budget, TokenStore, WindowBudget
from connectors.settings import ConnectorSettings
from connectors.source import HubSource
from connectors.zoho_desk.client import Client, limits
from connectors.zoho_desk.records import ACCOUNTS, CONTACTS, TICKETS
from connectors.zoho_desk.settings import Settings
from connectors.zoho_desk.streams import SearchStream


class Source(HubSource):
    """Contacts and accounts; tickets to read only."""

    name: ClassVar[str] = "zoho_desk"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def __init__(self, tokens: TokenStore | None = None, budget: Budget | None = None) -> None:
        super().__init__(tokens, budget)
        self._given = budget

    def probe(self, settings: Settings) -> str:
        """Sign in, and see that the organization is one of those that the grant reaches."""
        listed, _ = self._client(settings).rows("organizations", {}, stream="organizations")
        ids = [str(one.get("id")) for one in listed]
        if settings.org_id not in ids:
            raise StopSystem(
                "signed in, but the grant does not reach this organization",
                system=self.name,
                code="OAUTH_ORG_MISMATCH",
                cure=f"Set org_id to one of: {', '.join(ids) or '(none)'}.",
            )
        return f"signed in to organization {settings.org_id}"

    def readers(self, settings: Settings) -> Sequence[StreamReader]:
        """Return the readers, parents before children; makes no call."""
        client = self._client(settings)
        return tuple(SearchStream(client, name) for name in (ACCOUNTS, CONTACTS, TICKETS))

    def _client(self, settings: Settings) -> Client:
        budget = self._given or WindowBudget(limits(settings))
        return Client(settings, tokens=self.tokens, budget=budget, system=self.name)


if __name__ == "__main__":
    launch(Source(), sys.argv[1:])
