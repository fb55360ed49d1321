"""Small field types of our own, so that the language is tested without the real ones' knowledge of the world."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from mapping.compile import CompiledMapping, TypeLookup
from mapping.field_types.contract import FieldContext, FieldType
from mapping.load import load_mapping
from mapping.profile_fields import Profile, read_profile
from mapping.values import FieldValue, Json

PROFILE = """
person:
  fields:
    name: {type: person_name}
    phones: {type: phone, many: true, survives: [union]}
    emails: {type: text, many: true, survives: [union]}
    tags: {type: text, many: true, survives: [union]}
    title: {type: text, cleared: clear}
    birthday: {type: text}
    consent: {type: flag}
    tier: {type: choice, values: [vip, regular]}
company:
  fields:
    name: {type: text}
    website: {type: text}
"""


@dataclass
class Text:
    """Text, trimmed; a value in capitals and one in small letters are the same."""

    name: str = "text"

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        del context
        if isinstance(raw, Mapping):
            return (FieldValue(value="?", raw=raw, valid=False, issues=("no_text",)),)
        text = str(raw).strip().lower()
        return (FieldValue(value=text, raw=raw),) if text else ()

    def features(self, value: FieldValue) -> Mapping[str, str]:
        return {"key": str(value.value)}

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        return (str(value.value),)

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        del part, context
        return value.value

    def mask(self, value: FieldValue) -> str:
        del value
        return "***"

    def show(self, value: FieldValue) -> str:
        return str(value.value)


class Phone(Text):
    """Digits; several behind a slash; 1 and ten more digits is a mobile; less than five digits is none."""

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        del context
        return tuple(self._one(piece) for piece in str(raw).split("/") if piece.strip())

    def _one(self, text: str) -> FieldValue:
        digits = re.sub(r"\D", "", text)
        if len(digits) < 5:
            return FieldValue(value=text, raw=text, valid=False, issues=("too_short",))
        kind = "mobile" if re.fullmatch(r"1\d{10}", digits) else "fixed"
        return FieldValue(value=digits, raw=text, parts={"type": kind})


class Name(Text):
    """Family and given name, written together with a dash; a text alone is a family name."""

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        del context
        parts = (
            raw if isinstance(raw, Mapping) else dict(zip(("family", "given"), str(raw).split("-", 1), strict=False))
        )
        family, given = (str(parts.get(part) or "").strip() for part in ("family", "given"))
        text = "-".join(piece for piece in (family, given) if piece)
        return (FieldValue(value=text, raw=raw, parts={"family": family, "given": given}),) if text else ()

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        del context
        return value.value if part is None else value.parts.get(part) or None


class Choice(Text):
    """One of the choices."""

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        choices = context.options.get("choices")
        good = isinstance(choices, list) and raw in choices
        return (FieldValue(value=raw if good else str(raw), raw=raw, valid=good),)


class Flag(Text):
    """True or false."""

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        del context
        return (FieldValue(value=raw, raw=raw, valid=isinstance(raw, bool)),)


TYPES: Mapping[str, FieldType] = {
    "text": Text(),
    "phone": Phone(),
    "person_name": Name(),
    "choice": Choice(),
    "flag": Flag(),
}


@pytest.fixture(scope="session")
def types() -> TypeLookup:
    return TYPES.__getitem__


@pytest.fixture(scope="session")
def profile() -> Profile:
    read, mistakes = read_profile(PROFILE, types=frozenset(TYPES))
    assert read is not None, mistakes
    return read


Load = Callable[[str], CompiledMapping]


@pytest.fixture(scope="session")
def load(profile: Profile, types: TypeLookup) -> Load:
    """Compile a mapping text that has no errors."""

    def loaded(text: str) -> CompiledMapping:
        found = load_mapping(text, stream="Contacts", profile=profile, types=types)
        assert found.compiled is not None, [str(mistake) for mistake in found.mistakes]
        return found.compiled

    return loaded
