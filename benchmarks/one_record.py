"""What one record costs against a large store: to find and score who resembles it, and to land and resolve its change.

    python benchmarks/one_record.py [--records 100000,1000000] [--changes 500] [--seed 1] [--store DIR] [--json FILE]

Each size is a store made by benchmarks/seed_store.py (*--store*: one that is there already). *match*: open the record,
look its block keys up, open whoever shares one (decrypting all of them), and weigh every pair; nothing is remembered
between records but compiled models and what frequencies were asked for. *resolve*: a person edits the record; land the
edit and resolve it into its profile, as a webhook does: index, snapshot check, scoring, clustering, survivorship, all
transactions. Milliseconds of wall time: run it on a quiet machine. As a yardstick the same run times a point query of
one sealed row through the same store, so that ratios can be compared across machines.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from benchmarks.seed_store import EPOCH, seed_store
from flows.hub import rules_of
from flows.project import Project, read_project
from golden_record.landing import Pulled, Stream, land
from golden_record.matching.scorer import Scorer
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.resolve import resolve
from golden_record.resolution.score import Scored, score_records
from golden_record.resolution.snapshot import frequencies_in_force
from golden_record.store import source_records
from golden_record.store.engine import Store, open_store
from golden_record.store.tables import normalised_records as table
from golden_record.vault import load_key_ring
from mapping.pull import pull

SYSTEM, STREAM = "zoho_crm", "Contacts"
WARM = 20
"""Records before those that are timed, so that statements are compiled."""
RUN = "0" * 26
AIMS = {"match, median": 2.0, "match, p99": 10.0}
"""Milliseconds, against a million records."""


class OneRecord:
    """One store, and a sample of its records."""

    def __init__(self, store: Store, project: Project, seed: int, changes: int) -> None:
        self.store, self.rules = store, rules_of(project, project.models)
        mapping = project.mappings[SYSTEM, STREAM]
        self.stream = Stream(SYSTEM, STREAM, mapping.version, lambda record: pull(mapping, record))
        model = self.rules.entities["person"].model
        if model is None:
            raise SystemExit("matching.yaml has no model for persons")
        self.scorer = Scorer(model, frequencies_in_force(store, "person"))
        self.refs = self._sample(seed, changes + WARM)
        self.candidates: list[int] = []

    def _sample(self, seed: int, size: int) -> list[bytes]:
        """Choose records evenly: refs are keyed hashes, so the next one after a random ref is a random record."""
        chance = Random(seed)  # noqa: S311 (a benchmark's sample)
        found: list[bytes] = []
        with self.store.read() as connection:
            while len(found) < size:
                after = (table.c.ref > chance.randbytes(16)) & (table.c.system == SYSTEM)
                ref = connection.scalar(sa.select(table.c.ref).where(after).order_by(table.c.ref).limit(1))
                if ref is not None:
                    found.append(bytes(ref))
        return found

    def point_query(self, ref: bytes) -> None:
        """Read and open one shadow."""
        with self.store.read() as connection:
            source_records.shadows(connection, self.store.vault, [ref[:16]])

    def match(self, ref: bytes) -> None:
        """Find and score who resembles the record."""
        done = Scored()
        with self.store.read() as connection:
            cache = EvidenceCache(self.store.vault, self.rules)
            score_records(connection, self.store, self.scorer, cache, [ref], set(), done)
        self.candidates.append(done.pairs)

    def edits(self) -> Iterator[tuple[Pulled, int]]:
        """Yield each sampled record as its system shows it after a person's edit."""
        for place, ref in enumerate(self.refs):
            with self.store.read() as connection:
                shadow = source_records.shadows(connection, self.store.vault, [ref[:16]])[ref[:16]]
            record = {
                "id": shadow.record_id,
                "Last_Name": next(iter(shadow.payload.get("name", ["王"]))),
                "Mobile": next(iter(shadow.payload.get("phones", [None]))),
                "Email": next(iter(shadow.payload.get("emails", [None]))),
                "Title": f"经理 {place}",
            }
            yield Pulled(shadow.record_id, record, record), place

    def resolve_edit(self, edit: tuple[Pulled, int]) -> None:
        """Land an edit and resolve it."""
        pulled, place = edit
        now = EPOCH + timedelta(days=1, seconds=place)
        land(self.store, self.stream, [pulled], now=now)
        done = resolve(self.store, self.rules, RUN, lambda: now)
        assert done.settled.records, "the edit was resolved"


def timed(acts: Sequence[Any], act: Callable[[Any], None]) -> dict[str, float]:
    """Return median and 99th percentile of milliseconds of wall time, and the mean of CPU."""
    for one in acts[:WARM]:
        act(one)
    walls, began = [], time.process_time()
    for one in acts[WARM:]:
        before = time.perf_counter()
        act(one)
        walls.append((time.perf_counter() - before) * 1000)
    cpu = (time.process_time() - began) * 1000 / len(walls)
    return {"median": statistics.median(walls), "p99": statistics.quantiles(walls, n=100)[98], "cpu": cpu}


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one store."""
    with opened(folder) as (store, project):
        one = OneRecord(store, project, options.seed, options.changes)
        found: dict[str, Any] = {
            "point query": timed(one.refs, one.point_query),
            "match": timed(one.refs, one.match),
            "resolve": timed(list(one.edits()), one.resolve_edit),
        }
        found["candidates"] = statistics.mean(one.candidates)
    return found


@contextmanager
def opened(folder: Path) -> Iterator[tuple[Store, Project]]:
    """Open a seeded project."""
    project = read_project(folder, {})
    store = open_store(project.hub.store, load_key_ring(folder / project.hub.key_file, None), base=folder)
    try:
        yield store, project
    finally:
        store.close()


def report(sizes: Sequence[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    """Write the report as Markdown."""
    yield "| milliseconds | " + " | ".join(name for name, _ in sizes) + " |"
    yield "| --- |" + " ---: |" * len(sizes)
    for act in ("point query", "match", "resolve"):
        for number in ("median", "p99", "cpu"):
            yield f"| {act}, {number} | " + " | ".join(f"{found[act][number]:.2f}" for _, found in sizes) + " |"
        if act != "point query":
            ratios = (found[act]["median"] / found["point query"]["median"] for _, found in sizes)
            yield f"| {act}, median in point queries | " + " | ".join(f"{ratio:.1f}" for ratio in ratios) + " |"
    yield "| pairs weighed for a record | " + " | ".join(f"{found['candidates']:.1f}" for _, found in sizes) + " |"
    yield ""
    name, largest = sizes[-1]
    for aim, most in AIMS.items():
        act, number = aim.split(", ")
        verdict = "met" if largest[act][number] <= most else f"missed by a factor of {largest[act][number] / most:.1f}"
        yield f"- {aim}, {name}: {largest[act][number]:.2f} ms (aim: at most {most:g}): {verdict}"


def main() -> None:
    """Measure every size and print the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--records", default="100000,1000000", help="sizes, joined by commas")
    parser.add_argument("--changes", type=int, default=500, help="records that are timed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path, help="a project that seed_store.py made; its records are edited")
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    options = parser.parse_args()
    sizes: list[tuple[str, dict[str, Any]]] = []
    if options.store:
        sizes.append((str(options.store.name), measure(options.store, options)))
    else:
        for records in map(int, options.records.split(",")):
            with tempfile.TemporaryDirectory(prefix="crmhub-bench-") as folder:
                seed_store(Path(folder) / "p", records, options.seed)
                sizes.append((f"{records:,} records", measure(Path(folder) / "p", options)))
    print("\n".join(report(sizes)))
    if options.json:
        options.json.write_text(json.dumps(dict(sizes), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
