"""Read one stream of files: new and changed files only, each key once, as the newest delivery shows it.

The order of the files is that of their names. A file that is new or changed is read again together with all behind it,
newest first: a key that a newer file holds is passed over in the older ones, so that a late correction to last week's
delivery never puts last week's values over this week's. What costs nothing stays so: unchanged rows change no hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from connectors.cells import joined_key, key_text
from connectors.contract import Page, Record, Skipped
from connectors.errors import ConnectorError
from connectors.files.finding import Found, find
from connectors.files.fingerprint import Fingerprint, digest_of, fingerprint, same_stamp, unchanged
from connectors.files.opening import open_rows
from connectors.files.rows import BadRow, Row, Unreadable
from connectors.files.seen import Place, Seen
from connectors.files.settings import KEY, FileStream, Settings

FILE, DELIVERED = "_ab_source_file_url", "_ab_source_file_last_modified"
"""Airbyte's own names for what its file sources add to a record."""
PAGE = 500
NAMED = 10
"""Rows of one file that are named one by one; further ones are counted."""

States = dict[str, Fingerprint]
"""File name -> how it was read."""


class FilesReader:
    """A `connectors.contract.StreamReader` of the files that match one path."""

    cursor_field: str | None = DELIVERED
    reads_through = True

    def __init__(self, name: str, stream: FileStream, settings: Settings) -> None:
        self.name, self.primary_key = name, stream.primary_key
        self._stream, self._settings = stream, settings
        self._made_with = digest_of(json.dumps(stream.model_dump(mode="json"), sort_keys=True))

    def schema(self) -> Mapping[str, Any]:
        """Return the columns of the newest file that can be read; a hundred rows of it tell those of JSON Lines."""
        names: dict[str, None] = {}
        for found in reversed(find(self._stream, self._settings)[0]):
            try:
                with closing(_stream_of(found, self._stream)) as rows:
                    for row in islice(rows, 100):
                        names |= dict.fromkeys(row.values if isinstance(row, Row) else ())
            except (Unreadable, OSError):
                continue
            break
        return {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "additionalProperties": True,
            "properties": {name: {} for name in (*names, FILE, DELIVERED)},
        }

    def probe(self) -> str:
        """Say what a read would find.

        Raises:
            ConnectorError: no file, or one that cannot be read.
        """
        files, outside = find(self._stream, self._settings)
        if outside:
            raise self._error(outside[0].code, f"{outside[0].place}: {outside[0].what}", outside[0].cure)
        if not files:
            raise self._no_files()
        try:
            with closing(_stream_of(files[-1], self._stream)) as rows:
                next(rows, None)
        except Unreadable as error:
            raise self._error(error.code, f"{files[-1].name}: {error.what}", error.cure) from None
        except OSError as error:
            raise self._error("unreadable", f"{files[-1].name}: {error.strerror}", "Check the file's rights.") from None
        return f"{self.name}: {len(files)} files, the newest is {files[-1].name}"

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield the rows of new and changed files; the cursor moves with each file that was read to its end."""
        files, outside = find(self._stream, self._settings)
        before = self._known(state)
        if not files and not outside and not self._read_before(state):
            raise self._no_files()
        known, first = _still_so(files, before)
        standing = [one.refused for one in known.values() if one.refused is not None]
        if outside or standing:
            yield Page((), None, (*outside, *standing))
        if first < len(files):
            with Seen() as seen:
                for number in range(len(files) - 1, first - 1, -1):
                    yield from self._file(files[number], number, seen, known)
        if known != before:
            yield Page((), self._state(known))

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield these records as the newest file shows them. What no file holds is not concluded to be gone."""
        wanted = set(ids)
        for found in reversed(find(self._stream, self._settings)[0]):
            mine: dict[str, Record] = {}
            try:
                for row in _stream_of(found, self._stream):
                    record = self._record(row, found)
                    key = str(record[self.primary_key]) if isinstance(record, dict) else None
                    if isinstance(record, dict) and key in wanted and (key not in mine or self._last):
                        mine[str(key)] = record
            except (Unreadable, OSError):
                continue
            yield from mine.values()
            wanted -= mine.keys()
            if not wanted:
                return

    # ---------------------------------------------------------------------------------------- one file

    def _file(self, found: Found, number: int, seen: Seen, known: States) -> Iterator[Page]:
        """Yield one file, and behind its last row the cursor that covers it."""
        try:
            stamp = fingerprint(found.path)
            naming = _Naming(found.name)
            if self._last:
                for part in _parts(_stream_of(found, self._stream)):
                    seen.last_places(self._keys(part, found, number))
            for part in _parts(_stream_of(found, self._stream)):
                yield Page(self._of_part(part, found, number, seen, naming), None, naming.told())
            if not same_stamp(found.path, stamp):
                cure = "Nothing to do: the next run reads it again."
                yield Page((), None, [Skipped(found.name, "being_written", "the file changed while it was read", cure)])
                return
        except Unreadable as error:
            stamp = Fingerprint(stamp.size, stamp.mtime_ns, stamp.sha256, error.skipped(found.name))
            yield Page((), None, [error.skipped(found.name)])
        except OSError as error:
            cure = "Check that it is there and may be read; the next run tries again."
            yield Page(
                (), None, [Skipped(found.name, "unreadable", f"the file cannot be read ({error.strerror})", cure)]
            )
            return
        known[found.name] = stamp
        yield Page((), self._state(known), naming.rest())

    def _of_part(
        self, part: Sequence[Row | BadRow], found: Found, number: int, seen: Seen, naming: _Naming
    ) -> list[Record]:
        """Return the records that count among some rows; the others are named, unless a newer file holds their key."""
        made: dict[Place, tuple[str, Record]] = {}
        for row in part:
            record = self._record(row, found)
            if isinstance(record, BadRow):
                naming.note(record)
            else:
                made[number, row.line] = (str(record[self.primary_key]), record)
        firsts: dict[str, Place] = {}
        for place, (key, _) in made.items():
            firsts.setdefault(key, place)
        counts = seen.places(list(firsts)) if self._last else seen.first_places(firsts)
        counting: list[Record] = []
        for place, (key, one) in made.items():
            if counts[key] == place:
                counting.append(one)
            elif counts[key][0] == number and not self._last:
                naming.note(_repeated(place[1], counts[key][1]))
        return counting

    @property
    def _last(self) -> bool:
        return self._stream.repeated == "last"

    def _record(self, row: Row | BadRow, found: Found) -> dict[str, Any] | BadRow:
        if isinstance(row, BadRow):
            return row
        parts = [key_text(row.values.get(column)) for column in self._stream.key_columns]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts):
            columns = ", ".join(self._stream.key_columns)
            return BadRow(row.line, "no_key", f"the row has nothing in its key ({columns})", "Fill it in.")
        key = known[0] if self.primary_key != KEY else joined_key(known)
        return {**row.values, self.primary_key: key, FILE: found.name, DELIVERED: found.delivered}

    def _keys(self, part: Sequence[Row | BadRow], found: Found, number: int) -> dict[str, Place]:
        made = ((row.line, self._record(row, found)) for row in part)
        return {str(one[self.primary_key]): (number, line) for line, one in made if isinstance(one, dict)}

    # ---------------------------------------------------------------------------------------- the cursor

    def _known(self, state: Mapping[str, Any] | None) -> States:
        """Read what a cursor kept. One made under other settings covers nothing: all is read again."""
        kept = state or {}
        files = kept.get("files")
        if kept.get("made_with") != self._made_with or not isinstance(files, Mapping):
            return {}
        prints = {str(name): Fingerprint.of(one) for name, one in files.items()}
        return {name: one for name, one in prints.items() if one is not None}

    def _read_before(self, state: Mapping[str, Any] | None) -> bool:
        """Say whether files have been read under these settings, whatever is left of them."""
        return (state or {}).get("made_with") == self._made_with

    def _state(self, known: States) -> dict[str, Any]:
        return {"made_with": self._made_with, "files": {name: one.kept() for name, one in sorted(known.items())}}

    # ------------------------------------------------------------------------------------------- errors

    def _no_files(self) -> ConnectorError:
        cure = "Correct `path`, or wait for the first delivery; nothing is concluded from there being none."
        return self._error("no_files", f"no file matches {self._stream.path}", cure)

    def _error(self, code: str, what: str, cure: str) -> ConnectorError:
        return ConnectorError(what, system="files", stream=self.name, code=code, cure=cure)


class _Naming:
    """Names the first rows of a file that cannot be used, and counts the rest."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._named = 0
        self._more: dict[str, list[BadRow]] = {}
        self._counts: dict[str, int] = {}
        self._new: list[Skipped] = []

    def note(self, row: BadRow) -> None:
        """Take one row in."""
        if self._named < NAMED:
            self._named += 1
            self._new.append(Skipped(f"{self._name}, line {row.line}", row.code, row.what, row.cure))
        else:
            self._more.setdefault(row.code, [row])
            self._counts[row.code] = self._counts.get(row.code, 0) + 1

    def told(self) -> list[Skipped]:
        """Return the names not yet told."""
        new, self._new = self._new, []
        return new

    def rest(self) -> list[Skipped]:
        """Return one line for each kind of those that were only counted."""
        return [
            Skipped(
                f"{self._name}, line {first.line} and on",
                code,
                f"{self._counts[code]} more rows: {first.what}",
                first.cure,
                self._counts[code],
            )
            for code, (first,) in self._more.items()
        ]


def _still_so(files: Sequence[Found], before: States) -> tuple[States, int]:
    """Return what is known and still so, and the place of the first file that is new or changed."""
    known: States = {}
    first = len(files)
    for place, found in enumerate(files):
        kept = before.get(found.name)
        try:
            same = unchanged(found.path, kept) if kept is not None else None
        except OSError:
            same = None
        if same is not None:
            known[found.name] = same
        else:
            first = min(first, place)
    return known, first


def _stream_of(found: Found, stream: FileStream) -> Any:  # noqa: ANN401 (rows, as a generator that can be closed)
    return open_rows(found.path, stream)


def _parts(rows: Iterable[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    rows = iter(rows)
    while part := list(islice(rows, PAGE)):
        yield part


def _repeated(line: int, first: int) -> BadRow:
    cure = "Remove one of the two, or write `repeated: last`."
    return BadRow(line, "duplicate_key", f"its key stands already in line {first}", cure)
