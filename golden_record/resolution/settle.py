"""Step 3: form clusters, give them their ids, let values survive, and put before a steward what stays open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime

import sqlalchemy as sa
from ulid import ULID

from golden_record.departed import is_archived
from golden_record.matching.clusters import Clusters
from golden_record.matching.identity import Assignment, ProfileFacts, Standing, assign
from golden_record.matching.scorer import Scorer
from golden_record.resolution.component import Component, component_of
from golden_record.resolution.departing import deletion_questions
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.grounds import Grounds
from golden_record.resolution.over_time import earliest, goes_stale, pin_ends, put_computed
from golden_record.resolution.partition import partition
from golden_record.resolution.questions import (
    Question,
    ask,
    dismissed,
    duplicate_questions,
    value_questions,
    weighed,
    worth_of,
)
from golden_record.resolution.returning import take_returns
from golden_record.resolution.snapshot import frequencies_in_force
from golden_record.resolution.summed import Summed, interactions_of
from golden_record.resolution.surviving import Surviving
from golden_record.rules import EntityRules, Rules
from golden_record.store import decrees, due, profiles
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.normalised_records import CLEAN, TO_SETTLE, NormalisedRow
from golden_record.store.profiles import Event, Profile
from golden_record.survive import Choice
from mapping.values import Json

SEEDS = 200
"""Changed records settled in one transaction, with what is tied to them: near the 500 rows of the design."""


@dataclass
class Settled:
    """What settling came to.

    *matched*: (system, stream) -> how many of the records that waited are now in a profile with another record. A
    record counts by the first entity that it emits.
    """

    created: int = 0
    changed: int = 0
    merged: int = 0
    opened: int = 0
    records: int = 0
    contradictions: list[tuple[str, str]] = field(default_factory=list)
    matched: Counter[tuple[str, str]] = field(default_factory=Counter)

    def and_then(self, later: Settled) -> Settled:
        """Return what both came to."""
        return Settled(
            self.created + later.created,
            self.changed + later.changed,
            self.merged + later.merged,
            self.opened + later.opened,
            self.records + later.records,
            [*self.contradictions, *later.contradictions],
            self.matched + later.matched,
        )


def settle_changed(  # noqa: PLR0913 (what settling rests on)
    store: Store,
    rules: Rules,
    scorers: Mapping[str, Scorer],
    cache: EvidenceCache,
    run_id: str,
    now: Callable[[], datetime],
    only: Collection[bytes] | None = None,
) -> Settled:
    """Settle every record (of *only*, where given) that waits for it."""
    done = Settled()
    least = min((one.model.thresholds.review for one in scorers.values()), default=0.0)
    while True:
        with store.write() as connection:
            seeds = records.dirty_refs(connection, TO_SETTLE, SEEDS, only)
            if not seeds:
                return done
            component = component_of(connection, seeds, least)
            step = _Step(store, connection, rules, run_id, now())
            step.settle(component, frozenset(seeds), scorers, cache, done)
            records.set_stage(connection, component.refs, TO_SETTLE, CLEAN)
            done.records += len(seeds)


def settle_these(store: Store, rules: Rules, seeds: Iterable[bytes], run_id: str, now: datetime) -> Settled:
    """Settle just these records and what they hold together with, whatever else waits: to see what an act comes to."""
    done = Settled()
    scorers = {
        entity: Scorer(model, frequencies_in_force(store, entity)) for entity, model in sorted(rules.models.items())
    }
    least = min((model.thresholds.review for model in rules.models.values()), default=0.0)
    with store.write() as connection:
        component = component_of(connection, seeds, least)
        step = _Step(store, connection, rules, run_id, now)
        step.settle(component, frozenset(), scorers, EvidenceCache(store.vault, rules), done)
        records.set_stage(connection, component.refs, TO_SETTLE, CLEAN)
    return done


class _Step:
    """One transaction of settling."""

    def __init__(self, store: Store, connection: sa.Connection, rules: Rules, run_id: str, now: datetime) -> None:
        self.vault, self.connection, self.rules = store.vault, connection, rules
        self.run_id, self.now = run_id, now
        self.surviving = Surviving(rules, now)

    def settle(
        self,
        component: Component,
        seeds: AbstractSet[bytes],
        scorers: Mapping[str, Scorer],
        cache: EvidenceCache,
        done: Settled,
    ) -> None:
        rows = records.load(self.connection, self.vault, component.refs)
        by_entity: dict[str, dict[bytes, NormalisedRow]] = {}
        for ref, row in rows.items():
            by_entity.setdefault(row.entity, {})[ref] = row
        for entity, mine in sorted(by_entity.items()):
            rules = self.rules.entities.get(entity)
            if rules is None:
                continue
            clusters = partition(self.connection, mine, component, scorers.get(entity), cache)
            done.contradictions += [one.must for one in clusters.contradictions]
            assignment = self._assign(mine, clusters)
            waited = {ref for ref, row in mine.items() if row.dirty == TO_SETTLE} if seeds else seeds
            done.matched.update(_matched(mine, assignment, waited))
            questions = self._pairs(clusters, mine, rules, entity, cache)
            worth: dict[bytes, Mapping[str, Json]] = {}
            questions += self._survive(mine, assignment, rules, entity, done, worth)
            questions = weighed(questions, worth, rules.presses)
            done.opened += ask(self.connection, self.vault, questions, mine, self.run_id, self.now)

    def _pairs(
        self,
        clusters: Clusters,
        rows: Mapping[bytes, NormalisedRow],
        rules: EntityRules,
        entity: str,
        cache: EvidenceCache,
    ) -> list[Question]:
        if not clusters.candidates:
            return []
        grounds = Grounds(self.vault, rows, clusters.clusters, rules)
        evidences = cache.get(self.connection, grounds.refs(clusters.candidates))
        return duplicate_questions(self.vault, clusters.candidates, grounds, evidences, entity, rules.model)

    def _assign(self, rows: Mapping[bytes, NormalisedRow], clusters: Clusters) -> Assignment:
        by_key = {row.key: row for row in rows.values()}
        previous = {key: row.profile_id for key, row in by_key.items() if row.profile_id}
        known = profiles.load(self.connection, self.vault, previous.values())
        live: dict[str, set[str]] = {profile_id: set() for profile_id in known}
        for key, profile_id in previous.items():
            if by_key[key].state == "live":
                live[profile_id].add(key)
        facts = {one: ProfileFacts(frozenset(live[one]), known[one].created_at or self.now) for one in known}
        former = {key: row.former_profile_id for key, row in by_key.items() if row.former_profile_id}
        standing = Standing(previous, facts, former, profiles.redirects_of(self.connection, former.values()))
        assignment = assign(clusters.clusters, standing, lambda: str(ULID()))
        self._bind(assignment, by_key)
        return assignment

    def _bind(self, assignment: Assignment, by_key: Mapping[str, NormalisedRow]) -> None:
        bound = []
        for one in assignment.assigned:
            for key in one.records:
                row = by_key[key]
                former = assignment.former.get(key, row.former_profile_id or "") or None
                if row.profile_id != one.profile_id or former != row.former_profile_id:
                    bound.append((row.ref, one.profile_id, former))
        records.bind(self.connection, bound)

    # ------------------------------------------------------------------------------------------- values

    def _survive(  # noqa: PLR0913 (one step of `settle`, cut out for reading)
        self,
        rows: Mapping[bytes, NormalisedRow],
        assignment: Assignment,
        rules: EntityRules,
        entity: str,
        done: Settled,
        worth: dict[bytes, Mapping[str, Json]],
    ) -> list[Question]:
        by_key = {row.key: row for row in rows.values()}
        ids = [one.profile_id for one in assignment.assigned]
        known = profiles.load(self.connection, self.vault, [*ids, *assignment.redirects])
        said = self._decrees(ids, assignment.redirects)
        new: list[Profile] = []
        changed: list[Profile] = []
        events: list[Event] = []
        questions: list[Question] = []
        members_of = {one.profile_id: [by_key[key] for key in one.records] for one in assignment.assigned}
        sums = self._summed(members_of, rules)
        chosen: dict[str, dict[str, Choice]] = {}
        changes: dict[str, datetime] = {}
        for profile_id, members in members_of.items():
            mine = said.get(profile_id, {})
            chosen[profile_id] = self.surviving.choices(members, rules, mine)
            until = put_computed(chosen[profile_id], sums.get(profile_id, {}), rules, mine, self.now)
            at = earliest(earliest(until, pin_ends(mine, self.now)), goes_stale(chosen[profile_id].values()))
            if at is not None:
                changes[profile_id] = at
            worth |= worth_of(chosen[profile_id], members, rules.presses)
        due.set_for(self.connection, chosen, changes)
        asked = {
            profile_id: value_questions(self.vault, profile_id, rules, entity, choices, members_of[profile_id])
            for profile_id, choices in chosen.items()
        }
        let_go = dismissed(self.connection, self.vault, [question for mine in asked.values() for question in mine])
        for one in assignment.assigned:
            members, choices = members_of[one.profile_id], chosen[one.profile_id]
            whys: dict[str, set[str]] = {}
            for question in asked[one.profile_id]:
                if question.subject in let_go and question.field is not None:
                    whys.setdefault(question.field, set()).add(question.note)
            for name, why in whys.items():
                choices[name] = self.surviving.by_rule(members, rules, name, said.get(one.profile_id, {}), why)
            before = known.get(one.profile_id)
            profile = self.surviving.profile(one.profile_id, entity, choices, before)
            profile = replace(profile, archived=is_archived(members))
            if before is None:
                new.append(profile)
                events.append(self._event(one.profile_id, "created", {"records": list(one.records)}))
            elif before.merged_into is not None or not before.same_content(profile):
                changed.append(profile)
                kind = "restored" if before.merged_into is not None else "changed"
                events.append(self._event(one.profile_id, kind, _difference(before, profile)))
            questions += asked[one.profile_id]
        questions += take_returns(self.connection, self.vault, self.rules, members_of, self.now)
        questions += deletion_questions(self.vault, members_of)
        for loser, winner in assignment.redirects.items():
            changed.append(replace(known[loser], merged_into=winner, updated_at=self.now))
            events.append(self._event(loser, "merged", {"into": winner}))
        events += self._moves(assignment, by_key, {profile.profile_id for profile in new})
        profiles.save(self.connection, self.vault, new, changed, rules.plain)
        profiles.set_to_plan(self.connection, [one for one in ids if one in known], waiting=True)
        profiles.note(self.connection, self.vault, events)
        done.created += len(new)
        done.changed += len(changed) - len(assignment.redirects)
        done.merged += len(assignment.redirects)
        return questions

    def _summed(self, members_of: Mapping[str, Sequence[NormalisedRow]], rules: EntityRules) -> dict[str, Summed]:
        names = {rule.by for rule in rules.computed.values()}
        if not names:
            return {}
        profile_of = {row.ref: profile_id for profile_id, members in members_of.items() for row in members}
        return interactions_of(self.connection, self.vault, self.rules, profile_of, names)

    def _decrees(self, ids: Sequence[str], redirects: Mapping[str, str]) -> decrees.ByProfile:
        """Return the stewards' words on each profile, those on profiles that were merged into it among them."""
        leads_to = profiles.redirected_to(self.connection, [*ids, *redirects])
        onward = {old: redirects.get(new, new) for old, new in leads_to.items()} | dict(redirects)
        found: decrees.ByProfile = {}
        for profile_id, fields in decrees.of(self.connection, self.vault, [*ids, *onward]).items():
            mine = found.setdefault(onward.get(profile_id, profile_id), {})
            for name, spoken in fields.items():
                mine.setdefault(name, []).extend(spoken)
        return found

    def _moves(self, assignment: Assignment, before: Mapping[str, NormalisedRow], new: Container[str]) -> list[Event]:
        """Note which records came to a profile that was there before, and from where: the story of a profile."""
        events = []
        for one in assignment.assigned:
            came: dict[str, list[str]] = {}
            for key in one.records:
                was = before[key].profile_id
                if was != one.profile_id and not (was is None and one.profile_id in new):
                    came.setdefault(was or "", []).append(key)
            for was, keys in sorted(came.items()):
                detail: dict[str, object] = {"records": keys} | ({"from": was} if was else {})
                events.append(self._event(one.profile_id, "records_joined", detail))
        return events

    def _event(self, profile_id: str, kind: str, detail: object) -> Event:
        return Event(str(ULID()), profile_id, self.now, kind, self.run_id, detail)


def _matched(
    rows: Mapping[bytes, NormalisedRow], assignment: Assignment, seeds: AbstractSet[bytes]
) -> Counter[tuple[str, str]]:
    """Count the *seeds* that share their profile with another living record."""
    by_key = {row.key: row for row in rows.values()}
    return matched_in(([by_key[key] for key in one.records] for one in assignment.assigned), seeds)


def matched_in(clusters: Iterable[Sequence[NormalisedRow]], seeds: AbstractSet[bytes]) -> Counter[tuple[str, str]]:
    """Count, by (system, stream), the *seeds* that are in a cluster with another living record."""
    found: Counter[tuple[str, str]] = Counter()
    for every in clusters:
        members = [row for row in every if row.state == "live"]
        if len({row.ref[:-1] for row in members}) > 1:
            found.update((row.system, row.stream) for row in members if row.emit == 0 and row.ref in seeds)
    return found


def _difference(before: Profile, after: Profile) -> dict[str, object]:
    """What a change did, for the history: field -> values and sources before and after."""
    names = sorted(before.fields.keys() | after.fields.keys())
    return {
        name: {"old": _values(before, name), "new": _values(after, name), "from": _keys(after, name)}
        for name in names
        if before.fields.get(name) != after.fields.get(name) or before.sources.get(name) != after.sources.get(name)
    }


def _values(profile: Profile, name: str) -> list[object]:
    return [element.value for element in profile.fields.get(name, ())]


def _keys(profile: Profile, name: str) -> list[str]:
    return [source.key for source in profile.sources.get(name, ())]
