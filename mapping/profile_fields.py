"""The fields of a profile: what `profile.yaml` may say of each, and what it means.

Room: mapping; pydantic at the edge, pure. The rules that pick a value live in golden_record; here they are only named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, RootModel, WithJsonSchema, model_validator

from mapping.computed_fields import Computed
from mapping.mistakes import NEAR, CuredError, Mistake, errors, suggestion
from mapping.values import Json
from mapping.yaml_file import Checked, check_document, open_document
from mapping.yaml_nodes import Document

RuleName = Literal[
    "owner",
    "source_priority",
    "most_recent",
    "most_frequent",
    "most_complete",
    "longest",
    "union",
    "minimum",
    "maximum",
    "computed",
    "valid",
    "strictest",
]

SINGLE_ONLY = frozenset({"longest", "minimum", "maximum", "most_complete"})
"""Rules that pick one value; `union` keeps all, and needs a field that holds many."""


class Label(Checked):
    """What people read."""

    en: str
    zh: str


class Rule(Checked):
    """One survivorship rule. In YAML: its name, or `source_priority: [system, …]`."""

    name: RuleName
    """Which rule."""
    systems: tuple[str, ...] = ()
    """Systems in order of trust (`source_priority` only)."""


def _rule(written: Any) -> Any:  # noqa: ANN401 (whatever the YAML holds)
    if isinstance(written, str):
        return {"name": written}
    if isinstance(written, Mapping) and len(written) == 1 and "name" not in written:
        name, systems = next(iter(written.items()))
        return {"name": name, "systems": systems}
    return written


_RULE_SCHEMA = {
    "anyOf": [
        {"enum": [*RuleName.__args__]},  # type: ignore[attr-defined]  # a Literal lists its words there
        {
            "type": "object",
            "properties": {"source_priority": {"type": "array", "items": {"type": "string"}}},
            "required": ["source_priority"],
            "additionalProperties": False,
        },
    ]
}

WrittenRule = Annotated[Rule, BeforeValidator(_rule), WithJsonSchema(_RULE_SCHEMA)]


ANY: Final = "any"
"""Said of a field's owner: nobody is, everybody's word counts alike."""


def _owners(written: Any) -> Any:  # noqa: ANN401 (whatever the YAML holds)
    if written is None or written == ANY:
        return ()
    return (written,) if isinstance(written, str) else written


_OWNERS_SCHEMA = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}]
}
Owners = Annotated[tuple[str, ...], BeforeValidator(_owners), WithJsonSchema(_OWNERS_SCHEMA)]


class Presses(Checked):
    """How much sooner stewards' questions about a customer are due, by the value of a field."""

    each: Annotated[float, Field(gt=0)] | None = None
    """A number takes off a day for each so many: each: 20000 makes 60,000 three days."""
    words: dict[str, Annotated[float, Field(ge=0, le=14)]] = Field(default_factory=dict)
    """Days that a word takes off: {vip: 3}."""
    at_most: Annotated[float, Field(gt=0, le=14)] = 3.0
    """Days that the field takes off at most."""

    @model_validator(mode="after")
    def _one_way(self) -> Presses:
        if (self.each is None) == (not self.words):
            raise CuredError("`presses` goes by a number or by words", "Write {each: 20000}, or {words: {vip: 3}}.")
        return self


class ProfileField(Checked):
    """One field of an entity's profile."""

    type: str
    """The field type: phone, email, person_name, …"""
    label: Label | None = None
    """What pages and reports call it."""
    many: bool = False
    """Holds several values (phones, tags)."""
    survives: tuple[WrittenRule, ...] = ()
    """Rules that choose the profile's value, in order; the next decides where one leaves a tie. Default:
    most_recent, or union where the field holds many."""
    owner: Owners = ()
    """The department whose contributions count; others only suggest. Several in order, `[sales, service]`: the first
    that says something. `any`: nobody, the rules choose among all."""
    not_owner: Literal["restore", "suggest", "accept_if_blank"] = "suggest"
    """An edit by a department that is not the owner: put back the owner's value at once; put the edit to a
    steward; or take it where the owner has nothing (and put it to a steward otherwise)."""
    concurrent: Literal["rule", "review"] = "rule"
    """Two systems changed it, neither knowing of the other: let the rules decide, or ask a steward."""
    cleared: Literal["ignore", "clear", "review"] = "ignore"
    """Somebody emptied it: fill it again, withdraw that record's value, or ask. A mapping may say otherwise."""
    never_blank: bool = False
    """A push changes the field where it stands and never leaves it empty, whatever the profile says. A mapping may say
    otherwise."""
    sensitive: bool = False
    """Sensitive personal data: masked on every page, never match evidence unless a comparison says so."""
    protect: Literal["encrypted", "plain"] = "encrypted"
    """How the store keeps it; `plain` stays readable for reports and must not hold what identifies a person."""
    verify_after: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[dwy]$")] | None = None
    """How long a value is taken for fresh after people gave or verified it: 90d, 26w, 1y. Older ones are stale:
    `crmhub quality` counts them, and lists whom to ask."""
    stale_after: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[dwy]$")] | None = None
    """Trust decays: what nobody has given for so long (180d, 26w, 2y) yields to what is fresher, whoever is trusted
    more. Unlike `verify_after`, which only lists whom to ask."""
    follows: str | None = None
    """Fields that belong together: this one is taken from the record whose value won that other field, so that the
    city of one record never stands beside the street of another. Where that record is silent, it is empty."""
    self_update: bool = False
    """Customers may see it masked and correct it themselves, through a signed link (`crmhub quality links`)."""
    values: tuple[str, ...] | dict[str, Label] = ()
    """The words that a choice may hold, with labels if wanted."""
    computed: Computed | None = None
    """Summed up from the customer's interactions, instead of taken from records: last order, open tickets."""
    presses: Presses | None = None
    """Stewards' questions about customers come sooner the more this field holds: {each: 20000}, {words: {vip: 3}}."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Settings of the field type (`order: dmy`, `placeholders: […]`)."""

    @model_validator(mode="before")
    @classmethod
    def _default_rule(cls, written: Any) -> Any:  # noqa: ANN401 (whatever the YAML holds)
        if isinstance(written, Mapping) and "survives" not in written:
            if written.get("computed") is not None:
                return {**written, "survives": ["computed"]}
            return {**written, "survives": ["union" if written.get("many") is True else "most_recent"]}
        return written

    @model_validator(mode="after")
    def _rules_fit(self) -> ProfileField:
        names = [rule.name for rule in self.survives]
        if not names:
            raise CuredError("`survives` names no rule", "Write survives: [most_recent].")
        if "union" in names and not self.many:
            raise CuredError("`union` keeps several values, but the field holds one", "Add many: true, or drop union.")
        if self.many and SINGLE_ONLY & {*names}:
            raise CuredError(
                f"`{min(SINGLE_ONLY & {*names})}` picks one value, but the field holds many",
                "Use union, or drop many: true.",
            )
        if self.self_update and self.sensitive:
            raise CuredError("a sensitive field is not shown to whoever holds a link", "Drop `self_update`.")
        if "owner" in names and not self.owner:
            raise CuredError("the rule `owner` needs to know who that is", "Add owner: <department>.")
        if len(set(self.owner)) < len(self.owner):
            raise CuredError("`owner` names a department twice", "Name each once, the most trusted first.")
        if ANY in self.owner:
            raise CuredError(f"`{ANY}` stands among other owners", f"Write owner: {ANY}, or name departments only.")
        for rule in self.survives:
            if (rule.name == "source_priority") != bool(rule.systems):
                raise CuredError(
                    f"`{rule.name}` and its systems do not fit", "Write source_priority: [first_system, second_system]."
                )
        return self

    @model_validator(mode="after")
    def _chooses_between_values(self) -> ProfileField:
        names = [rule.name for rule in self.survives]
        if "strictest" in names and self.type != "boolean":
            raise CuredError("`strictest` lets a no stand against a yes", "Use it for a field of the type boolean.")
        if self.many and (self.stale_after is not None or self.follows is not None or "valid" in names):
            raise CuredError(
                "`stale_after`, `follows` and `valid` choose between values, but the field keeps them all",
                "Drop them, or many: true.",
            )
        if (self.computed is not None) != ("computed" in names) or ("computed" in names and len(names) > 1):
            raise CuredError(
                "a computed field has the rule `computed` and no other",
                "Write computed: {take: …} without `survives`, or drop `computed`.",
            )
        if self.presses is not None and self.many:
            raise CuredError("`presses` goes by one value, but the field holds many", "Drop it, or many: true.")
        if self.presses is not None and self.values and (strange := self.presses.words.keys() - {*self.values}):
            raise CuredError(
                f"`presses` names `{min(strange)}`, which the field cannot hold",
                f"Use words of its `values`: {', '.join(self.values)}.",
            )
        if self.computed is not None and (self.many or self.owner or self.self_update):
            raise CuredError(
                "a computed field holds one value, and nobody owns or corrects it",
                "Drop many, owner and self_update.",
            )
        return self

    def fresh_days(self) -> int | None:
        """Return for how many days a value is fresh; None where it never gets stale."""
        return _days(self.verify_after)

    def stale_days(self) -> int | None:
        """Return after how many days a value yields to fresher ones; None: never."""
        return _days(self.stale_after)

    def choices(self) -> tuple[str, ...]:
        """Return the words that this field may hold; empty where it is free."""
        return tuple(self.values)

    def type_options(self) -> dict[str, Json]:
        """Return what the field type gets to know: the options, and the choices under `choices`."""
        return {**self.options, "choices": list(self.choices())} if self.values else dict(self.options)


def _days(written: str | None) -> int | None:
    return None if written is None else int(written[:-1]) * {"d": 1, "w": 7, "y": 365}[written[-1]]


class Entity(Checked):
    """One kind of customer or event: person, company, interaction."""

    label: Label | None = None
    """What pages and reports call it."""
    fields: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ProfileField] = Field(min_length=1)
    """Name -> field."""


class Profile(RootModel[dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Entity]]):
    """The whole of `profile.yaml`: entity -> its fields."""

    model_config = ConfigDict(frozen=True)

    def entities(self) -> tuple[str, ...]:
        """Return the names of the entities."""
        return tuple(self.root)

    def entity(self, name: str) -> Entity | None:
        """Return an entity, or None where there is none of that name."""
        return self.root.get(name)

    def field(self, entity: str, name: str) -> ProfileField | None:
        """Return a field, or None where there is none of that name."""
        found = self.root.get(entity)
        return found.fields.get(name) if found is not None else None

    def walk(self) -> Iterator[tuple[str, str, ProfileField]]:
        """Iterate over (entity, name, field)."""
        for entity, shape in self.root.items():
            for name, field in shape.fields.items():
                yield entity, name, field


def read_profile(
    source: Path | str, *, types: frozenset[str], departments: frozenset[str] | None = None
) -> tuple[Profile | None, list[Mistake]]:
    """Read `profile.yaml`; *types* are the field types that exist, *departments* those of hub.yaml where known.

    Returns:
        The profile and warnings, or None and all mistakes. A field that names an unknown type is a mistake of the file
        like any other. An owner that is no system's department is a warning: the shipped file names `sales`, and a
        project may have no such system (yet); the field then has no owner who speaks.
    """
    document = open_document(source)
    profile, mistakes = check_document(document, Profile)
    if profile is None:
        return None, mistakes
    mistakes = [*_unknown_words(profile, document, types, departments), *_unknown_sums(profile, document)]
    mistakes += _unknown_leaders(profile, document)
    return (None if errors(mistakes) else profile), mistakes


def _unknown_leaders(profile: Profile, document: Document) -> Iterator[Mistake]:
    for entity, name, field in profile.walk():
        fields = profile.root[entity].fields
        leader = fields.get(field.follows or "")
        path = (entity, "fields", name, "follows")
        if field.follows is not None and (leader is None or field.follows == name):
            cure = suggestion(field.follows, fields.keys() - {name}, noun=f"fields of {entity}")
            yield document.mistake(path, f"{entity} has no other field `{field.follows}`", cure)
        elif leader is not None and (leader.follows is not None or leader.computed is not None):
            yield document.mistake(
                path, f"`{field.follows}` is itself taken from elsewhere", "Follow the field that leads them all."
            )


def _unknown_sums(profile: Profile, document: Document) -> Iterator[Mistake]:
    for entity, name, field in profile.walk():
        if field.computed is None:
            continue
        path = (entity, "fields", name, "computed")
        summed = profile.entity(field.computed.of)
        if summed is None:
            cure = suggestion(field.computed.of, profile.entities(), noun="entities")
            yield document.mistake(path, f"there is no entity `{field.computed.of}`", cure)
            continue
        for unknown in sorted(field.computed.names() - summed.fields.keys()):
            cure = suggestion(unknown, summed.fields, noun=f"fields of {field.computed.of}")
            yield document.mistake(path, f"{field.computed.of} has no field `{unknown}`", cure)


def _unknown_words(
    profile: Profile, document: Document, types: frozenset[str], departments: frozenset[str] | None
) -> Iterator[Mistake]:
    for entity, name, field in profile.walk():
        path = (entity, "fields", name)
        if field.type not in types:
            cure = suggestion(field.type, types, noun="field types")
            yield document.mistake((*path, "type"), f"there is no field type `{field.type}`", cure)
        for owner in field.owner if departments is not None else ():
            if departments is not None and owner not in departments:
                cure = suggestion(owner, departments, noun="departments")
                wrong = document.mistake((*path, "owner"), f"there is no department `{owner}`", cure)
                slip = cure.startswith(NEAR)
                yield (
                    wrong
                    if slip
                    else replace(wrong, level="warning", cure=f"Nobody owns the field until one is. {cure}")
                )
