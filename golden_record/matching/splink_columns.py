"""What Splink sees of a record: one column of texts for each thing that the model's levels look at.

Room: golden_record, the pure half. A column is a list of texts, sorted, each once, so that one test per column is left
for SQL: share a text, or hold two that are alike. What needs a record alone is decided here, for every engine alike:
initials and forms of a name, readings of a character, the kind of script, how common a value is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from golden_record.matching.evidence import NO_VALUES, Evidence, Values
from golden_record.matching.level_test import READINGS, LevelTest
from golden_record.matching.levels import HAN
from golden_record.matching.name_tests import long_for, short_for

Texts = Callable[[Evidence], list[str]]
"""What a column holds of a record."""

Term = Callable[[Evidence], tuple[str, float] | None]
"""A text of a record and its frequency."""

JOIN = "\x1f"
"""Stands between the parts of a text that joins several."""
NAMELESS = ""
"""Stands for a value that lacks the feature, where that matters."""


@dataclass
class Columns:
    """The columns that a model needs; asking twice for one gives the same name.

    *texts*: lists of texts by name; *numbers*: whole numbers; *terms*: the text whose frequency a level goes by, with
    that frequency beside it. *read*: the columns whose texts are looked into; of all others one only asks whether two
    are equal (part by part, where a text joins several), so that a keyed hash does as well.
    """

    texts: dict[str, Texts] = field(default_factory=dict)
    numbers: dict[str, Callable[[Evidence], int]] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    several: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    _names: dict[tuple[object, ...], str] = field(default_factory=dict)

    def of_texts(self, what: str, about: tuple[object, ...], made: Texts) -> str:
        """Return the name of a column of texts; *about* tells it from all others."""
        name = self._name("text", what, about)
        self.texts.setdefault(name, made)
        return name

    def of_number(self, what: str, about: tuple[object, ...], made: Callable[[Evidence], int]) -> str:
        """Return the name of a column of whole numbers."""
        name = self._name("number", what, about)
        self.numbers.setdefault(name, made)
        return name

    def of_term(self, what: str, about: tuple[object, ...], made: Term) -> str:
        """Return the name of a column of one text, whose frequency stands in a table beside it."""
        name = self._name("term", what, about)
        self.terms.setdefault(name, made)
        return name

    def of_several(self, what: str, about: tuple[object, ...], made: Callable[[Evidence], int]) -> str:
        """Return the name of a column that counts the texts of a term: above one the term stands for several."""
        name = self.of_number(f"several_{what}", about, made)
        self.several.add(name)
        return name

    def _name(self, *key: object) -> str:
        name = self._names.get(key)
        if name is None:
            plain = re.sub(r"[^a-z0-9]+", "_", str(key[1]).lower()).strip("_")
            name = self._names[key] = f"c{len(self._names)}_{plain}".rstrip("_")
        return name


def values_of(evidence: Evidence, name: str, only: Mapping[str, str]) -> Values:
    """Return the values of a field that have the features *only*."""
    found = evidence.features.get(name, NO_VALUES)
    if not only:
        return found
    return tuple(value for value in found if all(value.get(key) == text for key, text in only.items()))


def texts_of(name: str, test: LevelTest) -> Texts:
    """Return what fills the column of one feature; a reading for each, where the test goes by sound."""
    if test.when == "pinyin_equal":
        return _column(name, test, lambda value: value.get(test.of, "").split(READINGS))
    return _column(name, test, lambda value: (value.get(test.of, ""),))


def _column(name: str, test: LevelTest, parts: Callable[[Mapping[str, str]], Iterable[str]]) -> Texts:
    only = test.only

    def made(evidence: Evidence) -> list[str]:
        values = values_of(evidence, name, only)
        if not values:
            return []
        found = {text for value in values for text in parts(value)}
        return sorted(found - {""})

    return made


def whole_and_turned(name: str, test: LevelTest) -> tuple[Texts, Texts]:
    """Return a name's parts joined as they stand, and the other way round."""

    def both(value: Mapping[str, str], first: str, then: str) -> tuple[str, ...]:
        one, other = value.get(first), value.get(then)
        return (f"{one}{JOIN}{other}",) if one and other else ()

    return (
        _column(name, test, lambda value: both(value, "family", "given")),
        _column(name, test, lambda value: both(value, "given", "family")),
    )


def ordered_words(name: str, test: LevelTest) -> Texts:
    """Return a name's words in order, joined to the name as it stands: two that differ in the second part only."""

    def ordered(value: Mapping[str, str]) -> tuple[str, ...]:
        words = value.get("sorted")
        return (f"{words}{JOIN}{value.get('key', '')}",) if words else ()

    return _column(name, test, ordered)


def short_names(name: str, test: LevelTest) -> tuple[Texts, Texts]:
    """Return family names with initials, as written and as others would shorten the given name."""

    def with_family(value: Mapping[str, str], letters: Iterable[str]) -> tuple[str, ...]:
        family = value.get("family")
        return tuple(f"{family}{JOIN}{letter}" for letter in letters) if family else ()

    return (
        _column(name, test, lambda value: with_family(value, short_for(value))),
        _column(name, test, lambda value: with_family(value, long_for(value))),
    )


def forms_of_name(name: str, test: LevelTest) -> Texts:
    """Return the family name with each form of the given name."""

    def forms(value: Mapping[str, str]) -> tuple[str, ...]:
        family, given = value.get("family"), {*value.get(test.of, "").split(), value.get("given", "")} - {""}
        return tuple(f"{family}{JOIN}{form}" for form in given) if family else ()

    return _column(name, test, forms)


def given_names(name: str, test: LevelTest) -> tuple[Texts, Texts]:
    """Return the given names, `NAMELESS` where one is missing, and the family names."""
    only = test.only

    def given(evidence: Evidence) -> list[str]:
        return sorted({value.get("given", NAMELESS) for value in values_of(evidence, name, only)})

    return given, _column(name, test, lambda value: (value.get("family", ""),))


def scripts(name: str, test: LevelTest) -> Texts:
    """Return in which scripts a feature is written: `letters` (ASCII alone), `han` (some Chinese), `other`."""

    def script(text: str) -> str:
        return "letters" if text.isascii() else "han" if HAN.search(text) else "other"

    return _column(name, test, lambda value: (script(text),) if (text := value.get(test.of)) else ())
