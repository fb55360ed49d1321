"""Cut whole components into clusters: the store's links and stewards' words, handed to the pure half."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from golden_record.matching.clusters import Clusters, Link, Word, form_clusters
from golden_record.matching.evidence import Evidence
from golden_record.matching.scorer import Scorer
from golden_record.resolution.component import Component
from golden_record.resolution.evidence_of import EvidenceSource
from golden_record.store.normalised_records import NormalisedRow


def partition(
    connection: sa.Connection,
    rows: Mapping[bytes, NormalisedRow],
    component: Component,
    scorer: Scorer | None,
    cache: EvidenceSource,
) -> Clusters:
    """Return the clusters of *rows*, all of one entity; without a scorer each record is a customer of its own.

    What has ties outside *rows* is the caller's mistake: a component comes whole.
    """
    names = {ref: row.key for ref, row in rows.items()}
    if scorer is None:
        return Clusters(tuple(sorted((name,) for name in names.values())))
    musts, cannots = _words(names, component)
    links = [
        Link(names[link.a], names[link.b], link.weight)
        for link in component.links
        if link.a in names and link.b in names and link.weight >= scorer.model.thresholds.review
    ]
    guard = _Guard(connection, names, [*links, *musts], scorer, cache)
    return form_clusters(
        names.values(),
        links,
        thresholds=scorer.model.thresholds,
        musts=musts,
        cannots=cannots,
        against=guard.against,
        together=guard.together,
        max_cluster=scorer.model.max_cluster,
    )


class _Guard:
    """What records, and groups of them, say of each other; their evidence is opened when it is first asked for.

    It is asked for where *ties* span three records or more, which in most components they do not.
    """

    def __init__(
        self,
        connection: sa.Connection,
        names: Mapping[bytes, str],
        ties: Sequence[Link | Word],
        scorer: Scorer,
        cache: EvidenceSource,
    ) -> None:
        self._connection, self._names, self._ties, self._scorer, self._cache = connection, names, ties, scorer, cache
        self._refs = {name: ref for ref, name in names.items()}
        self._evidences: dict[str, Evidence] = {}

    def against(self, a: str, b: str) -> float:
        """Return how two records speak of each other."""
        one, other = self._opened((a, b))
        return self._scorer.score(one, other).against

    def together(self, one: Sequence[str], other: Sequence[str]) -> float:
        """Return what two groups weigh, each taken as one customer."""
        return self._scorer.weight_of_groups(self._opened(one), self._opened(other))

    def _opened(self, keys: Sequence[str]) -> list[Evidence]:
        if any(key not in self._evidences for key in keys):
            wanted = [self._refs[name] for name in {*keys, *_spanned(self._ties)} - self._evidences.keys()]
            found = self._cache.get(self._connection, wanted)
            self._evidences.update({self._names[ref]: evidence for ref, evidence in found.items()})
        return [self._evidences[key] for key in keys]


def _spanned(ties: Iterable[Link | Word]) -> set[str]:
    """Return the records that *ties* join with two others or more, by way of one of them or directly."""
    near: dict[str, set[str]] = {}
    for tie in ties:
        near.setdefault(tie.a, set()).add(tie.b)
        near.setdefault(tie.b, set()).add(tie.a)
    return {one for record, others in near.items() if len(others) > 1 for one in (record, *others)}


def _words(names: Mapping[bytes, str], component: Component) -> tuple[list[Word], list[Word]]:
    """Return must-links (a record merged away in its own system stays with its winner) and cannot-links."""
    musts = [
        Word(names[loser], names[winner], order=0)
        for loser, winner in component.redirects.items()
        if loser in names and winner in names
    ]
    said = sorted(component.words, key=lambda word: word.link_id)
    words = [
        (word.kind, Word(names[word.a], names[word.b], order=place + 1))
        for place, word in enumerate(said)
        if word.a in names and word.b in names
    ]
    musts += [word for kind, word in words if kind == "must"]
    return musts, [word for kind, word in words if kind == "cannot"]
