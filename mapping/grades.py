"""Grade a record's fields for data quality: filled, valid, corrected, a placeholder, and why not valid.

Room: mapping; pure. A grade says how a field is filled and never with what, so that the store may keep it readable and
count equal ones together (docs/decisions/0018-grades.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mapping.field_types.rewriting import CORRECTIONS, WRITTEN_TYPES, rewriting
from mapping.values import Emitted, FieldState, FieldValue

_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DOUBTS: Final = frozenset({"placeholder"})
NOTED: Final = frozenset({"domain_typo", "doubtful", "damaged", "former_division", "ambiguous", "unknown_country"})
"""Issues of valid values that a person should look at."""


@dataclass(frozen=True, slots=True)
class Grade:
    """How one field of one record is filled.

    *filled*: it holds something. *invalid*: something in it could not be normalised, *codes* say why. *corrected*:
    normalising changed more than notation. *placeholder*: a value that people type to get past a form.
    """

    filled: bool
    invalid: bool = False
    corrected: bool = False
    placeholder: bool = False
    codes: tuple[str, ...] = ()

    @property
    def to_mend(self) -> bool:
        """Whether people of the system should look at it."""
        return self.invalid or self.placeholder or bool(self.codes)


def grade_record(emitted: Emitted, types: Mapping[str, str]) -> str:
    """Return the grades of an emitted entity as one text; equal grades are equal texts.

    Args:
        emitted: what the mapping made of the record.
        types: profile field -> the name of its field type.
    """
    pieces = (
        f"{name}={_written(_grade(state, types.get(name, '')))}"
        for name, state in emitted.fields.items()
        if state.presence != "absent"
    )
    return ";".join(sorted(pieces))


def read_grades(text: str) -> dict[str, Grade]:
    """Return field -> grade of what `grade_record` wrote.

    >>> read_grades("emails=i:not_an_address;name=v")["emails"].codes
    ('not_an_address',)
    """
    return dict(_read(piece) for piece in text.split(";") if piece)


def _grade(state: FieldState, type_name: str) -> Grade:
    values = [slotted.value for slotted in state.values]
    return Grade(
        filled=bool(values),
        invalid=any(not value.valid for value in values),
        corrected=type_name in WRITTEN_TYPES and any(map(_corrected, values)),
        placeholder=any(_DOUBTS & set(value.issues) for value in values),
        codes=tuple(sorted({code for value in values for code in _codes(value)})),
    )


def _corrected(value: FieldValue) -> bool:
    return bool(CORRECTIONS.intersection(rewriting(value)))


def _codes(value: FieldValue) -> list[str]:
    wanted = value.issues if not value.valid else [code for code in value.issues if code in NOTED]
    # A plug-in's issue might hold a value: only what looks like a code is kept.
    return [code if _CODE.fullmatch(code) else "invalid" for code in wanted if code not in _DOUBTS]


def _written(grade: Grade) -> str:
    letters = "".join(
        letter
        for letter, holds in (
            ("e", not grade.filled),
            ("v", grade.filled and not grade.invalid),
            ("i", grade.invalid),
            ("c", grade.corrected),
            ("p", grade.placeholder),
        )
        if holds
    )
    return f"{letters}:{','.join(grade.codes)}" if grade.codes else letters


def _read(piece: str) -> tuple[str, Grade]:
    name, _, rest = piece.partition("=")
    letters, _, codes = rest.partition(":")
    return name, Grade(
        "e" not in letters,
        "i" in letters,
        "c" in letters,
        "p" in letters,
        tuple(codes.split(",")) if codes else (),
    )
