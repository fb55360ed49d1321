"""Measure the profiles against labels: the JSON of `match evaluate`.

Room: flows. Reads the store, changes nothing; carries record ids, fields, levels and bits, never values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

import sqlalchemy as sa

from flows.explain_pair import pair_json
from flows.hub import Hub
from flows.labels import Labels, Problem, RecordName
from golden_record.errors import NotDecidable
from golden_record.matching.clusters import Link, Word, form_clusters
from golden_record.matching.evaluate import Evaluation, Measure, by_threshold, evaluate, evaluate_pairs, wrong_pairs
from golden_record.matching.model import Thresholds
from golden_record.resolution.component import component_of
from golden_record.resolution.examine import Examiner
from golden_record.resolution.score import GUARD
from golden_record.store import normalised_records as records
from golden_record.store.normalised_records import Bound
from golden_record.store.source_records import ref_of

Parts = Mapping[str, Hashable]
"""Record key -> its cluster or customer."""

MOST_LOOKED_AT = 2_000
"""Wrong pairs of a kind that are scored to find the worst ones."""
MOST_REMEMBERED = 1_000_000
"""Pairs whose weight is kept while thresholds are tried; some 200 MB."""
ABOVE = 20
"""Bits over the automatic threshold up to which other thresholds are tried."""
SHOWN = 10


@dataclass
class Known:
    """The labels that name records of the hub's: *truth* from customers or from pairs said to match."""

    entity: str
    bound: dict[str, Bound] = field(default_factory=dict)
    truth: dict[str, Hashable] = field(default_factory=dict)
    pairs: list[tuple[str, str, bool]] = field(default_factory=list)
    other_entities: int = 0

    @property
    def found(self) -> dict[str, Hashable]:
        """Record -> its profile; one without a profile stands alone."""
        return {key: one.profile_id or key for key, one in self.bound.items()}


def evaluate_labels(hub: Hub, labels: Labels, entity: str | None = None, shown: int = SHOWN) -> dict[str, Any]:
    """Measure the profiles of one entity (default: the one that most labelled records are of) against *labels*.

    Pairs are judged as labelled; clusters against the customers that the labels (or their matching pairs, taken
    together) make. `problems` names the rows that could not be used.

    Raises:
        NotDecidable: no label names a record that the hub knows, or no model matches the entity.
    """
    problems = list(labels.problems)
    with hub.store.read() as connection:
        known = _known(hub, connection, labels, problems, entity)
        if not known.truth and not known.pairs:
            first = f" (line {problems[0].line}: {problems[0].why})" if problems else ""
            raise NotDecidable(f"no label can be used{first}", "Label records that `crmhub sync` has pulled")
        examiner = Examiner(hub.store, hub.rules, known.entity)
        judge = _judge(known)
        worst = _wrong(known)
        tried = _by_threshold(connection, examiner, known, judge)
        return {
            "entity": known.entity,
            "pairs": judge(known.found).to_json(),
            "clusters": _clusters(known).to_json()["clusters"],
            "threshold": examiner.model.thresholds.auto,
            "by_threshold": [{"bits": one.bits, "pairs": one.pairs.to_json()} for one in tried],
            "false_merges": _looked_at(hub, connection, examiner, known, worst[0], shown, heaviest=True),
            "misses": _looked_at(hub, connection, examiner, known, worst[1], shown, heaviest=False),
            "wrong": {"false_merges": len(worst[0]), "misses": len(worst[1])},
            "labels": {
                "rows": labels.rows,
                "used": len(known.pairs) if labels.pairs else len(known.truth),
                "of_other_entities": known.other_entities,
                "problems": len(problems),
            },
            "problems": [{"line": one.line, "why": one.why} for one in problems],
        }


# ------------------------------------------------------------------------------------------------ labels


def _known(hub: Hub, connection: sa.Connection, labels: Labels, problems: list[Problem], entity: str | None) -> Known:
    names = {one.record for one in labels.customers} | {name for one in labels.pairs for name in (one.a, one.b)}
    refs = {name: ref_of(hub.store.vault, *name) for name in names}
    by_source: dict[bytes, list[Bound]] = {}
    for one in records.bound_of_sources(connection, refs.values()):
        by_source.setdefault(one.ref[: len(next(iter(refs.values())))], []).append(one)
    emitted = {name: by_source.get(ref, []) for name, ref in refs.items()}
    known = Known(entity or _commonest(hub, emitted.values()))
    if labels.pairs:
        _take_pairs(labels, emitted, known, problems)
    else:
        _take_customers(labels, emitted, known, problems)
    problems.sort(key=lambda problem: problem.line)
    return known


def _commonest(hub: Hub, emitted: Iterable[Sequence[Bound]]) -> str:
    count = Counter(one.entity for bound in emitted for one in bound)
    entities = list(hub.rules.entities)
    return max(entities, key=lambda name: (count[name], -entities.index(name)))


def _take_customers(
    labels: Labels, emitted: Mapping[RecordName, list[Bound]], known: Known, problems: list[Problem]
) -> None:
    for label in labels.customers:
        bound = _bound(label.record, label.entity, emitted, known, label.line, problems)
        if bound is None:
            continue
        if known.truth.get(bound.key, label.customer) != label.customer:
            problems.append(Problem(label.line, f"{'/'.join(label.record)} was given another customer above"))
            continue
        known.bound[bound.key] = bound
        known.truth[bound.key] = label.customer


def _take_pairs(
    labels: Labels, emitted: Mapping[RecordName, list[Bound]], known: Known, problems: list[Problem]
) -> None:
    said: dict[tuple[str, str], bool] = {}
    lines: dict[tuple[str, str], int] = {}
    for label in labels.pairs:
        sides = [_bound(name, label.entity, emitted, known, label.line, problems) for name in (label.a, label.b)]
        if sides[0] is None or sides[1] is None:
            continue
        first, second = sorted((sides[0].key, sides[1].key))
        if said.setdefault((first, second), label.match) != label.match:
            problems.append(Problem(label.line, f"contradicts line {lines[first, second]} on the same pair"))
            continue
        lines.setdefault((first, second), label.line)
        known.bound |= {side.key: side for side in sides if side is not None}
    matching = [Word(a, b) for (a, b), match in said.items() if match]
    closed = form_clusters(known.bound, (), thresholds=Thresholds(auto=0, review=0), musts=matching).of()
    for (a, b), match in said.items():
        if not match and closed[a] == closed[b]:
            problems.append(Problem(lines[a, b], "says 0, though other rows join the two: this row is left out"))
        else:
            known.pairs.append((a, b, match))
    known.truth = dict(closed)


def _bound(  # noqa: PLR0913 (a label, what the hub knows, and where to note what is wrong)
    name: RecordName,
    entity: str | None,
    emitted: Mapping[RecordName, list[Bound]],
    known: Known,
    line: int,
    problems: list[Problem],
) -> Bound | None:
    if entity is not None and entity != known.entity:
        known.other_entities += 1
        return None
    found = emitted[name]
    if not found:
        problems.append(Problem(line, f"the hub knows no record {'/'.join(name)}"))
        return None
    bound = next((one for one in found if one.entity == known.entity), None)
    if bound is None:
        known.other_entities += 1
    return bound


# --------------------------------------------------------------------------------------------- measuring


def _judge(known: Known) -> Callable[[Parts], Measure]:
    if known.pairs:
        return lambda found: evaluate_pairs(found, known.pairs)
    return lambda found: evaluate({key: found[key] for key in known.truth}, known.truth).pairs


def _clusters(known: Known) -> Evaluation:
    return evaluate(known.found, known.truth)


def _wrong(known: Known) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    found = known.found
    if not known.pairs:
        errors = wrong_pairs(found, known.truth)
        return list(errors.false_merges), list(errors.misses)
    merged = sorted((a, b) for a, b, match in known.pairs if not match and found[a] == found[b])
    missed = sorted((a, b) for a, b, match in known.pairs if match and found[a] != found[b])
    return merged, missed


def _by_threshold(
    connection: sa.Connection, examiner: Examiner, known: Known, judge: Callable[[Parts], Measure]
) -> Sequence[Any]:
    """Try other automatic thresholds on the links that the store keeps; stewards' words hold at each."""
    limits = examiner.model.thresholds
    lowest = limits.review - GUARD
    component = component_of(connection, [one.ref for one in known.bound.values()], lowest)
    names = records.keys_of(connection, component.refs)
    links = [
        Link(names[one.a], names[one.b], one.weight) for one in component.links if one.a in names and one.b in names
    ]
    words = sorted(component.words, key=lambda word: word.link_id)
    said = [
        (word.kind, Word(names[word.a], names[word.b], order=place))
        for place, word in enumerate(words)
        if word.a in names and word.b in names
    ]
    evidence = {names[ref]: one for ref, one in examiner.evidence(connection, names).items()}
    own = {key for key, one in evidence.items() if one.entity == examiner.entity}

    @lru_cache(maxsize=MOST_REMEMBERED)  # every cut asks for much the same pairs
    def against(a: str, b: str) -> float:
        return examiner.score(evidence[a], evidence[b]).against

    def partition(cut: float) -> Parts:
        return form_clusters(
            own,
            links,
            thresholds=Thresholds(auto=cut, review=min(cut, limits.review), apart=limits.apart),
            musts=[word for kind, word in said if kind == "must"],
            cannots=[word for kind, word in said if kind == "cannot"],
            against=against,
            together=examiner.scorer.of_groups(evidence),
            max_cluster=examiner.model.max_cluster,
        ).of()

    cuts = {limits.auto, limits.review, *(float(bits) for bits in range(round(lowest), round(limits.auto) + ABOVE + 1))}
    return by_threshold(cuts, partition, judge, needed_from=min(limits.review, limits.auto))


def _looked_at(  # noqa: PLR0913 (which pairs, and what to show of them)
    hub: Hub,
    connection: sa.Connection,
    examiner: Examiner,
    known: Known,
    pairs: Sequence[tuple[str, str]],
    shown: int,
    *,
    heaviest: bool,
) -> list[dict[str, Any]]:
    """Explain the worst of these pairs: the joined ones that weigh most, the missed ones that weigh least."""
    refs = {key: one.ref for key, one in known.bound.items()}
    looked = list(islice(pairs, MOST_LOOKED_AT))
    evidence = examiner.evidence(connection, {refs[key] for pair in looked for key in pair})
    weights = {(a, b): examiner.score(evidence[refs[a]], evidence[refs[b]]).uncapped for a, b in looked}
    ordered = sorted(looked, key=lambda pair: (-weights[pair] if heaviest else weights[pair], pair))
    return [pair_json(hub, connection, examiner, refs[a], refs[b]) for a, b in ordered[:shown]]
