"""What a plan rests on: the records, shadows and words of a page of profiles, gathered from the store at once.

Room: flows. What is planned from it is decided by `flows.plan`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from flows.hub import Hub
from flows.maybe_there import systems_in_doubt
from flows.plan import Blocked, Customer, Member, Plan, Target, contactable, plan_customer
from golden_record.bodies import Habits
from golden_record.departed import departures, is_archived
from golden_record.held import held_fields, is_released
from golden_record.store import holds, outbox, profiles, relations, source_records, tombstones
from golden_record.store import normalised_records as records
from golden_record.store.habits import StreamHabits
from golden_record.store.holds import Hold
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from golden_record.store.source_records import Shadow

NOT_REREAD = "mapping_not_applied"
"""The record was last read under an earlier version of its mapping: what it shows now is not known."""


@dataclass(frozen=True)
class _Grounds:
    """What the store holds of a page of profiles; each table is asked once.

    *onward*: merged-away id -> the profile that it leads to. *refused*, *unmakable*: values that a system would not
    take in a record, or in a create. *held*: what was taken back in a record. *referred*: of customers who are over,
    the living records that others of their system refer to.
    """

    profiles: Mapping[str, Profile]
    by_profile: Mapping[str, Sequence[NormalisedRow]]
    shadows: Mapping[bytes, Shadow]
    related: Mapping[str, Mapping[str, str]]
    onward: Mapping[str, str]
    doubtful: Mapping[str, AbstractSet[str]]
    refused: Mapping[tuple[bytes, int], outbox.Refused]
    unmakable: Mapping[tuple[str, str, str], outbox.Refused]
    held: Mapping[tuple[bytes, int], Sequence[Hold]]
    habits: Callable[[str, str], Habits]
    referred: AbstractSet[bytes]

    def rows(self, profile_id: str) -> Sequence[NormalisedRow]:
        """Return a profile's records, by name."""
        return self.by_profile.get(profile_id, ())

    def living(self, profile_id: str, system: str) -> list[NormalisedRow]:
        """Return its living records in a system."""
        mine = (row for row in self.rows(profile_id) if row.state == "live" and row.system == system)
        return [row for row in mine if row.source_ref in self.shadows]

    def relatives(self) -> set[str]:
        """Return the profiles that these refer to."""
        return {other for ties in self.related.values() for other in ties.values()}


class Planner:
    """Plans a page of profiles at a time, from what the store holds of them."""

    def __init__(self, hub: Hub, connection: sa.Connection) -> None:
        self.hub, self.connection, self.vault = hub, connection, hub.store.vault
        self._streams: dict[tuple[str, str], StreamHabits] = {}

    def plan(self, ids: Sequence[str], targets: Sequence[Target]) -> Plan:
        """Plan these profiles in these systems."""
        grounds = self._gather(ids, targets)
        plan = Plan()
        for target in targets:
            buried = self._buried(grounds, target.name)
            there = self._records_there(grounds.relatives(), target.name)
            for profile_id in ids:
                here = grounds.living(profile_id, target.name)
                unread = [row for row in here if _not_reread(target, grounds.shadows[row.source_ref])]
                if unread:
                    plan.blocked += [
                        Blocked(profile_id, target.name, row.stream, row.record_id, None, NOT_REREAD) for row in unread
                    ]
                else:
                    customer = _customer(grounds, target, profile_id, here, there, buried.get(profile_id, set()))
                    plan.add(plan_customer(target, customer))
        return plan

    def _gather(self, ids: Sequence[str], targets: Sequence[Target]) -> _Grounds:
        rows = records.of_profiles(self.connection, self.vault, ids)
        by_profile: dict[str, list[NormalisedRow]] = {}
        for row in sorted(rows.values(), key=lambda row: row.key):
            by_profile.setdefault(row.profile_id or "", []).append(row)
        names = {target.name for target in targets}
        refs = {row.source_ref for row in rows.values() if row.state == "live" and row.system in names}
        return _Grounds(
            profiles.load(self.connection, self.vault, ids),
            by_profile,
            source_records.shadows(self.connection, self.vault, refs),
            self._related(by_profile),
            profiles.redirected_to(self.connection, ids),
            systems_in_doubt(self.connection, rows, self.hub.systems),
            outbox.refused_in_records(self.connection, self.vault, refs),
            outbox.refused_in_creates(self.connection, self.vault, ids),
            holds.of_records(self.connection, self.vault, refs),
            self._habits,
            self._referred(by_profile),
        )

    def _referred(self, by_profile: Mapping[str, Sequence[NormalisedRow]]) -> set[bytes]:
        over = [rows for rows in by_profile.values() if is_archived(rows)]
        living = {row.ref: row for rows in over for row in rows if row.state == "live"}
        return relations.referred_to(self.connection, living) if living else set()

    def _habits(self, system: str, stream: str) -> Habits:
        key = (system, stream)
        if key not in self._streams:
            self._streams[key] = StreamHabits(self.connection, self.vault, system, stream)
        return self._streams[key].alike

    def _related(self, by_profile: Mapping[str, Sequence[NormalisedRow]]) -> dict[str, dict[str, str]]:
        """Return profile -> relation -> the related profile that most of its records state (ties: the smaller id)."""
        stated = relations.of(self.connection, [row.ref for rows in by_profile.values() for row in rows])
        targets = records.profiles_of(self.connection, {ref for ties in stated.values() for ref in ties.values()})
        found: dict[str, dict[str, str]] = {}
        for profile_id, rows in by_profile.items():
            votes: dict[str, Counter[str]] = {}
            for row in rows:
                for name, target in stated.get(row.ref, {}).items():
                    if target in targets:
                        votes.setdefault(name, Counter())[targets[target]] += 1
            found[profile_id] = {name: min(count, key=lambda one: (-count[one], one)) for name, count in votes.items()}
        return found

    def _records_there(self, ids: set[str], system: str) -> dict[str, dict[str, str]]:
        """Return profile -> stream -> the id of its (first) living record there."""
        found: dict[str, dict[str, str]] = {}
        rows = sorted(records.heads_of_profiles(self.connection, ids, system), key=lambda row: row.record_id)
        for row in rows:
            found.setdefault(row.profile_id, {}).setdefault(row.stream, row.record_id)
        return found

    def _buried(self, grounds: _Grounds, system: str) -> dict[str, set[str]]:
        """Return profile -> streams in which its record was deleted; redirected ids count for who they lead to."""
        found: dict[str, set[str]] = {}
        onward = grounds.onward
        ids = [*grounds.profiles, *onward]
        for profile_id, stream in tombstones.buried(self.connection, ids, system):
            found.setdefault(onward.get(profile_id, profile_id), set()).add(stream)
        # Deleted before it was known whose it is, a record has no tombstone; it is an orphan all the same.
        lifted = tombstones.lifted(self.connection, ids, system)
        for profile_id in grounds.profiles:
            for row in grounds.rows(profile_id):
                gone = row.state == "orphan" and row.system == system
                if gone and _stands(row, lifted.get((profile_id, row.stream))):
                    found.setdefault(profile_id, set()).add(row.stream)
        return found


def _customer(  # noqa: PLR0913 (whose, where, and what is there)
    grounds: _Grounds,
    target: Target,
    profile_id: str,
    here: Sequence[NormalisedRow],
    there: Mapping[str, Mapping[str, str]],
    buried: AbstractSet[str],
) -> Customer:
    profile = grounds.profiles[profile_id]
    # What the record could not be made with, it does not take afterwards either.
    made_without = _of_creates(grounds.unmakable, profile_id, target.name)
    return Customer(
        profile,
        [_member(grounds, target, profile, row, made_without) for row in here],
        {name: there.get(other, {}) for name, other in grounds.related.get(profile_id, {}).items()},
        frozenset(buried),
        contactable(profile),
        target.name in grounds.doubtful.get(profile_id, ()),
        made_without,
        departures(grounds.rows(profile_id)),
    )


def _stands(row: NormalisedRow, lifted: datetime | None) -> bool:
    """Whether a deletion counts: nobody has said since that the customer is back."""
    return lifted is None or (row.orphaned_at is not None and row.orphaned_at > lifted)


def _not_reread(target: Target, shadow: Shadow) -> bool:
    mapping = target.mappings.get(shadow.stream)
    return mapping is not None and mapping.version != shadow.mapping_version


def _of_creates(
    refused: Mapping[tuple[str, str, str], outbox.Refused], profile_id: str, system: str
) -> dict[str, set[str]]:
    """Return the values with which a system would not make a profile's record; it makes it in one stream only."""
    return _joined(
        *(values for (whose, where, _stream), values in refused.items() if (whose, where) == (profile_id, system))
    )


def _joined(*refused: Mapping[str, AbstractSet[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in refused:
        for name, keys in one.items():
            found.setdefault(name, set()).update(keys)
    return found


def _member(
    grounds: _Grounds,
    target: Target,
    profile: Profile,
    row: NormalisedRow,
    made_without: Mapping[str, AbstractSet[str]],
) -> Member:
    shadow, mapping = grounds.shadows[row.source_ref], target.mappings.get(row.stream)
    read_as_now = mapping is not None and shadow.mapping_version == mapping.version
    refused = _joined(grounds.refused.get((row.source_ref, row.emit), {}), made_without)
    habits = grounds.habits(row.system, row.stream)
    member = Member(row, shadow.payload, read_as_now, refused, habits=habits, referred=row.ref in grounds.referred)
    standing = grounds.held.get((row.source_ref, row.emit))
    if standing is None:
        return member
    theirs = [one.body.histories for one in grounds.rows(profile.profile_id)]
    found = held_fields(standing, row.body.histories, theirs, profile.sources)
    return replace(member, held=found, released=is_released(standing))
