"""A restore drill: a backup of a working hub becomes another hub that goes on where the first one was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.backup import check_backup, restore_backup, take_backup
from flows.export import export
from flows.profile_view import as_it_is
from golden_record.backup.sealed_file import SealedWriter
from golden_record.errors import BackupUnusable, KeyTrouble
from golden_record.vault import KeyRing, write_key_ring
from tests.system.customers import population
from tests.system.world import World, world, written

KEY = ".crmhub.key"


def quietly(_table: str, _rows: int) -> None:
    """Show no progress."""


def profiles(here: World) -> list[Any]:
    file = here.folder / "profiles.jsonl"
    with here.hub() as hub:
        export(hub, file, kind="jsonl", entity=None, show=as_it_is)
    lines = file.read_text(encoding="utf-8").splitlines()
    file.unlink()
    assert lines
    return sorted(map(json.loads, lines), key=lambda one: str(one["profile_id"]))


@pytest.fixture
def settled(tmp_path: Path, store_url: str) -> Iterator[World]:
    """A hub at rest, on each kind of store."""
    with world(tmp_path / "first", population(6, 1), store=store_url) as here:
        here.settle()
        yield here


def drill(here: World, folder: Path, store: str) -> World:
    """Back the hub up and restore it into *folder*, onto another store."""
    backup = folder.parent / "hub.backup"
    taken = take_backup(here.folder, {}, backup, quietly)
    assert taken.rows["source_records"] > 0
    assert backup.stat().st_mode & 0o077 == 0
    shutil.copytree(here.folder / "config", folder / "config")
    shutil.copy(here.folder / KEY, folder / KEY)
    second = World(here.running, folder, store)
    second.change_yaml("hub.yaml", lambda hub: hub.update(store=store))
    assert check_backup(folder, {}, backup).rows == taken.rows
    assert restore_backup(folder, {}, backup, quietly).rows == taken.rows
    return second


@pytest.mark.slow
def test_a_restored_hub_has_the_same_profiles_and_writes_nothing(settled: World, tmp_path: Path) -> None:
    second = drill(settled, tmp_path / "second", "sqlite:///other.db")
    assert profiles(second) == profiles(settled)
    again = second.sync()
    assert (again["status"], written(again)) == ("ok", 0)
    record = min(settled.records("zoho_crm", "Contacts"))
    settled.edit("zoho_crm", "Contacts", record, Title="总监")
    assert second.sync()["profiles"]["changed"] == 1


@pytest.mark.slow
def test_a_hub_outgrows_sqlite_by_backup_and_restore(tmp_path: Path, postgres_url: str) -> None:
    with world(tmp_path / "first", population(4, 2)) as small:
        small.settle()
        large = drill(small, tmp_path / "second", postgres_url)
        assert profiles(large) == profiles(small)
        assert written(large.sync()) == 0


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Path]]:
    """A project and its backup: for tests that only look."""
    folder = tmp_path_factory.mktemp("kept")
    with world(folder / "project", population(3, 3)) as here:
        here.sync(push=False)
        take_backup(here.folder, {}, folder / "hub.backup", quietly)
        yield here, folder / "hub.backup"


def test_a_folder_with_only_the_key_becomes_the_project(kept: tuple[World, Path], tmp_path: Path) -> None:
    here, backup = kept
    shutil.copy(here.folder / KEY, tmp_path / KEY)
    restore_backup(tmp_path, {}, backup, quietly)
    written_again = sorted(path.relative_to(tmp_path) for path in (tmp_path / "config").rglob("*.yaml"))
    assert written_again == sorted(path.relative_to(here.folder) for path in (here.folder / "config").rglob("*.yaml"))
    assert profiles(World(here.running, tmp_path, "")) == profiles(here)


def test_a_store_that_holds_something_is_never_restored_over(kept: tuple[World, Path]) -> None:
    here, backup = kept
    before = profiles(here)
    with pytest.raises(BackupUnusable, match="holds something already"):
        restore_backup(here.folder, {}, backup, quietly)
    assert profiles(here) == before


def test_a_backup_shows_nothing_without_its_key(kept: tuple[World, Path], tmp_path: Path) -> None:
    here, backup = kept
    raw = backup.read_bytes()
    assert all(name.encode() not in raw for name in ("zoho_crm", "Contacts", "profile", "refresh_token"))
    write_key_ring(tmp_path / KEY, KeyRing.mint())
    with pytest.raises(BackupUnusable, match="another key"):
        restore_backup(tmp_path, {}, backup, quietly)
    assert not (tmp_path / "config").exists()
    other = KeyRing.mint()
    (tmp_path / KEY).write_text(KeyRing({"k7": other.sealing["k1"]}, "k7", other.index).to_text())
    with pytest.raises(KeyTrouble, match="`k1`"):
        restore_backup(tmp_path, {}, backup, quietly)
    assert here.folder != tmp_path


@pytest.mark.parametrize("harm", ["cut", "cut between frames", "changed", "longer", "swapped"])
def test_a_harmed_backup_is_refused_whole(kept: tuple[World, Path], tmp_path: Path, harm: str) -> None:
    here, backup = kept
    raw = bytearray(backup.read_bytes())
    frames = frames_of(bytes(raw))
    if harm == "cut":
        raw = raw[: len(raw) // 2]
    elif harm == "cut between frames":
        raw = raw[: frames[-1][0]]
    elif harm == "changed":
        raw[len(raw) // 2] ^= 1
    elif harm == "longer":
        raw += b"\0"
    else:
        (a, b), (c, d) = frames[2], frames[3]
        raw = raw[:a] + raw[c:d] + raw[a:b] + raw[d:]
    (tmp_path / "harmed").write_bytes(bytes(raw))
    shutil.copy(here.folder / KEY, tmp_path / KEY)
    with pytest.raises(BackupUnusable):
        restore_backup(tmp_path, {}, tmp_path / "harmed", quietly)
    assert sorted(path.name for path in tmp_path.iterdir()) == [KEY, "harmed"]


def frames_of(raw: bytes) -> list[tuple[int, int]]:
    """Return where each frame of a backup begins and ends."""
    at = len(b"crmhub-backup\n") + 1 + len(b"k1") + 16
    found = []
    while at < len(raw):
        end = at + 5 + int.from_bytes(raw[at : at + 4], "big")
        found.append((at, end))
        at = end
    return found


def test_a_backup_replaces_no_file_and_leaves_no_half_one(kept: tuple[World, Path], tmp_path: Path) -> None:
    here, backup = kept
    with pytest.raises(BackupUnusable, match="is there already"):
        take_backup(here.folder, {}, backup, quietly)

    def full(_table: str, _rows: int) -> None:
        raise OSError

    with pytest.raises(OSError, match=r"^$"):
        take_backup(here.folder, {}, tmp_path / "new", full)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_one_moment_while_the_hub_writes(kept: tuple[World, Path], tmp_path: Path) -> None:
    here, _backup = kept

    def meanwhile(table: str, _rows: int) -> None:
        if table == "meta":
            with here.hub() as hub, hub.store.write() as connection:
                connection.exec_driver_sql("UPDATE runs SET kind = 'changed meanwhile'")

    taken = take_backup(here.folder, {}, tmp_path / "hub.backup", meanwhile)
    shutil.copy(here.folder / KEY, tmp_path / KEY)
    restore_backup(tmp_path, {}, tmp_path / "hub.backup", quietly)
    with World(here.running, tmp_path, "").hub() as hub, hub.store.read() as connection:
        kinds = connection.exec_driver_sql("SELECT DISTINCT kind FROM runs").scalars().all()
    assert taken.rows["runs"] == 1
    assert kinds == ["sync"]


def write_onto_a_full_disk(target: Path) -> None:
    with SealedWriter(target, KeyRing.mint()) as out:
        out._file.close()
        out._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 (the writer closes it)
        out.write({"rows": []})


def test_a_full_disk_is_named_and_leaves_no_half_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupUnusable, match="to its end"):
        write_onto_a_full_disk(tmp_path / "hub.backup")
    assert list(tmp_path.iterdir()) == []


def test_a_restore_that_fails_leaves_no_yaml_behind(settled: World, tmp_path: Path) -> None:
    backup, empty = tmp_path / "hub.backup", tmp_path / "second"
    take_backup(settled.folder, {}, backup, quietly)
    empty.mkdir()
    shutil.copy(settled.folder / KEY, empty / KEY)

    def full(_table: str, _rows: int) -> None:
        raise OSError(28, "No space left on device")

    if settled.store.startswith("sqlite"):
        with pytest.raises(OSError, match="No space"):
            restore_backup(empty, {}, backup, full)
        assert sorted(path.name for path in empty.iterdir() if path.is_dir()) == []
        assert restore_backup(empty, {}, backup, quietly).rows["source_records"] > 0


class FullAtClose:
    """A file on a disk that is found full when the last block is written."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def flush(self) -> None:
        raise OSError(28, "No space left on device")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_a_disk_that_is_full_at_the_very_end_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    out = SealedWriter(tmp_path / "x.backup", KeyRing.mint())
    out.write({"a": 1}, last=True)
    out._file = FullAtClose(out._file)  # type: ignore[assignment]
    with pytest.raises(BackupUnusable, match="No space left"):
        out.__exit__(None, None, None)
    assert list(tmp_path.iterdir()) == []
