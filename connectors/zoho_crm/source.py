"""Zoho CRM as an Airbyte source: `python -m connectors.zoho_crm.source spec|check|discover|read`.

Room: connectors/zoho_crm. The only file here that knows airbyte-cdk.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import Channels, Lacking, StreamReader
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
        """Sign in and look at one record of each module."""
        client = self._client(settings)
        for module in settings.modules:
            client.probe(module)
        return f"signed in; {', '.join(settings.modules)} can be read"

    def lacking(self, settings: Settings) -> Sequence[Lacking]:
        """Name the modules without a unique field for the binding id."""
        client, field = self._client(settings), settings.binding_field
        unique = {
            module: any(one.unique for one in fields_of(client.fields(module)) if one.api_name == field)
            for module in settings.modules
        }
        without = tuple(module for module, there in unique.items() if not there)
        cure = "crmhub check --prepare makes it"
        return (Lacking(without, f"a unique text field {field}", cure),) if without else ()

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
