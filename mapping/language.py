"""The mapping language: what a file in `config/mappings/<system>/<stream>.yaml` may say.

Room: mapping; pydantic at the edge, pure. `docs/mapping.md` is generated from these models.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from mapping.formats import FormatName
from mapping.mistakes import CuredError
from mapping.system_path import condition, system_path
from mapping.values import BECAME
from mapping.yaml_file import Checked

Scalar = str | int | bool
"""A word, a number, true or false."""


def _path(text: str) -> str:
    system_path(text)
    return text


def _target(text: str) -> str:
    if system_path(text).steps is None:
        raise CuredError(f"`{text}` is an expression; it can be read, not written", "Write {pull: …} without a push.")
    return text


def _condition(text: str) -> str:
    condition(text)
    return text


def _web(written: str) -> str:
    """A page's address, or a path: with a place for the id, and nothing that a browser would run."""
    if "{id}" not in written:
        raise CuredError("`web` has no place for the record's id", "Write {id} where it goes: /tab/Contacts/{id}.")
    if not written.startswith(("/", "https://", "http://")):
        raise CuredError("`web` is no address of a page", "Write a path (/tab/Contacts/{id}) or https://….")
    return written


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        raise CuredError(
            f"there is no time zone `{text}`", "Write an IANA name: Asia/Shanghai, Europe/Berlin."
        ) from None
    return text


def _literal(value: Scalar) -> str:
    """Return the expression that gives *value* for every record."""
    return "`" + json.dumps(value, ensure_ascii=False).replace("`", "\\`") + "`"


def _shape(written: Any) -> str | None:  # noqa: ANN401 (whatever the YAML holds)
    if isinstance(written, str):
        return "(a path)"
    if isinstance(written, list | tuple):
        return "(a list)"
    return "(a block)" if isinstance(written, dict) else None


def _shapes(what: str) -> Discriminator:
    return Discriminator(_shape, custom_error_type="shape", custom_error_message=f"this should be {what}")


Path = Annotated[str, AfterValidator(_path)]
"""A field of the system: a plain name, names joined by dots, or JMESPath."""
Target = Annotated[str, AfterValidator(_target)]
"""A place that can be written: a plain name or names joined by dots."""
Condition = Annotated[str, AfterValidator(_condition)]
"""JMESPath; holds unless it gives false, null or something empty."""
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Region = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]

PullPlace = Annotated[
    Annotated[Path, Tag("(a path)")] | Annotated[dict[str, Path], Tag("(a block)")],
    _shapes("a path, or a block of parts"),
]
PullPaths = Annotated[
    Annotated[Path, Tag("(a path)")] | Annotated[list[Path], Tag("(a list)")], _shapes("a path or a list of paths")
]
Pull = Annotated[
    Annotated[Path, Tag("(a path)")]
    | Annotated[list[PullPlace], Field(min_length=1), Tag("(a list)")]
    | Annotated[dict[str, PullPaths], Field(min_length=1), Tag("(a block)")],
    _shapes("a path, a list of paths, or a block"),
]
PushPlace = Annotated[
    Annotated[Target, Tag("(a path)")] | Annotated[dict[str, Target], Tag("(a block)")],
    _shapes("a field's name, or a block of parts"),
]
PushPaths = Annotated[
    Annotated[Target, Tag("(a path)")] | Annotated[list[Target], Tag("(a list)")],
    _shapes("a field's name or a list of names"),
]
Push = Annotated[
    Annotated[Target, Tag("(a path)")]
    | Annotated[list[PushPlace], Field(min_length=1), Tag("(a list)")]
    | Annotated[dict[str, PushPaths], Field(min_length=1), Tag("(a block)")],
    _shapes("a field's name, a list of names, or a block"),
]


class Piece(Checked):
    """One piece of a text that holds several things."""

    of: str = Field(min_length=1, max_length=20)
    """The text between the pieces: "|"."""
    number: int = 1
    """Which piece, counted from 1; from the end: -1 is the last."""

    @model_validator(mode="after")
    def _counted_from_one(self) -> Piece:
        if self.number == 0:
            raise CuredError("pieces are counted from 1", "Write number: 1 for the first, number: -1 for the last.")
        return self


class FieldMapping(Checked):
    """How one profile field stands in this stream.

    A plain name (or a list of names) instead of the block means: pull from there and push to there.
    """

    pull: Pull | None = None
    """Where the value is read: a path; a list of paths (the slots of a `many` field, else the first that holds a
    value); or a block (of parts such as family and given; in a `many` field, of kinds such as mobile and other)."""
    push: Push | None = None
    """Where it is written, in the same shapes. Absent: the field is only read."""
    values: dict[Scalar, Scalar] = Field(default_factory=dict)
    """The system's word -> the profile's word. A word that is not listed is kept as invalid, and never pushed."""
    push_values: dict[Scalar, Scalar] = Field(default_factory=dict)
    """The profile's word -> the system's, where `values` leaves it open (two words of the system mean the same)."""
    blanks: tuple[Scalar, ...] = ()
    """What this system writes for "nothing" in this field, beside the empty text: [-None-]."""
    cleared: Literal["ignore", "clear", "review"] | None = None
    """What an emptied field does; default: as profile.yaml says."""
    derived: bool = False
    """The system fills the field by itself (the name shown beside a look-up, a formula): its first value counts, a
    change in it is nobody's edit."""
    only_if_empty: bool = False
    """Push only where the record shows nothing in this field."""
    never_blank: bool | None = None
    """A push changes the field where it stands and never leaves it empty; default: as profile.yaml says."""
    unique: bool = False
    """No two records of this stream may show the same value: a value is not pushed into a record while another record
    of the customer there shows it."""
    when: Condition | None = None
    """Read and write the field only in records for which this holds (a new record is not asked)."""
    reformat: bool = False
    """Also push where only the writing differs (138 0013 8000 -> +8613800138000)."""
    format: FormatName | None = None
    """How the system writes the value on the wire, where it is no plain text or number."""
    constant: Scalar | None = None
    """What every record of this stream says in this field, instead of `pull`: `constant: website`."""
    default: Scalar | None = None
    """What a record says that carries the field and shows nothing there. It is nobody's edit."""
    join: str | None = None
    """Read the paths under `pull` together, as one value with this text between them (several lines of an address).
    What is joined cannot be taken apart: such a field is only read."""
    piece: Piece | None = None
    """Read one piece of the text: {of: "|", number: 2}. Such a field is only read."""
    separator: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    """One place holds several values with this text between them; they are parted when read and joined when written
    (fields that hold many)."""
    scale: Decimal | None = None
    """The system counts in units of so many: 1000 where it writes thousands. Read times this, written divided by it."""
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    """Zone of this field's times that carry none; default: the mapping's."""
    placeholders: tuple[str, ...] = ()
    """What people of this system type when they must fill the field and know nothing: kept, not pushed, no evidence."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Settings of the field type for this system only (`order: dmy`, `currency: USD`)."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, written: Any) -> Any:  # noqa: ANN401 (whatever the YAML holds)
        if isinstance(written, str | list):
            return {"pull": written, "push": written}
        if isinstance(written, dict) and written.get("constant") is not None:
            if "pull" in written or "push" in written:
                raise CuredError(
                    "a constant is neither read from a field nor written to one",
                    "Drop pull and push; constants that new records get stand under on_create.",
                )
            return {**written, "pull": _literal(written["constant"])}
        return written

    @model_validator(mode="after")
    def _one_way_where_there_is_no_way_back(self) -> FieldMapping:
        for word in ("join", "piece"):
            if getattr(self, word) is not None and self.push is not None:
                raise CuredError(
                    f"`{word}` has no way back, so the field cannot be pushed",
                    "Write {pull: …} without a push; push from a field of its own.",
                )
        if self.join is not None and not (isinstance(self.pull, list) and len(self.pull) > 1):
            raise CuredError("`join` needs several paths", "Write pull: [first, second].")
        if self.separator is not None and self.format is not None:
            raise CuredError("`separator` and `format` both say how values are written", "Keep one of them.")
        if self.scale is not None and not self.scale > 0:
            raise CuredError("`scale` is no number above 0", "Write scale: 1000 where the system writes thousands.")
        return self

    @model_validator(mode="after")
    def _does_something(self) -> FieldMapping:
        if self.pull is None and self.push is None:
            raise CuredError("neither pulled nor pushed", "Add pull: …, push: …, or the field's plain name.")
        if self.push_values and not self.values:
            raise CuredError("`push_values` without `values`", "Write values: {system word: profile word}.")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let editors accept the short forms as well."""
        short = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
        return {"anyOf": [*short, handler(core_schema)]}


class Lookup(Checked):
    """Where and how a relation is written."""

    to: Target
    """The field that holds the relation."""
    as_: Any = Field(default="$id", alias="as")
    """What is written there: `$id` stands for the related record's id, `$id_number` for the id as a number;
    both may stand inside a block: {id: $id}."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, written: Any) -> Any:  # noqa: ANN401 (whatever the YAML holds)
        return {"to": written} if isinstance(written, str) else written

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Let editors accept the short form as well."""
        return {"anyOf": [{"type": "string"}, handler(core_schema)]}


class RelationMapping(Checked):
    """A relation to another record of the same system: a contact's account."""

    stream: str
    """The stream of the related record."""
    pull: Path | None = None
    """Where the related record's id is read."""
    push: Lookup | None = None
    """Where it is written: a field's name (the id itself), or {to: field, as: shape}. Absent: only read."""


class Became(Checked):
    """Where a record says which other record of its system it was turned into: a converted lead's contact."""

    stream: str
    """The stream of the record that it was turned into."""
    pull: Path
    """Where that record's id is read; empty as long as the record stands for itself."""


class Emit(Checked):
    """One entity that a record of this stream yields."""

    entity: Name
    """person, company, …: an entity of profile.yaml."""
    when: Condition | None = None
    """Yield it only from records for which this holds."""
    needs: tuple[Name, ...] = ()
    """Yield it only where at least one of these profile fields has a value (a lead without a company)."""
    fields: dict[Name, FieldMapping]
    """Profile field -> how it stands in this stream."""
    relation: Name | None = None
    """What this entity is to the first entity of the same record: `employer` of the person beside it."""
    relations: dict[Name, RelationMapping] = Field(default_factory=dict)
    """Relations to other records of the same system."""
    became: Became | None = None
    """The record that this one was turned into: from then on that one speaks for the customer, and this one is not
    written any more."""


class Example(Checked):
    """A record and what must come of it; run by `crmhub mapping test`."""

    note: str = ""
    """What the example shows."""
    record: dict[str, Any] | None = None
    """The record as the system gives it; absent: one that is about to be created."""
    gives: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    """Entity -> profile field -> value that must be pulled (null: no valid value); entity -> null: not yielded."""
    wants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Entity -> profile field -> value that the profile wants in this record."""
    writes: dict[str, Any] | None = None
    """The fields that must then be written, as they go out."""


class StreamMapping(Checked):
    """One stream of one system."""

    key: Path
    """The record's id."""
    modified: Path | None = None
    """When people last changed the record: a time with a zone, one in the mapping's `timezone`, or a Unix time."""
    deleted: Condition | None = None
    """Holds for a record that was deleted (beside what the connector itself marks)."""
    merged_into: Path | None = None
    """The id of the record that this one was merged into (beside what the connector itself marks)."""
    owner: Path | None = None
    """Who in the system is responsible for the record (a colleague's id or name): lists of records to mend or to
    verify go by it."""
    web: Annotated[str, AfterValidator(_web)] | None = None
    """Where a record stands on the system's own pages, with `{id}` for its id: a path under the `web` of hub.yaml
    (/tab/Contacts/{id}), or a whole address."""
    region: Region | None = None
    """Country in which numbers without a country code are read; default: the system's."""
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    """Zone of times without one; default: the system's."""
    blanks: tuple[Scalar, ...] = ()
    """What this system writes for "nothing", in any field: [-None-]."""
    placeholders: tuple[str, ...] = ()
    """What people of this system type when they must fill a field and know nothing, in any field: [待补充]."""
    emits: list[Emit] = Field(min_length=1)
    """The entities that a record yields."""
    create_in: dict[Name, bool] = Field(default_factory=dict)
    """Entity -> true: new ones of this system are made in this stream."""
    required: tuple[Target, ...] = ()
    """Fields that a record of the system cannot be without: not created without them, and never emptied."""
    on_create: dict[Target, Any] = Field(default_factory=dict)
    """Constants that a new record gets: {record_type: default__c}."""
    contract: Literal["evolve", "freeze", "quarantine"] = "evolve"
    """What happens when the system's own fields change so that it touches this mapping (a field disappears, changes its
    type or choices, cannot be written any more): report it and go on; stop the stream; or set the touched fields aside,
    the last two until somebody accepts the change: `crmhub mapping drift`."""
    on_return: Literal["review", "restore", "ignore"] = "review"
    """A customer whose record people deleted here is heard of again (a new record elsewhere, an edit): ask a steward
    whether it is back; make the record again; or leave it gone."""
    on_delete: Literal["unlink", "hold", "archive", "propagate"] = "unlink"
    """What follows when people delete a record here, and its system has no other of the customer: nothing but that the
    hub makes it no new one; ask a steward, and make the customer nowhere else until then; archive the customer, who is
    made nowhere any more; or archive it and plan to delete its records in the systems whose `push` says `deletes`. It
    holds for what is deleted from then on."""
    examples: list[Example] = Field(default_factory=list)
    """Records and what must come of them."""

    @model_validator(mode="after")
    def _entities_agree(self) -> StreamMapping:
        emitted = [emit.entity for emit in self.emits]
        for entity in self.create_in:
            if entity not in emitted:
                raise CuredError(f"`create_in` names `{entity}`, which this stream does not emit", "Remove it.")
        if any(BECAME in emit.relations for emit in self.emits):
            raise CuredError(f"a relation is called `{BECAME}`", "That word is taken: see `became` of an entity.")
        if self.emits[0].relation is not None:
            raise CuredError(
                "the first entity has a `relation`", "A relation is to the first: write it at a later one."
            )
        return self
