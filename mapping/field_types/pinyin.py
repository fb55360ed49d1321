"""How Chinese names sound in pinyin, for keys only: surnames by their own readings, every reading indexed.

Room: mapping. Pure; pypinyin's tables are loaded at import, ours (`data/surname_readings.txt`) at first use. pypinyin
reads a surname as an ordinary word (仇 as chou, 解 as jie), so the family name is read from the table
first (reference 2.3).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from pypinyin import lazy_pinyin

from mapping.field_types.data_files import pairs, words
from mapping.field_types.unicode_form import letters_and_digits

_UMLAUT: Final = {"v": "yu"}
"""吕 is LV in most systems and LYU in passports."""
_LONGEST_SYLLABLE: Final = 6


@lru_cache(maxsize=65_536)
def surname_readings(family: str) -> tuple[str, ...]:
    """Return every reading of a family name (simplified), the usual one first, its syllables joined.

    >>> surname_readings("仇"), surname_readings("尉迟"), surname_readings("张")
    (('qiu', 'chou'), ('yuchi',), ('zhang',))
    """
    listed = pairs("surname_readings.txt").get(family)
    readings = listed.split(",") if listed else ["".join(lazy_pinyin(family))]
    spelt = [other for reading in readings for other in _spellings(reading)]
    return tuple(dict.fromkeys(spelt))


@lru_cache(maxsize=65_536)
def given_readings(given: str) -> tuple[str, ...]:
    """Return the spellings of a given name (simplified) in pinyin, its syllables joined."""
    return _spellings("".join(lazy_pinyin(given)))


@lru_cache(maxsize=65_536)
def initials(given: str) -> str:
    """Return the first letter of each syllable of a given name in Chinese characters."""
    return "".join(syllable[:1] for syllable in lazy_pinyin(given))


def _spellings(reading: str) -> tuple[str, ...]:
    plain = letters_and_digits(reading)
    return (plain, plain.replace("v", _UMLAUT["v"])) if "v" in plain else (plain,)


@lru_cache(maxsize=65_536)
def syllables(token: str) -> int:
    """Return the smallest number of syllables that *token* (lower case) can be parted into; 0 if it is no pinyin.

    >>> syllables("xiaoming"), syllables("zhang"), syllables("smith")
    (2, 1, 0)
    """
    known = words("pinyin_syllables.txt")
    fewest: list[int] = [0] + [0] * len(token)
    for end in range(1, len(token) + 1):
        starts = range(max(0, end - _LONGEST_SYLLABLE), end)
        counts = [fewest[s] + 1 for s in starts if (s == 0 or fewest[s]) and token[s:end] in known]
        fewest[end] = min(counts, default=0)
    return fewest[len(token)] if token else 0
