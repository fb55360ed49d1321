"""Levels as SQL: each test of the closed set as one function over two columns.

Room: golden_record, the pure half. The functions (`FUNCTIONS`) count characters, never bytes; each engine defines them
under these names, so that the SQL of a model is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from golden_record.matching import splink_columns as made
from golden_record.matching.evidence import Evidence
from golden_record.matching.level_test import LevelTest
from golden_record.matching.splink_columns import Columns, Texts

FUNCTIONS: Mapping[str, str] = {
    "hub_filled": "(a): there is a text",
    "hub_has": "(a, text): the text is among them",
    "hub_any": "(a, b): they share a text",
    "hub_all": "(a, b): the side with fewer texts has all of them on the other side too; none is empty",
    "hub_none": "(a, b): both have texts, and share none",
    "hub_one_char": "(a, b, n): two texts of at least n characters are one edit apart",
    "hub_jaro_winkler": "(a, b, s): two texts have a Jaro-Winkler similarity of s",
    "hub_tokens": "(a, b, s): two texts have a token_set_ratio of s",
    "hub_contains": "(a, b, n): one text, of at least n characters, stands within another",
    "hub_starts": "(a, b, n): one text, of at least n characters, begins another one",
    "hub_common_start": "(a, b, n): two texts begin with the same n characters",
    "hub_unlike": "(a, b): both have texts, and no text stands within another",
    "hub_same_words": "(a, b): two texts are alike up to the unit separator and differ after it",
}
"""What each engine must define: name -> arguments and promise. *a* and *b* are lists of texts."""

Keep = Callable[[str], bool]
"""Which of the texts on which two agree count."""


class LevelSql:
    """Turns tests into SQL conditions, and notes the columns that they need."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def condition(self, name: str, test: LevelTest, keep: tuple[object, Keep] | None = None) -> str:
        """Return the SQL of one test of the field *name*.

        Args:
            name: a profile field.
            test: one of the closed set, but not `else`.
            keep: for a counted test, a name for the choice and which texts count.
        """
        if keep is not None:
            return self._counted(name, test, keep)
        return _MAKERS[test.when](self, name, test)

    def column(self, name: str, what: str, test: LevelTest, texts: Texts, *about: object) -> str:
        """Return the name of a column of the field's texts."""
        key = (name, what, test.of, tuple(sorted(test.only.items())), *about)
        return self._columns.of_texts(f"{name}_{what}", key, texts)

    def plain(self, name: str, test: LevelTest) -> str:
        """Return the column of the texts themselves."""
        what = "readings" if test.when == "pinyin_equal" else test.of
        return self.column(name, what, test, made.texts_of(name, test))

    def looked_into(self, column: str) -> str:
        """Return *column*, noted as one whose texts are read, not only compared for being equal."""
        self._columns.read.add(column)
        return column

    def presence(self, name: str) -> str:
        """Return the column that is 1 where a record has the field at all."""
        return self._columns.of_number(f"has_{name}", (name,), lambda evidence: int(bool(evidence.features.get(name))))

    def _counted(self, name: str, test: LevelTest, keep: tuple[object, Keep]) -> str:
        every, (label, kept) = made.texts_of(name, test), keep

        def some(evidence: Evidence) -> list[str]:
            return [text for text in every(evidence) if kept(text)]

        shared = both("hub_any", self.column(name, test.of, test, some, test.when, label))
        return f"{shared} and {_equal(self, name, test)}" if test.when == "equal" else shared


def both(function: str, column: str, *more: object) -> str:
    """Return a function's call on one column of both sides."""
    return f"{function}({', '.join([f'{column}_l', f'{column}_r', *map(_number, more)])})"


def crossed(function: str, one: str, other: str) -> str:
    """Return a function's call on two columns, each side's against the other side's."""
    return f"({function}({one}_l, {other}_r) or {function}({one}_r, {other}_l))"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _any_equal(sql: LevelSql, name: str, test: LevelTest) -> str:
    return both("hub_any", sql.plain(name, test))


def _equal(sql: LevelSql, name: str, test: LevelTest) -> str:
    return both("hub_all", sql.plain(name, test))


def _alike(function: str) -> Callable[[LevelSql, str, LevelTest], str]:
    return lambda sql, name, test: both(function, sql.looked_into(sql.plain(name, test)), test.at_least)


def _known(sql: LevelSql, name: str, test: LevelTest) -> str:
    column, there = sql.plain(name, test), sql.presence(name)
    filled = f"(hub_filled({column}_l) or hub_filled({column}_r))"
    return f"({there}_l = 1 and {there}_r = 1 and {filled})"


def _swapped(sql: LevelSql, name: str, test: LevelTest) -> str:
    whole, turned = made.whole_and_turned(name, test)
    exchanged = crossed("hub_any", sql.column(name, "whole", test, whole), sql.column(name, "turned", test, turned))
    ordered = both("hub_same_words", sql.column(name, "words", test, made.ordered_words(name, test)))
    return f"({exchanged} or {ordered})"


def _initials(sql: LevelSql, name: str, test: LevelTest) -> str:
    short, long = made.short_names(name, test)
    return crossed("hub_any", sql.column(name, "short", test, short), sql.column(name, "long", test, long))


def _nickname(sql: LevelSql, name: str, test: LevelTest) -> str:
    return both("hub_any", sql.column(name, "forms", test, made.forms_of_name(name, test)))


def _other_given(sql: LevelSql, name: str, test: LevelTest) -> str:
    given, family = made.given_names(name, test)
    mine = sql.column(name, "given_or_none", test, given)
    theirs = sql.column(name, "families", test, family)
    named = f"not hub_has({mine}_l, '') and not hub_has({mine}_r, '')"
    return f"({both('hub_none', mine)} and {named} and not {crossed('hub_any', mine, theirs)})"


def _other_script(sql: LevelSql, name: str, test: LevelTest) -> str:
    column = sql.looked_into(sql.column(name, "scripts", test, made.scripts(name, test)))
    one = f"(hub_has({column}_l, 'letters') and hub_has({column}_r, 'han'))"
    other = f"(hub_has({column}_r, 'letters') and hub_has({column}_l, 'han'))"
    return f"({one} or {other})"


_MAKERS: Mapping[str, Callable[[LevelSql, str, LevelTest], str]] = {
    "equal": _equal,
    "any_equal": _any_equal,
    "pinyin_equal": _any_equal,
    "same_domain": _any_equal,
    "one_char": _alike("hub_one_char"),
    "jaro_winkler": _alike("hub_jaro_winkler"),
    "tokens": _alike("hub_tokens"),
    "contains": _alike("hub_contains"),
    "starts": _alike("hub_starts"),
    "common_start": _alike("hub_common_start"),
    "differ": lambda sql, name, test: both("hub_none", sql.plain(name, test)),
    "unlike": lambda sql, name, test: both("hub_unlike", sql.looked_into(sql.plain(name, test))),
    "known": _known,
    "swapped": _swapped,
    "initials": _initials,
    "nickname": _nickname,
    "other_given": _other_given,
    "other_script": _other_script,
}
