"""How well the shipped models match the sandboxes' population: precision, recall and F1 by seed, against the truth.

    python benchmarks/matching_quality.py [--seeds 101,102] [--customers 1000] [--errors 20] [--values]

Goes from what departments typed in through the field types into matching, without store or HTTP. `--errors N` names
N wrong pairs of each kind with their weights; `--values` shows what was typed in (the population is invented).
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.population.contract import TypedIn
from connectors.population.make import make_population
from golden_record.matching.blocking import pairs
from golden_record.matching.borrow import borrow
from golden_record.matching.clusters import Clusters, Link, form_clusters
from golden_record.matching.evaluate import Evaluation, Measure, evaluate, wrong_pairs
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import count_frequencies
from golden_record.matching.model import Model, read_models
from golden_record.matching.scorer import PairScore, Scorer
from mapping.field_types.contract import FieldContext
from mapping.field_types.registry import field_type
from mapping.values import Json
from mapping.yaml_nodes import read_document

SYSTEMS = ("zoho_crm", "fxiaoke", "zendesk", "web_forms")
SHIPPED = Path(__file__).parents[1] / "config" / "matching.yaml"
TYPES: Mapping[str, Mapping[str, str]] = {
    "person": {
        "name": "person_name",
        "phones": "phone",
        "emails": "email",
        "company_name": "company_name",
        "address": "address",
        "birthday": "date",
    },
    "company": {
        "name": "company_name",
        "domains": "text",
        "phones": "phone",
        "emails": "email",
        "website": "url",
        "uscc": "uscc",
        "address": "address",
    },
}
"""Entity -> profile field -> field type, as the shipped profile.yaml has them."""
_ADDRESS = {
    "street": "street",
    "city": "city",
    "state": "province",
    "postcode": "postal_code",
    "country": "country",
}


def evidences(population: Sequence[TypedIn], models: Mapping[str, Model]) -> Iterator[tuple[Evidence, str]]:
    """Yield the evidence of each entity that a record emits, with its true customer."""
    own = {record.key: {entity: _own(record, entity) for entity in record.customers} for record in population}
    for record in population:
        employer = own.get(record.refers_to or "", {}).get("company")
        for entity, customer in record.customers.items():
            refers_to = [("employer", employer)] if employer and entity == "person" else []
            beside = [evidence for name, evidence in own[record.key].items() if name != entity]
            yield borrow(models[entity], own[record.key][entity], refers_to, beside), customer


def _own(record: TypedIn, entity: str) -> Evidence:
    raw = person_of(record) if entity == "person" else company_of(record)
    return evidence_of(f"{record.system}/{record.kind}/{record.key}#{entity}", entity, raw)


def person_of(record: TypedIn) -> dict[str, list[Json]]:
    """Return what a record says of a person, as the shipped mappings pull it."""
    values = record.values
    split = record.system == "zoho_crm"
    name = _parts(values, {"family": "family", "given": "given"}) if split else _text(values, "full_name")
    return {
        "name": [name],
        "phones": [_text(values, key) for key in ("mobile", "phone", "phone_2")],
        "emails": [_text(values, key) for key in ("email", "email_2")],
        "company_name": [_text(values, "company")],
        "address": [_parts(values, _ADDRESS)],
        "birthday": [_text(values, "birthday")],
    }


def company_of(record: TypedIn) -> dict[str, list[Json]]:
    """Return what a record says of a company; a lead's own numbers and mailboxes belong to its person."""
    values = record.values
    own = record.kind in {"account", "organization"}
    return {
        "name": [_text(values, "company")],
        "phones": [_text(values, "phone")] if own else [],
        "emails": [_text(values, "email")] if own else [],
        "website": [_text(values, "website")],
        "uscc": [_text(values, "uscc")],
        "address": [_parts(values, _ADDRESS)],
    }


def evidence_of(key: str, entity: str, raw: Mapping[str, Sequence[Json]]) -> Evidence:
    """Normalise raw values and take their features and blocking keys."""
    features, blocks = {}, {}
    for field, written in raw.items():
        kind = field_type(TYPES[entity][field])
        values = [value for one in written if one is not None for value in kind.normalise(one, FieldContext())]
        if found := tuple(made for value in values if (made := kind.features(value))):
            features[field] = found
        if keys := tuple(dict.fromkeys(key for value in values for key in kind.blocking_keys(value))):
            blocks[field] = keys
    return Evidence(key, entity, features, blocks)


def _text(values: Mapping[str, object], key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None


def _parts(values: Mapping[str, object], names: Mapping[str, str]) -> dict[str, Json] | None:
    return {part: text for name, part in names.items() if (text := _text(values, name))} or None


@dataclass(frozen=True)
class Matched:
    """One entity of one population, matched."""

    scorer: Scorer
    by_key: Mapping[str, Evidence]
    truth: Mapping[str, str]
    clusters: Clusters
    evaluation: Evaluation
    scored: int
    reachable: int
    seconds: float

    def score(self, a: str, b: str) -> PairScore:
        """Return the score of two records."""
        return self.scorer.score(self.by_key[a], self.by_key[b])

    def review_right(self) -> int:
        """Return how many review candidates are truly one customer."""
        return sum(self.truth[one.a] == self.truth[one.b] for one in self.clusters.candidates)


def match(model: Model, records: Sequence[tuple[Evidence, str]]) -> Matched:
    """Match the records of one entity."""
    by_key = {evidence.key: evidence for evidence, _ in records}
    truth = {evidence.key: customer for evidence, customer in records}
    begun = time.perf_counter()
    scorer = Scorer(model, count_frequencies(model, by_key.values()))
    found = pairs(model, by_key.values())
    links = [Link(a, b, scorer.score(by_key[a], by_key[b]).weight) for a, b in found.pairs]
    clusters = form_clusters(
        by_key,
        links,
        thresholds=model.thresholds,
        against=lambda a, b: scorer.score(by_key[a], by_key[b]).against,
        together=scorer.of_groups(by_key),
        max_cluster=model.max_cluster,
    )
    seconds = time.perf_counter() - begun
    reachable = sum(truth[a] == truth[b] for a, b in found.pairs)
    measured = evaluate(clusters.of(), truth)
    return Matched(scorer, by_key, truth, clusters, measured, len(found.pairs), reachable, seconds)


def report(seed: int, entity: str, matched: Matched) -> None:
    """Print one line."""
    found = matched.evaluation.pairs
    band = len(matched.clusters.candidates)
    print(
        f"{seed:>6} {entity:<8} {len(matched.by_key):>7} {found.precision:>9.4f} {found.recall:>7.4f} {found.f1:>7.4f}"
        f" {matched.reachable / max(1, found.true):>8.4f} {matched.scored:>8} {band:>6} {matched.review_right():>5}"
        f" {matched.seconds:>6.1f}"
    )


def show_errors(matched: Matched, most: int, typed: Mapping[str, TypedIn]) -> None:
    """Print wrong pairs of clusters by what they cost: each with its strongest pair of records and the bits of it."""
    errors = wrong_pairs(matched.clusters.of(), matched.truth)
    place = matched.clusters.of()
    for title, wrong, parts in (
        ("false merge", errors.false_merges, matched.truth),
        ("miss", errors.misses, place),
    ):
        between: defaultdict[tuple[Hashable, ...], list[tuple[str, str]]] = defaultdict(list)
        for a, b in wrong:
            between[tuple(sorted((str(parts[a]), str(parts[b]))))].append((a, b))
        print(f"  {len(wrong)} {title} pairs, {len(between)} pairs of clusters")
        kinds: Counter[str] = Counter()
        for number, found in enumerate(sorted(between.values(), key=len, reverse=True)):
            a, b = max(found, key=lambda pair: matched.score(*pair).weight)
            score = matched.score(a, b)
            said = [step for step in score.comparisons if step.bits]
            kinds[" ".join(f"{step.field}:{step.level}" for step in said)] += len(found)
            if number < most:
                steps = " ".join(f"{step.field}:{step.level}({step.bits:+.1f})" for step in said)
                print(f"  {title} x{len(found)} {score.weight:+.1f} {score.cap or ''} {steps}")
                for key in (a, b) if typed else ():
                    print(f"      {key}: {dict(typed[key.partition('#')[0].rpartition('/')[2]].values)}")
        for steps, count in kinds.most_common(most):
            print(f"  {count:>5} {title}: {steps}")


def main() -> None:
    """Measure every seed, and all of them together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="101,102,103")
    parser.add_argument("--customers", type=int, default=1000)
    parser.add_argument("--errors", type=int, default=0)
    parser.add_argument("--values", action="store_true")
    parser.add_argument("--entity", choices=sorted(TYPES))
    options = parser.parse_args()
    models = read_models(read_document(SHIPPED.read_text("utf-8"), SHIPPED.name).data)
    print("  seed entity   records precision  recall      f1 blocking    pairs review right     s")
    totals: list[Measure] = []
    for seed in map(int, options.seeds.split(",")):
        population = make_population(options.customers, seed, SYSTEMS)
        made = list(evidences(population, models))
        for entity in [options.entity] if options.entity else sorted(TYPES):
            matched = match(models[entity], [one for one in made if one[0].entity == entity])
            totals.append(matched.evaluation.pairs)
            report(seed, entity, matched)
            if options.errors:
                show_errors(matched, options.errors, {one.key: one for one in population} if options.values else {})
    both = Measure(sum(t.found for t in totals), sum(t.true for t in totals), sum(t.right for t in totals))
    print(f"   all pairs: precision {both.precision:.4f} recall {both.recall:.4f} f1 {both.f1:.4f}")


if __name__ == "__main__":
    main()
