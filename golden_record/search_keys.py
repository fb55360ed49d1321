"""Under which keys a profile is found by name: how each of its words begins.

Room: golden_record, the pure half. The store keeps keyed hashes of these texts; what that reveals is in
docs/security.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from golden_record.elements import Element
from mapping.field_types import search_words as words
from mapping.field_types.contract import FieldType

LONGEST: Final = 8
"""Characters of a beginning at most: longer ones are told apart by opening the few profiles that begin alike."""
MOST: Final = 240
"""Keys of one profile at most: one with a hundred names is not a customer."""


def words_of(types: Mapping[str, FieldType], fields: Mapping[str, Sequence[Element]]) -> Iterator[str]:
    """Yield every word by whose beginning the profile is found."""
    for name, kind in types.items():
        if kind.name in words.NAMES:
            for element in fields.get(name, ()):
                yield from sorted(words.search_words(kind.name, element.to_field_value()))


def search_keys(types: Mapping[str, FieldType], fields: Mapping[str, Sequence[Element]]) -> frozenset[str]:
    """Return the beginnings, of 1 to LONGEST characters, of every word of a profile."""
    found: dict[str, None] = {}
    for word in words_of(types, fields):
        found |= dict.fromkeys(word[:length] for length in range(1, min(len(word), LONGEST) + 1))
    return frozenset(list(found)[:MOST])


def asked_key(word: str) -> str:
    """Return the key that leads to the profiles of which a word may begin with *word*."""
    return word[:LONGEST]


def begins(types: Mapping[str, FieldType], fields: Mapping[str, Sequence[Element]], word: str) -> bool:
    """Whether some word of the profile really begins so."""
    return any(one.startswith(word) for one in words_of(types, fields))
