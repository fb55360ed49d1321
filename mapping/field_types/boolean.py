"""Truth values: consents, flags.

Room: mapping. Pure; touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mapping.field_types.contract import FieldContext
from mapping.field_types.raw_values import each_text, invalid
from mapping.field_types.simple_type import Values
from mapping.field_types.unicode_form import fold, one_line
from mapping.values import FieldValue, Json

_TRUE: Final = frozenset(
    {"true", "t", "yes", "y", "1", "on", "是", "有", "对", "真", "✓", "√", "同意", "已同意", "checked"}
)
_FALSE: Final = frozenset(
    {"false", "f", "no", "n", "0", "off", "否", "不", "无", "没有", "不是", "假", "×", "✗", "不同意", "unchecked"}
)

_PAIR: Final = ("true", "false")


class Boolean:
    """Truth values. *value* is true or false; anything else is invalid (`not_a_truth_value`). Never evidence."""

    name = "boolean"

    def normalise(self, raw: Json, context: FieldContext) -> Values:
        """Return the truth value in *raw*: one, or a word for one in Chinese or English."""
        del context
        if isinstance(raw, bool):
            return (FieldValue(value=raw, raw=raw, evidence=False),)
        return each_text(raw, _read)

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return nothing: a truth value says nothing about who somebody is."""
        del value
        return {}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return nothing."""
        del value
        return ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the truth value; part `text`: the option `words` ([是, 否]) or true and false as text."""
        if not value.valid:
            return value.raw if part is None else None
        if part is None:
            return value.value
        words = context.options.get("words")
        pair = (
            [str(word) for word in words]
            if isinstance(words, list | tuple) and len(words) == len(_PAIR)
            else list(_PAIR)
        )
        return pair[0 if value.value else 1] if part == "text" else None

    def mask(self, value: FieldValue) -> str:
        """Return the value: it names nobody."""
        return self.show(value) if value.valid else "***"

    def show(self, value: FieldValue) -> str:
        """Return true or false."""
        return str(value.value).lower() if isinstance(value.value, bool) else str(value.value)


def _read(text: str) -> Values:
    word = fold(one_line(text))
    if word in _TRUE or word in _FALSE:
        return (FieldValue(value=word in _TRUE, raw=text, evidence=False),)
    return (invalid(text, "not_a_truth_value"),)
