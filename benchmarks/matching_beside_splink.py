"""How well the hub matches the sandboxes' population beside Splink, in one run, on seeds that chance gives.

    python -m benchmarks.matching_beside_splink [--records 10000,100000] [--seed N] [--json]

*hub*: the shipped model as it stands, thresholds, caps and the guard of clusters included. *best cut*: the same
weights, clustered by connected components at the whole-bit cut that gives the best F1. *Splink, same model*: the
very same comparisons, blocking and weights, converted and scored by Splink on DuckDB, clustered so too.
*Splink, plain*: what a practitioner writes for such a file (a column each for name, phone, mailbox, company, city and
birthday, the first value alone; equal, alike, else; frequencies of name and company), trained without labels as its
documentation does it. All are judged by pairs after clustering, against the population's truth; the hub also by its
review band. The seed is printed, so that a run can be repeated.
"""

from __future__ import annotations

import argparse
import json
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
from splink import DuckDBAPI, Linker

from benchmarks.best_cut import Answer, best_cut
from benchmarks.matching_quality import SHIPPED, SYSTEMS, evidences
from connectors.population.make import make_population
from golden_record.bulk.score_pairs import score_pairs
from golden_record.bulk.workbench import workbench
from golden_record.matching.blocking import pairs
from golden_record.matching.clusters import Link, form_clusters
from golden_record.matching.evaluate import evaluate
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import count_frequencies
from golden_record.matching.model import Model, read_models
from golden_record.matching.scorer import Scorer
from mapping.yaml_nodes import read_document

ENTITY = "person"
RECORDS_OF_A_CUSTOMER = 2.32
"""Records of persons that the population makes for each customer asked for, companies left out."""
PLAIN: Mapping[str, tuple[str, str]] = {
    "name": ("name", "key"),
    "phone": ("phones", "key"),
    "email": ("emails", "key"),
    "company": ("company_name", "core"),
    "city": ("address", "city"),
    "born": ("birthday", "key"),
}
"""Column -> profile field and feature."""
FREQUENT = ("name", "company")
RULES = (
    "l.phone = r.phone",
    "l.email = r.email",
    "l.name = r.name and l.company = r.company",
    "l.name = r.name and l.city = r.city",
    "l.name = r.name and l.born = r.born",
)
FROM_BITS = -10


@dataclass(frozen=True)
class Reached:
    """What one engine reached, and at which cut in bits; *band*: pairs put before a person, *right* of them matches."""

    engine: str
    f1: float
    precision: float
    recall: float
    bits: float
    seconds: float
    band: int = 0
    right: int = 0


def by_the_hub(model: Model, records: Sequence[tuple[Evidence, str]]) -> list[Reached]:
    """Match with the hub's own scorer: at the model's thresholds, and clustered as Splink's answers are."""
    began = time.process_time()
    by_key = {one.key: one for one, _ in records}
    truth = {one.key: customer for one, customer in records}
    scorer = Scorer(model, count_frequencies(model, by_key.values()))
    weighed = [(scorer.score(by_key[a], by_key[b]).weight, a, b) for a, b in pairs(model, by_key.values()).pairs]
    clusters = form_clusters(
        by_key,
        [Link(a, b, weight) for weight, a, b in weighed if weight >= model.thresholds.review],
        thresholds=model.thresholds,
        against=lambda a, b: scorer.score(by_key[a], by_key[b]).against,
        together=scorer.of_groups(by_key),
        max_cluster=model.max_cluster,
    )
    seconds = time.process_time() - began
    found = evaluate(clusters.of(), truth).pairs
    right = sum(truth[one.a] == truth[one.b] for one in clusters.candidates)
    auto, band = model.thresholds.auto, len(clusters.candidates)
    number = {key: place for place, key in enumerate(by_key)}
    numbered = sorted(((weight, number[a], number[b]) for weight, a, b in weighed), reverse=True)
    return [
        Reached("hub", found.f1, found.precision, found.recall, auto, round(seconds, 1), band, right),
        _reached("hub, best cut", best_cut(numbered, [truth[key] for key in by_key], seconds)),
    ]


def by_splink_alike(model: Model, records: Sequence[tuple[Evidence, str]]) -> Reached:
    """Let Splink score the same model; its own clustering, at its best cut."""
    began = time.process_time()
    truth = {one.key: customer for one, customer in records}
    frequencies = count_frequencies(model, [one for one, _ in records])
    with workbench(model, frequencies, [one for one, _ in records]) as bench:
        scores = score_pairs(bench, FROM_BITS)
        columns = {name: scores.table.column(name).to_pylist() for name in ("a", "b", "uncapped")}
        keys = bench.keys
    weighed = sorted(zip(columns["uncapped"], columns["a"], columns["b"], strict=True), reverse=True)
    best = best_cut(weighed, [truth[key] for key in keys], time.process_time() - began)
    return _reached("Splink, same model", best)


def by_splink_plain(records: Sequence[tuple[Evidence, str]]) -> Reached:
    """Match with plain columns, trained on the records themselves."""
    began = time.process_time()
    columns = {name: [_first(one, field, feature) for one, _ in records] for name, (field, feature) in PLAIN.items()}
    table = pa.table({"unique_id": list(range(len(records))), **columns})
    settings: dict[str, Any] = {
        "link_type": "dedupe_only",
        "blocking_rules_to_generate_predictions": list(RULES),
        "comparisons": [_comparison(name) for name in PLAIN],
        "max_iterations": 50,
    }
    linker = Linker(DuckDBAPI().register(table, table_name="persons"), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(list(RULES[:2]), recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for rule in (RULES[0], RULES[1]):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored: dict[str, list[Any]] = (
        linker.inference.predict(threshold_match_weight=FROM_BITS).as_pyarrow_table().to_pydict()  # type: ignore[no-untyped-call]
    )
    weighed = sorted(
        zip(scored["match_weight"], scored["unique_id_l"], scored["unique_id_r"], strict=True), reverse=True
    )
    best = best_cut(weighed, [customer for _, customer in records], time.process_time() - began)
    return _reached("Splink, plain", best)


def _reached(engine: str, best: Answer) -> Reached:
    return Reached(engine, best.f1, best.precision, best.recall, best.bits, round(best.seconds, 1))


def _first(one: Evidence, field: str, feature: str) -> str | None:
    return next((text for value in one.features.get(field, ()) if (text := value.get(feature))), None)


def _comparison(name: str) -> dict[str, Any]:
    sides = f"{name}_l", f"{name}_r"
    equal: dict[str, Any] = {"sql_condition": f"{sides[0]} = {sides[1]}", "label_for_charts": "equal"}
    if name in FREQUENT:
        equal["tf_adjustment_column"] = name
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": f"{sides[0]} is null or {sides[1]} is null", "is_null_level": True},
            equal,
            {"sql_condition": f"jaro_winkler_similarity({sides[0]}, {sides[1]}) >= 0.92", "label_for_charts": "alike"},
            {"sql_condition": "ELSE", "label_for_charts": "else"},
        ],
    }


def persons(records: int, seed: int, models: Mapping[str, Model]) -> list[tuple[Evidence, str]]:
    """Return some *records* records of persons with their true customers."""
    population = make_population(round(records / RECORDS_OF_A_CUSTOMER), seed, SYSTEMS)
    return [one for one in evidences(population, models) if one[0].entity == ENTITY]


def report(seed: int, count: int, found: Sequence[Reached]) -> Iterator[str]:
    """Write one size as Markdown."""
    hub, cut, same = found[:3]
    for one in found:
        yield (
            f"| {count:,} | {one.engine} | {one.f1:.4f} | {one.precision:.4f} | {one.recall:.4f} | {one.bits:g}"
            f" | {one.seconds:.0f} |"
        )
    yield f"  seed {seed}: F1 at the best cut over Splink's with the same model: {cut.f1 - same.f1:+.4f};"
    yield f"  before a steward {hub.band} pairs ({hub.right} right), {1000 * hub.band / count:.1f} per 1,000 records"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--records", default="10000,100000")
    parser.add_argument("--seed", type=int, help="default: one that chance gives")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.getLogger("splink").setLevel(logging.ERROR)
    models = read_models(read_document(SHIPPED.read_text("utf-8"), SHIPPED.name).data)
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    every: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    if not options.json:
        print("| records | engine | F1 | precision | recall | cut, bits | CPU, s |")
        print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for size in map(int, options.records.split(",")):
        records = persons(size, seed, models)
        model = models[ENTITY]
        found = [*by_the_hub(model, records), by_splink_alike(model, records), by_splink_plain(records)]
        every[str(len(records))] = [asdict(one) for one in found]
        if not options.json:
            print("\n".join(report(seed, len(records), found)), flush=True)
    if options.json:
        print(json.dumps({"seed": seed, "sizes": every}))


if __name__ == "__main__":
    main()
