"""The match features of a person's name: keys that meet across scripts, spellings, orders and nicknames.

Room: mapping. Pure; touches nothing but its tables. All of them are lossy and serve matching only.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from mapping.field_types.chinese_name import DOT, surname_length
from mapping.field_types.data_files import pairs
from mapping.field_types.han import simplified
from mapping.field_types.pinyin import given_readings, initials, surname_readings, syllables
from mapping.field_types.unicode_form import fold, has_han, letters_and_digits
from mapping.field_types.western_name import is_pinyin_surname, pinyin_token

_GENERATIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv"})


@lru_cache(maxsize=32_768)
def name_features(display: str, family: str, given: str, alias: str) -> tuple[tuple[str, str], ...]:
    """Return the features of a name as pairs.

    - `key`: Chinese: simplified, no separators; else the words sorted, without single letters.
    - `script`: han, latin, or other. `initials`: first letters of all words or syllables, sorted.
    - `family`, `given`: folded and simplified. `alias`: the key of the name in the other script.
    - `pinyin`: for Chinese names in either script: given name and family name as two words, sorted, every reading,
      joined by `|` in a fixed order: 仇英 and Qiu Ying meet in `qiu ying`. Names of uncertain order give every split.
    - `sorted`: all words of a name in letters, sorted. `nickname`: the full form of a Western given name (Bob: robert);
      `full_key`: `key` with it.
    """
    found = _han(display, family, given) if has_han(display) else _letters(display, family, given)
    if alias:
        found["alias"] = _alias_key(alias)
    return tuple((name, text) for name, text in found.items() if text)


def _alias_key(alias: str) -> str:
    return letters_and_digits(fold(simplified(alias))) if has_han(alias) else " ".join(_words(alias))


def _han(display: str, family: str, given: str) -> dict[str, str]:
    plain = simplified(display)
    if not family and DOT not in display and len(plain) == len(display):  # a value that came back without its parts
        split = surname_length(plain)
        family, given = (display[:split], display[split:]) if 0 < split < len(display) else ("", "")
    plain_family, plain_given = simplified(family), simplified(given)
    found = {
        "key": letters_and_digits(fold(plain)),
        "script": "han",
        "family": fold(plain_family),
        "given": fold(plain_given),
    }
    if family and given:
        readings = surname_readings(plain_family)
        # The given name as it came: simplifying turns 乾 (qian) into 干 (gan).
        sounds = {_two_words(f, g) for f in readings for g in given_readings(given)}
        found["pinyin"] = "|".join(sorted(sounds))
        found["initials"] = "".join(sorted(readings[0][:1] + initials(plain_given)))
    else:
        found["pinyin"] = "".join(given_readings(plain)[:1])
    return found


def _two_words(family: str, given: str) -> str:
    return " ".join(sorted((family, given)))


def _words(text: str) -> list[str]:
    words = (letters_and_digits(word) for word in fold(text).replace("-", " ").split())
    return sorted(word for word in words if word)


def _letters(display: str, family: str, given: str) -> dict[str, str]:
    words = _words(display)
    long = [word for word in words if len(word) > 1 and word not in _GENERATIONS] or words
    first = _words(given.split(maxsplit=1)[0])[0] if given.split() and _words(given.split(maxsplit=1)[0]) else ""
    full = pairs("nicknames.txt").get(first, first)
    found = {
        "key": " ".join(long) or fold(display),
        "script": "latin" if all(word.isascii() for word in words) else "other",
        "family": " ".join(_words(family)),
        "given": " ".join(word for word in fold(given).split()),
        "sorted": " ".join(words),
        "initials": "".join(sorted(word[0] for word in words)),
        "nickname": full,
        "pinyin": "|".join(_romanised_orders(display.split(), family)),
    }
    if full != first:
        found["full_key"] = " ".join(sorted(full if word == first else word for word in long))
    return found


def _romanised_orders(tokens: list[str], family: str) -> list[str]:
    """Return family and given name as two words, sorted, for every order that *tokens* may stand in.

    None if they are no pinyin.
    """
    plain = [pinyin_token(token) for token in tokens]
    if not 1 < len(plain) <= 3 or not all(map(syllables, plain)):  # noqa: PLR2004 (a name of two or three words)
        return []
    splits = {(plain[0], "".join(plain[1:])), (plain[-1], "".join(plain[:-1]))}
    known = pinyin_token(family)
    likely = {split for split in splits if split[0] == known} or {s for s in splits if is_pinyin_surname(s[0])}
    return sorted({_two_words(*split) for split in likely})
