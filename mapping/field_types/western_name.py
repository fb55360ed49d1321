"""Names in other scripts than Chinese, and Chinese names in Latin letters.

Room: mapping. Pure; touches nothing. nameparser knows titles, suffixes and particles; the order of romanised Chinese
names is ours (GB/T 28039: family name first), for nameparser takes Zhang Wei's family name for Wei.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from nameparser import HumanName

from mapping.field_types.chinese_name import frequent_surnames
from mapping.field_types.data_files import pairs, words
from mapping.field_types.pinyin import surname_readings, syllables
from mapping.field_types.unicode_form import fold

_TWO_TOKENS: Final = 2
_MOST_TOKENS: Final = 3
_GIVEN_SYLLABLES: Final = 2


@dataclass(frozen=True, slots=True)
class WesternName:
    """A name as read. *family* and *given* are empty where the order cannot be known (Zhang Wei)."""

    display: str
    family: str = ""
    given: str = ""
    honorific: str = ""
    suffix: str = ""
    alias: str = ""
    issue: str = ""


def read_western(text: str, region: str) -> WesternName:
    """Return how *text* (no Chinese characters) reads as one person's name in a system of *region*.

    Issues: `incomplete` (Mr. Smith, Jack), `order_unknown` (Zhang Wei: both may be the family name).
    """
    tokens = text.split()
    if is_romanised(tokens):
        return _romanised(tokens, region)
    return _parsed(text)


def _parsed(text: str) -> WesternName:
    name = HumanName(text)
    given = " ".join(filter(None, (name.first, name.middle)))
    family, suffix, alias = name.last, name.suffix.replace(",", ""), name.nickname
    display = " ".join(filter(None, (given, family, suffix)))
    if not (given and family):
        return WesternName(
            text.strip(), family or "", given, name.title, suffix, alias, issue="incomplete" if display else "doubtful"
        )
    return WesternName(display, family, given, name.title, suffix, alias)


def is_romanised(tokens: list[str]) -> bool:
    """Return whether *tokens* read as a Chinese name in pinyin: two or three words of it, one of them a surname."""
    if not _TWO_TOKENS <= len(tokens) <= _MOST_TOKENS or any(fold(token) in _western_given() for token in tokens):
        return False
    counts = [syllables(pinyin_token(token)) for token in tokens]
    return all(0 < count <= _GIVEN_SYLLABLES for count in counts) and any(map(is_pinyin_surname, tokens))


def pinyin_token(token: str) -> str:
    """Return *token* as pinyin is compared: lower case, no hyphen or apostrophe, ü as v."""
    return fold(token.lower().replace("ü", "v").replace("-", "").replace("'", "").replace("’", ""))


@cache
def _western_given() -> frozenset[str]:
    nicknames = pairs("nicknames.txt")
    return words("western_given.txt").union(nicknames, nicknames.values())


@cache
def _surnames_in_pinyin() -> frozenset[str]:
    # Only frequent ones: nearly every syllable is some surname, and then no order could ever be told.
    return frozenset(reading for family in frequent_surnames() for reading in surname_readings(family))


def is_pinyin_surname(token: str) -> bool:
    """Return whether *token* is how some Chinese surname is written in pinyin."""
    return pinyin_token(token) in _surnames_in_pinyin()


def _romanised(tokens: list[str], region: str) -> WesternName:
    first, last = tokens[0], tokens[-1]
    family_first = _stands_out(first, tokens) or (is_pinyin_surname(first) and not is_pinyin_surname(last))
    family_last = _stands_out(last, tokens) or (is_pinyin_surname(last) and not is_pinyin_surname(first))
    if family_first == family_last:
        return WesternName(" ".join(tokens), issue="order_unknown")
    family = first if family_first else last
    given = " ".join(tokens[1:] if family_first else tokens[:-1])
    return ordered(_unshouted(family) if len(family) > 1 and family.isupper() else family, given, region)


def _stands_out(token: str, tokens: list[str]) -> bool:
    """Return whether *token* must be the family name: ZHANG Wei (the others are not in capitals), Ouyang Wen."""
    capitals = token.isupper() and len(token) > 1 and not all(other.isupper() for other in tokens)
    return is_pinyin_surname(token) and (capitals or syllables(pinyin_token(token)) > 1)


def _unshouted(token: str) -> str:
    return token.capitalize()


def ordered(family: str, given: str, region: str) -> WesternName:
    """Return a name whose parts are known, in the order its display takes: family first for Chinese names in China."""
    chinese = region == "CN" and is_romanised([family, *given.split()]) and is_pinyin_surname(family)
    display = f"{family} {given}" if chinese else f"{given} {family}"
    return WesternName(display, family, given)
