"""Lists of words kept as text."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Return the words of *text*, which blanks and line ends part."""
    return text.split()
