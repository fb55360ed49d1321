"""Which records are one customer: links and stewards' words in, clusters and review candidates out.

Room: golden_record, the pure half. The result is a function of the set of links, whatever their order and batching:
must-links first, then links from the heaviest down (ties by key), each taken unless something between the two
clusters speaks against it. So the weakest evidence is what is cut. Records outside the component that the links and
must-links span cannot change it.

What stands against a join: a steward's cannot-link between any two members; a pair of members whose own evidence
speaks strongly against (the guard against chains: A is B by phone, B is C by mail, but A and C disagree on who they
are); what both sides show when each is taken as one customer (two namesakes at one employer, of whom this record has
the mobile and that one the mailbox); the size limit. A join that is refused becomes a review candidate with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from golden_record.matching.model import Thresholds

Pair = tuple[str, str]
"""Keys of two records, the smaller first."""


@dataclass(frozen=True, slots=True)
class Link:
    """Scored evidence on two records, in bits."""

    a: str
    b: str
    weight: float


@dataclass(frozen=True, slots=True)
class Word:
    """A steward's word on two records; *order* grows with time, so that the newer word is known."""

    a: str
    b: str
    order: int = 0


Reason = Literal["band", "against", "together", "cannot", "too_large"]
"""Why two clusters are put before a steward: weight in the band; two members speak against each other; all that each
side shows, taken together, weighs too little; a steward's cannot-link elsewhere between them; one profile would grow
beyond the limit."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two clusters that may be one customer: the heaviest link between them, and what stands against it."""

    a: str
    b: str
    weight: float
    reason: Reason
    opposed: Pair | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A must-link that was not followed, since a cannot-link holds apart what it would join."""

    must: Pair
    cannot: Pair


@dataclass(frozen=True, slots=True)
class Clusters:
    """The partition: sorted clusters of sorted keys; what a steward should see; words that contradict each other."""

    clusters: tuple[tuple[str, ...], ...]
    candidates: tuple[Candidate, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()

    def of(self) -> dict[str, int]:
        """Return record -> place of its cluster."""
        return {record: place for place, cluster in enumerate(self.clusters) for record in cluster}


Against = Callable[[str, str], float]
"""How two records speak of each other, in bits without the prior (`PairScore.against`); asked for every pair that a
join would bring together and that has no link strong enough to join it."""

Together = Callable[[Sequence[str], Sequence[str]], float]
"""The weight in bits of two groups of records, by their keys, each group taken as one customer."""


def form_clusters(  # noqa: PLR0913 (everything that decides, by name)
    records: Iterable[str],
    links: Iterable[Link],
    *,
    thresholds: Thresholds,
    musts: Sequence[Word] = (),
    cannots: Sequence[Word] = (),
    against: Against | None = None,
    together: Together | None = None,
    max_cluster: int = 200,
) -> Clusters:
    """Partition *records*.

    Args:
        records: all records of the affected components; a link or word that names another record is ignored.
        links: scored pairs; those under the review threshold may be left out.
        thresholds: of the model.
        musts: they beat the model, but not a cannot-link; among contradictory ones the newest is followed.
        cannots: they stand always.
        against: the guard against chains; at or below `thresholds.apart` a pair keeps its clusters apart.
        together: the weight of two clusters taken as one record each; unless each pair between them is a strong link
            of its own they stay apart where it is below `thresholds.auto`, or below `thresholds.review` where one side
            is a single record, which may know too little.
        max_cluster: records that one cluster may hold by the model (stewards may go beyond).
    """
    work = _Partition(records, links, cannots, thresholds, against, together, max_cluster)
    contradictions = work.join_words(musts)
    refused = work.join_links()
    return Clusters(work.result(), work.candidates(refused), contradictions)


class _Partition:
    """Union-find with members, built once and thrown away."""

    def __init__(  # noqa: PLR0913 (see form_clusters)
        self,
        records: Iterable[str],
        links: Iterable[Link],
        cannots: Sequence[Word],
        thresholds: Thresholds,
        against: Against | None,
        together: Together | None,
        max_cluster: int,
    ) -> None:
        self.members: dict[str, list[str]] = {record: [record] for record in records}
        self.root: dict[str, str] = {record: record for record in self.members}
        self.thresholds, self.max_cluster = thresholds, max_cluster
        self.against, self.together = against, together
        self.weights = self._heaviest(links)
        self.obstacles: dict[Pair, tuple[int, tuple[Reason, Pair | None]]] = {}
        """Two roots -> how many records they had together when something stood between them, and what."""
        self.cannots: dict[str, set[str]] = {}
        for word in cannots:
            if word.a in self.root and word.b in self.root:
                self.cannots.setdefault(word.a, set()).add(word.b)
                self.cannots.setdefault(word.b, set()).add(word.a)

    def _heaviest(self, links: Iterable[Link]) -> dict[Pair, float]:
        weights: dict[Pair, float] = {}
        for link in links:
            if link.a in self.root and link.b in self.root and link.a != link.b:
                pair = _pair(link.a, link.b)
                weights[pair] = max(link.weight, weights.get(pair, link.weight))
        return weights

    def join_words(self, musts: Sequence[Word]) -> tuple[Contradiction, ...]:
        """Follow must-links, the newest first; name those that a cannot-link forbids."""
        refused: list[Contradiction] = []
        known = (word for word in musts if word.a in self.root and word.b in self.root)
        for word in sorted(known, key=lambda word: (-word.order, _pair(word.a, word.b))):
            one, other = self.root[word.a], self.root[word.b]
            forbidden = self._cannot_between(one, other)
            if word.a == word.b or (one == other and forbidden is None):
                continue
            if forbidden is not None:
                refused.append(Contradiction(_pair(word.a, word.b), forbidden))
            else:
                self._union(one, other)
        return tuple(sorted(refused, key=lambda contradiction: (contradiction.must, contradiction.cannot)))

    def join_links(self) -> dict[Pair, tuple[Reason, Pair | None]]:
        """Take links from the heaviest down; return those that were refused, with the reason."""
        refused: dict[Pair, tuple[Reason, Pair | None]] = {}
        strong = (pair for pair, weight in self.weights.items() if weight >= self.thresholds.auto)
        for pair in sorted(strong, key=lambda pair: (-self.weights[pair], pair)):
            one, other = self.root[pair[0]], self.root[pair[1]]
            if one == other:
                continue
            obstacle = self._known_obstacle(one, other)
            if obstacle is None:
                self._union(one, other)
            else:
                refused[pair] = obstacle
        return refused

    def _known_obstacle(self, one: str, other: str) -> tuple[Reason, Pair | None] | None:
        """Return what stands between two clusters; looked for once until one of them grows, many links ask."""
        between, size = _pair(one, other), len(self.members[one]) + len(self.members[other])
        known = self.obstacles.get(between)
        if known is not None and known[0] == size:
            return known[1]
        obstacle = self._obstacle(one, other)
        if obstacle is not None:
            self.obstacles[between] = size, obstacle
        return obstacle

    def candidates(self, refused: Mapping[Pair, tuple[Reason, Pair | None]]) -> tuple[Candidate, ...]:
        """Return one candidate for each two clusters with a link from the review threshold up, the heaviest."""
        best: dict[Pair, Candidate] = {}
        hopeful = (pair for pair, weight in self.weights.items() if weight >= self.thresholds.review)
        for pair in sorted(hopeful, key=lambda pair: (-self.weights[pair], pair)):
            between = _pair(self.root[pair[0]], self.root[pair[1]])
            if between[0] == between[1] or between in best:
                continue
            reason, opposed = refused.get(pair, ("band", None))
            if reason != "cannot" and self._cannot_between(*between) is None:
                best[between] = Candidate(*pair, self.weights[pair], reason, opposed)
        return tuple(sorted(best.values(), key=lambda candidate: (-candidate.weight, candidate.a, candidate.b)))

    def result(self) -> tuple[tuple[str, ...], ...]:
        return tuple(sorted(tuple(sorted(members)) for members in self.members.values()))

    def _obstacle(self, one: str, other: str) -> tuple[Reason, Pair | None] | None:
        forbidden = self._cannot_between(one, other)
        if forbidden is not None:
            return "cannot", forbidden
        if len(self.members[one]) + len(self.members[other]) > self.max_cluster:
            return "too_large", None
        unsure = self._pairs_without_a_strong_link(one, other)
        opposed = self._opposed_among(unsure)
        if opposed is not None:
            return "against", opposed
        if unsure and self.together is not None:
            several = min(len(self.members[one]), len(self.members[other])) > 1
            least = self.thresholds.auto if several else self.thresholds.review
            return ("together", None) if self.together(self.members[one], self.members[other]) < least else None
        return None

    def _pairs_without_a_strong_link(self, one: str, other: str) -> list[Pair]:
        if self.against is None and self.together is None:
            return []
        every = (_pair(a, b) for a, b in product(self.members[one], self.members[other]))
        return [pair for pair in every if self.weights.get(pair, -math.inf) < self.thresholds.auto]

    def _cannot_between(self, one: str, other: str) -> Pair | None:
        if not self.cannots:
            return None
        there = set(self.members[other])
        found = (
            _pair(record, foe) for record in self.members[one] for foe in self.cannots.get(record, ()) if foe in there
        )
        return min(found, default=None)

    def _opposed_among(self, pairs: Iterable[Pair]) -> Pair | None:
        """Return the pair that speaks most strongly against a join, if any is at or below `apart`."""
        if self.against is None:
            return None
        worst: tuple[float, Pair] | None = None
        for pair in pairs:
            said = self.against(*pair)
            if said <= self.thresholds.apart and (worst is None or (said, pair) < worst):
                worst = (said, pair)
        return worst[1] if worst else None

    def _union(self, one: str, other: str) -> None:
        keep, drop = (one, other) if len(self.members[one]) >= len(self.members[other]) else (other, one)
        moved = self.members.pop(drop)
        for record in moved:
            self.root[record] = keep
        self.members[keep] += moved


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a <= b else (b, a)
