"""Plan to let a system merge its own duplicates: one customer, several records in one stream.

Room: flows. Changes nothing. Planned only when it is asked for (`crmhub plan --merges`), only where hub.yaml says so
(`merges: true`), and carried out only from a plan that a second person has approved: no system takes a merge back. The
most complete record stays. Before one is planned, all of them show what the hub has agreed on and no question about the
customer is open, so that nothing is decided by a merge and nothing is lost in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from connectors.contract import Removal
from connectors.removals import MERGE
from flows.duplicates import most_complete_first
from flows.hub import ConfiguredSystem, Hub
from flows.plan import Blocked, Intended, Plan, Target
from flows.plan_grounds import Planner
from flows.planning import PAGE, targets_of
from flows.put_out import as_it_would_go
from golden_record.store import normalised_records as records
from golden_record.store import reviews, source_records
from golden_record.store.duplicates import several
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.outbox import FieldWrite
from golden_record.store.source_records import Shadow
from mapping.compile import CompiledMapping
from mapping.shown import shown_fields

DUPLICATE = "duplicate"
"""The rule by which a record is merged away: another of the same customer stays."""
NOT_IN_AGREEMENT, IN_REVIEW = "not_in_agreement", "in_review"


def plan_merges(hub: Hub, systems: Sequence[ConfiguredSystem]) -> Plan:
    """Return the merges of all duplicates in those of *systems* that may be asked to merge."""
    targets = [one for one in targets_of(hub, systems) if one.push.merges]
    names, entities = sorted(one.name for one in targets), sorted(hub.rules.models)
    whole = Plan()
    after = ("", "", "")
    while names:
        with hub.store.read() as connection:
            found = several(connection, names, entities, after, PAGE)
            ids = sorted({one.profile_id for one in found})
            whole.add(as_it_would_go(hub, connection, merges_of(hub, connection, ids, targets), targets))
        if len(found) < PAGE:
            break
        after = (found[-1].system, found[-1].stream, found[-1].profile_id)
    return _each_once(whole)


def merges_of(hub: Hub, connection: sa.Connection, ids: Sequence[str], targets: Sequence[Target]) -> Plan:
    """Return the merges of the duplicates of these profiles."""
    able = [one for one in targets if one.push.merges]
    plan = Plan()
    if not able or not ids:
        return plan
    rows = records.of_profiles(connection, hub.store.vault, ids)
    shadows = source_records.shadows(connection, hub.store.vault, {row.source_ref for row in rows.values()})
    unequal = {(one.profile_id, one.system) for one in Planner(hub, connection).plan(ids, able).writes}
    for target in able:
        for (profile_id, stream), group in _groups(target, rows.values()).items():
            mine = {row.ref for row in rows.values() if row.profile_id == profile_id}
            why = None
            if reviews.open_about(connection, mine):
                why = IN_REVIEW
            elif (profile_id, target.name) in unequal:
                why = NOT_IN_AGREEMENT
            winner, *losers = most_complete_first(group, shadows)
            for loser in losers:
                if why is None:
                    plan.writes.append(_merge(target.mappings[stream], loser, winner, shadows))
                else:
                    plan.blocked.append(Blocked(profile_id, target.name, stream, loser.record_id, None, why))
    return plan


def _groups(target: Target, rows: Iterable[NormalisedRow]) -> dict[tuple[str, str], list[NormalisedRow]]:
    """Return (profile, stream) -> its living records there, where there are several that the system can merge.

    A record is merged for its first entity: what else it yields goes where that goes.
    """
    found: dict[tuple[str, str], list[NormalisedRow]] = {}
    for row in rows:
        mergeable = target.removals.get(row.stream, Removal()).merge and row.stream in target.mappings
        if row.state == "live" and row.system == target.name and row.emit == 0 and mergeable:
            found.setdefault((row.profile_id or "", row.stream), []).append(row)
    return {key: group for key, group in sorted(found.items()) if len(group) > 1}


def _merge(
    mapping: CompiledMapping, loser: NormalisedRow, winner: NormalisedRow, shadows: Mapping[bytes, Shadow]
) -> Intended:
    """Return the merge, with each field as it goes and as it stays."""
    stays = {one.system_field: one.old for one in shown_fields(mapping, shadows[winner.source_ref].payload)}
    fields = {mapping.key.text: FieldWrite(loser.record_id, winner.record_id, "", winner.key, DUPLICATE)}
    for one in shown_fields(mapping, shadows[loser.source_ref].payload):
        kept = stays.get(one.system_field)
        fields.setdefault(one.system_field, FieldWrite(one.old, kept, one.profile_field, winner.key, DUPLICATE))
    place = (loser.profile_id or "", loser.entity, loser.system, loser.stream, MERGE, loser.emit)
    return Intended(*place, fields, {}, loser.source_ref, loser.record_id)


def _each_once(plan: Plan) -> Plan:
    """Return the plan with each merge once: a profile may have duplicates in several streams."""
    seen: AbstractSet[tuple[str, str, str | None]] = set()
    writes, blocked = [], []
    for one in plan.writes:
        if (key := (one.system, one.stream, one.record_id)) not in seen:
            seen |= {key}
            writes.append(one)
    for other in plan.blocked:
        if (key := (other.system, other.stream, other.record_id)) not in seen:
            seen |= {key}
            blocked.append(other)
    return Plan(writes, blocked)
