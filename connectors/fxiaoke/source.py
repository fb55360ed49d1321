"""The airbyte-cdk source: `python -m connectors.fxiaoke.source spec|check|discover|read`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import Lacking, StreamReader
from connectors.errors import StopSystem
from connectors.fxiaoke.client import Client, limits
from connectors.fxiaoke.settings import Settings
from connectors.fxiaoke.streams import FxiaokeReader
from connectors.ports import Budget, FileTokenStore, TokenStore, WindowBudget
from connectors.settings import ConnectorSettings
from connectors.source import HubSource

TOKEN_FILE = Path(".fxiaoke-token.json")
"""Where a source that runs on its own keeps its token between runs: the token endpoint takes 10 calls a minute."""


class Source(HubSource):
    """Fxiaoke objects as streams."""

    name: ClassVar[str] = "fxiaoke"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings

    def __init__(self, tokens: TokenStore | None = None, budget: Budget | None = None) -> None:
        super().__init__(tokens, budget)
        self._budget_given = budget is not None

    def probe(self, settings: Settings) -> str:
        """Sign in, list the tenant's objects, read one row; tell what was reached."""
        client = self._client(settings)
        there = set(client.objects())
        missing = [name for name in settings.objects if name not in there]
        if missing:
            raise StopSystem(
                f"the tenant shows no object {', '.join(missing)}",
                system=self.name,
                code="no-object",
                cure="Correct `objects`, or give the acting employee the right to see them.",
            )
        client.page(settings.objects[0], [], limit=1, fields=("_id",))
        return f"signed in to {settings.base_url.host}; {len(there)} objects"

    def lacking(self, settings: Settings) -> Sequence[Lacking]:
        """Name the objects without the field that carries the binding id."""
        client, field = self._client(settings), settings.binding_field
        described = {name: client.describe(name) for name in settings.objects}
        without = tuple(name for name, fields in described.items() if fields and field not in fields)
        cure = "add it to the object in the admin console, or correct binding_field"
        return (Lacking(without, f"a custom text field {field}", cure),) if without else ()

    def readers(self, settings: Settings) -> Sequence[StreamReader]:
        """Return a reader for each configured object; makes no call."""
        client = self._client(settings)
        return [FxiaokeReader(client, name) for name in settings.objects]

    def _client(self, settings: Settings) -> Client:
        if not self._budget_given:
            self.budget, self._budget_given = WindowBudget(limits(settings)), True
        return Client(settings, tokens=self.tokens, budget=self.budget, system=self.name)


def main(arguments: list[str]) -> Any:  # noqa: ANN401 (what airbyte-cdk gives)
    """Run as an Airbyte source with its own token file in the working directory."""
    return launch(Source(tokens=FileTokenStore(TOKEN_FILE)), arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
