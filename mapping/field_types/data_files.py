"""The tables that field types look things up in: text files in `data/`, read at first use and kept.

Room: mapping. Reads files of its own package only. Format: one entry a line (or several, parted by blanks),
a line that starts with `#` is a comment (`#n/a` within one is an entry).
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def lines(name: str) -> tuple[str, ...]:
    """Return the lines of data/*name* without comments and blank lines."""
    text = (files("mapping.field_types") / "data" / name).read_text(encoding="utf-8")
    stripped = (line.strip() for line in text.splitlines())
    return tuple(line for line in stripped if line and not line.startswith("#"))


@cache
def words(name: str) -> frozenset[str]:
    """Return the blank-separated entries of data/*name*."""
    return frozenset(word for line in lines(name) for word in line.split())


@cache
def pairs(name: str) -> dict[str, str]:
    """Return data/*name* as a dictionary: the first word of a line to the rest of it."""
    return {key: rest.strip() for key, _, rest in (line.partition(" ") for line in lines(name))}
