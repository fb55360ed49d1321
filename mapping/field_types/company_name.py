"""Companies' names: what is shown, and the parts by which two spellings of one company meet (reference 2.4).

Room: mapping. Pure; touches nothing but its tables. A branch, a group and its subsidiary have keys of their own: they
are related to the parent, not the same customer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from pypinyin import lazy_pinyin

from mapping.field_types.company_parts import company_parts
from mapping.field_types.contract import FieldContext
from mapping.field_types.han import simplified
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import each_text, invalid
from mapping.field_types.unicode_form import (
    HAN,
    fold,
    has_han,
    is_han,
    letters_and_digits,
    one_line,
    without_blanks_in_han,
)
from mapping.values import FieldValue, Json

_BRACKET_FORMS: Final = str.maketrans("[]【】{}〔〕", "()()()()")
_BY_BRACKETS: Final = re.compile(
    rf"(?<=[{HAN})]) (?=[({HAN}])|(?<=[{HAN}]) (?=\()|(?<=\)) (?=[{HAN}])|(?<=\() | (?=\))"
)
_BLOCK_HAN: Final = 4
_BLOCK_LATIN: Final = 12
_BRAND_HAN: Final = 2


class CompanyName:
    """Companies' names. *value* is the name in NFKC, with `()` brackets and no blanks between Chinese characters.

    Issues: `placeholder` (个人, 无公司), `doubtful` (a core of one character).
    """

    name = "company_name"

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        """Return the name in *raw*, a text."""
        more = extra(context)
        return each_text(raw, lambda text: _read(text, more))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key`, `core`, `brand`, and where there are: `place`, `form`, `branch`, `group` ("1"), `pinyin`.

        `core` is name and trade without place and form; `brand` is how it begins, two Chinese characters or one word,
        by which the brand alone and the full name are found. `key` is the core without separators, with its branch and
        集团 where it has them. `pinyin` is the core in letters, so that 朗恒贸易 and Langheng Trading begin alike.
        """
        if not (value.valid and value.evidence and isinstance(value.value, str)):
            return {}
        return dict(_features(value.value))

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return the head of the core: 4 Chinese characters or 12 letters."""
        core = letters_and_digits(self.features(value).get("core", ""))
        if not core:
            return ()
        return (core[: _BLOCK_HAN if is_han(core[0]) else _BLOCK_LATIN],)

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the name; parts `core`, `place`, `form`, `branch` (simplified, folded: for reports, not to push)."""
        del context
        if not value.valid or not isinstance(value.value, str):
            return value.raw if part is None else None
        return value.value if part is None else dict(_features(value.value)).get(part)

    def mask(self, value: FieldValue) -> str:
        """Return the first two characters: 腾讯****."""
        text = str(value.value)
        return f"{text[:2]}****" if value.valid and len(text) > _BLOCK_HAN else "****"

    def show(self, value: FieldValue) -> str:
        """Return the name."""
        return str(value.value)


@lru_cache(maxsize=32_768)
def _read(text: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    name = _display(text)
    plain = fold(simplified(name))
    if not name or is_filler(plain) or is_listed("company", plain) or plain in more:
        return (invalid(text, "placeholder"),)
    if not letters_and_digits(name):
        return (invalid(text, "not_a_name"),)
    core = dict(_features(name))["core"]
    if len(letters_and_digits(core)) == 1:
        return (FieldValue(value=name, raw=text, issues=("doubtful",), evidence=False),)
    return (FieldValue(value=name, raw=text),)


def _display(text: str) -> str:
    """Return the shown form of a name: applied twice it changes nothing."""
    name = one_line(text).translate(_BRACKET_FORMS)
    return one_line(_BY_BRACKETS.sub("", without_blanks_in_han(name))).strip(" ,;、，。")


@lru_cache(maxsize=32_768)
def _features(name: str) -> tuple[tuple[str, str], ...]:
    parts = company_parts(simplified(name))
    core = parts.core.replace("&", " and ")
    several_words = core.count(" ") > 1  # The Boeing Group, but not The Limited
    key = letters_and_digits(core.removeprefix("the ") if several_words else core) or core
    found = {
        "key": key + ("集团" if parts.group else "") + letters_and_digits(parts.branch),
        "core": parts.core,
        "brand": _brand(parts.core),
        "place": parts.place,
        "form": parts.form,
        "branch": parts.branch,
        "group": "1" if parts.group else "",
        "pinyin": letters_and_digits("".join(lazy_pinyin(core)) if has_han(core) else fold(core)),
    }
    return tuple((part, text) for part, text in found.items() if text)


def _brand(core: str) -> str:
    """Return how a core begins: nobody can tell where a brand ends and a trade begins, but most brands are as short."""
    plain = letters_and_digits(core)
    return plain[:_BRAND_HAN] if plain and is_han(plain[0]) else letters_and_digits(core.split(maxsplit=1)[0])
