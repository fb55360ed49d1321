"""One customer's records, a profile and the shipped mappings, in memory: the pure halves of the hub joined up.

No store and no HTTP, so that Hypothesis can go through thousands of histories. A record is what its system holds; the
hub's side of it (shadow and body) changes only by pulling and by confirmed writes, as in the whole hub.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flows.hub import policy_of
from flows.hub_config import Push
from flows.plan import Customer, Intended, Member, Plan, Target, plan_customer
from golden_record.bodies import Body, confirm, contribute
from golden_record.read_back import known_after
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.survive import Choice, Policy, Voice, survive
from mapping.changes import FieldChange, new_fields
from mapping.compile import CompiledMapping
from mapping.field_types.registry import field_type, names
from mapping.load import load_mapping
from mapping.profile_fields import read_profile
from mapping.pull import pull
from mapping.system_path import Absent, system_path
from mapping.values import Emitted

CONFIG = Path(__file__).parents[2] / "config"
DEPARTMENTS = {"zoho_crm": "sales", "fxiaoke": "sales", "zendesk": "service"}
PERSONS = {"zoho_crm": "Contacts", "fxiaoke": "ContactObj", "zendesk": "users"}
"""Where each system keeps its persons."""


def applied(record: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a system does: overwrite the fields, inside nested objects too."""
    result = dict(record)
    for name, value in payload.items():
        here = result.get(name)
        result[name] = applied(here if isinstance(here, dict) else {}, value) if isinstance(value, dict) else value
    return result


@cache
def mapping_of(system: str) -> CompiledMapping:
    """Return the shipped mapping of a system's persons."""
    profile, _ = read_profile(
        CONFIG / "profile.yaml", types=frozenset(names()), departments=frozenset(DEPARTMENTS.values())
    )
    assert profile is not None
    stream = PERSONS[system]
    path = CONFIG / "mappings" / system / f"{stream}.yaml"
    compiled = load_mapping(path, stream=stream, profile=profile, types=field_type).compiled
    assert compiled is not None
    return compiled


@cache
def policies() -> dict[str, Policy]:
    """Return the shipped policies of a person's fields."""
    profile, _ = read_profile(
        CONFIG / "profile.yaml", types=frozenset(names()), departments=frozenset(DEPARTMENTS.values())
    )
    assert profile is not None
    return {name: policy_of(shape) for name, shape in profile.root["person"].fields.items()}


@dataclass
class Held:
    """One record: *raw* as its system holds it, *shadow* and *body* as the hub last knew it."""

    system: str
    record_id: str
    raw: dict[str, Any]
    modified: int
    shadow: dict[str, Any] | None = None
    body: Body | None = None

    @property
    def mapping(self) -> CompiledMapping:
        return mapping_of(self.system)

    @property
    def row(self) -> NormalisedRow:
        assert self.body is not None
        ref = f"{self.system:>20}{self.record_id:>20}".encode()
        return NormalisedRow(ref, self.system, PERSONS[self.system], self.record_id, 0, "person", self.body, "live")

    def emitted(self, payload: Mapping[str, Any]) -> Emitted:
        (emitted,) = pull(self.mapping, payload).emits
        return emitted


@dataclass
class SmallHub:
    """The hub of one customer. *clock* ticks with every act, so that no two happen at once."""

    records: dict[str, Held] = field(default_factory=dict)
    clock: int = 0
    profile: Profile = field(default_factory=lambda: Profile("P1", "person"))
    choices: dict[str, Choice] = field(default_factory=dict)

    def add(self, key: str, system: str, raw: Mapping[str, Any]) -> None:
        """Let people make a record."""
        self.clock += 1
        id_name = mapping_of(system).key.text
        role = {"role": "end-user"} if system == "zendesk" else {}
        self.records[key] = Held(system, key, {id_name: key, **role, **raw}, self.clock)

    def edit(self, key: str, payload: Mapping[str, Any]) -> None:
        """Let people edit a record."""
        self.clock += 1
        record = self.records[key]
        record.raw = applied(record.raw, payload)
        record.modified = self.clock

    def pull(self, keys: Sequence[str] | None = None) -> None:
        """Pull these records (all), in this order."""
        self.clock += 1
        for key in self.records if keys is None else keys:
            self._land(self.records[key])

    def resolve(self) -> None:
        """Make the profile anew from what is known."""
        self.clock += 1
        known = [record.row for record in self.records.values() if record.body is not None]
        self.choices = {}
        for name, policy in policies().items():
            voices = [
                Voice(row.key, row.system, DEPARTMENTS[row.system], row.body.histories[name], None, _cleared(row, name))
                for row in known
                if row.body.histories.get(name)
            ]
            if voices:
                self.choices[name] = survive(voices, policy, (), now=self.clock)
        frozen = {name for name, one in self.choices.items() if one.disputed or one.suggested or one.cleared_by}
        self.profile = Profile(
            "P1",
            "person",
            {name: one.elements for name, one in self.choices.items() if one.elements},
            {name: one.sources for name, one in self.choices.items() if one.elements},
            frozenset(frozen),
        )

    def plan(self, *, read_as_now: bool = True) -> Plan:
        """Return what would be written now; not *read_as_now*: with every field read from the payload again."""
        plan = Plan()
        for system in PERSONS:
            members = [
                Member(record.row, record.shadow, read_as_now)
                for record in self.records.values()
                if record.system == system and record.body is not None and record.shadow is not None
            ]
            if members:
                plan.add(plan_customer(_target(system), Customer(self.profile, members)))
        return plan

    def push(self, plan: Plan) -> list[tuple[Held, Intended, bool]]:
        """Carry a plan out; return each write with its record, and whether it was made (else that was taken in)."""
        return [self._write(write) for write in plan.writes]

    def sync(self, keys: Sequence[str] | None = None) -> int:
        """Pull, resolve, plan, push; return how many writes that made."""
        self.pull(keys)
        self.resolve()
        plan = self.plan()
        self.push(plan)
        return len(plan.writes)

    def _land(self, record: Held) -> None:
        mapped = record.mapping.mapped_paths(record.raw)
        if mapped == record.shadow:
            return
        record.body = contribute(record.body, record.emitted(mapped), at=record.modified, seen=self.clock)
        record.shadow = mapped

    def _write(self, write: Intended) -> tuple[Held, Intended, bool]:
        """Write what still shows what the hub saw there; take the record in where it does not."""
        self.clock += 1
        record = next(one for one in self.records.values() if one.record_id == write.record_id)
        found = [FieldChange(one.profile_field, name, one.old, one.new) for name, one in write.fields.items()]
        if any(_content(record.raw, change.system_field) != change.old for change in found):
            self._land(record)
            return record, write, False
        record.raw = applied(record.raw, new_fields(found))
        sent = {name: frozenset(keys) for name, keys in write.sent.items()}
        read_back = record.mapping.mapped_paths(record.raw)
        record.shadow = known_after(record.shadow or {}, read_back, write.fields, sent, record.emitted)
        record.body = confirm(record.body, record.emitted(record.shadow), sent, seen=self.clock)
        return record, write, True


def _content(record: Mapping[str, Any], path: str) -> Any:
    found = system_path(path).read(record)
    return None if isinstance(found, Absent) else found


def _cleared(row: NormalisedRow, name: str) -> Any:
    compiled = mapping_of(row.system).emits[0].fields.get(name)
    return compiled.cleared if compiled else None


@cache
def _target(system: str) -> Target:
    mapping = mapping_of(system)
    cleared = {(system, PERSONS[system], 0, name): one.cleared for name, one in mapping.emits[0].fields.items()}
    push = Push(mode="update")
    return Target(system, DEPARTMENTS[system], push, {PERSONS[system]: mapping}, {"person": policies()}, cleared)
