"""Which keys came up already in this read? On disk, so that a file of millions takes no memory.

Keys may be phone numbers: what is written is a hash under a key that lives as long as the read.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from types import TracebackType
from typing import Self

Place = tuple[int, int]
"""(number of the file, line)."""


class Seen:
    """A set of keys, each with the place where it counts; used as a context."""

    def __init__(self) -> None:
        # An empty name is SQLite's own: a file of its own making that is gone with the connection.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, file INTEGER, line INTEGER) WITHOUT ROWID")
        self._secret = os.urandom(32)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def first_places(self, keys: Mapping[str, Place]) -> dict[str, Place]:
        """Note *keys* with their places where they are new; return the place that counts for each."""
        return self._noted(keys, "ON CONFLICT DO NOTHING")

    def last_places(self, keys: Mapping[str, Place]) -> dict[str, Place]:
        """Likewise, but a later line of the same file takes the place of an earlier one."""
        return self._noted(keys, "ON CONFLICT DO UPDATE SET line = excluded.line WHERE file = excluded.file")

    def places(self, keys: Sequence[str]) -> dict[str, Place]:
        """Return the places of those keys that are there."""
        hashes = {self._hash(key): key for key in keys}
        marks = ",".join("?" * len(hashes))
        query = f"SELECT key, file, line FROM seen WHERE key IN ({marks})"  # noqa: S608 (only question marks)
        return {hashes[key]: (file, line) for key, file, line in self._database.execute(query, list(hashes))}

    def _noted(self, keys: Mapping[str, Place], conflict: str) -> dict[str, Place]:
        insert = f"INSERT INTO seen VALUES (?, ?, ?) {conflict}"  # noqa: S608 (one of the two texts above)
        self._database.execute("BEGIN")
        self._database.executemany(insert, [(self._hash(key), *place) for key, place in keys.items()])
        self._database.execute("COMMIT")
        return self.places(list(keys))

    def _hash(self, key: str) -> bytes:
        return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, key=self._secret).digest()
