"""The operators of a query: what a filter entry means for one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.fxiaoke.sandbox.errors import illegal, missing

Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """One entry of `filters`, read."""

    field: str
    operator: str
    values: tuple[str, ...]
    test: Test


def read_filter(entry: object) -> Filter:
    """Return a filter, or refuse one that is malformed; values may be strings or numbers."""
    if not isinstance(entry, Mapping):
        raise missing("filters")
    field, operator, values = entry.get("field_name"), entry.get("operator"), entry.get("field_values")
    if not isinstance(field, str) or not field:
        raise missing("field_name")
    if operator not in OPERATORS:
        raise illegal(f"the operator {str(operator)[:20]} is not supported")
    if not isinstance(values, list):
        raise missing("field_values")
    texts = tuple(_text(value) for value in values)
    if operator not in {"IS", "ISN"} and not texts:
        raise missing("field_values")
    return Filter(field, str(operator), texts, OPERATORS[str(operator)](texts))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise illegal("field_values holds strings")


def _empty(value: object) -> bool:
    return value is None or value in ("", [])


def _texts(value: object) -> list[str]:
    """Return what a field holds as texts: one for a plain value, each element of a list."""
    if _empty(value):
        return []
    return [_text(one) for one in value if not isinstance(one, dict)] if isinstance(value, list) else [_text(value)]


def _sorts(value: object, wanted: str) -> int:
    """Compare a held value with a wanted one: as numbers where the held one is a number, else as texts."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            other = float(wanted)
        except ValueError:
            raise illegal("a time or a number was expected") from None
        return int(value > other) - int(value < other)
    text = value if isinstance(value, str) else _text(value)
    return int(text > wanted) - int(text < wanted)


def _any_of(wanted: Sequence[str]) -> Test:
    chosen = frozenset(wanted)

    def test(value: object) -> bool:
        if isinstance(value, str):  # by far the most
            return value != "" and value in chosen
        return not chosen.isdisjoint(_texts(value))

    return test


def _none_of(wanted: Sequence[str]) -> Test:
    held = _any_of(wanted)
    return lambda value: not held(value)


def _ordered(*signs: int) -> Callable[[Sequence[str]], Test]:
    def make(wanted: Sequence[str]) -> Test:
        return lambda value: not _empty(value) and not isinstance(value, list) and _sorts(value, wanted[0]) in signs

    return make


def _between(wanted: Sequence[str]) -> Test:
    if len(wanted) != 2:  # noqa: PLR2004 (a range has two ends)
        raise illegal("BETWEEN takes two values")
    low, high = _ordered(0, 1)(wanted[:1]), _ordered(0, -1)(wanted[1:])
    return lambda value: low(value) and high(value)


def _not(made: Callable[[Sequence[str]], Test]) -> Callable[[Sequence[str]], Test]:
    def make(wanted: Sequence[str]) -> Test:
        inner = made(wanted)
        return lambda value: not inner(value)

    return make


def _some(compare: Callable[[str, str], bool]) -> Callable[[Sequence[str]], Test]:
    def make(wanted: Sequence[str]) -> Test:
        return lambda value: any(compare(text, wanted[0]) for text in _texts(value))

    return make


def _is_empty(_wanted: Sequence[str]) -> Test:
    return _empty


_contains = _some(lambda text, wanted: wanted in text)

OPERATORS: Mapping[str, Callable[[Sequence[str]], Test]] = {
    "EQ": lambda wanted: _any_of(wanted[:1]),
    "N": lambda wanted: _none_of(wanted[:1]),
    "NEQ": lambda wanted: _none_of(wanted[:1]),
    "GT": _ordered(1),
    "GTE": _ordered(0, 1),
    "LT": _ordered(-1),
    "LTE": _ordered(0, -1),
    "LIKE": _contains,
    "NLIKE": _not(_contains),
    "IS": _is_empty,
    "ISN": _not(_is_empty),
    "IN": _any_of,
    "NIN": _none_of,
    "BETWEEN": _between,
    "NBETWEEN": _not(_between),
    "STARTWITH": _some(str.startswith),
    "ENDWITH": _some(str.endswith),
    "HASANYOF": _any_of,
    "NHASANYOF": _none_of,
    "CONTAINS": _contains,
}
