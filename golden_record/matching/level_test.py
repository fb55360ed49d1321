"""What a level's test is: its form, shared by all tests.

Room: golden_record, the pure half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from golden_record.matching.evidence import Values

READINGS = "|"
"""Stands between the readings of a name in its feature `pinyin`: 仇 is Qiu or Chou."""

Agreement = tuple[str, ...] | None
Test = Callable[[Values, Values], Agreement]

NO_TEXT: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelTest:
    """How one field of a level is tested; see `When`. *only* keeps the values whose features are these."""

    when: str
    of: str
    at_least: float
    only: Mapping[str, str]
