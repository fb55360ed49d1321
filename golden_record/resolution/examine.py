"""Look at pairs of records as resolving sees them, and change nothing: scores, buckets, links, words, obstacles.

Everything is taken from the store as it stands, with the model and the frequencies in force, so that what is shown is
what was decided.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from golden_record.errors import NotDecidable
from golden_record.matching.blocking import block_keys, most_records, rule_of
from golden_record.matching.clusters import Candidate, Clusters, Link
from golden_record.matching.evidence import Evidence
from golden_record.matching.explain import Explanation, explain
from golden_record.matching.frequencies import Frequencies
from golden_record.matching.model import Model
from golden_record.matching.scorer import PairScore, Scorer
from golden_record.matching.strongest_path import strongest_path
from golden_record.resolution.component import Component, component_of
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.index import block_digest
from golden_record.resolution.partition import partition
from golden_record.resolution.snapshot import frequencies_in_force
from golden_record.rules import Rules
from golden_record.store import matching_index
from golden_record.store import normalised_records as records
from golden_record.store.engine import Store
from golden_record.store.matching_index import StewardLink
from golden_record.store.normalised_records import CLEAN, NormalisedRow


@dataclass(frozen=True, slots=True)
class FoundBy:
    """How two records come to be compared: blocking rules that bring them together, and those whose bucket is full."""

    rules: tuple[str, ...]
    too_full: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How two records stand to each other in the store.

    *path*: the links by which they hold together, the strongest way; a must-link weighs infinitely. *words*: stewards'
    words between their two profiles. *refused*: the join that clustering did not make, with its reason. *waits*: a
    change of one of them is not resolved yet.
    """

    together: bool
    path: tuple[Link, ...]
    words: tuple[StewardLink, ...]
    refused: Candidate | None
    waits: bool


@dataclass(frozen=True, slots=True)
class _Around:
    """The component of two records as one connection saw it: its rows, clustered again, and each record's cluster."""

    connection: sa.Connection
    component: Component
    rows: Mapping[bytes, NormalisedRow]
    clusters: Clusters
    place: Mapping[str, int]


class Examiner:
    """Looks at the records of one entity.

    Raises:
        NotDecidable: no model matches the entity.
    """

    def __init__(self, store: Store, rules: Rules, entity: str) -> None:
        one = rules.entities.get(entity)
        if one is None or one.model is None:
            raise NotDecidable(f"matching.yaml has no model for `{entity}`", "Write one; see docs/matching.md")
        self._store, self.entity = store, entity
        self.model: Model = one.model
        self.frequencies: Frequencies = frequencies_in_force(store, entity)
        self.scorer = Scorer(self.model, self.frequencies)
        self.cache = EvidenceCache(store.vault, rules)
        self._largest: _Around | None = None

    def evidence(self, connection: sa.Connection, refs: Iterable[bytes]) -> dict[bytes, Evidence]:
        """Return what these records say, borrowed evidence included."""
        return self.cache.get(connection, refs)

    def score(self, a: Evidence, b: Evidence) -> PairScore:
        """Score a pair."""
        return self.scorer.score(a, b)

    def explain(self, a: Evidence, b: Evidence) -> Explanation:
        """Explain a pair."""
        return explain(self.model, self.frequencies, a, b)

    def found_by(self, connection: sa.Connection, a: Evidence, b: Evidence) -> FoundBy:
        """Return which blocking rules bring two records together."""
        shared = set(block_keys(self.model, a)) & set(block_keys(self.model, b))
        digests = {block_digest(self._store.vault, key): key for key in shared}
        sizes = matching_index.block_sizes(connection, digests)
        full = {key for digest, key in digests.items() if sizes.get(digest, 0) > most_records(self.model, key)}
        names = {rule_of(self.model, key) for key in shared - full}
        return FoundBy(tuple(sorted(names)), tuple(sorted({rule_of(self.model, key) for key in full} - names)))

    def standing(self, connection: sa.Connection, a: bytes, b: bytes) -> Standing:
        """Return how two records stand to each other, clustering their component again as settling does."""
        around = self._around(connection, a, b)
        component, rows, clusters = around.component, around.rows, around.clusters
        here, there = rows[a].key, rows[b].key
        bound = rows[a].profile_id, rows[b].profile_id
        together = bound[0] is not None and bound[0] == bound[1]
        sides = {around.place[here], around.place[there]}
        refused = next(
            (one for one in clusters.candidates if {around.place[one.a], around.place[one.b]} == sides), None
        )
        joining = self._joining(component, rows) if together else []
        between = _between(component.words, rows, bound)
        waits = any(rows[ref].dirty != CLEAN for ref in (a, b))
        return Standing(together, strongest_path(joining, here, there), between, refused, waits)

    def _around(self, connection: sa.Connection, a: bytes, b: bytes) -> _Around:
        """Return what lies around two records; the largest seen is kept, for it costs most and is asked for most."""
        known = self._largest
        if known is not None and known.connection is connection and {a, b} <= known.component.refs:
            return known
        component = component_of(connection, (a, b), self.model.thresholds.review)
        loaded = records.load(connection, self._store.vault, component.refs)
        rows = {ref: row for ref, row in loaded.items() if row.entity == self.entity}
        clusters = partition(connection, rows, component, self.scorer, self.cache)
        found = _Around(connection, component, rows, clusters, clusters.of())
        if known is None or known.connection is not connection or len(found.rows) > len(known.rows):
            self._largest = found
        return found

    def _joining(self, component: Component, rows: Mapping[bytes, NormalisedRow]) -> list[Link]:
        found = [
            Link(rows[link.a].key, rows[link.b].key, link.weight)
            for link in component.links
            if link.a in rows and link.b in rows and link.weight >= self.model.thresholds.auto
        ]
        musts = [(word.a, word.b) for word in component.words if word.kind == "must"]
        musts += list(component.redirects.items())
        found += [Link(rows[a].key, rows[b].key, math.inf) for a, b in musts if a in rows and b in rows]
        return found


def _between(
    words: Iterable[StewardLink], rows: Mapping[bytes, NormalisedRow], bound: tuple[str | None, str | None]
) -> tuple[StewardLink, ...]:
    """Return the words between two profiles (or within the one that both are)."""
    found = [
        word
        for word in words
        if word.a in rows and word.b in rows and {rows[word.a].profile_id, rows[word.b].profile_id} == set(bound)
    ]
    return tuple(sorted(found, key=lambda word: word.link_id))
