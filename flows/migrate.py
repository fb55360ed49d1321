"""Bring a project's store to this program's tables. Room: flows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flows.project import read_project
from golden_record.migrations.upgrade import head
from golden_record.store import health
from golden_record.store.engine import open_store
from golden_record.vault import load_key_ring


def migrate(folder: Path, variables: Mapping[str, str]) -> tuple[str | None, str]:
    """Make or upgrade the tables; return their version before (None: there were none) and after.

    Raises:
        ProjectBroken, GoldenRecordError: as opening a hub does.
    """
    project = read_project(folder, variables)
    ring = load_key_ring(folder / project.hub.key_file, variables.get("CRMHUB_KEY"))
    before: str | None = None
    try:
        with health.unopened(project.hub.store, ring, base=folder) as store:
            before = health.version_of(store)
    except health.StoreNotMade:
        before = None  # opening it makes it
    open_store(project.hub.store, ring, base=folder).close()
    return before, head()
