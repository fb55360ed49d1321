"""Compile a checked mapping against the profile: paths, slots, value maps and field types, ready for the hot path.

Room: mapping; pure. `pull` and `push` work on what stands here; nothing is parsed per record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from mapping.field_types.contract import FieldContext, FieldType
from mapping.formats import Format
from mapping.language import Became, Emit, FieldMapping, RelationMapping, StreamMapping
from mapping.mistakes import CuredError, suggestion
from mapping.profile_fields import Profile, ProfileField
from mapping.projection import Projection, projection
from mapping.read_values import Reader, Reading, reader, word_of
from mapping.slots import Slot, slots_of
from mapping.system_path import SystemPath, condition, system_path
from mapping.values import BECAME, FieldValue, Json
from mapping.versions import pull_version, push_version
from mapping.wire import wire_of

DELETED_AT: Final = "_ab_cdc_deleted_at"
MERGED_INTO: Final = "_merged_into"
"""The keys with which a connector marks a deleted and a merged record (connectors/contract.py)."""

Holds = Callable[[Mapping[str, Any]], bool]
TypeLookup = Callable[[str], FieldType]


@dataclass(frozen=True)
class CompiledField:
    """One profile field of one emitted entity. *cleared* is in force here (the mapping's word, else the profile's).

    *reads* is the part of a record that decides what the field shows; *blanks* are texts that stand for nothing here.
    """

    name: str
    many: bool
    type: FieldType
    context: FieldContext
    zone: ZoneInfo
    pull_slots: tuple[Slot, ...]
    push_slots: tuple[Slot, ...]
    read: Reader
    words_out: Mapping[str, Json] | None
    format: Format | None
    cleared: Literal["ignore", "clear", "review"]
    derived: bool
    only_if_empty: bool
    reformat: bool
    unique: bool
    when: Holds | None
    reads: Projection
    default: tuple[FieldValue, ...] = ()
    blanks: frozenset[str] = frozenset()
    never_blank: bool = False

    @property
    def pushed(self) -> bool:
        """Whether the field is ever written here."""
        return bool(self.push_slots)


@dataclass(frozen=True)
class CompiledRelation:
    """A relation to another record of the same system. *shape* holds `$id` or `$id_number` where the id goes."""

    name: str
    stream: str
    pull: SystemPath | None
    to: SystemPath | None
    shape: Json


@dataclass(frozen=True)
class CompiledEmit:
    """One entity that the stream yields. *relation* is what it is to the first entity of the same record."""

    place: int
    entity: str
    fields: Mapping[str, CompiledField]
    needs: tuple[str, ...]
    when: Holds | None
    relation: str | None
    relations: Mapping[str, CompiledRelation]
    became: CompiledRelation | None = None


@dataclass(frozen=True)
class CompiledMapping:
    """A mapping ready for use. Examples and comments count for neither of its versions.

    *version* is a digest of what decides how a record is read and what of it is kept: records of another version must
    be read anew. *push_version* is a digest of all its meaning: with another one, profiles must be planned anew.

    *create_in* names the entities that are created in this stream, *required* the fields that a record cannot be
    without, *on_create* constants of new records, *owner* where the record names the colleague responsible for it,
    *web* where it stands on the system's own pages.
    """

    stream: str
    version: str
    push_version: str
    key: SystemPath
    modified: SystemPath | None
    deleted: Holds | None
    merged_into: SystemPath | None
    zone: ZoneInfo
    emits: tuple[CompiledEmit, ...]
    create_in: frozenset[str]
    required: frozenset[str]
    on_create: Mapping[str, Json]
    projection: Projection
    owner: SystemPath | None = None
    web: str | None = None
    on_return: Literal["review", "restore", "ignore"] = "review"
    on_delete: Literal["unlink", "hold", "archive", "propagate"] = "unlink"

    def mapped_paths(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the part of *record* that this mapping reads or writes, its key and its deletion marks.

        This is what the store keeps and what the content hash is made of: pulling it gives the same values as
        pulling the whole record. The modified time is not in it (bulk jobs touch it), and the time of a deletion is
        reduced to `true`. Expects a record that `pull` takes.
        """
        return kept_of(self.projection, record)

    def new_to(self, kept: Projection) -> frozenset[tuple[int, str]]:
        """Return the fields (place of the entity, name) that read something which *kept* did not keep."""
        return frozenset(
            (emit.place, name)
            for emit in self.emits
            for name, field in emit.fields.items()
            if field.reads.missing_from(kept)
        )

    def streams_of(self, relation: str) -> str | None:
        """Return the stream to which *relation* leads, where it leads to another record."""
        for emit in self.emits:
            if relation in emit.relations:
                return emit.relations[relation].stream
        return None


def kept_of(projection: Projection, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a mapping with this *projection* keeps of *record*; see `CompiledMapping.mapped_paths`."""
    kept = projection(record)
    if record.get(DELETED_AT):
        kept[DELETED_AT] = True
    if record.get(MERGED_INTO):
        kept[MERGED_INTO] = record[MERGED_INTO]
    return kept


def compile_mapping(  # noqa: PLR0913 (what a mapping depends on, all named)
    mapping: StreamMapping,
    *,
    stream: str,
    profile: Profile,
    types: TypeLookup,
    region: str = "CN",
    timezone: str = "Asia/Shanghai",
) -> CompiledMapping:
    """Compile *mapping* for *stream*; *region* and *timezone* are the system's, where the mapping names none.

    Raises:
        CuredError: it names an entity, a field or a field type that is not there, or a shape that does not fit.
            `mapping.lint` finds all of these at once, with their lines.
    """
    zone = ZoneInfo(mapping.timezone or timezone)
    region = mapping.region or region
    emits = tuple(
        _compile_emit(place, emit, mapping=mapping, profile=profile, types=types, region=region, zone=zone)
        for place, emit in enumerate(mapping.emits)
    )
    kept = _projection(mapping, emits)
    return CompiledMapping(
        stream=stream,
        version=pull_version(mapping, profile, region, zone.key, kept),
        push_version=push_version(mapping, profile, region, zone.key, kept),
        key=system_path(mapping.key),
        modified=system_path(mapping.modified) if mapping.modified else None,
        deleted=condition(mapping.deleted)[1] if mapping.deleted else None,
        merged_into=system_path(mapping.merged_into) if mapping.merged_into else None,
        zone=zone,
        emits=emits,
        create_in=frozenset(entity for entity, here in mapping.create_in.items() if here),
        required=frozenset(mapping.required),
        on_create=mapping.on_create,
        projection=kept,
        owner=system_path(mapping.owner) if mapping.owner else None,
        web=mapping.web,
        on_return=mapping.on_return,
        on_delete=mapping.on_delete,
    )


def _compile_emit(  # noqa: PLR0913 (what an emit depends on)
    place: int,
    emit: Emit,
    *,
    mapping: StreamMapping,
    profile: Profile,
    types: TypeLookup,
    region: str,
    zone: ZoneInfo,
) -> CompiledEmit:
    entity = profile.entity(emit.entity)
    if entity is None:
        raise CuredError(
            f"there is no entity `{emit.entity}`", suggestion(emit.entity, profile.entities(), noun="entities")
        )
    fields: dict[str, CompiledField] = {}
    for name, written in emit.fields.items():
        shape = entity.fields.get(name)
        if shape is None:
            raise CuredError(
                f"{emit.entity} has no field `{name}`", suggestion(name, entity.fields, noun="fields in profile.yaml")
            )
        fields[name] = compile_field(
            name,
            written,
            shape,
            types,
            blanks=mapping.blanks,
            placeholders=mapping.placeholders,
            region=region,
            zone=zone,
        )
    return CompiledEmit(
        place=place,
        entity=emit.entity,
        fields=fields,
        needs=emit.needs,
        when=condition(emit.when)[1] if emit.when else None,
        relation=emit.relation,
        relations={name: _compile_relation(name, relation) for name, relation in emit.relations.items()},
        became=_compile_became(emit.became) if emit.became else None,
    )


def compile_field(  # noqa: PLR0913 (what a field depends on)
    name: str,
    written: FieldMapping,
    shape: ProfileField,
    types: TypeLookup,
    *,
    blanks: tuple[str | int | bool, ...] = (),
    placeholders: tuple[str, ...] = (),
    region: str,
    zone: ZoneInfo,
) -> CompiledField:
    """Compile one field; see `compile_mapping`."""
    pull_slots, push_slots = slots_of(written, many=shape.many)
    zone = ZoneInfo(written.timezone) if written.timezone else zone
    options = _with_placeholders({**shape.type_options(), **written.options}, (*placeholders, *written.placeholders))
    context = FieldContext(region=region, timezone=zone.key, options=options)
    field_type = types(shape.type)
    blank = frozenset(word_of(blank) for blank in (*blanks, *written.blanks))
    wire = wire_of(written, blank)
    words = {word_of(system): profile for system, profile in written.values.items()} if written.values else None
    reading = Reading(
        type=field_type,
        context=context,
        zone=zone,
        blanks=blank,
        words=words,
        format=wire,
    )
    return CompiledField(
        name=name,
        many=shape.many,
        type=field_type,
        context=context,
        zone=zone,
        pull_slots=pull_slots,
        push_slots=push_slots,
        read=reader(reading),
        words_out=words_out(written) if words is not None else None,
        format=wire,
        cleared=written.cleared or shape.cleared,
        derived=written.derived,
        only_if_empty=written.only_if_empty,
        reformat=written.reformat,
        unique=written.unique,
        when=condition(written.when)[1] if written.when else None,
        reads=projection(
            [path for slot in pull_slots for path in slot.paths()], condition(written.when)[0] if written.when else ()
        ),
        default=field_type.normalise(written.default, context) if written.default is not None else (),
        blanks=reading.blanks,
        never_blank=shape.never_blank if written.never_blank is None else written.never_blank,
    )


def _with_placeholders(options: dict[str, Json], more: tuple[str, ...]) -> dict[str, Json]:
    if not more:
        return options
    known = options.get("placeholders")
    listed = list(known) if isinstance(known, list | tuple) else []
    return {**options, "placeholders": [*listed, *more]}


def words_out(written: FieldMapping) -> dict[str, Json]:
    """Return the profile's word -> the system's. A profile word with two system words needs `push_values`."""
    out: dict[str, Json] = {}
    for system, profile in written.values.items():
        out.setdefault(word_of(profile), system)
    return out | {word_of(profile): system for profile, system in written.push_values.items()}


def _compile_relation(name: str, written: RelationMapping) -> CompiledRelation:
    return CompiledRelation(
        name=name,
        stream=written.stream,
        pull=system_path(written.pull) if written.pull else None,
        to=system_path(written.push.to) if written.push else None,
        shape=written.push.as_ if written.push else "$id",
    )


def _compile_became(written: Became) -> CompiledRelation:
    return CompiledRelation(BECAME, written.stream, system_path(written.pull), None, "$id")


def _projection(mapping: StreamMapping, emits: tuple[CompiledEmit, ...]) -> Projection:
    paths = [system_path(mapping.key)]
    roots: set[str] = set()
    paths += [system_path(text) for text in (mapping.merged_into, mapping.owner) if text]
    for emit in emits:
        for field in emit.fields.values():
            for slot in (*field.pull_slots, *field.push_slots):
                paths += slot.paths()
        for relation in (*emit.relations.values(), *([emit.became] if emit.became else [])):
            if relation.pull is not None:
                paths.append(relation.pull)
            elif relation.to is not None:
                paths.append(relation.to)
    written = [mapping.deleted, *(emit.when for emit in mapping.emits)]
    written += [field.when for emit in mapping.emits for field in emit.fields.values()]
    for text in filter(None, written):
        roots |= condition(text)[0]
    return projection(paths, roots)
