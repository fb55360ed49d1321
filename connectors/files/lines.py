"""Lines of a text, numbered, bounded in length, and able to be read again."""

from __future__ import annotations

import gzip
import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from connectors.files.encodings import UnknownEncoding, encoding_of
from connectors.files.rows import BadRow, Unreadable

LONGEST = 1_000_000
"""Characters of a line; what is longer is no row of a table but damage, and would fill the memory."""
_BROKEN = re.compile("[\udc80-\udcff]")
_BROKEN_WIDE = re.compile("\ufffd")
_TOO_LONG = "\udcff\ufffd\n"
"""What stands for a line that is too long: no text in any encoding, so that its row counts as damaged."""


class Lines:
    """Iterates over lines, end of line included. *taken* are those since `mark`, which `again` puts back."""

    def __init__(self, text: TextIO, *, wide: bool) -> None:
        self._text = text
        self._ahead: deque[str] = deque()
        self._read = 0
        self._broken = _BROKEN_WIDE if wide else _BROKEN
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._ahead.popleft() if self._ahead else self._next()
        self.taken.append(line)
        return line

    @property
    def number(self) -> int:
        """The number, from 1, of the line that comes next."""
        return self._read - len(self._ahead) + 1

    def mark(self) -> int:
        """Start a row here; return the number of its first line."""
        self.taken = []
        return self.number

    def again(self, keep: int = 0) -> None:
        """Put the lines taken since `mark` back, but for the first *keep*."""
        self._ahead.extendleft(reversed(self.taken[keep:]))
        self.taken = []

    def damaged(self) -> bool:
        """Say whether the row just taken holds bytes that are no text in the file's encoding, or too long a line."""
        return any(not line.isascii() and self._broken.search(line) for line in self.taken)

    def _next(self) -> str:
        line = self._text.readline(LONGEST)
        if not line:
            raise StopIteration
        self._read += 1
        if len(line) == LONGEST and not line.endswith(("\n", "\r")):
            while (rest := self._text.readline(LONGEST)) and not rest.endswith(("\n", "\r")):
                pass
            return _TOO_LONG
        return line


def damaged_row(line: int) -> BadRow:
    """Return what is said of such a row."""
    cure = "Correct it, or name the `encoding`."
    return BadRow(line, "undecodable", "the row holds bytes that are no text, or is longer than any row", cure)


@contextmanager
def open_lines(path: Path, encoding: str) -> Iterator[Lines]:
    """Open a text file, packed by gzip where its name ends so; *encoding* may be `auto`.

    Raises:
        Unreadable: the encoding cannot be told, or the packing is damaged.
    """
    try:
        if encoding == "auto":
            with _open(path) as file:
                encoding = encoding_of(file)
        wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
        with _open(path) as file:
            errors = "replace" if wide else "surrogateescape"
            yield Lines(io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=""), wide=wide)
    except UnknownEncoding as error:
        raise Unreadable("encoding", str(error), "Name its `encoding`, as in cp1252, big5 or shift_jis.") from None
    except (gzip.BadGzipFile, EOFError):
        raise Unreadable("damaged", "the gzip file is damaged or not complete", "Have it delivered again.") from None


def _open(path: Path) -> IO[bytes]:
    if path.suffix.lower() == ".gz":
        return io.BufferedReader(gzip.open(path, "rb"))
    return path.open("rb")
