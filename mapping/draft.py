"""Draft a mapping from what a system says of its fields: guesses by name, type and values, each with its reason.

Room: mapping; pure. A guess is a proposal to a person: the draft reads only, unless pushes are asked for, and what was
not guessed is listed with the reason, so that nothing is left out unseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mapping.catalog import Catalog, CatalogField, fields_of
from mapping.compile import TypeLookup
from mapping.draft_words import COMPANY_STREAMS, MOBILE, MODIFIED, PARTS, PERSON_STREAMS, WORDS
from mapping.field_types.contract import FieldContext
from mapping.profile_fields import Profile, ProfileField
from mapping.read_values import word_of
from mapping.system_path import Absent, system_path

TELLING: Final = frozenset({"email", "phone", "uscc", "url"})
"""Field types whose values are recognised without a name: little else looks like them."""
_ENOUGH: Final = 5
"""Values below which nothing is guessed from values alone."""
_MOST: Final = 0.8
"""Share of values that must be valid for a guess by values alone."""
_FEWEST: Final = 0.5
"""Share of valid values below which a guess by name is given up."""


@dataclass(frozen=True)
class Guess:
    """One field of the system that seems to be a field (or a *part* of one) of the profile."""

    path: str
    target: str
    reason: str
    part: str = ""
    mobile: bool = False
    writable: bool = True
    words: Mapping[str, str] = field(default_factory=dict)
    form: str = ""


@dataclass(frozen=True)
class Draft:
    """What was guessed, by profile field in the profile's order, and *unmapped*: (path, label, reason)."""

    entity: str
    key: str
    modified: str | None
    guesses: Mapping[str, Sequence[Guess]]
    unmapped: Sequence[tuple[str, str, str]]


def draft_mapping(  # noqa: PLR0913 (what a draft is made of)
    catalog: Catalog,
    *,
    stream: str,
    key: str,
    modified: str | None,
    profile: Profile,
    types: TypeLookup,
    records: Sequence[Mapping[str, Any]] = (),
    entity: str | None = None,
    context: FieldContext | None = None,
) -> Draft:
    """Return a draft for *stream*.

    Args:
        catalog: the stream's discovered schema; where it names no fields, those that *records* show are taken.
        stream: its name; from it follows the entity, where none is given.
        key: the field of the record's id.
        modified: the field that changes are followed by, if the connector knows one.
        profile: the profile.
        types: finds field types.
        records: a sample, by whose values guesses are checked.
        entity: person, company, …
        context: region and time zone of the system.
    """
    shown = dict.fromkeys(name for record in records for name in record)
    found = list(fields_of(catalog)) or [CatalogField((name,)) for name in shown]
    known = {one.path: one for one in found if not one.steps[0].startswith("_ab_")}
    emitted = entity or _entity(stream, profile)
    guesser = _Guesser(profile, emitted, types, records, context or FieldContext())
    technical = {key, modified}
    guesses: dict[str, list[Guess]] = {}
    unmapped: list[tuple[str, str, str]] = []
    for one in known.values():
        if one.path in technical:
            continue
        guess = guesser.guess(one)
        if isinstance(guess, Guess):
            guesses.setdefault(guess.target, []).append(guess)
        else:
            unmapped.append((one.path, one.label, guess))
    shapes = guesser.shapes
    kept = {name: list(_fitting(shapes[name], guesses[name], unmapped)) for name in shapes if name in guesses}
    named = modified if modified in known else _modified(known.values())
    return Draft(emitted, key, named, kept, unmapped)


def _entity(stream: str, profile: Profile) -> str:
    name, known = stream.casefold(), profile.entities()
    company = any(word in name for word in COMPANY_STREAMS) and not any(word in name for word in PERSON_STREAMS)
    wanted = "company" if company else "person"
    return wanted if wanted in known else known[0]


def _modified(fields: Iterable[CatalogField]) -> str | None:
    return next(
        (one.path for one in fields if {_plain(one.steps[-1]), _plain(one.label)} & {*map(_plain, MODIFIED)}), None
    )


def _fitting(shape: ProfileField, guesses: Sequence[Guess], unmapped: list[tuple[str, str, str]]) -> Iterator[Guess]:
    """Yield what goes together: parts of one value, each the field that is called most like it, or all slots."""
    parts = [guess for guess in guesses if guess.part]
    whole = [guess for guess in guesses if not guess.part]
    if {guess.part for guess in parts} <= {"country", "given"}:  # that alone is no address, and no name
        unmapped += [(guess.path, "", f"the {guess.part} of {guess.target} without the rest") for guess in parts]
        parts = []
    if parts and not shape.many:
        nearest: dict[str, Guess] = {}  # surname is more of a surname than first_and_surname
        for guess in sorted(parts, key=lambda each: len(_plain(each.path))):
            nearest.setdefault(guess.part, guess)
        for guess in parts:
            if nearest[guess.part] is guess:
                yield guess
            else:
                unmapped.append((guess.path, "", f"like another {guess.part} of {guess.target}"))
        unmapped += [(guess.path, "", f"{guess.target} is read from its parts") for guess in whole]
        return
    yield from whole


class _Guesser:
    """Guesses for one entity."""

    def __init__(
        self,
        profile: Profile,
        entity: str,
        types: TypeLookup,
        records: Sequence[Mapping[str, Any]],
        context: FieldContext,
    ) -> None:
        found = profile.entity(entity)
        self.shapes: Mapping[str, ProfileField] = found.fields if found is not None else {}
        self.types, self.records, self.context = types, records, context
        self.words = {name: _words(name, shape) for name, shape in self.shapes.items()}

    def guess(self, one: CatalogField) -> Guess | str:
        """Return a guess, or the reason for none."""
        if one.holds_only_objects:
            return "an object: name what is inside"
        named = self._by_part(one) or self._by_name(one)
        values = list(_values(self.records, one.path))
        if named is None:
            return self._by_values(one, values) or "nothing in the profile is called like it"
        target, part, why = named
        shape = self.shapes[target]
        words = _value_map(one, shape)
        form = "date_ms" if shape.type == "date" and one.kinds and one.kinds <= {"integer", "number"} else ""
        checked = values if not (part or words or form) else []
        valid = self._valid(shape, checked)
        objection = _objection(one, shape, words, checked)
        if not objection and valid < _FEWEST * len(checked):
            objection = f"only {valid} of {len(checked)} values are a {shape.type}"
        if objection:
            return f"called like {target}, but {objection}"
        why += f"; {valid} of {len(checked)} values fit" if checked else ""
        mobile = shape.type == "phone" and any(word in _plain(f"{one.steps[-1]} {one.label}") for word in MOBILE)
        path = f"{one.path}[]" if one.holds_only_lists else one.path
        return Guess(path, target, why, part, mobile, not one.read_only, words, form)

    def _by_part(self, one: CatalogField) -> tuple[str, str, str] | None:
        for target, shape in self.shapes.items():
            for part, words in PARTS.get(shape.type, {}).items():
                word = _called(one, words)
                if word and target in ("name", "address"):
                    return target, part, f"called {word}"
        return None

    def _by_name(self, one: CatalogField) -> tuple[str, str, str] | None:
        found = [(len(word), target, word) for target, words in self.words.items() if (word := _called(one, words))]
        if not found:
            return None
        _, target, word = max(found, key=lambda each: each[0])
        return target, "", f"called {word}"

    def _by_values(self, one: CatalogField, values: Sequence[Any]) -> Guess | None:
        if len(values) < _ENOUGH:
            return None
        for target, shape in self.shapes.items():
            valid = self._valid(shape, values) if shape.type in TELLING else 0
            if valid >= _MOST * len(values):
                why = f"{valid} of {len(values)} values are a {shape.type}"
                return Guess(one.path, target, why, writable=not one.read_only)
        return None

    def _valid(self, shape: ProfileField, values: Sequence[Any]) -> int:
        kind = self.types(shape.type)
        return sum(_is_valid(kind.normalise(value, self.context)) for value in values if _is_scalar(value))


def _objection(one: CatalogField, shape: ProfileField, words: Mapping[str, str], values: Sequence[Any]) -> str:
    """Return what speaks against a guess by name, "" for nothing."""
    if one.kinds == {"boolean"} and shape.type != "boolean":
        return "true or false"
    if one.holds_only_lists and not shape.many:
        return "a list"
    if any(isinstance(value, Mapping) for value in values):
        return "a list of objects: name what is inside, as in " + f"{one.path}[].name"
    if shape.choices() and not words:
        return f"which of its words mean {', '.join(shape.choices()[:4])} …, nobody says"
    return ""


def _is_valid(made: Sequence[Any]) -> bool:
    return bool(made) and all(one.valid for one in made)


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float)


def _words(name: str, shape: ProfileField) -> tuple[str, ...]:
    labels = (shape.label.en, shape.label.zh) if shape.label else ()
    return tuple(dict.fromkeys((name.replace("_", " "), *labels, *WORDS.get(name, ()))))


_SEPARATORS: Final = re.compile(r"[\s_\-./:（）()]+")
_CUSTOM: Final = re.compile(r"__?[cso]$")
_NUMBERED: Final = re.compile(r"\d+$")


def _plain(text: str) -> str:
    """Return a name without case, separators, the mark of a custom field and a number at its end."""
    return _SEPARATORS.sub("", _NUMBERED.sub("", _CUSTOM.sub("", text))).casefold()


def _called(one: CatalogField, words: Iterable[str]) -> str:
    """Return the longest of *words* by which the field is called, "" for none.

    A whole name counts; so does a name that ends in a word of four letters (or two characters of Chinese) or more.
    """
    names = {_plain(one.steps[-1]), _plain(one.label)} - {""}
    best = ""
    for word in words:
        plain = _plain(word)
        long_enough = len(plain) >= (4 if plain.isascii() else 2)
        if plain and any(name == plain or (long_enough and name.endswith(plain)) for name in names):
            best = max(best, word, key=len)
    return best


def _value_map(one: CatalogField, shape: ProfileField) -> dict[str, str]:
    """Return the system's word -> the profile's, where the two (or their labels) are the same."""
    labels = shape.values if isinstance(shape.values, Mapping) else {}
    known: dict[str, str] = {}
    for word in shape.choices():
        label = labels.get(word)
        for called in (word, *((label.en, label.zh) if label is not None else ())):
            known[_plain(called)] = word
    found: dict[str, str] = {}
    for system, seen in one.choices.items():
        profile = known.get(_plain(system)) or known.get(_plain(seen))
        if profile is not None:
            found[word_of(system)] = profile
    return found


def _values(records: Iterable[Mapping[str, Any]], path: str) -> Iterator[Any]:
    """Yield what records show in a field; the items of a list one by one."""
    read = system_path(path).read
    for record in records:
        found = read(record)
        for value in found if isinstance(found, list) else [found]:
            if not isinstance(value, Absent) and value not in (None, "", [], {}):
                yield value
