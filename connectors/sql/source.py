"""A database as an airbyte-cdk source: `python -m connectors.sql.source spec|check|discover|read`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.contract import Lacking
from connectors.settings import ConnectorSettings
from connectors.source import HubSource
from connectors.sql.database import Database
from connectors.sql.reader import TableReader
from connectors.sql.settings import Settings


class Source(HubSource):
    """A stream for each table or view."""

    name: ClassVar[str] = "sql"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings
    reads_ahead: ClassVar[bool] = False

    def probe(self, settings: Settings) -> str:
        """Sign in and look at each table."""
        found = [f"{reader.name}: {len(reader.table.types)} columns" for reader in self.readers(settings)]
        return f"signed in; {', '.join(found)}"

    def lacking(self, settings: Settings) -> Sequence[Lacking]:
        """Name the tables that are only read: they have no column for the binding id."""
        without = tuple(name for name, stream in settings.streams.items() if stream.write is None)
        cure = "name a unique column in the stream's settings"
        return (Lacking(without, "`write: {binding: …}`", cure),) if without else ()

    def readers(self, settings: Settings) -> Sequence[TableReader]:
        """Return a reader for each stream; makes no connection."""
        database = Database(settings, self.budget, system=self.name)
        return [TableReader(database, name, stream) for name, stream in settings.streams.items()]


if __name__ == "__main__":
    launch(Source(), sys.argv[1:])
