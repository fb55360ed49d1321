"""The whole first resolve of a store that was just pulled: decrypt, index, match, survive, write; and Splink beside it.

    python -m benchmarks.first_resolve [--records 1000000] [--seed 1] [--store DIR] [--without-splink]

Fills a store with records as a pull leaves them (benchmarks/seed_store.py; *--store*: one that was made so, which is
resolved by this), resolves it as a sync does, and prints JSON: seconds of wall time by step, CPU of this process and of
those that shared the work, peak memory of both, and what a record came to. Then Splink alone, in the same run, on the
same persons: plain columns, a comparison for each, blocking rules as one writes them for Splink, trained beforehand;
what it compares is a part of what the hub compares (its rule of rare names has no counterpart there).
The aims, on 2 quiet cores at a million records: 15 minutes, 3 GB; weighing within 1.5 times Splink alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from splink import DuckDBAPI, Linker

from benchmarks.one_record import opened
from benchmarks.seed_store import seed_store
from flows.hub import rules_of
from flows.steady_memory import steady_memory
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.resolve import resolve
from golden_record.resolution.snapshot import every_evidence

RUN = "0" * 26
COLUMNS = {"name": ("name", "key"), "phone": ("phones", "key"), "email": ("emails", "key"), "born": ("birthday", "key")}
"""What Splink sees of a record: column -> profile field and feature, the first value alone."""
RULES = ("l.phone = r.phone", "l.email = r.email", "l.name = r.name and l.born = r.born")
SCORED_FROM = -10
"""Bits from which on pairs are kept, as the hub keeps them."""


def first_resolve(folder: Path) -> dict[str, Any]:
    """Resolve all that waits in a store; return what it cost."""
    with opened(folder) as (store, project):
        rules = rules_of(project, project.models)
        began, cpu = time.perf_counter(), time.process_time()
        with steady_memory():
            done = resolve(store, rules, RUN, lambda: datetime.now(UTC))
        wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    for child in multiprocessing.active_children():
        child.join()
    here, shared = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "records": done.scored,
        "pairs": done.pairs,
        "profiles": done.settled.created,
        "seconds": round(wall, 1),
        "steps": dict(done.seconds),
        "ms_per_record": round(wall * 1000 / max(done.scored, 1), 3),
        "cpu_seconds": {"here": round(cpu, 1), "shared": round(shared.ru_utime + shared.ru_stime, 1)},
        "peak_mb": {"here": here.ru_maxrss // 1024, "largest_shared": shared.ru_maxrss // 1024},
    }


def splink_alone(folder: Path) -> dict[str, Any]:
    """Block, score and cluster the same persons with Splink by itself; return the seconds of each."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    columns: dict[str, list[str | None]] = {name: [] for name in COLUMNS}
    with opened(folder) as (store, project):
        rules = rules_of(project, project.models)
        for evidence in every_evidence(store, "person", EvidenceCache(store.vault, rules)):
            for name, (field, feature) in COLUMNS.items():
                values = evidence.features.get(field, ())
                columns[name].append(values[0].get(feature) if values else None)
    table = pa.table({"unique_id": list(range(len(columns["name"]))), **columns})
    api = DuckDBAPI()
    linker = Linker(
        api.register(table, table_name="persons"),
        {
            "link_type": "dedupe_only",
            "blocking_rules_to_generate_predictions": list(RULES),
            "comparisons": [_comparison(name) for name in COLUMNS],
        },
        log_level=None,
    )
    linker.training.estimate_probability_two_random_records_match([RULES[0]], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in RULES[:2]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    began = time.perf_counter()
    predicted = linker.inference.predict(threshold_match_weight=SCORED_FROM)
    pairs = predicted.as_pyarrow_table().num_rows  # type: ignore[no-untyped-call]
    scored = time.perf_counter()
    linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_weight=4.5)
    return {
        "pairs": pairs,
        "block_and_score": round(scored - began, 2),
        "cluster": round(time.perf_counter() - scored, 2),
    }


def _comparison(name: str) -> dict[str, Any]:
    sides = f"{name}_l", f"{name}_r"
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": f"{sides[0]} is null or {sides[1]} is null", "is_null_level": True},
            {"sql_condition": f"{sides[0]} = {sides[1]}", "label_for_charts": "equal", "tf_adjustment_column": name},
            {"sql_condition": f"jaro_winkler_similarity({sides[0]}, {sides[1]}) >= 0.92", "label_for_charts": "alike"},
            {"sql_condition": "ELSE", "label_for_charts": "else"},
        ],
    }


def measure(folder: Path, *, with_splink: bool) -> dict[str, Any]:
    """Measure one store."""
    found = first_resolve(folder)
    if with_splink:
        splink = splink_alone(folder)
        ours, theirs = found["steps"].get("weigh", 0.0), splink["block_and_score"] + splink["cluster"]
        found |= {"splink_alone": splink, "weigh_over_splink": round(ours / theirs, 2)}
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path, help="a project that seed_store.py --waiting made; it is resolved")
    parser.add_argument("--without-splink", action="store_true")
    options = parser.parse_args()
    if options.store:
        print(json.dumps(measure(options.store, with_splink=not options.without_splink), indent=1))
        return
    with tempfile.TemporaryDirectory(prefix="crmhub-bench-") as folder:
        seed_store(Path(folder) / "p", options.records, options.seed, waiting=True)
        print(json.dumps(measure(Path(folder) / "p", with_splink=not options.without_splink), indent=1))


if __name__ == "__main__":
    main()
