"""Zoho CRM as an Airbyte source: `python -m connectors.zoho_crm.source spec|check|discover|read`.

Room: connectors/zoho_crm. The only file here that knows airbyte-cdk.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import Channels, StreamReader
from connectors.ports import FileTokenStore
from connectors.settings import ConnectorSettings
from connectors.source import HubSource
from connectors.zoho_crm.channels import close_channels, keep_channels
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.metadata import fields_of
from connectors.zoho_crm.preparing import prepare
from connectors.zoho_crm.settings import Settings
from connectors.zoho_crm.streams import ModuleReader


class Source(HubSource):
    """The modules of one Zoho organisation, each a stream."""

    name: ClassVar[str] = "zoho_crm"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def probe(self, settings: Settings) -> str:
        """Sign in, look at one record and at the fields of each module; name what pushing would lack."""
        client = self._client(settings)
        lacking = []
        for module in settings.modules:
            client.probe(module)
            binding = [one for one in fields_of(client.fields(module)) if one.api_name == settings.binding_field]
            if not (binding and binding[0].unique):
                lacking.append(module)
        read = f"signed in; {', '.join(settings.modules)} can be read"
        if not lacking:
            return read
        cure = "crmhub check --prepare makes it"
        return f"{read}; creating needs a unique text field {settings.binding_field} in {', '.join(lacking)}: {cure}"

    def prepare(self, settings: Settings) -> Sequence[str]:
        """Make the binding field in the modules that lack it."""
        return list(prepare(self._client(settings)))

    def keep_channels(self, settings: Settings, notify_url: str) -> Channels:
        """Keep a notification channel per module."""
        return keep_channels(self._client(settings), notify_url)

    def close_channels(self, settings: Settings) -> int:
        """End the notification channels."""
        return close_channels(self._client(settings))

    def readers(self, settings: Settings) -> Sequence[StreamReader]:
        """Return a reader per configured module; makes no call."""
        client = self._client(settings)
        return [ModuleReader(client, module) for module in settings.modules]

    def _client(self, settings: Settings) -> Client:
        return Client(settings, tokens=self.tokens, budget=self.budget, system=self.name)


if __name__ == "__main__":
    launch(Source(FileTokenStore(Path(".zoho_crm_tokens.json"))), sys.argv[1:])
