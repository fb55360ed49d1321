"""A steward's words on values: set, empty or pin fields of a profile; make a profile that no system has yet.

Room: flows. Values go through the field's type, as a record's do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ulid import ULID

from flows.hub import Hub
from flows.stewards import Outcome, acted, living
from golden_record.elements import Element
from golden_record.errors import NotDecidable
from golden_record.landing import Pulled, Stream, land
from golden_record.stewardship import Act, Said, set_values
from golden_record.store import normalised_records as records
from golden_record.store import profiles
from golden_record.store.source_records import record_ref, ref_of
from mapping.field_types.contract import FieldContext
from mapping.values import Emitted, FieldState, FieldValue, NormalisedRecord, Slotted

BY_HAND = "by_hand"
"""The system under which records that a steward made are kept; no connector serves it."""
_VERSION = "1"


class WrongValue(Exception):
    """A value that the field cannot hold, or a field that is not there."""


@dataclass(frozen=True, slots=True)
class Edit:
    """*values*: field -> texts (none: empty it). A *pin* stands until *until* (None: for good)."""

    values: Mapping[str, Sequence[str]]
    pin: bool = False
    until: datetime | None = None


def read_values(
    hub: Hub, entity: str, name: str, texts: Sequence[str], *, pinned: bool = False
) -> tuple[FieldValue, ...]:
    """Return the texts as the field's type reads them; a computed field takes a *pinned* value only.

    Raises:
        WrongValue: there is no such field, a text is no value of it, or it holds one value and several were given.
    """
    rules = hub.rules.entities.get(entity)
    shape = hub.project.profile.field(entity, name)
    if rules is None or shape is None:
        known = ", ".join(rules.types) if rules else "none"
        raise WrongValue(f"{entity} has no field `{name}`. Known: {known}.")
    if shape.computed is not None and not pinned:
        raise WrongValue(f"`{name}` is computed from interactions; only a pin stands above that (--pin).")
    region = next((system.config.region for system in hub.systems.values()), "CN")
    context = FieldContext(region, options=shape.type_options())
    found: list[FieldValue] = []
    for text in texts:
        values = rules.types[name].normalise(text, context)
        bad = [issue for value in values if not value.valid for issue in value.issues or ("invalid",)]
        if bad or not values:
            raise WrongValue(f"this is no {shape.type} for `{name}` ({', '.join(bad) or 'empty'}).")
        found += values
    if len(found) > 1 and not shape.many:
        raise WrongValue(f"`{name}` holds one value, {len(found)} were given.")
    return tuple(found)


def said(hub: Hub, entity: str, edit: Edit) -> dict[str, Said]:
    """Return an edit as words on fields."""
    until = None if edit.until is None else int(edit.until.timestamp() * 1000)
    return {
        name: Said(tuple(map(Element.of, read_values(hub, entity, name, texts, pinned=edit.pin))), edit.pin, until)
        for name, texts in edit.values.items()
    }


def edit_profile(hub: Hub, profile_id: str, edit: Edit, *, author: str, reason: str) -> Outcome:
    """Set fields of a profile, and bring that into it.

    Raises:
        WrongValue, NotDecidable: nothing was kept.
    """
    profile = living(hub, profile_id)
    words = said(hub, profile.entity, edit)

    def do(act: Act) -> list[str]:
        set_values(hub.store, profile.profile_id, words, act)
        return [profile.profile_id]

    return acted(hub, "edit", do, author=author, reason=reason)


def create_profile(hub: Hub, entity: str, values: Mapping[str, Sequence[str]], *, author: str, reason: str) -> Outcome:
    """Keep a record made by hand and resolve it: into a new profile, or into the one it belongs to.

    Raises:
        WrongValue: nothing was kept.
    """
    if entity not in hub.rules.entities:
        raise WrongValue(f"there is no entity `{entity}`. Known: {', '.join(hub.rules.entities)}.")
    read = {name: read_values(hub, entity, name, texts) for name, texts in values.items()}
    if not any(read.values()):
        raise WrongValue("a profile needs a value: --set FIELD=VALUE.")
    record_id = str(ULID())
    payload: dict[str, Any] = {name: [one.raw for one in found] for name, found in read.items()}
    emitted = Emitted(
        0, entity, {name: FieldState("value", tuple(Slotted("", one) for one in found)) for name, found in read.items()}
    )

    def do(act: Act) -> list[str]:
        made = NormalisedRecord(record_id, act.at, deleted=False, merged_into=None, emits=(emitted,))
        stream = Stream(BY_HAND, entity, _VERSION, lambda _record: made)
        land(hub.store, stream, [Pulled(record_id, payload, payload)], now=act.at)
        return []

    outcome = acted(hub, "create", do, author=author, reason=reason)
    ref = record_ref(ref_of(hub.store.vault, BY_HAND, entity, record_id), 0)
    with hub.store.read() as connection:
        bound = records.profiles_of(connection, [ref])
        alone = bool(bound) and len(records.of_profiles(connection, hub.store.vault, bound.values())) == 1
        found = profiles.load(connection, hub.store.vault, bound.values())
    if not found:
        raise NotDecidable("the new profile was not made", "Run `crmhub sync --no-push`; it is made then")
    return Outcome(outcome.run_id, tuple(found), outcome.opened, created=alone)
