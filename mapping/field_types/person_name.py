"""Persons' names: family and given name in any order and script, keys that meet across spellings (reference 2.3).

Room: mapping. Pure; touches nothing but its tables. What is no name (采购部, 匿名) is invalid; what is only part
of one is kept and pushed: 王先生 is evidence of a family name alone, 老王 and a given name alone of nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from mapping.field_types.chinese_name import is_honorific, is_surname, read_chinese, surname_length
from mapping.field_types.contract import FieldContext
from mapping.field_types.han import simplified
from mapping.field_types.name_keys import name_features
from mapping.field_types.name_text import holds_several, written_name
from mapping.field_types.placeholders import extra, is_filler, is_listed
from mapping.field_types.raw_values import as_text, each_text, invalid, part
from mapping.field_types.unicode_form import fold, has_han, is_han, one_line, without_blanks_in_han
from mapping.field_types.western_name import ordered, read_western
from mapping.values import FieldValue, Json

_MADE_UP: Final = re.compile(r"(?:user|用户|guest|wx|微信用户|手机用户|客户)[_-]?\d+", re.IGNORECASE)
_NO_EVIDENCE: Final = frozenset({"incomplete", "placeholder"})
_LONG_GIVEN: Final = 3


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as read: *display* is what is shown, *parts* what is known of it."""

    display: str
    parts: Mapping[str, str] = field(default_factory=dict)
    issues: tuple[str, ...] = ()


class PersonName:
    """Persons' names. *value* is the display text: 王小明, Anna van der Berg, Zhang Wei, 艾力·买买提江.

    Parts, where known: `family`, `given` (with middle names), `honorific`, `suffix`, `alias` (the name in the other
    script, a nickname), `note` (已离职). Issues: `incomplete`, `not_a_name`, `several_people`, `placeholder`,
    `order_unknown`, `swapped`, `doubtful`.
    """

    name = "person_name"

    def normalise(self, raw: Json, context: FieldContext) -> tuple[FieldValue, ...]:
        """Return the name in *raw*: text, or {family, given, full_name, middle, suffix, salutation}."""
        region, more = context.region, extra(context)
        if isinstance(raw, Mapping):
            pieces = tuple(
                one_line(part(raw, key)[:_LONGEST_PART])
                for key in ("family", "given", "full_name", "middle", "suffix", "salutation")
            )
            return _from_parts(pieces, as_text(raw), region, more) if any(pieces) else ()
        return each_text(raw, lambda text: _read(text, region, more))

    def features(self, value: FieldValue) -> Mapping[str, str]:
        """Return `key`, `script`, `initials` and what else is known.

        See `name_keys.name_features`. Empty for what is no evidence; of 王先生 the `family` alone.
        """
        if not (value.valid and isinstance(value.value, str)):
            return {}
        if _only_family(value.parts):
            return {"family": fold(simplified(value.parts["family"]))}
        if not value.evidence:
            return {}
        family, given, alias = (value.parts.get(part, "") for part in ("family", "given", "alias"))
        return dict(name_features(value.value, family, given, alias))

    def blocking_keys(self, value: FieldValue) -> tuple[str, ...]:
        """Return the name's key, its readings in pinyin, and its key with the full form of a nickname."""
        found = self.features(value)
        if "key" not in found:
            return ()
        sounds = tuple(f"py:{reading}" for reading in found.get("pinyin", "").split("|") if reading)
        others = [found["full_key"]] if "full_key" in found else []
        if " " in found.get("alias", "") or any(
            map(is_han, found.get("alias", ""))
        ):  # a nickname alone says too little
            others.append(found["alias"])
        return tuple(dict.fromkeys((found["key"], *others, *sounds)))

    def render(self, value: FieldValue, part: str | None, context: FieldContext) -> Json:
        """Return the display text, or a part; `family` and `given` together always give the same name back.

        Where the parts are not known, the whole name stands in `family` (systems demand it) and `given` is empty.
        """
        if not value.valid or not isinstance(value.value, str):
            return value.raw if part is None else None
        if part in (None, "full_name"):
            return value.value
        if part not in ("family", "given"):
            return value.parts.get(part) or None
        family, given = " ".join(filter(None, map(value.parts.get, ("family", "suffix")))), value.parts.get("given", "")
        if not (value.parts.get("family") and given and _comes_back(value.value, family, given, context)):
            return value.value if part == "family" else None
        return family if part == "family" else given

    def mask(self, value: FieldValue) -> str:
        """Return 王** or J*** S***: the first character of each word."""
        text = str(value.value)
        if not value.valid:
            return "***"
        if has_han(text):
            return text[:1] + "*" * (len(text) - 1 or 1)
        return " ".join(f"{word[:1]}***" for word in text.split())

    def show(self, value: FieldValue) -> str:
        """Return the display text."""
        return str(value.value)


_LONGEST_PART: Final = 500


def _comes_back(display: str, family: str, given: str, context: FieldContext) -> bool:
    """Whether reading family and given name apart gives this name: 王 and 王王伟 would be read as 王王伟 said twice."""
    pieces = (family, given, "", "", "", "")
    return [one.value for one in _from_parts(pieces, "", context.region, extra(context))] == [display]


@lru_cache(maxsize=32_768)
def _read(text: str, region: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    line = one_line(text)
    if not line:
        return (invalid(text, "not_a_name"),)
    refused = _refused(line, more)
    if refused:
        return (invalid(text, refused),)
    name = _stable(line, region)
    refused = _refused(name.display, more)  # what is left without notes may be no name: `: 先生`
    return (invalid(text, refused) if refused else _value(name, text),)


def _refused(line: str, more: frozenset[str]) -> str:
    """Return why *line* is no single person's name, "" if it may be."""
    plain = fold(simplified(without_blanks_in_han(line)))
    if is_filler(plain) or is_listed("person", plain) or _MADE_UP.fullmatch(plain) or plain in more:
        return "placeholder"
    if not any(map(str.isalpha, line)):
        return "not_a_name"
    if holds_several(line):
        return "several_people"
    written = written_name(line)
    if written.han and read_chinese(written.han).issue == "not_a_name":
        return "not_a_name"
    return ""


def _only_family(parts: Mapping[str, str]) -> bool:
    """Whether no more is known than a family name and how its bearer is addressed: 王先生, Mr. Smith."""
    return bool(parts.get("family")) and not parts.get("given") and not parts.get("alias")


def _value(name: _Name, raw: str) -> FieldValue:
    issues = name.issues
    if is_listed("person_example", simplified(name.display)):
        issues = (*issues, "placeholder")
    evidence = _NO_EVIDENCE.isdisjoint(issues)
    return FieldValue(value=name.display, raw=raw, parts=name.parts, issues=issues, evidence=evidence)


def _stable(line: str, region: str) -> _Name:
    """Read *line* so that reading the result's display gives that display again; as it stands where that cannot be."""
    name = _one_person(line, region)
    if name.display == line or _one_person(name.display, region).display == name.display:
        return name
    return _Name(line, issues=("doubtful",))


def _one_person(line: str, region: str) -> _Name:
    written = written_name(line)
    if not written.han:
        return _western(written.latin, written.aside, region)
    if any(map(str.isdigit, written.latin)):
        return _Name(without_blanks_in_han(line), issues=("doubtful",))
    chinese = read_chinese(written.han)
    western = read_western(written.latin, region) if written.latin else None
    title = western.honorific if western else ""
    alias = chinese.alias or (western.display if western and western.display != title else "")
    parts = {"family": chinese.family, "given": chinese.given, "honorific": chinese.honorific or title, "alias": alias}
    parts["note"] = written.aside
    issues = (chinese.issue,) if chinese.issue else ()
    return _Name(chinese.display, _filled(parts), issues)


def _western(text: str, aside: str, region: str) -> _Name:
    name = read_western(text, region)
    alias = name.alias or ("" if any(map(str.isdigit, aside)) else aside)
    parts = {"family": name.family, "given": name.given, "honorific": name.honorific, "suffix": name.suffix}
    return _Name(name.display, _filled({**parts, "alias": alias}), (name.issue,) if name.issue else ())


def _filled(parts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in parts.items() if text}


@lru_cache(maxsize=32_768)
def _from_parts(pieces: tuple[str, ...], raw: str, region: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    """Read a name that came in parts: family, given, full name, middle, suffix, salutation."""
    family, given, full, middle, suffix, salutation = ("" if is_filler(piece) else piece for piece in pieces)
    given = " ".join(filter(None, (given, middle)))
    if not (family and given):
        line = " ".join(filter(None, (family or given, suffix))) if family or given else full
        if not line:
            return (invalid(raw, "placeholder"),)
        found = _read(line, region, more)
    elif has_han(family + given):
        found = _joined_han(without_blanks_in_han(family), without_blanks_in_han(given), region, more)
    else:
        found = _joined_western(given, family, suffix, region, more)
    return tuple(_with_salutation(value, raw, salutation) for value in found)


def _with_salutation(value: FieldValue, raw: str, salutation: str) -> FieldValue:
    if not value.valid:
        return replace(value, value=raw, raw=raw)
    parts = {"honorific": salutation, **value.parts} if salutation else value.parts
    return replace(value, raw=raw, parts=parts)


def _joined_han(family: str, given: str, region: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    plain_family, plain_given = simplified(family), simplified(given)
    if is_honorific(plain_given) or is_listed("person", plain_family):
        return _read(family + given if is_honorific(plain_given) else given, region, more)
    if plain_given.startswith(plain_family) and len(given) >= _LONG_GIVEN:  # 王 + 王小明
        return _read(given, region, more)
    if (
        plain_family.endswith(plain_given) and len(family) > len(given) and surname_length(plain_family)
    ):  # 王小明 + 小明
        return _read(family, region, more)
    if is_surname(plain_given) and not surname_length(plain_family):  # 小明 + 王
        found = _read(given + family, region, more)
        return tuple(replace(value, issues=(*value.issues, "swapped")) for value in found)
    return tuple(_known(value, family, given) for value in _read(_beside(family, given), region, more))


def _beside(family: str, given: str) -> str:
    together = family + given
    return together if all(map(is_han, together)) else f"{family} {given}"


def _joined_western(given: str, family: str, suffix: str, region: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    if fold(given) == fold(family):
        return _read(family, region, more)
    name = ordered(family, given, region)
    line = f"{name.display} {suffix}" if suffix else name.display
    return tuple(_known(value, family, given) for value in _read(line, region, more))


def _known(value: FieldValue, family: str, given: str) -> FieldValue:
    """Keep the parts as the source gave them where reading the whole did not change the name."""
    if not value.valid or value.value not in (family + given, f"{given} {family}", f"{family} {given}"):
        return value
    issues = tuple(issue for issue in value.issues if issue not in ("order_unknown", "incomplete", "doubtful"))
    evidence = _NO_EVIDENCE.isdisjoint(issues)
    return replace(value, parts={**value.parts, "family": family, "given": given}, issues=issues, evidence=evidence)
