"""A project's folder with deliveries in it, and readers of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.contract import Page, Skipped
from connectors.files.reader import FilesReader
from connectors.files.settings import Settings


@dataclass
class Read:
    """What one read gave."""

    pages: list[Page]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The records without what the reader adds."""
        return [
            {name: value for name, value in record.items() if not name.startswith("_ab_")}
            for page in self.pages
            for record in page.records
        ]

    @property
    def skipped(self) -> list[Skipped]:
        return [one for page in self.pages for one in page.skipped]

    @property
    def named(self) -> list[tuple[str, str]]:
        """Place and code of what was skipped."""
        return [(one.place, one.code) for one in self.skipped]

    @property
    def state(self) -> Mapping[str, Any] | None:
        """The last cursor."""
        return next((page.state for page in reversed(self.pages) if page.state is not None), None)


class Deliveries:
    """A folder into which shops deliver."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def reader(self, path: str = "*.csv", key: Any = "id", **options: Any) -> FilesReader:
        allow = options.pop("allow", ())
        settings = Settings.model_validate(
            {"streams": {"customers": {"path": path, "key": key, **options}}, "project": self.folder, "allow": allow}
        )
        return FilesReader("customers", settings.streams["customers"], settings)

    def read(self, path: str = "*.csv", state: Mapping[str, Any] | None = None, **options: Any) -> Read:
        return Read(list(self.reader(path, **options).read(state)))
