"""Choices: one of a list of values, each system with words of its own.

Room: mapping. Pure; touches nothing. Option `values`: the system's word to the profile's ({A: vip, B: regular}), or
`choices`: the profile's words where all systems use them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.placeholders import is_filler
from mapping.field_types.raw_values import as_text, each_text, invalid
from mapping.field_types.simple_type import Values
from mapping.field_types.unicode_form import fold, one_line
from mapping.values import FieldValue, Json

_SEPARATORS: Final = re.compile(r"[;,、|\n]")


class Choice:
    """Choices. *value* is the profile's word. Issue: `unknown_choice` (then invalid, for no system would know it).

    Without options every word is its own choice. Words are compared whatever their case and width. Idempotent as long
    as no profile's word is also a system's word for another choice.
    """

    name = "choice"

    def normalise(self, raw: Json, context: FieldContext) -> Values:
        """Return the choice that *raw* names; a truth value counts as the words true and false."""
        raw = str(raw).lower() if isinstance(raw, bool) else raw
        return each_text(raw, lambda text: _read(text, context))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key`, the word folded."""
        return {"key": fold(str(value.value))} if value.valid and value.evidence else {}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return nothing: many customers share a choice."""
        del value
        return ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the system's word for the choice (the first that `values` lists for it)."""
        if not value.valid:
            return value.raw if part is None else None
        if part is not None:
            return None
        for word, canonical in _pairs(context):
            if canonical == value.value:
                return word
        return value.value

    def mask(self, value: FieldValue) -> str:
        """Return the word: a choice names nobody."""
        return str(value.value) if value.valid else "***"

    def show(self, value: FieldValue) -> str:
        """Return the word."""
        return str(value.value)


class MultiChoice(Choice):
    """Tags and multiple picks: each item a choice, single texts split on `; , 、 |`, repeated ones once."""

    name = "multi_choice"

    def normalise(self, raw: Json, context: FieldContext) -> Values:
        """Return the choices in *raw*, a list or a text of several."""
        raw = str(raw).lower() if isinstance(raw, bool) else raw
        found = each_text(raw, lambda text: tuple(v for piece in _pieces(text, context) for v in _read(piece, context)))
        first: dict[str, FieldValue] = {}
        for value in found:
            first.setdefault(as_text(value.value), value)
        return tuple(first.values())


def _pieces(text: str, context: FieldContext) -> tuple[str, ...]:
    if any(fold(one_line(text)) == fold(one_line(word)) for word, _ in _pairs(context)):  # a word that holds a comma
        return (text,)
    return tuple(piece for piece in _SEPARATORS.split(text.replace("，", ",").replace("；", ";")) if piece.strip())


def _pairs(context: FieldContext) -> tuple[tuple[str, str], ...]:
    """Return (the system's word, the profile's) in the order of the options."""
    values, choices = context.options.get("values"), context.options.get("choices")
    if isinstance(values, Mapping):
        return tuple((str(word), as_text(canonical)) for word, canonical in values.items())
    if isinstance(choices, Sequence) and not isinstance(choices, str):
        return tuple((as_text(word), as_text(word)) for word in choices)
    return ()


def _read(text: str, context: FieldContext) -> Values:
    line = one_line(text)
    pairs = _pairs(context)
    if not line:
        return ()
    if not pairs:
        return (invalid(text, "placeholder") if is_filler(line) else FieldValue(value=line, raw=text),)
    folded = fold(line)
    by_canonical = {fold(one_line(canonical)): canonical for _, canonical in pairs}
    by_word = {fold(one_line(word)): canonical for word, canonical in pairs}
    found = by_word.get(folded, by_canonical.get(folded))
    if found is None:
        return (invalid(text, "unknown_choice"),)
    return (FieldValue(value=found, raw=text),)
