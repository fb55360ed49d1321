"""The texts that people type who look for a customer by name: whole, begun, in pinyin, or by initials.

Room: mapping. Pure; touches nothing but its tables. Lossy like match features: never shown, never pushed.
"""

from __future__ import annotations

from typing import Final

from mapping.field_types.han import simplified
from mapping.field_types.pinyin import given_readings, initials, surname_readings
from mapping.field_types.registry import field_type
from mapping.field_types.unicode_form import fold, has_han, letters_and_digits
from mapping.values import FieldValue

NAMES: Final = frozenset({"person_name", "company_name"})
"""Field types that are found by how they begin; phones and mails are found whole, by their block keys."""


def asked(text: str) -> str:
    """Return what somebody typed as the beginning of a word.

    >>> asked("Zhang Wei"), asked("張 偉"), asked("O'Neil,")
    ('zhangwei', '张伟', 'oneil')
    """
    return letters_and_digits(fold(simplified(text)))


def search_words(kind: str, value: FieldValue) -> frozenset[str]:
    """Return every word by whose beginning a name is found; none for what is no name.

    Of 张伟: 张伟, 伟, zhangwei, weizhang, wei, zw. Of Anna Berg: anna, berg, annaberg, berganna, ab, ba.
    Of a company its whole name, its name without place and form, and that in pinyin and by its initials.
    """
    if kind not in NAMES or not value.valid or not isinstance(value.value, str):
        return frozenset()
    found = _of_person(value) if kind == "person_name" else _of_company(value)
    return frozenset(word for word in found if word)


def _of_person(value: FieldValue) -> set[str]:
    display = str(value.value)
    features = field_type("person_name").features(value)
    family, given = features.get("family", ""), features.get("given", "")
    found = {asked(display), *(asked(value.parts.get(one, "")) for one in ("alias", "family", "given"))}
    for text in (display, value.parts.get("alias", "")):
        found |= _of_words(text)
    if has_han(display) and family:
        for first in surname_readings(family):
            found |= {first, first[:1] + initials(given)}
            for second in given_readings(given) if given else ():
                found |= {second, first + second, second + first}
    elif has_han(display):
        found |= _sounds(asked(display))
    return found


def _of_company(value: FieldValue) -> set[str]:
    features = field_type("company_name").features(value)
    core = asked(features.get("core", ""))
    found = {asked(str(value.value)), core, features.get("pinyin", ""), *_of_words(str(value.value))}
    return found | (_sounds(core) if has_han(core) else set())


def _of_words(text: str) -> set[str]:
    """Return the words of a text in letters: each, and where there are several, all of them from either end."""
    words = [word for word in map(letters_and_digits, fold(text).replace("-", " ").split()) if word]
    if has_han(text) or len(words) < 2:  # noqa: PLR2004 (one word has one order)
        return {word for word in words if not has_han(word)}
    firsts = "".join(word[0] for word in words)
    joined = {"".join(words), "".join([words[-1], *words[:-1]])}
    return {*words, *joined, firsts, firsts[-1] + firsts[:-1]}


def _sounds(text: str) -> set[str]:
    return {initials(text), *given_readings(text)}
