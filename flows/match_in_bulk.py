"""Weigh a whole base through Splink, on DuckDB or on Spark, and bring the links back.

Room: flows. The model, its frequencies and its caps are those in force; what comes back differs from what the hub's own
scorer says by a millionth of a bit at most, so that on a base that is resolved nothing moves.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ulid import ULID

from flows.hub import Hub
from golden_record.bulk.score_pairs import BulkScores, score_pairs
from golden_record.bulk.workbench import Workbench, check_pairs, workbench
from golden_record.errors import NotDecidable
from golden_record.matching.frequencies import Frequencies, count_frequencies
from golden_record.matching.model import Model
from golden_record.resolution.evidence_of import EvidenceCache
from golden_record.resolution.index import index_changed
from golden_record.resolution.resolve import resolve
from golden_record.resolution.score import GUARD
from golden_record.resolution.snapshot import every_record, frequencies_in_force, index_under, renew_snapshot
from golden_record.store import in_hand, leases, matching_index
from golden_record.store.engine import CHUNK
from golden_record.store.matching_index import Link

Engine = Literal["duckdb", "spark"]
PARITY = 1e-4
"""Bits by which two weights may differ and be the same: two ways to run a model by 1e-6; MariaDB keeps seven digits."""
_SPARK = "golden_record.bulk.on_spark"
_WRITTEN = 10 * CHUNK
"""Links in one transaction: short rows, in the order of their index."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to weigh, and where. *master* and *folder* are Spark's; *dry_run* only compares."""

    entity: str
    engine: Engine = "duckdb"
    dry_run: bool = False
    master: str | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """How the links that came back differ from those that stood."""

    new: list[Link]
    gone: list[tuple[bytes, bytes]]
    other: list[Link]

    def ends(self) -> set[bytes]:
        """Return the records that they are about."""
        found = {ref for link in (*self.new, *self.other) for ref in (link.a, link.b)}
        return found | {ref for pair in self.gone for ref in pair}


def match_in_bulk(hub: Hub, wanted: Wanted) -> dict[str, Any]:
    """Weigh every candidate pair of an entity, bring the links back, and resolve what they change.

    Raises:
        NotDecidable: no model matches the entity, Spark cannot be used here, or the blocking rules make too many pairs.
    """
    model = hub.rules.models.get(wanted.entity)
    if model is None:
        known = ", ".join(sorted(hub.rules.models)) or "nothing"
        raise NotDecidable(f"matching.yaml has no model for `{wanted.entity}`", f"It has models for {known}")
    spark = _spark() if wanted.engine == "spark" else None
    with leases.hold(hub.store, "resolve", wait=60):
        cache = EvidenceCache(hub.store.vault, hub.rules)
        if not wanted.dry_run:
            index_under(hub.store, wanted.entity, model)
            index_changed(hub.store, hub.rules, cache)
            renew_snapshot(hub.store, wanted.entity, model, cache, now=hub.now())
        seconds: dict[str, float] = {}
        refs, scores = _score(hub, wanted, model, cache, spark, seconds)
        moved = _moved(hub, wanted.entity, refs, scores)
        report = {
            "entity": wanted.entity,
            "engine": wanted.engine,
            "records": len(refs),
            "candidate_pairs": scores.compared,
            "links": scores.table.num_rows,
            "changed": {"new": len(moved.new), "gone": len(moved.gone), "other_weight": len(moved.other)},
            "seconds": {name: round(took, 2) for name, took in seconds.items()},
            "dry_run": wanted.dry_run,
        }
        if not wanted.dry_run:
            run_id = str(ULID())
            _bring_back(hub, refs, moved)
            settled = resolve(hub.store, hub.rules, run_id, hub.now).settled
            report["profiles"] = {"created": settled.created, "changed": settled.changed, "merged": settled.merged}
            report["reviews"] = {"opened": settled.opened}
    return report


def _spark() -> Any:  # noqa: ANN401 (a module that is there only where pyspark is)
    try:
        return importlib.import_module(_SPARK)
    except ImportError:
        raise NotDecidable(
            "Spark cannot be used here: the Python package `pyspark` is not installed",
            "Install it beside crmhub (`uv sync --group spark`, or `pip install 'pyspark>=4,<5'`), with Java 17",
        ) from None


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - began


def _score(  # noqa: PLR0913 (what scoring rests on)
    hub: Hub,
    wanted: Wanted,
    model: Model,
    cache: EvidenceCache,
    spark: Any,  # noqa: ANN401 (see `_spark`)
    seconds: dict[str, float],
) -> tuple[list[bytes], BulkScores]:
    """Return the refs in the order of the records' numbers, and the scores down to where links are kept."""
    with _timed(seconds, "read"):
        found = {evidence.key: (ref, evidence) for ref, evidence in every_record(hub.store, wanted.entity, cache)}
        evidences = [evidence for _ref, evidence in found.values()]
        frequencies = _frequencies(hub, wanted, model, evidences)
    least = model.thresholds.review - GUARD
    with _timed(seconds, "columns_and_score"), workbench(model, frequencies, evidences) as bench:
        check_pairs(bench.forecast(), len(bench.keys))
        scores = score_pairs(bench, least) if spark is None else _on_spark(hub, wanted, bench, spark, least)
        keys = bench.keys
    return [found[key][0] for key in keys], scores


def _frequencies(hub: Hub, wanted: Wanted, model: Model, evidences: list[Any]) -> Frequencies:
    found = frequencies_in_force(hub.store, wanted.entity, whole=True)
    return found if found.total else count_frequencies(model, evidences)


def _on_spark(hub: Hub, wanted: Wanted, bench: Workbench, spark: Any, least: float) -> BulkScores:  # noqa: ANN401 (see `_spark`)
    def key(text: str) -> str:
        return hub.store.vault.digest("export", text).hex()

    with tempfile.TemporaryDirectory(prefix="crmhub-", dir=wanted.folder) as folder:
        bench.write_keyed(Path(folder), key)
        scores: BulkScores = spark.score_on_spark(bench, spark.session(wanted.master), Path(folder), least)
    return scores


def _moved(hub: Hub, entity: str, refs: list[bytes], scores: BulkScores) -> Moved:
    with hub.store.read() as connection:
        stood: Mapping[tuple[bytes, bytes], float] = {
            (link.a, link.b): link.weight for link in matching_index.links_of_entity(connection, entity)
        }
    new, other, seen = [], [], set()
    for link in scores.links(refs):
        pair = (min(link.a, link.b), max(link.a, link.b))
        seen.add(pair)
        before = stood.get(pair)
        if before is None:
            new.append(Link(*pair, link.weight))
        elif abs(before - link.weight) > PARITY:
            other.append(Link(*pair, link.weight))
    return Moved(new, [pair for pair in stood if pair not in seen], other)


def _bring_back(hub: Hub, refs: list[bytes], moved: Moved) -> None:
    """Write what changed, and let the records that it is about be settled; one that was scored here is scored."""
    store = hub.store
    gone = sorted([*moved.gone, *((link.a, link.b) for link in moved.other)])
    back = sorted([*moved.new, *moved.other], key=lambda link: (link.a, link.b))
    for start in range(0, len(gone), _WRITTEN):
        with store.write() as connection:
            matching_index.drop_links(connection, gone[start : start + _WRITTEN])
    for start in range(0, len(back), _WRITTEN):
        with store.write() as connection:
            matching_index.replace_links(connection, (), back[start : start + _WRITTEN])
    in_hand.let_settle(store, sorted(refs), moved.ends())
