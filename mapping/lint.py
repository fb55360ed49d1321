"""Check a mapping against the profile, the field types and (where known) the system's catalog.

Room: mapping; pure. All mistakes at once, each with its line and cure. Errors keep a mapping from being used;
warnings do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mapping.catalog import Catalog
from mapping.compile import TypeLookup, words_out
from mapping.language import Emit, FieldMapping, StreamMapping
from mapping.lint_catalog import lint_catalog
from mapping.mistakes import CuredError, DataPath, Mistake, suggestion
from mapping.profile_fields import Entity, Profile, ProfileField
from mapping.read_values import word_of
from mapping.slots import Slot, slots_of
from mapping.yaml_nodes import Document

Found = Iterator[Mistake]


def lint(
    mapping: StreamMapping, document: Document, *, profile: Profile, types: TypeLookup, catalog: Catalog | None = None
) -> list[Mistake]:
    """Return every mistake of *mapping*, which was read from *document*, in the order of its lines.

    *types* raises `LookupError` or `ValueError` for a field type that does not exist.
    """
    found = [*_emits(mapping, document, profile, types), *_one_target_each(mapping, document, profile)]
    found += [*_creation(mapping, document), *_circles(mapping, document, profile)]
    if catalog is not None:
        found += lint_catalog(mapping, document, profile, catalog)
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
        if place > 0 and emit.relation is None and not emit.relations:
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
    if written.separator is not None and not shape.many:
        yield document.mistake(
            (*here, "separator"), f"`{name}` holds one value", "Take one piece: piece: {of: …, number: 1}."
        )
    if written.scale is not None and shape.type not in ("number", "money"):
        yield document.mistake((*here, "scale"), f"`{name}` is no number", "Drop scale.")
    if written.default is not None:
        yield from _default_fits(name, written, shape, here, document)
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


def _default_fits(name: str, written: FieldMapping, shape: ProfileField, here: DataPath, document: Document) -> Found:
    choices = {word_of(choice) for choice in shape.choices()}
    if choices and word_of(written.default) not in choices:
        cure = suggestion(written.default, choices, noun=f"values of {name}")
        yield document.mistake((*here, "default"), f"`{written.default}` is no value of {name}", cure)


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
    read = {word_of(system): word_of(profile) for system, profile in written.values.items()}
    for said, sent in words_out(written).items():
        back = read.get(word_of(sent))
        if back is not None and back != said:
            yield document.mistake(
                (*here, "push_values"),
                f"`{said}` is pushed as `{sent}`, which is read as `{back}`",
                f"Push a word that is read as `{said}`, or change values: what goes out must come back the same.",
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


def _circles(mapping: StreamMapping, document: Document, profile: Profile) -> Found:
    """A field that writes where another reads, which writes where the first reads: each would overwrite the other."""
    pulls, pushes = _ends(mapping, profile, pushed=False), _ends(mapping, profile, pushed=True)
    for one, (here, targets) in pushes.items():
        for other, (_, back) in pushes.items():
            if one >= other or one not in pulls or other not in pulls:
                continue
            there, here_again = targets & pulls[other][1], back & pulls[one][1]
            if there and here_again and not targets & pulls[one][1]:
                yield document.mistake(
                    here,
                    f"`{min(there)}` is written by {one} and read as {other}, `{min(here_again)}` the other way round",
                    "Let each field write where it reads.",
                )


def _ends(mapping: StreamMapping, profile: Profile, *, pushed: bool) -> dict[str, tuple[DataPath, set[str]]]:
    """Return field -> its place in the file, and the paths that it reads (or writes)."""
    found: dict[str, tuple[DataPath, set[str]]] = {}
    for place, emit in enumerate(mapping.emits):
        for name, written in emit.fields.items():
            shape = profile.field(emit.entity, name)
            if shape is None:
                continue
            try:
                pulls, pushes = slots_of(written, many=shape.many)
            except CuredError:
                continue
            paths = [path.text for slot in (pushes if pushed else pulls) for path in slot.paths()]
            found[f"{emit.entity}.{name}"] = (("emits", place, "fields", name), set(paths))
    return found


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


def _warning(mistake: Mistake) -> Mistake:
    return replace(mistake, level="warning")
