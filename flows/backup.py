"""Back up a project: its store and its YAML in one sealed file; and make a project from one.

Room: flows. The key ring is not part of a backup: kept apart, neither alone tells anything.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from flows.hub_config import HubConfig
from flows.other_hubs import RESTORED
from flows.project import read_project
from golden_record.backup import copy
from golden_record.backup.copy import Contents, Progress
from golden_record.errors import BackupUnusable
from golden_record.store import health, marks
from golden_record.store.engine import open_store
from golden_record.vault import KeyRing, load_key_ring

CONFIG = "config"
_KEPT = (".yaml", ".yml", ".json")


def take_backup(folder: Path, variables: Mapping[str, str], target: Path, progress: Progress) -> Contents:
    """Write the project's backup to *target*; the hub may be at work meanwhile.

    Raises:
        ProjectBroken: its hub.yaml cannot be read, so that its store is not known.
        GoldenRecordError: store or key cannot be used, or the file cannot be written.
    """
    project = read_project(folder, variables)
    ring = _ring(folder, project.hub, variables)
    with health.unopened(project.hub.store, ring, base=folder) as store:
        health.check_version(store)
        health.check_key(store)
        return copy.take(store, ring, _files(folder), target, progress)


def check_backup(folder: Path, variables: Mapping[str, str], backup: Path) -> Contents:
    """Read the whole backup with the project's key; touch no store."""
    return copy.verify(backup, _ring(folder, _hub_of(folder, variables), variables))


def restore_backup(folder: Path, variables: Mapping[str, str], backup: Path, progress: Progress) -> Contents:
    """Make the project's store from *backup*; its YAML too where the project has no config/ yet.

    The key must lie in the project, or in CRMHUB_KEY, before.

    Raises:
        BackupUnusable: the backup cannot be read, or the store holds something already.
        GoldenRecordError: store or key cannot be used.
        ProjectBroken: the project's hub.yaml (or the backup's) cannot be read here.
    """
    ring = _ring(folder, _hub_of(folder, variables), variables)
    copy.verify(backup, ring)  # nothing is made from a backup that is not whole
    ours = not (folder / CONFIG).exists()
    try:
        if ours:
            _write_files(folder, copy.files_of(backup, ring))
        hub = read_project(folder, variables).hub
        contents = copy.restore(backup, ring, hub.store, folder, progress)
    except BaseException:
        if ours:  # it says where the store is, so it comes first; without the store it is not left behind
            shutil.rmtree(folder / CONFIG, ignore_errors=True)
        raise
    _note_restored(hub, ring, folder)
    return contents


def _note_restored(hub: HubConfig, ring: KeyRing, folder: Path) -> None:
    """Note when the store was made from a backup: what it may have forgotten was done before."""
    store = open_store(hub.store, ring, base=folder)
    try:
        with store.write() as connection:
            marks.save(connection, store.vault, {RESTORED: datetime.now(UTC).isoformat()})
    finally:
        store.close()


def _hub_of(folder: Path, variables: Mapping[str, str]) -> HubConfig:
    """Return the project's hub.yaml; the defaults where there is none, as in a folder that is to be restored into."""
    if (folder / CONFIG).exists():
        return read_project(folder, variables).hub
    return HubConfig()


def _ring(folder: Path, hub: HubConfig, variables: Mapping[str, str]) -> KeyRing:
    return load_key_ring(folder / hub.key_file, variables.get("CRMHUB_KEY"))


def _files(folder: Path) -> dict[str, str]:
    """Return what ops people wrote, and the secrets that are sealed beside it. The key and data files stay out."""
    found = sorted(path for path in (folder / CONFIG).rglob("*") if path.suffix in _KEPT and path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def _write_files(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        parts = PurePosixPath(name).parts
        if parts[0] != CONFIG or ".." in parts:
            raise BackupUnusable("the backup names a file outside config/", "It was not made by crmhub: do not use it")
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
