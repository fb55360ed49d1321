"""Zendesk as an airbyte-cdk source: `python -m connectors.zendesk.source spec|check|discover|read`.

Run on its own it keeps the rotating tokens in a file (`CRMHUB_TOKENS`, default `.crmhub-tokens.json` where it runs).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import StreamReader
from connectors.errors import StopSystem
from connectors.ports import Budget, FileTokenStore, TokenStore, WindowBudget
from connectors.settings import ConnectorSettings
from connectors.source import HubSource
from connectors.zendesk.client import Client, limits
from connectors.zendesk.records import ORGANIZATIONS, RATINGS, TICKETS, USERS
from connectors.zendesk.settings import Settings
from connectors.zendesk.streams import CursorStream, RatingStream, TimeStream


class Source(HubSource):
    """Users and organizations; tickets and satisfaction ratings to read only."""

    name: ClassVar[str] = "zendesk"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def __init__(self, tokens: TokenStore | None = None, budget: Budget | None = None) -> None:
        super().__init__(tokens, budget)
        self._given = budget
        self._own_budget: WindowBudget | None = None

    def probe(self, settings: Settings) -> str:
        """Sign in and see who it is: exports are for admins only."""
        user = self._client(settings).me()
        if user.get("role") != "admin":
            raise StopSystem(
                f"signed in, but as {user.get('role') or 'a user without a role'}",
                system=self.name,
                code="not-admin",
                cure="Incremental exports need an admin: give the token's user the role admin.",
            )
        return f"signed in as admin {user['id']}"

    def readers(self, settings: Settings) -> Sequence[StreamReader]:
        """Return the readers, parents before children."""
        client = self._client(settings)
        return (
            TimeStream(client, ORGANIZATIONS),
            CursorStream(client, USERS),
            CursorStream(client, TICKETS),
            RatingStream(client, RATINGS),
        )

    def _client(self, settings: Settings) -> Client:
        self._own_budget = self._own_budget or WindowBudget(limits(settings))
        return Client(settings, tokens=self.tokens, budget=self._given or self._own_budget, system=self.name)


if __name__ == "__main__":
    launch(Source(FileTokenStore(Path(os.environ.get("CRMHUB_TOKENS", ".crmhub-tokens.json")))), sys.argv[1:])
