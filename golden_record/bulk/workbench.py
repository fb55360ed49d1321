"""A base of records in DuckDB, as a model sees them: filled from evidence, gone when closed.

The database lives in memory; what does not fit there spills into files that DuckDB encrypts with a key of its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from golden_record.bulk.duckdb_functions import define_functions
from golden_record.matching.blocking import block_keys
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies
from golden_record.matching.model import Model
from golden_record.matching.splink_settings import SplinkModel, to_splink

PAGE = 20_000
"""Records that are turned into columns at a time: some 40 MB."""


@dataclass(frozen=True, slots=True)
class RuleForecast:
    """What one blocking rule makes: pairs to compare, the buckets that are too full, the pairs that those would be."""

    rule: str
    pairs: int
    full_buckets: int
    pairs_in_full: int
    largest: int


@dataclass
class Workbench:
    """Records under their numbers: 0, 1, 2 … in the order of their keys, so that of two the smaller comes first."""

    connection: duckdb.DuckDBPyConnection
    model: Model
    frequencies: Frequencies
    splink: SplinkModel
    keys: list[str] = field(default_factory=list)
    several: dict[int, Evidence] = field(default_factory=dict)
    """Evidence of the records whose frequencies a column cannot hold (several texts in one), by number."""

    def fill(self, evidences: Iterable[Evidence]) -> None:
        """Take the records in; once."""
        ordered = sorted(evidences, key=lambda evidence: evidence.key)
        terms: dict[str, dict[str, float]] = {name: {} for name in self.splink.columns.terms}
        for start in range(0, max(len(ordered), 1), PAGE):
            self._take(ordered[start : start + PAGE], start, terms)
        self.keys = [evidence.key for evidence in ordered]
        for name, shares in terms.items():
            table = pa.table({name: list(shares), f"tf_{name}": list(shares.values())}, self._term_schema(name))
            self._create(f"frequencies_{name}", table)
        self._count_buckets()

    def forecast(self) -> list[RuleForecast]:
        """Return what each blocking rule makes, before anything is compared."""
        rows = self.connection.execute(
            "select rule, sum(case when n <= most then n * (n - 1) // 2 else 0 end), count(*) filter (n > most),"
            " sum(case when n > most then n * (n - 1) // 2 else 0 end), max(n) from buckets group by rule order by rule"
        ).fetchall()
        names = [" + ".join(rule.fields) for rule in self.model.blocking]
        return [
            RuleForecast(names[rule], int(p), int(full), int(lost), int(most)) for rule, p, full, lost, most in rows
        ]

    def find_pairs(self) -> int:
        """Make the table `candidates` of pairs that share a bucket, each once; return how many there are."""
        self.connection.execute(
            "create or replace table candidates as select distinct one.id as join_key_l, other.id as join_key_r,"
            " '0' as match_key from blocks one join blocks other on one.block = other.block and one.id < other.id"
            " where one.block in (select block from buckets where n <= most and n > 1)"
        )
        (count,) = self.connection.execute("select count(*) from candidates").fetchall()[0]
        return int(count)

    def first_key(self, rule: int) -> str:
        """Return the column of a record's first key under a blocking rule, if its bucket is not too full."""
        column = f"first_key_{rule}"
        self.connection.execute(f"alter table records add column if not exists {column} varchar")
        self.connection.execute(
            f"update records set {column} = found.block from (select id, min(b.block) as block from blocks b"  # noqa: S608 (our own names)
            f" join buckets using (block) where rule = {rule} and n <= most group by id) found where id = unique_id"
        )
        return column

    def pairs_by_first_key(self, rule: int) -> int:
        """Return how many pairs of records share their first key."""
        (count,) = self.connection.execute(
            f"select coalesce(sum(n * (n - 1) // 2), 0) from (select count(*) as n from records"  # noqa: S608 (our own name)
            f" where {self.first_key(rule)} is not null group by {self.first_key(rule)})"
        ).fetchall()[0]
        return int(count)

    # --------------------------------------------------------------------------------------------- filling

    def _take(self, page: list[Evidence], start: int, terms: Mapping[str, dict[str, float]]) -> None:
        columns = self.splink.columns
        numbers = range(start, start + len(page))
        made: dict[str, object] = {"unique_id": list(numbers)}
        made |= {name: [texts(one) for one in page] for name, texts in columns.texts.items()}
        made |= {name: [number(one) for one in page] for name, number in columns.numbers.items()}
        for name, term in columns.terms.items():
            found = [term(one) for one in page]
            made[name] = [None if one is None else one[0] for one in found]
            terms[name].update(one for one in found if one is not None)
        for name in columns.several:
            counts = made[name]
            assert isinstance(counts, list)  # noqa: S101 (for the type checker: made above)
            self.several |= {numbers[at]: page[at] for at, count in enumerate(counts) if count > 1}
        self._create("records", pa.table(made, self._schema()))
        self._create("blocks", self._blocks(page, start))

    def _blocks(self, page: list[Evidence], start: int) -> pa.Table:
        rows = [(key, start + at) for at, one in enumerate(page) for key in block_keys(self.model, one)]
        schema = pa.schema([("block", pa.string()), ("id", pa.int64())])
        return pa.table({"block": [key for key, _ in rows], "id": [place for _, place in rows]}, schema)

    def _count_buckets(self) -> None:
        """Make the table `buckets`: size, rule and limit of each; a key's second part is its rule's place."""
        limits = ", ".join(f"({place}, {rule.max})" for place, rule in enumerate(self.model.blocking))
        self.connection.execute(
            "create table buckets as select block, n, rule, most from (select block, count(*) as n,"  # noqa: S608 (numbers)
            " cast(string_split(block, chr(31))[2] as integer) as rule from blocks group by block)"
            f" join (values {limits}) as limits(place, most) on rule = place"
        )

    def _schema(self) -> pa.Schema:
        columns = self.splink.columns
        found = [("unique_id", pa.int64())]
        found += [(name, pa.list_(pa.string())) for name in columns.texts]
        found += [(name, pa.int64()) for name in columns.numbers]
        found += [(name, pa.string()) for name in columns.terms]
        return pa.schema(found)

    def _term_schema(self, name: str) -> pa.Schema:
        return pa.schema([(name, pa.string()), (f"tf_{name}", pa.float64())])

    def _create(self, name: str, table: pa.Table) -> None:
        self.connection.register("arriving", table)
        self.connection.execute(f"create table if not exists {name} as select * from arriving limit 0")  # noqa: S608 (our own names)
        self.connection.execute(f"insert into {name} select * from arriving")  # noqa: S608 (our own names)
        self.connection.unregister("arriving")


@contextmanager
def workbench(model: Model, frequencies: Frequencies, evidences: Iterable[Evidence]) -> Iterator[Workbench]:
    """Open a workbench on *evidences*, all of one entity; everything on it is gone with the block."""
    with tempfile.TemporaryDirectory(prefix="crmhub-") as spill:
        connection = duckdb.connect(
            config={"temp_directory": spill, "temp_file_encryption": True, "threads": os.cpu_count() or 1}
        )
        try:
            connection.execute("set enable_progress_bar = false")
            define_functions(connection)
            made = Workbench(connection, model, frequencies, to_splink(model, frequencies))
            made.fill(evidences)
            yield made
        finally:
            connection.close()
