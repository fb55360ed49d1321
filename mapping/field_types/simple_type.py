"""The shape that most field types share: a text in, one canonical text out, a key that is the text folded.

Room: mapping. Pure; touches nothing. A type made of it is a declaration: how to read, how to key, how to hide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mapping.field_types.contract import FieldContext
from mapping.field_types.raw_values import each_text
from mapping.field_types.unicode_form import LONGEST_LINE, fold
from mapping.values import FieldValue, Json

Values = tuple[FieldValue, ...]


def hidden(text: str) -> str:
    """Return nothing of *text* but that there is some."""
    return "***" if text else ""


def nothing_else(value: str) -> Mapping[str, str]:
    """Return no further features."""
    del value
    return {}


@dataclass(slots=True)
class SimpleType:
    """A field type whose value is one text.

    *read* makes values of one text; *key* its folded form for matching; *more* further features of a value; *covered*
    hides its personal core; *blocks* whether equal values are worth looking up.
    """

    name: str
    read: Callable[[str, FieldContext], Values]
    key: Callable[[str], str] = fold
    covered: Callable[[str], str] = hidden
    more: Callable[[str], Mapping[str, str]] = nothing_else
    blocks: bool = True
    longest: int = LONGEST_LINE

    def normalise(self, raw: Json, context: FieldContext) -> Values:
        """Return the values in *raw*, a text or a list of texts."""
        return each_text(raw, lambda text: self.read(text, context), self.longest)

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key` and what else this type has."""
        if not (value.valid and value.evidence and isinstance(value.value, str)):
            return {}
        found = {"key": self.key(value.value), **self.more(value.value)}
        return {name: text for name, text in found.items() if text}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return the key, where equal values are worth looking up."""
        key = self.features(value).get("key") if self.blocks else None
        return (key,) if key else ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the value, or one of its parts."""
        del context
        if not value.valid:
            return value.raw if part is None else None
        return value.value if part is None else value.parts.get(part)

    def mask(self, value: FieldValue) -> str:
        """Return the value with its personal core hidden."""
        return self.covered(str(value.value)) if value.valid else "***"

    def show(self, value: FieldValue) -> str:
        """Return the value as it is."""
        return str(value.value)
