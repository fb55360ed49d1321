"""The closed set of ways in which two records can agree, computed from characters and never from bytes.

Room: golden_record, the pure half. Why characters: DuckDB's distances count bytes, by which 王伟 and 王芳 are
three edits apart; each test here has the same answer for every script (docs: matching).

Every test is symmetric. It takes the features of both sides' values and returns the texts on which they agree
(by which frequencies are looked up), an empty tuple where they agree on no one text, or None for no agreement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, get_args

from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio

from golden_record.matching.evidence import NO_VALUES, Values
from golden_record.matching.level_test import NO_TEXT, Agreement, LevelTest, Test
from golden_record.matching.name_tests import initials, nickname, other_given, pinyin_equal, swapped

When = Literal[
    "equal",
    "any_equal",
    "one_char",
    "jaro_winkler",
    "pinyin_equal",
    "swapped",
    "initials",
    "nickname",
    "same_domain",
    "contains",
    "starts",
    "common_start",
    "tokens",
    "differ",
    "unlike",
    "other_given",
    "other_script",
    "known",
    "else",
]
"""
- `equal`: the side with fewer values has all of them on the other side too (one value each: they are equal).
- `any_equal`: at least one value of each side is equal.
- `one_char`: some pair of values is one edit apart (a character more, less, other, or two neighbours swapped), both
  at least `at_least` characters long (default 4: two characters of 王伟 and 王芳 differ by one and mean nothing).
- `jaro_winkler`: some pair of values has a Jaro-Winkler similarity of `at_least`, 0 to 1.
- `pinyin_equal`: some pair shares a reading (feature `pinyin`; several readings stand apart by `READINGS`).
- `swapped`: one's family name is the other's given name and the reverse, or the same words stand in another order.
- `initials`: equal family name, and one given name is the first letter(s) of the other.
- `nickname`: equal family name, and given names that are forms of one name (feature `nickname`).
- `same_domain`: some pair of values has the same feature `domain`.
- `contains`: one value, at least `at_least` characters long (default 2), stands within the other.
- `tokens`: some pair of values shares its words: rapidfuzz token_set_ratio / 100 of `at_least`, 0 to 1.
- `differ`: both sides have the feature and no value of it is equal: a contradiction that earlier levels did not excuse.
- `unlike`: they differ, and no value stands within another (Co. within Company, 公司 within 有限公司).
- `other_given`: given names differ, and neither is the other's family name (the parts in each other's field).
- `other_script`: one is written in Chinese characters and the other in letters only: they cannot be compared.
- `known`: at least one side has the feature (beside another test: a legal form tells a full name from a brand).
- `starts`: one value, at least `at_least` characters long (default 2), begins the other.
- `common_start`: some pair begins with the same `at_least` (default 5) characters: one brand, two words for a trade.
- `else`: anything that the levels above it did not take, where both sides have something to compare.

Where one side has nothing to compare the comparison is *missing* and worth 0 bits; that is no level.
"""

WHENS: tuple[str, ...] = get_args(When)

COUNTED = ("equal", "any_equal", "pinyin_equal", "same_domain")
"""The tests that agree on a text of which one can ask how common it is."""

DEFAULT_FEATURE: Mapping[str, str] = {"pinyin_equal": "pinyin", "same_domain": "domain", "nickname": "nickname"}
"""The feature that a test reads where the level names none; `key` for all others."""

DEFAULT_AT_LEAST: Mapping[str, float] = {
    "one_char": 4,
    "jaro_winkler": 0.92,
    "contains": 2,
    "starts": 2,
    "common_start": 5,
    "tokens": 0.9,
}

HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def compile_test(level: LevelTest) -> Test:
    """Return the test of one level as a closure."""
    made = _MAKERS[level.when](level)
    if not level.only:
        return made
    wanted = tuple(level.only.items())

    def wrong(value: Mapping[str, str]) -> bool:
        for name, text in wanted:  # noqa: SIM110 (a generator would cost more than the test)
            if value.get(name) != text:
                return True
        return False

    def kept(values: Values) -> Values:
        if len(values) == 1:
            return NO_VALUES if wrong(values[0]) else values
        return tuple([value for value in values if not wrong(value)])

    def test(a: Values, b: Values) -> Agreement:
        kept_a, kept_b = kept(a), kept(b)
        return made(kept_a, kept_b) if kept_a or kept_b else None

    return test


def needed_feature(level: LevelTest) -> str:
    """Return the feature without which a value cannot be tested on this level."""
    if level.when == "other_given":
        return "given"
    return "family" if level.when in {"swapped", "initials", "nickname"} else level.of


def feature_texts(values: Values, of: str) -> set[str]:
    """Return the filled texts of one feature."""
    return {text for value in values if (text := value.get(of))}


def _any_equal(level: LevelTest) -> Test:
    of = level.of

    def test(a: Values, b: Values) -> Agreement:
        if len(a) == 1 == len(b):
            text = a[0].get(of)
            return (text,) if text and text == b[0].get(of) else None
        shared = feature_texts(a, of) & feature_texts(b, of)
        return tuple(sorted(shared)) if shared else None

    return test


def _equal(level: LevelTest) -> Test:
    of = level.of

    def test(a: Values, b: Values) -> Agreement:
        if len(a) == 1 == len(b):
            text = a[0].get(of)
            return (text,) if text and text == b[0].get(of) else None
        texts_a, texts_b = feature_texts(a, of), feature_texts(b, of)
        shared = texts_a & texts_b
        return tuple(sorted(shared)) if shared and len(shared) == min(len(texts_a), len(texts_b)) else None

    return test


def _differ(level: LevelTest) -> Test:
    of = level.of

    def test(a: Values, b: Values) -> Agreement:
        if len(a) == 1 == len(b):
            one, other = a[0].get(of), b[0].get(of)
            return NO_TEXT if one and other and one != other else None
        texts_a, texts_b = feature_texts(a, of), feature_texts(b, of)
        return NO_TEXT if texts_a and texts_b and texts_a.isdisjoint(texts_b) else None

    return test


def _unlike(level: LevelTest) -> Test:
    of = level.of

    def test(a: Values, b: Values) -> Agreement:
        texts_a, texts_b = feature_texts(a, of), feature_texts(b, of)
        alike = any(one in other or other in one for one in texts_a for other in texts_b)
        return NO_TEXT if texts_a and texts_b and not alike else None

    return test


def _of_pairs(of: str, holds: Callable[[str, str], bool]) -> Test:
    """Return a test that holds if *holds* does for some pair of texts, the smaller first (so that it is symmetric)."""

    def test(a: Values, b: Values) -> Agreement:
        for value in a:
            one = value.get(of)
            if not one:
                continue
            for other_value in b:
                other = other_value.get(of)
                if other and (holds(one, other) if one <= other else holds(other, one)):
                    return NO_TEXT
        return None

    return test


def _one_char(level: LevelTest) -> Test:
    shortest = level.at_least

    def holds(a: str, b: str) -> bool:
        if min(len(a), len(b)) < shortest or abs(len(a) - len(b)) > 1:
            return False
        return OSA.distance(a, b, score_cutoff=1) == 1

    return _of_pairs(level.of, holds)


def _jaro_winkler(level: LevelTest) -> Test:
    cut = level.at_least
    return _of_pairs(level.of, lambda a, b: JaroWinkler.similarity(a, b, score_cutoff=cut) >= cut)


def _tokens(level: LevelTest) -> Test:
    cut = level.at_least * 100
    return _of_pairs(level.of, lambda a, b: token_set_ratio(a, b, score_cutoff=cut) >= cut)


def _contains(level: LevelTest) -> Test:
    shortest = level.at_least

    def holds(a: str, b: str) -> bool:
        return min(len(a), len(b)) >= shortest and (a in b or b in a)

    return _of_pairs(level.of, holds)


def _starts(level: LevelTest) -> Test:
    shortest = level.at_least

    def holds(a: str, b: str) -> bool:
        return a != b and len(a) >= shortest and b.startswith(a)

    return _of_pairs(level.of, holds)


def _common_start(level: LevelTest) -> Test:
    length = int(level.at_least)
    return _of_pairs(level.of, lambda a, b: len(a) >= length and a[:length] == b[:length])


def _known(level: LevelTest) -> Test:
    of = level.of
    return lambda a, b: NO_TEXT if feature_texts(a, of) or feature_texts(b, of) else None


def _other_script(level: LevelTest) -> Test:
    def holds(a: str, b: str) -> bool:
        return a.isascii() != b.isascii() and bool(HAN.search(a)) != bool(HAN.search(b))

    return _of_pairs(level.of, holds)


def _else(_level: LevelTest) -> Test:
    return lambda _a, _b: NO_TEXT


_MAKERS: Mapping[str, Callable[[LevelTest], Test]] = {
    "equal": _equal,
    "any_equal": _any_equal,
    "one_char": _one_char,
    "jaro_winkler": _jaro_winkler,
    "pinyin_equal": pinyin_equal,
    "swapped": swapped,
    "initials": initials,
    "nickname": nickname,
    "same_domain": _any_equal,
    "contains": _contains,
    "tokens": _tokens,
    "differ": _differ,
    "unlike": _unlike,
    "other_given": other_given,
    "other_script": _other_script,
    "known": _known,
    "starts": _starts,
    "common_start": _common_start,
    "else": _else,
}
