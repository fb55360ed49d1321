"""Check a mapping against the profile, the field types and (where known) the system's catalog.

Room: mapping; pure. All mistakes at once, each with its line and cure. Errors keep a mapping from being used;
warnings do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mapping.compile import TypeLookup, words_out
from mapping.language import Emit, FieldMapping, StreamMapping
from mapping.mistakes import CuredError, DataPath, Mistake, suggestion
from mapping.profile_fields import Entity, Profile, ProfileField
from mapping.read_values import word_of
from mapping.slots import Slot, slots_of
from mapping.system_path import SystemPath, system_path
from mapping.yaml_nodes import Document

Found = Iterator[Mistake]
Catalog = Mapping[str, Any]
"""The JSON schema of a stream's records, as discovered."""


def lint(
    mapping: StreamMapping, document: Document, *, profile: Profile, types: TypeLookup, catalog: Catalog | None = None
) -> list[Mistake]:
    """Return every mistake of *mapping*, which was read from *document*, in the order of its lines.

    *types* raises `LookupError` or `ValueError` for a field type that does not exist.
    """
    found = [*_emits(mapping, document, profile, types), *_one_target_each(mapping, document, profile)]
    found += [*_creation(mapping, document)]
    if catalog is not None:
        found += _against_catalog(mapping, document, profile, catalog)
    return sorted(dict.fromkeys(found), key=lambda mistake: mistake.line)


def _emits(mapping: StreamMapping, document: Document, profile: Profile, types: TypeLookup) -> Found:
    for place, emit in enumerate(mapping.emits):
        path: DataPath = ("emits", place)
        entity = profile.entity(emit.entity)
        if entity is None:
            cure = suggestion(emit.entity, profile.entities(), noun="entities in profile.yaml")
            yield document.mistake((*path, "entity"), f"there is no entity `{emit.entity}`", cure)
            continue
        for name in emit.needs:
            if name not in emit.fields:
                cure = suggestion(name, emit.fields, noun="fields mapped here")
                yield document.mistake((*path, "needs"), f"`needs` names `{name}`, which is not mapped here", cure)
        yield from _fields(emit, path, entity, document, types)
        if place > 0 and emit.relation is None:
            yield _warning(
                document.mistake(
                    path, f"nothing says what this {emit.entity} is to the first", "Add relation: employer."
                )
            )


def _fields(emit: Emit, path: DataPath, entity: Entity, document: Document, types: TypeLookup) -> Found:
    for name, written in emit.fields.items():
        here = (*path, "fields", name)
        shape = entity.fields.get(name)
        if shape is None:
            cure = suggestion(name, entity.fields, noun="fields in profile.yaml") + " Or add it to config/profile.yaml."
            yield document.mistake(here, f"{emit.entity} has no field `{name}`", cure)
            continue
        try:
            types(shape.type)
        except (LookupError, ValueError) as wrong:
            yield document.mistake(here, f"its field type `{shape.type}` does not exist", str(wrong))
        try:
            slots_of(written, many=shape.many)
        except CuredError as wrong:
            yield document.mistake(here, wrong.message, wrong.cure)
            continue
        for check in (_shape_fits, _words_fit):
            yield from check(name, written, shape, here, document)


def _shape_fits(name: str, written: FieldMapping, shape: ProfileField, here: DataPath, document: Document) -> Found:
    pulled, pushed = slots_of(written, many=shape.many)
    if not shape.many and any(slot.listed for slot in (*pulled, *pushed)):
        yield document.mistake(here, f"`{name}` holds one value, but a list (`[]`) is mapped to it", "Drop the `[]`.")
    if shape.many and any(_is_expression(slot) for slot in pulled) and pushed:
        yield _warning(
            document.mistake(
                here,
                "an expression is read, other fields are written: what is pushed may not be what is pulled",
                "Name the fields plainly on both sides, or drop the push.",
            )
        )
    unread = [slot.name for slot in pushed if not slot.pulled]
    if pulled and unread and not any(_is_expression(slot) for slot in pulled):
        yield _warning(
            document.mistake(
                (*here, "push"),
                f"`{unread[0]}` is written but not read",
                "Add it to pull, so that the hub sees what people change there.",
            )
        )


def _is_expression(slot: Slot) -> bool:
    return any(path.steps is None for path in slot.paths())


def _words_fit(name: str, written: FieldMapping, shape: ProfileField, here: DataPath, document: Document) -> Found:
    choices = {word_of(choice) for choice in shape.choices()}
    for system, profile in written.values.items():
        if choices and word_of(profile) not in choices:
            cure = suggestion(profile, choices, noun=f"values of {name}")
            yield document.mistake((*here, "values", str(system)), f"`{profile}` is no value of {name}", cure)
    if written.push is None or not written.values:
        return
    for profile, count in Counter(word_of(profile) for profile in written.values.values()).items():
        if count > 1 and profile not in {word_of(word) for word in written.push_values}:
            words = [str(system) for system, word in written.values.items() if word_of(word) == profile]
            yield document.mistake(
                (*here, "values"),
                f"{' and '.join(f'`{word}`' for word in words)} all mean `{profile}`: which is pushed?",
                f"Add push_values: {{{profile}: {words[0]}}}.",
            )
    if not written.only_if_empty and choices and (unsaid := choices - words_out(written).keys()):
        yield _warning(
            document.mistake(
                (*here, "values"),
                f"{', '.join(sorted(unsaid))} of {name} cannot be pushed",
                "Add words of the system for them, or leave it so: they are counted as unpushable.",
            )
        )


def _one_target_each(mapping: StreamMapping, document: Document, profile: Profile) -> Found:
    owners: dict[str, str] = {}
    for here, label, slots in _pushes(mapping, profile):
        for target in [path.text for slot in slots for path in slot.targets()]:
            other = owners.setdefault(target, label)
            if other != label:
                yield document.mistake(
                    here,
                    f"`{target}` is written by {other} and by {label}",
                    "Keep one of them; make the other read only.",
                )


def _pushes(mapping: StreamMapping, profile: Profile) -> Iterator[tuple[DataPath, str, tuple[Slot, ...]]]:
    for place, emit in enumerate(mapping.emits):
        for name, written in emit.fields.items():
            shape = profile.field(emit.entity, name)
            if shape is None or written.push is None:
                continue
            try:
                pushed = slots_of(written, many=shape.many)[1]
            except CuredError:
                continue
            yield ("emits", place, "fields", name), f"{emit.entity}.{name}", pushed


def _creation(mapping: StreamMapping, document: Document) -> Found:
    if not any(mapping.create_in.values()):
        return
    written = {target for emit in mapping.emits for field in emit.fields.values() for target in _targets(field.push)}
    written |= {
        relation.push.to for emit in mapping.emits for relation in emit.relations.values() if relation.push is not None
    }
    for name in mapping.required:
        if name not in written and name not in mapping.on_create:
            yield document.mistake(
                ("required",),
                f"new records need `{name}`, but nothing writes it",
                f"Push a field to `{name}`, give it a constant under on_create, or drop create_in.",
            )


def _targets(written: Any) -> Iterator[str]:  # noqa: ANN401 (the union of shapes in language.py)
    if isinstance(written, str):
        yield written
    elif isinstance(written, Mapping):
        for inner in written.values():
            yield from _targets(inner)
    elif isinstance(written, list | tuple):
        for inner in written:
            yield from _targets(inner)


def _against_catalog(mapping: StreamMapping, document: Document, profile: Profile, catalog: Catalog) -> Found:
    known = catalog.get("properties")
    if not isinstance(known, Mapping) or not known:
        return
    places: list[tuple[DataPath, SystemPath]] = [(("key",), system_path(mapping.key))]
    if mapping.modified:
        places.append((("modified",), system_path(mapping.modified)))
    for place, emit in enumerate(mapping.emits):
        for name, written in emit.fields.items():
            shape = profile.field(emit.entity, name)
            if shape is None:
                continue
            for slots in _all_slots(written, many=shape.many):
                places += [(("emits", place, "fields", name), path) for slot in slots for path in slot.paths()]
        for name, relation in emit.relations.items():
            written_paths = [relation.pull, relation.push.to if relation.push else None]
            places += [(("emits", place, "relations", name), system_path(text)) for text in written_paths if text]
        if emit.became is not None:
            places.append((("emits", place, "became"), system_path(emit.became.pull)))
    for here, path in places:
        yield from _path_known(path, here, document, catalog)


def _all_slots(written: FieldMapping, *, many: bool) -> tuple[tuple[Slot, ...], ...]:
    try:
        return slots_of(written, many=many)
    except CuredError:
        return ()


def _path_known(path: SystemPath, here: DataPath, document: Document, catalog: Catalog) -> Found:
    schema: Any = catalog
    for step in path.steps or ():
        known = schema.get("properties") if isinstance(schema, Mapping) else None
        if not isinstance(known, Mapping) or not known:
            return
        if step not in known:
            cure = suggestion(step, known, noun="fields of the system")
            yield document.mistake(here, f"the system has no field `{path.text}`", cure)
            return
        schema = known[step]
    for name in sorted(path.roots - set(catalog["properties"]) - {"@"}) if path.steps is None else ():
        cure = suggestion(name, catalog["properties"], noun="fields of the system")
        yield document.mistake(here, f"the system has no field `{name}`", cure)


def _warning(mistake: Mistake) -> Mistake:
    return replace(mistake, level="warning")
