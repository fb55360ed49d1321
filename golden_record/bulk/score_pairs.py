"""Score every candidate pair of a base through Splink, with the weights and caps that the hub's own scorer gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

import pyarrow as pa
from splink import DuckDBAPI, Linker

from golden_record.bulk.workbench import Workbench
from golden_record.matching.compiled import SUPPORT_BITS
from golden_record.matching.model import Level
from golden_record.matching.scorer import BELOW_AUTO, Scorer
from golden_record.matching.splink_settings import APART, Placed, output_name

FETCHED = 100_000
"""Scored pairs that are taken out of DuckDB at a time."""


Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Scored(Generic[Name]):
    """A pair of records by name, and its weight in bits."""

    a: Name
    b: Name
    weight: float


@dataclass(frozen=True)
class BulkScores:
    """Scored pairs: numbers of two records (the smaller first), the weight that decides, and the plain sum, in bits."""

    table: pa.Table
    compared: int

    def links(self, names: Sequence[Name]) -> Iterator[Scored[Name]]:
        """Yield the pairs with what the records are called, by number."""
        for batch in self.table.to_batches(FETCHED):
            columns = [batch.column(name).to_pylist() for name in ("a", "b", "weight")]
            for a, b, weight in zip(*columns, strict=True):
                yield Scored(names[a], names[b], weight)


def linker_on(bench: Workbench, settings: Mapping[str, object] | None = None) -> Linker:
    """Return Splink's linker over the workbench's records, frequencies registered."""
    api = DuckDBAPI(bench.connection)
    linker = Linker(
        api.register("records", table_name="hub_records"),
        dict(settings or bench.splink.settings),
        log_level=None,
        validate_settings=False,
    )
    for name in bench.splink.columns.terms:
        lookup = api.register(f"frequencies_{name}", table_name=f"hub_frequencies_{name}")
        linker.table_management.register_term_frequency_lookup(lookup, name)
    return linker


@contextmanager
def scored_table(
    bench: Workbench, settings: Mapping[str, object], pairs: str, least: float = -math.inf
) -> Iterator[str]:
    """Let Splink score the pairs in the table *pairs*; hand out the name of the table with the answer."""
    linker = linker_on(bench, settings)
    api = linker._db_api  # noqa: SLF001 (the only way to the tables that it makes)
    linker.table_management.register_blocked_pairs_for_predict(api.register(pairs, table_name=f"hub_{pairs}"))
    threshold = least if math.isfinite(least) else None
    scored = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
    try:
        yield scored.physical_name
    finally:
        scored.drop_table_from_database_and_remove_from_cache()


def score_pairs(bench: Workbench, least: float = -math.inf) -> BulkScores:
    """Return every candidate pair of at least *least* bits, before caps."""
    compared = bench.find_pairs()
    with scored_table(bench, bench.splink.settings, "candidates", least) as scored:
        return capped_scores(bench, scored, compared)


def capped_scores(bench: Workbench, scored: str, compared: int) -> BulkScores:
    """Return what Splink said of *compared* pairs, in the table *scored*, capped as the scorer caps."""
    table = bench.connection.sql(_capped(bench, scored)).to_arrow_table()
    return BulkScores(_scored_again(bench, table), compared)


def _capped(bench: Workbench, scored: str) -> str:
    """Return the SQL that caps weights as the scorer does, and finds the pairs that only the scorer can weigh."""
    model = bench.model
    conflict = _any_of(bench, lambda level: level.conflict)
    decisive = _any_of(bench, lambda level: level.decisive)
    supports = " + ".join(_support(bench, place) for place in range(len(model.comparisons)))
    auto = model.thresholds.auto
    cap = f"match_weight >= {auto!r} and ({conflict} or (not {decisive} and {supports} < {model.needs}))"
    again = " or ".join(_several(bench)) or "false"
    return (
        "select unique_id_l as a, unique_id_r as b, match_weight as uncapped,"  # noqa: S608 (our own names and numbers)
        f" case when {cap} then {auto - BELOW_AUTO!r} else match_weight end as weight, {conflict} as conflict,"
        f" ({again}) as again from {scored} join records one on one.unique_id = unique_id_l"
        " join records other on other.unique_id = unique_id_r order by a, b"
    )


def _on(placed: Placed) -> str:
    """Return the condition that a pair stands on this level: its comparison has this level's weight."""
    return f"(abs(mw_{output_name(placed.comparison)} - ({placed.bits!r})) < {APART / 4!r})"


def _any_of(bench: Workbench, flagged: Callable[[Level], bool]) -> str:
    found = [_on(one) for one in bench.splink.placed if not one.shared and flagged(_level(bench, one))]
    return f"({' or '.join(found)})" if found else "false"


def _level(bench: Workbench, placed: Placed) -> Level:
    return bench.model.comparisons[placed.comparison].levels[placed.level]


def _support(bench: Workbench, place: int) -> str:
    """Return 1 where a comparison speaks for a match by itself, else 0."""
    mine = [one for one in bench.splink.placed if one.comparison == place]
    name = output_name(place)
    bits = f"mw_{name} + mw_tf_adj_{name}" if any(one.term for one in mine) else f"mw_{name}"
    besides = [_on(one) for one in mine if not one.shared and _level(bench, one).context]
    besides_it = f" and not ({' or '.join(besides)})" if besides else ""
    return f"(case when {bits} >= {SUPPORT_BITS!r}{besides_it} then 1 else 0 end)"


def _several(bench: Workbench) -> Iterator[str]:
    """Yield the condition of each level whose frequency depends on the pair: both sides have several texts."""
    for one in bench.splink.placed:
        if one.several:
            yield f"({_on(one)} and one.{one.several} > 1 and other.{one.several} > 1)"


def _scored_again(bench: Workbench, table: pa.Table) -> pa.Table:
    """Return *table* with the pairs marked `again` weighed by the scorer itself."""
    marked = [place for place, again in enumerate(table.column("again").to_pylist()) if again]
    if not marked:
        return table.drop_columns(["again"])
    scorer = Scorer(bench.model, bench.frequencies)
    columns = {name: table.column(name).to_pylist() for name in ("a", "b", "uncapped", "weight", "conflict")}
    for place in marked:
        score = scorer.score(bench.several[columns["a"][place]], bench.several[columns["b"][place]])
        columns["uncapped"][place], columns["weight"][place] = score.uncapped, score.weight
        columns["conflict"][place] = score.conflict
    return pa.table(columns)
