"""Plan: what would have to be written now so that every system shows what the profiles say. Pure.

Room: flows. A write is planned for each living record of a profile that differs, and a create where a system lacks the
customer and its policy allows one. What may not or cannot be written is blocked, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.contract import Removal
from flows.hub_config import Push
from flows.push_rules import why_not_made
from flows.taken_back import UNDONE, as_undone, keys_after, restoring
from golden_record.bodies import Habits, no_habits
from golden_record.departed import HOLD, PROPAGATE, Departure, spoke_since
from golden_record.elements import Element
from golden_record.habits import as_shown
from golden_record.history import BY_SYSTEM, History, replay
from golden_record.oscillation import keeps_a_form, oscillates
from golden_record.store.holds import HeldField
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.outbox import FieldWrite
from golden_record.store.profiles import Profile
from golden_record.survive import Cleared, Policy
from mapping.canonical import canonical
from mapping.changes import Changes, FieldChange, new_fields
from mapping.compile import CompiledEmit, CompiledField, CompiledMapping
from mapping.push import changes, creation_gaps, reference_change
from mapping.shown import shown_fields
from mapping.system_path import ABSENT
from mapping.values import FieldValue

CREATE_ONLY = "create_only"
"""Why a record is left alone: its stream's records are made, and then their people's."""
KEPT_OTHERWISE = "kept_otherwise"
"""Why a field is left alone: the system keeps what the hub wrote in another form (cut off, re-cased)."""
NO_DELETE = "no_delete"
"""Why a record is not deleted: the hub deletes nothing in its stream."""
EDITED_SINCE = "edited_since"
"""Why a record is not deleted: people have said something there since the customer was deleted elsewhere."""
REFERRED_TO = "referred_to"
"""Why a record is not deleted: others in its system hang on it (tickets, orders, a company's people)."""
OSCILLATES = "oscillates"
"""Why a field is left alone: what the hub writes there is turned back to the same value each time."""


@dataclass(frozen=True)
class Target:
    """A system that may be written to, as planning sees it. *policies*: entity -> field -> policy.

    *removals*: stream -> what its connector can take out of it.
    """

    name: str
    department: str
    push: Push
    mappings: Mapping[str, CompiledMapping]
    policies: Mapping[str, Mapping[str, Policy]]
    cleared: Mapping[tuple[str, str, int, str], Cleared]
    removals: Mapping[str, Removal] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One living record of a profile in the target system, with its shadow's payload.

    *refused*: profile field -> canonical values that the system would not take in this record before.
    *read_as_now*: its histories were made from that payload by the mapping in force: what a field shows need not
    be read from the payload again. *habits*: how its system reformats a field. *held*: profile field -> what was taken
    back there. *released*: the hub made the record, that was taken back, and it leaves it alone. *referred*: other
    living records of its system refer to it.
    """

    row: NormalisedRow
    payload: Mapping[str, Any]
    read_as_now: bool = False
    refused: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    held: Mapping[str, HeldField] = field(default_factory=dict)
    released: bool = False
    habits: Habits = no_habits
    referred: bool = False


@dataclass(frozen=True)
class Customer:
    """A profile and what the target system has of it.

    *related*: relation -> (profile id of the other, ids by stream of its records in this system).
    *buried*: streams in which people deleted its record. *contactable*: it has a name and a valid personal phone or
    mail (a company: a name and any way to reach or identify it). *doubtful*: the system may have the
    customer already, under another profile. *refused*: profile field -> canonical values with which the system would
    not make the record before. *departures*: deletions of its records from which something follows.
    """

    profile: Profile
    members: Sequence[Member]
    related: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    buried: frozenset[str] = frozenset()
    contactable: bool = False
    doubtful: bool = False
    refused: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    departures: Sequence[Departure] = ()


@dataclass(frozen=True)
class Intended:
    """One write that would be made. *sent*: profile field -> canonical values that it sends."""

    profile_id: str
    entity: str
    system: str
    stream: str
    kind: str
    emit: int
    fields: Mapping[str, FieldWrite]
    sent: Mapping[str, tuple[str, ...]]
    ref: bytes | None = None
    record_id: str | None = None


@dataclass(frozen=True)
class Blocked:
    """What will not be written, and why."""

    profile_id: str
    system: str
    stream: str
    record_id: str | None
    profile_field: str | None
    why: str


@dataclass
class Plan:
    """Intended writes and what is blocked."""

    writes: list[Intended] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)

    def add(self, other: Plan) -> None:
        """Take *other* in."""
        self.writes += other.writes
        self.blocked += other.blocked


def plan_customer(target: Target, customer: Customer) -> Plan:
    """Plan all writes of one profile in one system."""
    plan = Plan()
    for member in customer.members:
        mapping = target.mappings.get(member.row.stream)
        if mapping is None or member.row.emit >= len(mapping.emits):
            continue
        if not _delete(target, customer, member, mapping, plan):
            _update(target, customer, member, mapping, plan)
    if not customer.members:
        _create(target, customer, plan)
    return plan


# ------------------------------------------------------------------------------------------------- deletes


def _delete(target: Target, customer: Customer, member: Member, mapping: CompiledMapping, plan: Plan) -> bool:
    """Plan to delete a record of a customer who was deleted where that counts for all; say whether it is planned.

    A record goes with its first entity: a lead is its person's, whatever becomes of the company beside it.
    """
    gone = [one.since for one in customer.departures if one.word == PROPAGATE and one.system != target.name]
    if not gone or not target.push.deletes or target.push.mode == "fill" or member.row.emit:
        return False
    row, profile_id = member.row, customer.profile.profile_id
    why = _stays(target, member, max(gone))
    if why is not None:
        plan.blocked.append(Blocked(profile_id, target.name, row.stream, row.record_id, None, why))
        return False
    fields = {
        one.system_field: FieldWrite(one.old, None, one.profile_field, rule=PROPAGATE)
        for one in shown_fields(mapping, member.payload)
    }
    place = (profile_id, customer.profile.entity, target.name, row.stream, "delete", row.emit)
    plan.writes.append(Intended(*place, fields, {}, row.source_ref, row.record_id))
    return True


def _stays(target: Target, member: Member, since: datetime) -> str | None:
    """Return why a record is not deleted with its customer."""
    if target.removals.get(member.row.stream, Removal()).delete is None:
        return NO_DELETE
    if spoke_since(member.row, since):
        return EDITED_SINCE
    return REFERRED_TO if member.referred else None


# ------------------------------------------------------------------------------------------------- updates


def _update(target: Target, customer: Customer, member: Member, mapping: CompiledMapping, plan: Plan) -> None:
    row, profile = member.row, customer.profile
    if member.released:
        plan.blocked.append(Blocked(profile.profile_id, target.name, row.stream, row.record_id, None, UNDONE))
        return
    desired, unwanted = _desired(target, customer, member, mapping.emits[row.emit])
    held = {name for name in member.held if name not in desired or _as_when_undone(profile, name, member.held[name])}
    taken_back = {name: one.barred for name, one in member.held.items() if name not in held}
    for name in sorted(held & desired.keys()):
        del desired[name]
        plan.blocked.append(Blocked(profile.profile_id, target.name, row.stream, row.record_id, name, UNDONE))
    histories, sources = row.body.histories, profile.sources
    for name in [
        one for one in desired if oscillates(histories.get(one, ()), profile.fields.get(one, ()), sources.get(one, ()))
    ]:
        del desired[name]
        plan.blocked.append(Blocked(profile.profile_id, target.name, row.stream, row.record_id, name, OSCILLATES))
    for name in [
        one
        for one in desired
        if keeps_a_form(histories.get(one, ()), profile.fields.get(one, ()), sources.get(one, ()))
    ]:
        del desired[name]
        plan.blocked.append(Blocked(profile.profile_id, target.name, row.stream, row.record_id, name, KEPT_OTHERWISE))
    barred = {
        "rejected_before": member.refused,
        "in_use": _in_use(customer.members, member, mapping),
        UNDONE: taken_back,
    }
    outcome = changes(mapping, row.emit, desired, member.payload, _joined(unwanted, *barred.values()))
    found = [change for change in outcome.changes if _allowed(target.push, change)]
    if target.push.mode != "fill":
        references = _references(customer, mapping, row.emit, member.payload)
        found += [change for change in references if change.profile_field not in member.held]
    put_back = {name: list(restoring(name, member.held[name], member.payload)) for name in sorted(held)}
    _note_blocked(plan, target, profile, row.stream, row.record_id, outcome)
    for why, values in barred.items():
        for name in _barred(outcome, values):
            plan.blocked.append(Blocked(profile.profile_id, target.name, row.stream, row.record_id, name, why))
    if found and row.stream in target.push.create_only:
        plan.blocked.append(Blocked(profile.profile_id, target.name, row.stream, row.record_id, None, CREATE_ONLY))
        found = []
    back = [change for changes_back in put_back.values() for change in changes_back]
    if found or back:
        undone = {change.system_field: as_undone(change) for change in back}
        plan.writes.append(
            Intended(
                profile.profile_id,
                profile.entity,
                target.name,
                row.stream,
                "update",
                row.emit,
                {**_field_writes(found, profile), **undone},
                {**_sent(found, desired, outcome), **keys_after(mapping, row.emit, member.payload, back)},
                row.source_ref,
                row.record_id,
            )
        )


def _as_when_undone(profile: Profile, name: str, held: HeldField) -> bool:
    """Whether the profile still says just what it said when the write was taken back."""
    return {element.key for element in profile.fields.get(name, ())} == held.wanted


def _desired(
    target: Target, customer: Customer, member: Member, emit: CompiledEmit
) -> tuple[dict[str, tuple[FieldValue, ...]], dict[str, frozenset[str]]]:
    """Return what a record should show, and which values its people do not want there.

    A frozen field is left alone, and so is one where people gave a value that does not count or cannot be read: only
    what the hub itself once put there, and nobody supports any more, is taken out again. A field that shows just what
    the profile says is left out: most do, and comparing them value by value was half of the plan's work.
    """
    row, profile = member.row, customer.profile
    policies = target.policies.get(profile.entity, {})
    desired: dict[str, tuple[FieldValue, ...]] = {}
    refused: dict[str, frozenset[str]] = {}
    for name, policy in policies.items():
        field, elements, history = emit.fields.get(name), profile.fields.get(name, ()), row.body.histories.get(name, ())
        if field is None or not field.push_slots or name in profile.frozen or not (elements or history):
            continue
        if _agrees(member, field, elements, history):
            continue
        if history and elements and not field.reformat:
            last = history[-1]
            pushed = last.echoes if last.mark in BY_SYSTEM else frozenset()
            shown_now = [element for _slot, element in last.shown]
            elements = as_shown(elements, shown_now, pushed, member.habits(row.emit, name))
            if _agrees(member, field, elements, history):
                continue
        cleared = target.cleared.get((row.system, row.stream, row.emit, name), policy.cleared)
        standing = replay(history, many=policy.many, keep_cleared=cleared != "clear")
        shown = {element.key for _slot, element in standing.shown}
        if elements or (shown and not shown & (standing.supports.keys() | standing.defaults)):
            desired[name] = tuple([element.to_field_value() for element in elements])
        if standing.refused and (not policy.owners or target.department in policy.owners):
            refused[name] = standing.refused
    return desired, refused


def _in_use(members: Sequence[Member], mine: Member, mapping: CompiledMapping) -> dict[str, set[str]]:
    """Return the values that another record of the customer shows in a field that no two records may share."""
    found: dict[str, set[str]] = {}
    for name, compiled in mapping.emits[mine.row.emit].fields.items():
        if compiled.unique:
            for other in members:
                if other is not mine and (other.row.stream, other.row.emit) == (mine.row.stream, mine.row.emit):
                    history = other.row.body.histories.get(name, ())
                    found.setdefault(name, set()).update(
                        element.key for entry in history[-1:] for _slot, element in entry.shown
                    )
    return found


def _joined(*barred: Mapping[str, AbstractSet[str]]) -> dict[str, frozenset[str]]:
    """Return the values that stand in any of *barred*, by profile field."""
    names = {name for one in barred for name in one}
    return {name: frozenset().union(*(one.get(name, ()) for one in barred)) for name in sorted(names)}


def _barred(outcome: Changes, values: Mapping[str, AbstractSet[str]]) -> list[str]:
    """Return the profile fields in which one of *values* would have been written."""
    found = set()
    for one in outcome.unpushable:
        if one.why == "refused" and one.value and canonical(one.value.value) in values.get(one.profile_field, ()):
            found.add(one.profile_field)
    return sorted(found)


def _agrees(member: Member, field: CompiledField, elements: Sequence[Element], history: History) -> bool:
    """Whether the record is known to show just *elements* in *field*, in whatever slots.

    Known: the histories stand for the payload, the record carries the field, and nothing unreadable stands in it.
    """
    if not (member.read_as_now and elements and history) or field.reformat or field.name in member.row.body.invalid:
        return False
    if {element.key for _slot, element in history[-1].shown} != {element.key for element in elements}:
        return False
    return any(slot.read(member.payload) is not ABSENT for slot in field.pull_slots)


def _allowed(push: Push, change: FieldChange) -> bool:
    return push.mode != "fill" or change.old in (None, "", [], {})


def _references(
    customer: Customer, mapping: CompiledMapping, emit: int, payload: Mapping[str, Any] | None
) -> list[FieldChange]:
    """Return the relations to write: where the record states none. What people stated is theirs."""
    found = []
    for name, relation in mapping.emits[emit].relations.items():
        record_id = customer.related.get(name, {}).get(relation.stream)
        if record_id is None:
            continue
        change = reference_change(mapping, emit, name, record_id, payload)
        if change is not None and (payload is None or _states_nothing(change.old)):
            found.append(change)
    return found


def _states_nothing(old: object) -> bool:
    if isinstance(old, Mapping):
        return not any(old.values())
    return old in (None, "", [])


# ------------------------------------------------------------------------------------------------- creates


def _create(target: Target, customer: Customer, plan: Plan) -> None:
    profile = customer.profile
    mapping, emit = _stream_for(target, profile.entity)
    if mapping is None or target.push.mode in {"fill", "update"} or target.push.create == "never":
        return
    many = {name for name, one in target.policies.get(profile.entity, {}).items() if one.many}
    policy = why_not_made(target.push, profile, many, contactable=customer.contactable)

    def block(why: str) -> None:
        plan.blocked.append(Blocked(profile.profile_id, target.name, mapping.stream, None, None, why))

    if customer.buried:
        block("deleted_there")
    elif customer.departures:
        block(_held_or_archived(customer.departures))
    elif policy is not None:
        block(policy)
    elif customer.doubtful:
        block("maybe_there")
    elif "name" in profile.frozen:
        block("in_review")
    else:
        _plan_create(target, customer, mapping, emit, plan)


def _held_or_archived(found: Sequence[Departure]) -> str:
    return "deletion_held" if all(one.word == HOLD for one in found) else "archived"


def _plan_create(target: Target, customer: Customer, mapping: CompiledMapping, emit: int, plan: Plan) -> None:
    profile = customer.profile
    desired = {
        name: tuple(element.to_field_value() for element in elements)
        for name, elements in profile.fields.items()
        if name not in profile.frozen
    }
    outcome = changes(mapping, emit, desired, None, _joined(customer.refused))
    found = [*outcome.changes, *_references(customer, mapping, emit, None)]
    _note_blocked(plan, target, profile, mapping.stream, None, outcome)
    for name in _barred(outcome, customer.refused):
        plan.blocked.append(Blocked(profile.profile_id, target.name, mapping.stream, None, name, "rejected_before"))
    gaps = creation_gaps(mapping, {**mapping.on_create, **new_fields(found)})
    if gaps:
        why = f"missing_{gaps[0]}"
        plan.blocked.append(Blocked(profile.profile_id, target.name, mapping.stream, None, None, why))
        return
    fields = _field_writes(found, profile)
    for name, constant in mapping.on_create.items():
        fields.setdefault(name, FieldWrite(None, constant, "", rule="on_create"))
    plan.writes.append(
        Intended(
            profile.profile_id,
            profile.entity,
            target.name,
            mapping.stream,
            "create",
            emit,
            fields,
            _sent(found, desired, outcome),
        )
    )


def _stream_for(target: Target, entity: str) -> tuple[CompiledMapping | None, int]:
    """Return the stream in which the system makes new records of an entity, and the entity's place in it."""
    for stream in sorted(target.mappings):
        mapping = target.mappings[stream]
        if entity in mapping.create_in and stream not in target.push.update_only:
            return mapping, next(emit.place for emit in mapping.emits if emit.entity == entity)
    return None, 0


# -------------------------------------------------------------------------------------------------- shared


def _field_writes(found: Iterable[FieldChange], profile: Profile) -> dict[str, FieldWrite]:
    writes = {}
    for change in found:
        source = next(iter(profile.sources.get(change.profile_field, ())), None)
        writes[change.system_field] = FieldWrite(
            change.old, change.new, change.profile_field, source.key if source else "", source.rule if source else ""
        )
    return writes


def _sent(
    found: Iterable[FieldChange], desired: Mapping[str, tuple[FieldValue, ...]], outcome: Changes
) -> dict[str, tuple[str, ...]]:
    """Return the values that a write sends, by profile field: a person may add by hand what was kept out of it."""
    names = {change.profile_field for change in found if change.profile_field in desired}
    kept_out = {(one.profile_field, canonical(one.value.value)) for one in outcome.unpushable if one.value is not None}
    return {
        name: tuple(key for value in desired[name] if (name, key := canonical(value.value)) not in kept_out)
        for name in sorted(names)
    }


def _note_blocked(  # noqa: PLR0913 (where it is blocked)
    plan: Plan, target: Target, profile: Profile, stream: str, record_id: str | None, outcome: Changes
) -> None:
    for name in {one.profile_field for one in outcome.overflow}:
        plan.blocked.append(Blocked(profile.profile_id, target.name, stream, record_id, name, "overflow"))
    for one in outcome.unpushable:
        if one.why != "refused":
            plan.blocked.append(Blocked(profile.profile_id, target.name, stream, record_id, one.profile_field, one.why))
    for name in sorted(profile.frozen):
        plan.blocked.append(Blocked(profile.profile_id, target.name, stream, record_id, name, "in_review"))


def contactable(profile: Profile) -> bool:
    """Whether a customer can be reached: what the create policy `when_contactable` asks.

    A person needs a name and a valid personal phone or mail; a company a name and a way to be reached or known. A value
    that is no evidence (a switchboard, a role mailbox, 王先生) does not count for a person.
    """
    fields = profile.fields
    if not _any_personal(fields.get("name", ())):
        return False
    if profile.entity == "person":
        return _any_personal(fields.get("phones", ())) or _any_personal(fields.get("emails", ()))
    return any(fields.get(name) for name in ("phones", "emails", "website", "uscc", "address"))


def _any_personal(elements: Sequence[Element]) -> bool:
    return any(element.evidence for element in elements)
