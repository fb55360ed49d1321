"""What normalising changed in a text: only its notation, or what a person would call a correction.

Room: mapping. Pure; touches nothing. Told from a value's two ends, *raw* and *value*, so that it costs nothing where
nobody asks. Only for texts that stand for themselves: a word that a mapping translates (A: vip) was not corrected.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from mapping.field_types.unicode_form import fold, letters_and_digits, one_line, well_formed
from mapping.values import FieldValue

CORRECTIONS: Final = frozenset({"unseen", "width", "content"})
"""Changes that say something about the data; the others are matters of notation."""

WRITTEN_TYPES: Final = frozenset(
    {
        "phone",
        "email",
        "person_name",
        "company_name",
        "url",
        "uscc",
        "resident_id",
        "identifier",
        "social_handle",
        "text",
    }
)
"""Field types whose raw text stands for itself."""

_WHITE: Final = re.compile(r"\s+")


def rewriting(value: FieldValue) -> tuple[str, ...]:
    """Return what normalising changed between a valid value's raw text and its value, as codes.

    - `unseen`: characters that nobody sees (zero width, control, direction marks) were dropped.
    - `width`: full-width or compatibility forms became the usual ones.
    - `blanks`, `case`, `punctuation`: only these differ.
    - `prefix`: something was only put before it (+86, https://).
    - `content`: letters or digits differ: a label or a note was dropped, an extension lifted, one of several taken.

    Empty where nothing changed, and for values that are no texts or came in parts.

    >>> rewriting(FieldValue("+8613800138000", "１３８ 0013 8000（微信同号）"))
    ('width', 'content')
    """
    raw, text = value.raw, value.value
    if not value.valid or not isinstance(raw, str) or not isinstance(text, str) or raw == text:
        return ()
    if raw.startswith("{"):  # parts, as a mapping pulls them
        return ()
    return tuple(_changes(raw, text))


def _changes(raw: str, text: str) -> list[str]:
    found: list[str] = []
    plain = one_line(raw)
    composed = " ".join(unicodedata.normalize("NFC", well_formed(raw)).split())
    if len(_WHITE.sub("", composed)) > len(_WHITE.sub("", _seen(composed))):
        found.append("unseen")
    if any("\uff01" <= char <= "\uffef" or "\u3200" <= char <= "\u33ff" for char in raw):
        found.append("width")
    before, after = letters_and_digits(fold(plain)), letters_and_digits(fold(one_line(text)))
    if before != after:
        dialled = before.lstrip("0")  # a trunk or international prefix gives way to +86
        found.append("prefix" if dialled and after.endswith(dialled) else "content")
    elif plain != text or not found:
        found += _notation(raw, plain, text)
    return found


def _notation(raw: str, plain: str, text: str) -> list[str]:
    if _WHITE.sub("", raw) == _WHITE.sub("", text):
        return ["blanks"]
    if plain.casefold() == text.casefold():
        return ["case"] if plain != text else []
    return ["punctuation"]


def _seen(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Cc", "Cs"))
