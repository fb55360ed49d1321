"""Web forms as an airbyte-cdk source: `python -m connectors.web_forms.source spec|check|discover|read`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import StreamReader
from connectors.ports import Budget, TokenStore, WindowBudget
from connectors.settings import ConnectorSettings
from connectors.source import HubSource
from connectors.web_forms.client import Client, limits
from connectors.web_forms.entries import InboxEntries, PulledEntries
from connectors.web_forms.pulls.registry import PULLS
from connectors.web_forms.settings import Settings


class Source(HubSource):
    """One stream, `entries`, pulled where the product has an API and there are credentials for it."""

    name: ClassVar[str] = "web_forms"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def __init__(self, tokens: TokenStore | None = None, budget: Budget | None = None) -> None:
        super().__init__(tokens, budget)
        self._given = budget

    def probe(self, settings: Settings) -> str:
        """Ask for the configured forms, or for one, where there is a pull API; else there is nobody to ask."""
        if not settings.pulls:
            return f"nothing to pull: entries of {settings.product} arrive at the webhook inbox"
        api = PULLS[settings.product].api(self._client(settings), settings, lambda: datetime.now(UTC))
        if settings.forms:
            for form_id in settings.forms:
                api.titles(form_id)
            return f"signed in, {len(settings.forms)} forms can be read"
        first = next(iter(api.forms()), None)
        return "signed in, forms can be read" if first else "signed in, but the account has no form yet"

    def readers(self, settings: Settings) -> Sequence[StreamReader]:
        """Return the one reader; makes no call."""
        if not settings.pulls:
            return (InboxEntries(),)
        return (PulledEntries(self._client(settings), settings),)

    def _client(self, settings: Settings) -> Client:
        budget = self._given or WindowBudget(limits(settings))
        return Client(settings, budget=budget, tokens=self.tokens, system=self.name)


if __name__ == "__main__":
    launch(Source(), sys.argv[1:])
