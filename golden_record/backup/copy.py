"""Take a backup of a store while it is in use; make a store from one; check one without touching any store.

Room: golden_record, shell. A backup is one moment of the store: all tables are read in one snapshot, and whoever
writes meanwhile is not held up. The key ring is never part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext

from golden_record.backup.rows import Shape, read_blocks, shapes, write_block
from golden_record.backup.sealed_file import SealedWriter, read_frames
from golden_record.errors import BackupUnusable, SchemaMismatch
from golden_record.migrations.upgrade import known, upgrade
from golden_record.store import tables as t
from golden_record.store.engine import Store, make_engine, resolve_url, translated
from golden_record.vault import KeyRing

FORMAT = 1
Progress = Callable[[str, int], None]
"""Called with a table's name and the rows of it that are done."""


@dataclass
class Contents:
    """What a backup holds: ids and counts only."""

    made_at: str
    crmhub: str
    tables_version: str
    store_kind: str
    rows: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of `crmhub backup --json`."""
        return {
            "made_at": self.made_at,
            "crmhub": self.crmhub,
            "tables_version": self.tables_version,
            "store_kind": self.store_kind,
            "rows": self.rows,
            "files": self.files,
        }


def take(store: Store, ring: KeyRing, files: Mapping[str, str], target: Path, progress: Progress) -> Contents:
    """Write a backup of *store*, with *files* (relative path -> text), to the new file *target*.

    Raises:
        BackupUnusable: the file is there already or cannot be written.
        StoreUnreachable: the database does not answer.
    """
    with SealedWriter(target, ring) as out, _snapshot(store) as connection:
        version = MigrationContext.configure(connection).get_current_revision() or ""
        contents = Contents(
            datetime.now(UTC).isoformat(timespec="seconds"),
            metadata.version("crmhub"),
            version,
            store.engine.dialect.name,
            files=sorted(files),
        )
        kept = shapes()
        described = [{"table": shape.table, "columns": list(shape.columns.items())} for shape in kept]
        out.write({"format": FORMAT, **contents.to_json(), "tables": described})
        out.write({"files": dict(files)})
        for shape in kept:
            contents.rows[shape.table] = 0
            for rows in read_blocks(connection, shape):
                out.write({"table": shape.table, "rows": rows})
                contents.rows[shape.table] += len(rows)
                progress(shape.table, contents.rows[shape.table])
        out.write({"rows": contents.rows}, last=True)
    return contents


def verify(path: Path, ring: KeyRing) -> Contents:
    """Read a whole backup: every frame authentic, every row counted, the key that of the store it came from.

    Raises:
        BackupUnusable, KeyTrouble: it could not be restored, and why.
    """
    reader = _Reader(path, ring)
    for _shape, _rows in reader.blocks():
        pass
    return reader.contents


def restore(path: Path, ring: KeyRing, url: str, base: Path, progress: Progress) -> Contents:
    """Make the store at *url* from a backup; all or nothing.

    Raises:
        BackupUnusable: the backup cannot be read, or the store holds something already.
        SchemaMismatch: the backup is of a newer program.
        KeyTrouble: the key is not that of the backup.
    """
    reader = _Reader(path, ring)
    engine = make_engine(resolve_url(url, base))
    try:
        with translated():
            _make_empty(engine, reader.contents.tables_version)
            with engine.begin() as connection:
                _refuse_a_used_one(connection)
                done: dict[str, int] = {}
                for shape, rows in reader.blocks():
                    write_block(connection, shape, rows)
                    done[shape.table] = done.get(shape.table, 0) + len(rows)
                    progress(shape.table, done[shape.table])
            upgrade(engine)
    finally:
        engine.dispose()
    return reader.contents


def files_of(path: Path, ring: KeyRing) -> dict[str, str]:
    """Return the files that a backup carries beside the store: relative path -> text."""
    return _Reader(path, ring).files


class _Reader:
    """A backup, its head read and checked."""

    def __init__(self, path: Path, ring: KeyRing) -> None:
        self._path = path
        self._frames = read_frames(path, ring)
        head = next(self._frames)
        if head.get("format") != FORMAT:
            raise BackupUnusable(f"{path} is of a later format", "Restore it with the crmhub that made it")
        self.contents = Contents(
            head["made_at"], head["crmhub"], head["tables_version"], head["store_kind"], files=head["files"]
        )
        self._shapes = {one["table"]: Shape(one["table"], dict(one["columns"])) for one in head["tables"]}
        self.files: dict[str, str] = next(self._frames)["files"]

    def blocks(self) -> Iterator[tuple[Shape, list[list[Any]]]]:
        """Yield every block of rows; at the end, check that none is missing."""
        counted = dict.fromkeys(self._shapes, 0)
        for frame in self._frames:
            if "table" not in frame:
                self.contents.rows = frame["rows"]
                break
            shape = self._shapes[frame["table"]]
            counted[shape.table] += len(frame["rows"])
            yield shape, frame["rows"]
        for _more in self._frames:  # runs into the end, which the frames check
            raise BackupUnusable(f"{self._path} goes on after its end", "Take another backup")
        if counted != self.contents.rows:
            raise BackupUnusable(f"{self._path} lacks rows that it says it has", "Take another backup")


@contextmanager
def _snapshot(store: Store) -> Iterator[sa.Connection]:
    """One moment of the store: what is committed later is not seen, and nobody is held up."""
    engine = store.engine
    if engine.dialect.name != "sqlite":  # SQLite's own transactions see one moment by nature
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with translated(), engine.connect() as connection, connection.begin():
        yield connection


def _make_empty(engine: sa.Engine, version: str) -> None:
    """Bring the tables to the backup's version; a store that is further on is not one to restore into."""
    if version not in known():
        raise SchemaMismatch(
            f"the backup has tables of version {version}, this program knows up to {known()[-1]}",
            "Restore it with the crmhub that made it, or a newer one",
        )
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        upgrade(engine, version)
    elif current != version:
        raise BackupUnusable(
            f"the store has tables of version {current}, the backup of {version}",
            "Restore into a database without tables, or a SQLite file that is not there yet",
        )


def _refuse_a_used_one(connection: sa.Connection) -> None:
    for table in (t.meta, t.source_records, t.runs):
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).scalar():
            raise BackupUnusable(
                "the store holds something already", "Restore into an empty one: nothing is ever replaced"
            )
