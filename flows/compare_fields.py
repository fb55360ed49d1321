"""How the records of a question compare, field by field. Pure.

Room: flows. Two texts that mean the same are the same: what only differs in spelling is shown as equal, and said so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mapping.canonical import canonical
from mapping.values import FieldState, FieldValue, Json

State = Literal["equal", "normalised", "partly", "different", "one_sided", "empty"]
"""equal: written alike. normalised: written differently, the same value. partly: some values of a list are shared.
one_sided: only one record has it."""


@dataclass(frozen=True, slots=True)
class Written:
    """One value in one record: *raw* as people wrote it, *value* as it is read, *issues* why it does not count."""

    raw: Json
    value: Json
    valid: bool = True
    issues: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells whether two values are the same."""
        return canonical(self.value)

    @property
    def spelling(self) -> str:
        """What tells whether they are written alike."""
        return canonical(self.raw)


Cell = tuple[Written, ...]
"""What one record shows in one field."""


def cell_of(state: FieldState) -> Cell:
    """Return what a record shows, as its mapping reads it."""
    return tuple(
        Written(_spelled(one.value), one.value.value, one.value.valid, tuple(one.value.issues)) for one in state.values
    )


def _spelled(value: FieldValue) -> Json:
    """Return the text as people wrote it; what stands in several fields of a record (family, given) has none."""
    by_parts = isinstance(value.raw, Mapping) or (isinstance(value.raw, str) and value.raw.startswith('{"'))
    return value.value if by_parts else value.raw


def compare(cells: Sequence[Cell]) -> State:
    """Say how the cells of one field compare; values that cannot be read count as none."""
    filled = [[one for one in cell if one.valid] for cell in cells]
    filled = [cell for cell in filled if cell]
    if not filled:
        return "empty"
    if len(filled) == 1:
        return "one_sided"
    keys = [frozenset(one.key for one in cell) for cell in filled]
    if len(set(keys)) == 1:
        spellings = {frozenset(one.spelling for one in cell) for cell in filled}
        return "equal" if len(spellings) == 1 else "normalised"
    return "partly" if frozenset.intersection(*keys) else "different"
