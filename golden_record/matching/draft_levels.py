"""How values of each field type are compared, where nobody has written a model: the tables of `draft`.

Room: golden_record, the pure half. The m of a level is a guess; its u is counted, or a tenth of m.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Level = Mapping[str, Any]

ALIKE: Mapping[str, Sequence[Level]] = {
    "company_name": (
        {"when": "equal", "of": "core", "m": 0.10, "name": "equal core"},
        {"when": "tokens", "at_least": 0.9, "m": 0.08},
        {"when": "jaro_winkler", "at_least": 0.88, "m": 0.08},
    ),
    "address": (
        {"when": "equal", "of": "detail", "m": 0.08, "name": "equal street and door"},
        {"when": "jaro_winkler", "of": "detail", "at_least": 0.88, "m": 0.10},
        {"when": "equal", "of": "city", "m": 0.10, "name": "equal city"},
    ),
    "phone": ({"when": "one_char", "at_least": 8, "m": 0.04},),
    "email": ({"when": "one_char", "at_least": 8, "m": 0.04}, {"when": "same_domain", "m": 0.05}),
    "date": ({"when": "one_char", "at_least": 1, "m": 0.08},),
    "identifier": ({"when": "jaro_winkler", "at_least": 0.88, "m": 0.12},),
    "text": (
        {"when": "jaro_winkler", "at_least": 0.92, "m": 0.08},
        {"when": "tokens", "at_least": 0.9, "m": 0.06},
        {"when": "jaro_winkler", "at_least": 0.8, "m": 0.06},
    ),
}
"""Levels between equal and else, by field type; other types have none."""
UNIQUE = ("uscc", "resident_id", "social_handle", "url")
"""Types of which two that agree are hardly ever strangers, and one that differs by a letter is another one."""
KEYED = ("phone", "email", "identifier", "date", "address", *UNIQUE)
"""Types by which one looks somebody up, where the data say nothing yet."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a value that is compared by itself. *alone*: only where values rarely show more than this part."""

    of: str
    name: str
    levels: Sequence[Level]
    alone: bool = False


PARTS: Mapping[str, Sequence[Part]] = {
    "person_name": (
        Part(
            "family",
            "family name",
            (
                {"when": "swapped", "m": 0.02},
                {"when": "equal", "of": "family", "m": 0.7, "name": "equal family name"},
                {"when": "pinyin_equal", "m": 0.05, "name": "same sound"},
                {"when": "jaro_winkler", "of": "family", "at_least": 0.88, "m": 0.1, "name": "like family name"},
            ),
        ),
        Part(
            "given",
            "given name",
            (
                {"when": "swapped", "m": 0.02, "u": 0.02, "fixed": True},  # the family name has said so
                {"when": "equal", "of": "given", "m": 0.7, "name": "equal given name"},
                {"when": "pinyin_equal", "m": 0.05, "name": "same sound"},
                {"when": "nickname", "m": 0.02},
                {"when": "initials", "m": 0.03},
                {"when": "jaro_winkler", "of": "given", "at_least": 0.88, "m": 0.1, "name": "like given name"},
            ),
        ),
    ),
    "address": (
        Part(
            "city",
            "city",
            (
                {"when": "equal", "of": "city", "m": 0.7, "name": "equal city"},
                {"when": "jaro_winkler", "of": "city", "at_least": 0.88, "m": 0.1, "name": "like city"},
            ),
            alone=True,
        ),
    ),
}
"""Types whose values are compared part by part: one part may be wrong or missing where the other tells who it is."""
