"""The same model through Splink on Spark: for bases beyond one machine. Needs pyspark and Java; see docs/matching.md.

What leaves the hub are the columns that the model looks at, under running numbers: keyed hashes wherever one only asks
whether two are equal, texts where a level looks into them. What comes back are pairs of numbers and weights.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pyspark import cloudpickle
from pyspark.sql import SparkSession
from pyspark.sql.types import BooleanType
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio
from splink import Linker, SparkAPI

from golden_record.bulk.score_pairs import BulkScores, capped_scores
from golden_record.bulk.workbench import Workbench

_ONE, _TWO = "a array<string>", "a array<string>, b array<string>"
_SIZED = f"{_TWO}, n double"
_LONG_ENOUGH = "least(char_length(x), char_length(y)) >= n"
_SHARED = "size(array_intersect(a, b))"
_WORDS = "substring_index({}, char(31), 1)"


def _some(holds: str) -> str:
    return f"exists(a, x -> exists(b, y -> {holds}))"


_IN_SQL: Mapping[str, tuple[str, str]] = {
    "hub_filled": (_ONE, "size(a) > 0"),
    "hub_has": (f"{_ONE}, t string", "array_contains(a, t)"),
    "hub_any": (_TWO, "arrays_overlap(a, b)"),
    "hub_all": (_TWO, f"{_SHARED} > 0 and {_SHARED} = least(size(a), size(b))"),
    "hub_none": (_TWO, "size(a) > 0 and size(b) > 0 and not arrays_overlap(a, b)"),
    "hub_contains": (_SIZED, _some(f"{_LONG_ENOUGH} and (contains(x, y) or contains(y, x))")),
    "hub_starts": (_SIZED, _some(f"x <> y and {_LONG_ENOUGH} and (startswith(x, y) or startswith(y, x))")),
    "hub_common_start": (_SIZED, _some(f"{_LONG_ENOUGH} and left(x, cast(n as int)) = left(y, cast(n as int))")),
    "hub_unlike": (_TWO, f"size(a) > 0 and size(b) > 0 and not {_some('contains(x, y) or contains(y, x)')}"),
    "hub_same_words": (_TWO, _some(f"x <> y and {_WORDS.format('x')} = {_WORDS.format('y')}")),
}
"""`splink_levels.FUNCTIONS` that Spark's own SQL can say: arguments and body. Spark counts characters, not bytes."""


def one_char(a: list[str], b: list[str], shortest: float) -> bool:
    """Whether two texts are one edit apart; see `levels`."""
    return any(
        min(len(x), len(y)) >= shortest and abs(len(x) - len(y)) <= 1 and OSA.distance(x, y, score_cutoff=1) == 1
        for x in a
        for y in b
    )


def jaro_winkler(a: list[str], b: list[str], least: float) -> bool:
    """Whether two texts are alike; see `levels`."""
    return any(
        JaroWinkler.similarity(min(x, y), max(x, y), score_cutoff=least) >= least for x in a for y in b if x and y
    )


def tokens(a: list[str], b: list[str], least: float) -> bool:
    """Whether two texts share their words; see `levels`."""
    cut = least * 100
    return any(token_set_ratio(min(x, y), max(x, y), score_cutoff=cut) >= cut for x in a for y in b)


_IN_PYTHON: Mapping[str, Callable[[list[str], list[str], float], bool]] = {
    "hub_one_char": one_char,
    "hub_jaro_winkler": jaro_winkler,
    "hub_tokens": tokens,
}


def session(master: str | None) -> SparkSession:
    """Return the session: of *master*, else as spark-defaults.conf and the environment have it."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("crmhub match bulk")
    builder = builder.master(master) if master else builder
    settings = {"spark.sql.caseSensitive": "true", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def define_functions(spark: SparkSession) -> None:
    """Define `splink_levels.FUNCTIONS` on *spark*."""
    for name, (arguments, body) in _IN_SQL.items():
        spark.sql(f"create or replace temporary function {name}({arguments}) returns boolean return {body}")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # so that workers need rapidfuzz, and not the hub
    for name, function in _IN_PYTHON.items():
        spark.udf.register(name, function, BooleanType())


def score_on_spark(bench: Workbench, spark: SparkSession, folder: Path, least: float = -math.inf) -> BulkScores:
    """Return every candidate pair of at least *least* bits, before caps.

    *folder* holds what `Workbench.write_keyed` wrote; Spark's workers read and write there.
    """
    define_functions(spark)
    for file in ("records", "blocks", *bench.splink.columns.terms):
        spark.read.parquet((folder / f"{file}.parquet").as_uri()).createOrReplaceTempView(f"hub_{file}")
    pairs = spark.sql(
        "select distinct one.id as join_key_l, other.id as join_key_r, '0' as match_key"
        " from hub_blocks one join hub_blocks other on one.block = other.block and one.id < other.id"
    ).cache()
    compared = pairs.count()
    api = SparkAPI(spark_session=spark, register_udfs_automatically=False, break_lineage_method="persist")
    linker = Linker(
        api.register(spark.table("hub_records"), table_name="hub_records_in"),
        dict(bench.splink.settings),
        log_level=None,
        validate_settings=False,
    )
    for name in bench.splink.columns.terms:
        lookup = api.register(spark.table(f"hub_{name}"), table_name=f"hub_frequencies_{name}")
        linker.table_management.register_term_frequency_lookup(lookup, name)
    linker.table_management.register_blocked_pairs_for_predict(api.register(pairs, table_name="hub_pairs"))
    threshold = least if math.isfinite(least) else None
    predicted = linker.inference.predict(threshold_match_weight=threshold, warning_mode="never")
    scored = folder / "scored"
    predicted.as_spark_dataframe().write.mode("overwrite").parquet(scored.as_uri())
    table = bench.connection.read_parquet(f"{scored}/*.parquet")
    table.create_view("scored_on_spark", replace=True)
    return capped_scores(bench, "scored_on_spark", compared)
