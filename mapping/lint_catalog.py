"""Check a mapping against what the system says of its own fields.

Room: mapping; pure. Errors are what would fail for sure. A word outside a system's choices is a warning: some refuse
it, others (Zoho) keep it as a word of its own, which a department may want or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from mapping.catalog import Catalog, CatalogField, field_at, fields_of, is_known, may_hold_more
from mapping.compile import words_out
from mapping.language import FieldMapping, StreamMapping
from mapping.mistakes import CuredError, DataPath, Mistake, suggestion
from mapping.profile_fields import Profile, ProfileField
from mapping.read_values import word_of
from mapping.slots import Slot, slots_of
from mapping.system_path import WHOLE_RECORD, SystemPath, condition, system_path
from mapping.yaml_nodes import Document

Found = Iterator[Mistake]

_TRUTH_FITS: Final = frozenset({"boolean", "choice"})
"""Field types that take a tick box as it is, or by a value map."""
_MOMENTS: Final = frozenset({"date"})
_SHORT: Final = {"email": 60, "url": 60, "company_name": 40, "address": 60}
"""Characters below which a field of the system cuts ordinary values of a type off: what 99 of 100 need, rounded up."""


@dataclass(frozen=True)
class _Mapped:
    """One mapped profile field, with its slots."""

    here: DataPath
    name: str
    written: FieldMapping
    shape: ProfileField
    pulled: tuple[Slot, ...]
    pushed: tuple[Slot, ...]


def lint_catalog(mapping: StreamMapping, document: Document, profile: Profile, catalog: Catalog) -> Found:
    """Yield what does not fit *catalog*; nothing where the system says nothing of its fields."""
    if not is_known(catalog):
        return
    mapped = list(_mapped(mapping, profile))
    yield from _unknown_in_stream(mapping, document, catalog)
    for one in mapped:
        yield from _unknown(one, document, catalog)
        yield from _kinds_fit(one, document, catalog)
        yield from _can_be_written(one, document, catalog)
        yield from _words_are_choices(one, document, catalog)
    yield from _needed(mapping, mapped, document, catalog)


def _mapped(mapping: StreamMapping, profile: Profile) -> Iterator[_Mapped]:
    for place, emit in enumerate(mapping.emits):
        for name, written in emit.fields.items():
            shape = profile.field(emit.entity, name)
            if shape is None:
                continue
            try:
                pulled, pushed = slots_of(written, many=shape.many)
            except CuredError:
                continue
            yield _Mapped(("emits", place, "fields", name), name, written, shape, pulled, pushed)


# ------------------------------------------------------------------------------------------ unknown fields


def _unknown_in_stream(mapping: StreamMapping, document: Document, catalog: Catalog) -> Found:
    said: list[tuple[DataPath, str | None]] = [
        (("key",), mapping.key),
        (("modified",), mapping.modified),
        (("merged_into",), mapping.merged_into),
    ]
    said += [(("required",), name) for name in mapping.required]
    said += [(("on_create", name), name) for name in mapping.on_create]
    for place, emit in enumerate(mapping.emits):
        for name, relation in emit.relations.items():
            here: DataPath = ("emits", place, "relations", name)
            said += [(here, relation.pull), (here, relation.push.to if relation.push else None)]
    for here, text in said:
        if text:
            yield from _path_known(system_path(text), here, document, catalog)
    conditions: list[tuple[DataPath, str | None]] = [(("deleted",), mapping.deleted)]
    conditions += [(("emits", place, "when"), emit.when) for place, emit in enumerate(mapping.emits)]
    for here, text in conditions:
        yield from _roots_known(condition(text)[0] if text else frozenset(), here, document, catalog)


def _unknown(one: _Mapped, document: Document, catalog: Catalog) -> Found:
    """Unknown fields; of several that are read in turn, the system need not have each."""
    alternatives = not one.shape.many and isinstance(one.written.pull, list) and len(one.written.pull) > 1
    for slot in dict.fromkeys((*one.pulled, *one.pushed)):
        for path in slot.paths():
            for mistake in _path_known(path, one.here, document, catalog):
                spare = (alternatives or one.shape.many) and not slot.pushed and _any_known(one, catalog)
                yield replace(mistake, level="warning") if spare else mistake
    if one.written.when:
        yield from _roots_known(condition(one.written.when)[0], one.here, document, catalog)


def _any_known(one: _Mapped, catalog: Catalog) -> bool:
    paths = [path for slot in one.pulled for path in slot.paths() if path.steps is not None]
    return any(field_at(catalog, path.steps) is not None for path in paths if path.steps is not None)


def _path_known(path: SystemPath, here: DataPath, document: Document, catalog: Catalog) -> Found:
    if path.steps is None:
        yield from _roots_known(path.roots, here, document, catalog)
    elif field_at(catalog, path.steps) is None:
        for depth, step in enumerate(path.steps):
            if field_at(catalog, path.steps[: depth + 1]) is None:
                beside = [
                    other.steps[depth] for other in fields_of(catalog) if other.steps[:depth] == path.steps[:depth]
                ]
                cure = suggestion(step, beside, noun="fields of the system")
                mistake = document.mistake(here, f"the system has no field `{path.text}`", cure)
                yield replace(mistake, level="warning") if may_hold_more(catalog, path.steps[:depth]) else mistake
                return


def _roots_known(roots: frozenset[str], here: DataPath, document: Document, catalog: Catalog) -> Found:
    known = {one.steps[0] for one in fields_of(catalog)}
    for name in sorted(roots - known - {WHOLE_RECORD}):
        cure = suggestion(name, known, noun="fields of the system")
        yield document.mistake(here, f"the system has no field `{name}`", cure)


# ------------------------------------------------------------------------------------------------- kinds


def _kinds_fit(one: _Mapped, document: Document, catalog: Catalog) -> Found:
    for slot in one.pulled:
        if slot.path is not None and slot.path.steps is not None:
            found = field_at(catalog, slot.path.steps)
            clash = _clash(one, slot, found) if found is not None and found.kinds else None
            if clash is not None:
                yield document.mistake(one.here, *clash)


def _clash(one: _Mapped, slot: Slot, found: CatalogField) -> tuple[str, str] | None:
    """Return what does not fit, and the cure."""
    name = found.path
    if slot.listed and "array" not in found.kinds:
        return f"`{name}` holds one value, not a list", "Drop the `[]`."
    if found.holds_only_lists and not slot.listed and not one.shape.many:
        return f"`{name}` holds a list, and `{one.name}` one value", f'Take one of them: "{name}[0]".'
    if found.holds_only_objects and one.shape.type not in ("address", "person_name", "money"):
        return f"`{name}` holds an object", f"Name the field inside it: {name}.name, {name}.id, …"
    return None if one.written.values else _type_clash(one, found)


def _type_clash(one: _Mapped, found: CatalogField) -> tuple[str, str] | None:
    kind, name = one.shape.type, found.path
    if found.kinds == {"boolean"} and kind not in _TRUTH_FITS:
        return f"`{name}` is true or false, and `{one.name}` is a {kind}", "Add values: {true: …, false: …}."
    if kind == "boolean" and found.choices:
        return f"`{name}` holds words, and `{one.name}` is true or false", "Add values: {its word: true, …: false}."
    if kind in _MOMENTS and found.kinds <= {"integer", "number"} and one.written.format is None:
        return f"`{name}` holds a number, and `{one.name}` is a {kind}", "Add format: date_ms (or instant_ms)."
    return None


# ------------------------------------------------------------------------------------------------- pushes


def _can_be_written(one: _Mapped, document: Document, catalog: Catalog) -> Found:
    for slot in one.pushed:
        for path in slot.targets():
            found = field_at(catalog, path.steps or ())
            if found is None:
                continue
            if found.read_only:
                what = f"the system does not let `{found.path}` be written"
                yield document.mistake((*one.here, "push"), what, "Take it out of push: it stays read.")
            shortest = None if slot.push_parts else _SHORT.get(one.shape.type)
            if found.longest is not None and shortest is not None and found.longest < shortest:
                what = f"`{found.path}` holds {found.longest} characters, fewer than many a {one.shape.type} has"
                cure = "Values that are cut off come back as another value: push it to a longer field."
                yield _warning(document.mistake((*one.here, "push"), what, cure))


def _needed(mapping: StreamMapping, mapped: list[_Mapped], document: Document, catalog: Catalog) -> Found:
    """What the system requires of each record, and nothing here says so."""
    if not any(mapping.create_in.values()):
        return
    written = {path.text for one in mapped for slot in one.pushed for path in slot.targets()}
    relations = [relation.push for emit in mapping.emits for relation in emit.relations.values()]
    written |= {push.to for push in relations if push is not None} | set(mapping.on_create)
    for found in fields_of(catalog):
        if not found.required or found.read_only or found.path in mapping.required:
            continue
        if found.path in written:
            what = f"the system requires `{found.path}`, and `required` does not name it"
            yield _warning(document.mistake(("create_in",), what, f"Add it: required: [{found.path}]."))
        else:
            what = f"new records need `{found.path}`, but nothing writes it"
            cure = f"Push a field to `{found.path}`, give it a constant under on_create, or drop create_in."
            yield document.mistake(("create_in",), what, cure)


# ------------------------------------------------------------------------------------------------- choices


def _words_are_choices(one: _Mapped, document: Document, catalog: Catalog) -> Found:
    fields = [field_at(catalog, path.steps or ()) for slot in (*one.pulled, *one.pushed) for path in slot.paths()]
    lists = {found.path: found.choices for found in fields if found is not None and found.choices}
    for name, choices in lists.items():
        known = {word_of(word) for word in choices}
        if one.written.values:
            yield from _value_map_fits(one, name, choices, known, document)
        elif one.written.push is not None and (unknown := {word_of(word) for word in one.shape.choices()} - known):
            words = ", ".join(f"`{word}`" for word in sorted(unknown))
            what = f"`{name}` has no choice {words}, which {one.name} may push there"
            cure = "Add values: {choice of the system: word of the profile}."
            yield _warning(document.mistake(one.here, what, cure))


def _value_map_fits(one: _Mapped, name: str, choices: Mapping[str, str], known: set[str], document: Document) -> Found:
    if one.written.push is not None:
        for profile, system in words_out(one.written).items():
            if word_of(system) not in known:
                cure = suggestion(system, choices, noun=f"choices of {name}")
                what = f"`{system}` is pushed for `{profile}`, but `{name}` has no such choice"
                yield _warning(document.mistake((*one.here, "values"), what, cure))
    blanks = {word_of(blank) for blank in one.written.blanks}
    unread = known - {word_of(word) for word in one.written.values} - blanks
    if unread:
        words = ", ".join(f"`{word}`" for word in sorted(unread))
        what = f"the choices {words} of `{name}` are not read"
        yield _warning(document.mistake((*one.here, "values"), what, "Add them to values, or to blanks."))


def _warning(mistake: Mistake) -> Mistake:
    return replace(mistake, level="warning")
