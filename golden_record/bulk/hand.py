"""What one process of the bulk path does: open records, weigh pairs, let values survive. It only reads the store.

Everything that it takes and returns goes through a pipe: numbers, hashes, refs, and rows that are sealed already.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from ulid import ULID

from golden_record.bulk.blocked import Counted, Keys
from golden_record.bulk.evidence_file import EvidenceFile, Filed
from golden_record.matching.blocking import block_keys, rule_place
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import counted_features, holder_of, keys_of, labels_by_holder
from golden_record.matching.model import Model
from golden_record.matching.scorer import Scorer
from golden_record.resolution.component import Component
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.grounds import Grounds
from golden_record.resolution.index import block_digest
from golden_record.resolution.over_time import earliest, goes_stale, put_computed
from golden_record.resolution.partition import partition
from golden_record.resolution.questions import Question, duplicate_questions, value_questions, weighed, worth_of
from golden_record.resolution.score import GUARD
from golden_record.resolution.settle import matched_in
from golden_record.resolution.snapshot import frequencies_in_force, frequency_digest
from golden_record.resolution.summed import Summed, interactions_of
from golden_record.resolution.surviving import Surviving
from golden_record.rules import Rules
from golden_record.store import normalised_records as records
from golden_record.store import profiles
from golden_record.store.engine import Store, make_engine
from golden_record.store.matching_index import Link
from golden_record.store.normalised_records import IN_HAND, NormalisedRow
from golden_record.store.profiles import Event
from golden_record.vault import KeyRing, Vault
from mapping.values import Json

NEIGHBOURS = 50_000
"""Records whose evidence a process keeps at hand for those that borrow it: a company for its people."""
UNMATCHED = 255
"""The number of an entity that no model matches."""


@dataclass(frozen=True)
class Kit:
    """What a process needs to know: the store, its keys, the rules, and where evidence lies."""

    url: str
    ring: KeyRing
    rules: Rules
    evidence: Path
    evidence_key: bytes
    run_id: str

    def __call__(self) -> Worker:
        """Make the worker, with a connection of its own."""
        return self.worker(Store(make_engine(make_url(self.url)), Vault(self.ring)))

    def worker(self, store: Store) -> Worker:
        """Make the worker on a store that is open."""
        return Worker(store, self)


def matched_entities(rules: Rules) -> list[tuple[str, Model]]:
    """Return the entities that a model matches, in the order of their numbers."""
    return sorted(rules.models.items())


def counted_labels(rules: Rules) -> list[tuple[str, str, bool]]:
    """Return (entity, label, whether holders are counted) of every counted text, in the order of their numbers."""
    found: dict[tuple[str, str], bool] = {}
    for entity, model in matched_entities(rules):
        by_holder = labels_by_holder(model) if model.holders else frozenset()
        for name, of in counted_features(model):
            label = name if of == "key" else f"{name}.{of}"
            found[entity, label] = label in by_holder
    return [(entity, label, by_holder) for (entity, label), by_holder in found.items()]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a page of records came to: sealed evidence, entity numbers, block keys, and what is counted."""

    sealed: list[bytes]
    entities: array[int]
    keys: Keys
    counted: Counted


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs to weigh: the numbers of both sides, and where the evidence of each stands."""

    a: array[int]
    b: array[int]
    places: Mapping[int, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Weighed:
    """The pairs that are worth keeping, with their bits, and whether a steward would be asked or more."""

    a: array[int]
    b: array[int]
    bits: array[float]
    joined: array[int]


@dataclass(frozen=True, slots=True)
class Tied:
    """One component of records without a past: refs, links between them, and where their evidence stands."""

    refs: tuple[bytes, ...]
    links: tuple[tuple[bytes, bytes, float], ...] = ()
    places: Mapping[bytes, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Became:
    """What a component becomes: rows to write, and the questions that stay open. Nothing, where it has changed."""

    refs: tuple[bytes, ...]
    bound: list[tuple[bytes, str | None]] = field(default_factory=list)
    profiles: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    matched: Counter[tuple[str, str]] = field(default_factory=Counter)
    due: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Formed:
    """A component cut into clusters: *members* by the id of the profile that each becomes."""

    tied: Tied
    entity: str
    rows: Mapping[bytes, NormalisedRow]
    members: Mapping[str, list[NormalisedRow]] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)


class Worker:
    """Does the work of one process (or of this one)."""

    def __init__(self, store: Store, kit: Kit) -> None:
        self._store, self._vault, self._rules, self._run_id = store, store.vault, kit.rules, kit.run_id
        self._file = EvidenceFile(kit.evidence, kit.evidence_key)
        self._cache = EvidenceCache(self._vault, self._rules, NEIGHBOURS)
        self._entities = matched_entities(self._rules)
        self._numbers = {entity: place for place, (entity, _model) in enumerate(self._entities)}
        labels = counted_labels(self._rules)
        self._labels = {(entity, label): place for place, (entity, label, _) in enumerate(labels)}
        self._counted = [counted_features(model) for _entity, model in self._entities]
        self._first_rule = _first_rules([model for _entity, model in self._entities])
        self._scorers: list[Scorer] | None = None

    def close(self) -> None:
        """Give the connection back."""
        self._file.close()

    # ------------------------------------------------------------------------------------------- looking

    def look(self, page: tuple[int, list[bytes]]) -> Looked:
        """Open records (the number of the first, their refs): evidence, block keys, counted texts."""
        start, refs = page
        with self._store.read() as connection:
            found = self._cache.get(connection, refs)
        looked = Looked([], array("B"), Keys(array("I"), b"", array("H")), Counted(array("H"), b"", array("Q")))
        hashes, texts = bytearray(), bytearray()
        for number, ref in enumerate(refs, start):
            evidence = found[ref]
            entity = self._numbers.get(evidence.entity, UNMATCHED)
            looked.entities.append(entity)
            looked.sealed.append(self._file.seal(evidence))
            if entity != UNMATCHED:
                model = self._entities[entity][1]
                for text in block_keys(model, evidence):
                    hashes += block_digest(self._vault, text)
                    looked.keys.numbers.append(number)
                    looked.keys.rules.append(self._first_rule[entity] + rule_place(text))
                self._add_counted(entity, evidence, looked.counted, texts)
        keys = Keys(looked.keys.numbers, bytes(hashes), looked.keys.rules)
        return Looked(
            looked.sealed,
            looked.entities,
            keys,
            Counted(looked.counted.labels, bytes(texts), looked.counted.holders),
        )

    def _add_counted(self, entity: int, evidence: Evidence, counted: Counted, texts: bytearray) -> None:
        holder = holder_of(self._entities[entity][1], evidence)
        hashed = 0 if holder is None else int.from_bytes(self._vault.digest("holder", holder, size=8), "big") or 1
        for label, text in keys_of(self._counted[entity], evidence):
            texts += frequency_digest(self._vault, label, text)
            counted.labels.append(self._labels[evidence.entity, label])
            counted.holders.append(hashed)

    def seal(self, refs: list[bytes]) -> list[bytes]:
        """Return the sealed evidence of records that are only compared with."""
        with self._store.read() as connection:
            found = self._cache.get(connection, refs)
        return [self._file.seal(found[ref]) for ref in refs]

    # ------------------------------------------------------------------------------------------- weighing

    def weigh(self, pairs: Pairs) -> Weighed:
        """Weigh pairs with the frequencies in force; those far under the review threshold are dropped."""
        scorers = self._scorers_in_force()
        opened: dict[int, Evidence] = {}
        kept = Weighed(array("I"), array("I"), array("d"), array("B"))
        for a, b in zip(pairs.a, pairs.b, strict=True):
            for number in (a, b):
                if number not in opened:
                    opened[number] = self._file.read(*pairs.places[number])
            one = opened[a]
            scorer = scorers[self._numbers[one.entity]]
            weight = scorer.score(one, opened[b]).weight
            least = scorer.model.thresholds.review
            if weight >= least - GUARD:
                kept.a.append(a)
                kept.b.append(b)
                kept.bits.append(weight)
                kept.joined.append(weight >= least)
        return kept

    def _scorers_in_force(self) -> list[Scorer]:
        if self._scorers is None:
            self._scorers = [
                Scorer(model, frequencies_in_force(self._store, entity, whole=True)) for entity, model in self._entities
            ]
        return self._scorers

    # ------------------------------------------------------------------------------------------- settling

    def settle(self, page: tuple[datetime, Sequence[Tied]]) -> list[Became]:
        """Form clusters of whole components without a past, and let their values survive."""
        now, components = page
        surviving = Surviving(self._rules, now)
        with self._store.read() as connection:
            rows = records.load(connection, self._vault, [ref for one in components for ref in one.refs])
            formed = [self._form(connection, one, rows) for one in components]
            sums = self._summed(connection, formed)
        return [self._become(one, sums, surviving, now) for one in formed]

    def _form(self, connection: sa.Connection, tied: Tied, every: Mapping[bytes, NormalisedRow]) -> _Formed:
        """Form the clusters of a component; none where one of its records has changed meanwhile."""
        rows = {ref: every[ref] for ref in tied.refs if ref in every and every[ref].dirty == IN_HAND}
        if len(rows) < len(tied.refs):
            return _Formed(tied, "", {})
        entity = rows[tied.refs[0]].entity
        if entity not in self._rules.entities:
            return _Formed(tied, entity, rows)
        component = Component(set(tied.refs), [Link(*link) for link in tied.links], [], {})
        number = self._numbers.get(entity)
        scorer = None if number is None else self._scorers_in_force()[number]
        filed = Filed(self._file, tied.places)
        clusters = partition(connection, rows, component, scorer, filed)
        by_key = {row.key: row for row in rows.values()}
        members = {str(ULID()): [by_key[key] for key in keys] for keys in clusters.clusters}
        asked: list[Question] = []
        if clusters.candidates:
            rules = self._rules.entities[entity]
            grounds = Grounds(self._vault, rows, clusters.clusters, rules)
            evidences = filed.get(connection, grounds.refs(clusters.candidates))
            asked = duplicate_questions(self._vault, clusters.candidates, grounds, evidences, entity, rules.model)
        return _Formed(tied, entity, rows, members, asked)

    def _summed(self, connection: sa.Connection, formed: Sequence[_Formed]) -> Mapping[str, Summed]:
        """Return what refers to the new profiles' records, for the fields that are computed of it."""
        found: dict[str, Summed] = {}
        for entity, rules in self._rules.entities.items():
            names = {rule.by for rule in rules.computed.values()}
            mine = [one.members for one in formed if one.entity == entity] if names else []
            profile_of = {row.ref: name for members in mine for name, rows in members.items() for row in rows}
            if profile_of:
                found |= interactions_of(connection, self._vault, self._rules, profile_of, names)
        return found

    def _become(self, formed: _Formed, sums: Mapping[str, Summed], surviving: Surviving, now: datetime) -> Became:
        made = Became(formed.tied.refs, questions=formed.asked)
        rules = self._rules.entities.get(formed.entity)
        if rules is None:
            made.bound.extend((ref, None) for ref in formed.rows)
            return made
        worth: dict[bytes, Mapping[str, Json]] = {}
        for profile_id, members in formed.members.items():
            choices = surviving.choices(members, rules, {})
            until = put_computed(choices, sums.get(profile_id, {}), rules, {}, now)
            at = earliest(until, goes_stale(choices.values()))
            if at is not None:
                made.due[profile_id] = at
            worth |= worth_of(choices, members, rules.presses)
            made.questions.extend(value_questions(self._vault, profile_id, rules, formed.entity, choices, members))
            profile = surviving.profile(profile_id, formed.entity, choices, None)
            detail = {"records": [row.key for row in members]}
            event = Event(str(ULID()), profile_id, now, "created", self._run_id, detail)
            made.profiles.append(profiles.row_of(self._vault, profile, rules.plain))
            made.events.append(profiles.event_row(self._vault, event))
            made.bound.extend((row.ref, profile_id) for row in members)
            made.matched.update(matched_in([members], formed.rows.keys()))
        return replace(made, questions=weighed(made.questions, worth, rules.presses))


def _first_rules(models: Sequence[Model]) -> list[int]:
    """Return the number of each model's first blocking rule; rules are numbered through."""
    found, here = [], 0
    for model in models:
        found.append(here)
        here += len(model.blocking)
    return found
