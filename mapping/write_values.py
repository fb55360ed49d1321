"""Render a profile value as a system writes it: value maps out, wire formats, the field type's own form.

Room: mapping; pure. The mirror of `read_values`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mapping.changes import Why
from mapping.compile import CompiledField
from mapping.read_values import word_of
from mapping.values import FieldValue, Json


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered value, or why there is none."""

    content: Json = None
    why: Why | None = None


def render(field: CompiledField, value: FieldValue, part: str | None = None) -> Rendered:
    """Return *value* (or its *part*) as the system of *field* writes it; never a guess."""
    if not value.valid:
        return Rendered(why="invalid")
    if field.words_out is not None:
        return _word(field, value)
    content = field.type.render(value, part, field.context)
    if field.format is not None and not field.format.joins:
        content = field.format.encode(content, field.zone)
    if part is None and is_empty(content):
        return Rendered(why="no_such_form")
    return Rendered(None if is_empty(content) else content)


def is_empty(content: Json) -> bool:
    """Say whether a system shows nothing here: null, or empty text, list or object."""
    return content is None or (isinstance(content, str) and not content.strip()) or content in ([], {}, ())


def _word(field: CompiledField, value: FieldValue) -> Rendered:
    words = field.words_out or {}
    word = word_of(value.value)
    return Rendered(words[word]) if word in words else Rendered(why="no_such_word")
