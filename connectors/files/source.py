"""Files as an airbyte-cdk source: `python -m connectors.files.source spec|check|discover|read`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar

from airbyte_cdk.entrypoint import launch

from connectors.files.reader import FilesReader
from connectors.files.settings import Settings
from connectors.settings import ConnectorSettings
from connectors.source import HubSource


class Source(HubSource):
    """A stream for each path."""

    name: ClassVar[str] = "files"
    settings_model: ClassVar[type[ConnectorSettings]] = Settings
    reads_ahead: ClassVar[bool] = False

    def probe(self, settings: Settings) -> str:
        """Open the newest file of each stream."""
        return "; ".join(reader.probe() for reader in self.readers(settings))

    def readers(self, settings: Settings) -> Sequence[FilesReader]:
        """Return a reader for each stream; opens nothing."""
        return [FilesReader(name, stream, settings) for name, stream in settings.streams.items()]


if __name__ == "__main__":
    launch(Source(), sys.argv[1:])
