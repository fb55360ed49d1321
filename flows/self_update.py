"""A customer looks at what the hub knows of them, masked, and corrects it: a contribution of its own.

Room: flows. What a customer says lands as a record of the system `self_update`, tied to their profile; the rules decide
what becomes of it, as with any record. Only fields marked `self_update` in profile.yaml are shown or taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
from ulid import ULID

from flows.hub import Hub
from flows.hub_config import SELF_UPDATE
from flows.on_demand import NotThere, ask
from flows.self_update_link import Link, LinkRefused
from golden_record.freshness import VERIFIED_AT
from golden_record.landing import Pulled, Stream, land
from golden_record.store import leases, matching_index, profiles, source_records
from golden_record.store import normalised_records as records
from golden_record.store.profiles import Profile
from golden_record.store.source_records import record_ref, ref_of
from mapping.field_types.contract import FieldContext
from mapping.profile_fields import Label, ProfileField
from mapping.values import Emitted, FieldState, FieldValue, NormalisedRecord, Slotted

LONGEST: Final = 500
"""Characters of one answer; an address has less."""
MOST_NEW: Final = 2
"""Values that a customer may add at once to a field that holds many."""
LEASE_WAIT: Final = 3.0
"""Seconds that an answer waits for another one; then the customer is asked to try again."""
_VERSION: Final = "1"


@dataclass(frozen=True, slots=True)
class Question:
    """One field as the page shows it: *masked* values; *choices* where it holds one of a list; *many* can be added."""

    name: str
    label: Label
    masked: tuple[str, ...]
    many: bool
    choices: Mapping[str, Label] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer sent: field -> texts (blank ones say nothing); *verified*: everything else is right."""

    values: Mapping[str, Sequence[str]]
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an answer: field -> issue codes of what could not be read (then nothing was kept); what is new."""

    refused: Mapping[str, tuple[str, ...]]
    changed: bool = False


_YES_NO: Final = {"true": Label(en="Yes", zh="是"), "false": Label(en="No", zh="否")}


def questions(hub: Hub, link: Link) -> list[Question]:
    """Return the fields to show for a link.

    Raises:
        LinkRefused: the profile is gone.
    """
    profile = _profile(hub, link)
    types = hub.rules.entities[profile.entity].types
    found = []
    for name, shape in _asked(hub, profile.entity).items():
        values = [element.to_field_value() for element in profile.fields.get(name, ())]
        choices = _choices(shape)
        masked = tuple(types[name].mask(value) for value in values) if not choices else ()
        found.append(Question(name, shape.label or Label(en=name, zh=name), masked, shape.many, choices))
    return found


def take_answer(hub: Hub, link: Link, answer: Answer) -> Taken:
    """Keep what a customer says about themselves, and ask for a sync of their records.

    The same answer twice is kept once. An answer in which something cannot be read is not kept at all, so that the
    customer can correct it.

    Raises:
        LinkRefused: the profile is gone.
        GoldenRecordError: the store is away; nothing was kept.
    """
    profile = _profile(hub, link)
    read: dict[str, tuple[FieldValue, ...]] = {}
    refused: dict[str, tuple[str, ...]] = {}
    for name, shape in _asked(hub, profile.entity).items():
        texts = [text[: LONGEST + 1].strip() for text in answer.values.get(name, ())][:MOST_NEW]
        texts = [text for text in texts if text]
        if not texts:
            continue
        values = tuple(value for text in texts for value in _values(hub, profile.entity, name, shape, text))
        bad = tuple(code for value in values if not value.valid for code in value.issues or ("invalid",))
        if bad or not values or (len(values) > 1 and not shape.many):
            refused[name] = bad or ("invalid",)
        else:
            read[name] = values
    if refused:
        return Taken(refused)
    if answer.verified and hub.project.profile.field(profile.entity, VERIFIED_AT) is not None:
        read[VERIFIED_AT] = (
            hub.rules.entities[profile.entity]
            .types[VERIFIED_AT]
            .normalise(hub.now().date().isoformat(), FieldContext())
        )
    if not read:
        return Taken({})
    with leases.hold(hub.store, f"system:{SELF_UPDATE}", wait=LEASE_WAIT):  # two clicks at once are one after the other
        return Taken({}, changed=_keep(hub, link, profile, read))


def _values(hub: Hub, entity: str, name: str, shape: ProfileField, text: str) -> tuple[FieldValue, ...]:
    if len(text) > LONGEST:
        return (FieldValue("", issues=("too_long",), valid=False),)
    region = next((system.config.region for system in hub.systems.values()), "CN")
    return hub.rules.entities[entity].types[name].normalise(text, FieldContext(region, options=shape.type_options()))


def _asked(hub: Hub, entity: str) -> dict[str, ProfileField]:
    shapes = hub.project.profile.entity(entity)
    return {name: shape for name, shape in shapes.fields.items() if shape.self_update} if shapes else {}


def _choices(shape: ProfileField) -> dict[str, Label]:
    if shape.type == "boolean":
        return dict(_YES_NO)
    if isinstance(shape.values, Mapping):
        return dict(shape.values)
    return {word: Label(en=word, zh=word) for word in shape.values}


def _profile(hub: Hub, link: Link) -> Profile:
    with hub.store.read() as connection:
        living = profiles.resolve_redirects(connection, [link.profile_id]).get(link.profile_id)
        found = profiles.load(connection, hub.store.vault, [living]) if living else {}
    profile = next(iter(found.values()), None)
    if profile is None or profile.entity not in hub.rules.entities:
        raise LinkRefused
    return profile


def _keep(hub: Hub, link: Link, profile: Profile, read: Mapping[str, tuple[FieldValue, ...]]) -> bool:
    """Land the answer and tie it to its profile, in one transaction; return whether it said anything new."""
    vault, now = hub.store.vault, hub.now()
    source = ref_of(vault, SELF_UPDATE, profile.entity, link.profile_id)
    ref = record_ref(source, 0)
    with hub.store.read() as connection:
        before = source_records.shadows(connection, vault, [source]).get(source)
    # What was said before and is not said anew stays said; a new value of a list stands beside the earlier ones.
    payload: dict[str, Any] = dict(before.payload) if before else {}
    for name, values in read.items():
        shape = hub.project.profile.field(profile.entity, name)
        earlier = payload.get(name, []) if shape is not None and shape.many else []
        payload[name] = list(dict.fromkeys([*earlier, *(str(value.raw) for value in values)]))
    states = {name: _state(hub, profile.entity, name, texts) for name, texts in payload.items()}
    made = NormalisedRecord(
        link.profile_id, now, deleted=False, merged_into=None, emits=(Emitted(0, profile.entity, states),)
    )
    stream = Stream(SELF_UPDATE, profile.entity, _VERSION, lambda _record: made)

    def tie(connection: sa.Connection) -> None:
        if not matching_index.steward_links_of(connection, [ref]):
            matching_index.hold_together(connection, {ref: profile.profile_id}, now)
            source_records.set_binding(connection, source, str(ULID()))

    landed = land(hub.store, stream, [Pulled(link.profile_id, payload, payload)], now=now, beside=tie)
    if landed.changed:
        _sync_soon(hub, profile.profile_id)
    return landed.changed > 0


def _state(hub: Hub, entity: str, name: str, texts: Sequence[str]) -> FieldState:
    shape = hub.project.profile.field(entity, name)
    values = [value for text in texts for value in (_values(hub, entity, name, shape, text) if shape else ())]
    return FieldState("value", tuple(Slotted(f"[{n}]", value) for n, value in enumerate(values)))


def _sync_soon(hub: Hub, profile_id: str) -> None:
    """Ask for a sync of the customer's records, so that what they said is resolved and pushed by whoever serves."""
    with hub.store.read() as connection:
        rows = records.of_profiles(connection, hub.store.vault, [profile_id]).values()
    named = [
        (row.system, row.stream, row.record_id)
        for row in rows
        if row.state == "live" and row.system in hub.systems and row.stream in hub.systems[row.system].mappings
    ]
    if named:
        try:
            ask(hub, (), named)
        except NotThere:  # hub.yaml changed under us: the next sync takes it in
            return
