"""A base of records in DuckDB, as a model sees them: filled from evidence, gone when closed.

The database lives in memory; what does not fit there spills into files that DuckDB encrypts with a key of its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from golden_record.bulk.duckdb_functions import define_functions
from golden_record.errors import NotDecidable
from golden_record.matching.blocking import block_keys
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies
from golden_record.matching.model import Model
from golden_record.matching.splink_settings import SplinkModel, to_splink

PAGE = 20_000
"""Records that are turned into columns at a time: some 40 MB."""


MOST_PAIRS = 1_000_000_000
"""Pairs that the blocking rules may make together: some hours of work."""

_KEYED = (
    "list_sort(list_transform({0}, lambda x: case when x = '' then x else array_to_string("
    "list_transform(string_split(x, chr(31)), lambda part: hub_key(part)), chr(31)) end))"
)
"""A column of texts as keyed hashes, part by part where a text joins several."""


@dataclass(frozen=True, slots=True)
class RuleForecast:
    """What one blocking rule makes: pairs to compare, the buckets that are too full, the pairs that those would be."""

    rule: str
    pairs: int
    full_buckets: int
    pairs_in_full: int
    largest: int


def check_pairs(forecast: Sequence[RuleForecast], records: int, most: int = MOST_PAIRS) -> None:
    """Check that what the blocking rules of a base of *records* make can be compared.

    Raises:
        NotDecidable: they make more pairs than any machine compares in a run; the numbers and the rule are named.
    """
    worst = max(forecast, key=lambda rule: rule.pairs, default=None)
    total = sum(rule.pairs for rule in forecast)
    if worst is not None and total > most:
        raise NotDecidable(
            f"the blocking rules would make {total:,} pairs, the rule [{worst.rule}] {worst.pairs:,}"
            f" (its largest bucket holds {worst.largest:,} of {records:,} records); {most:,} is most",
            f"Add a second field to [{worst.rule}], or lower its `max`",
        )


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

    def write_keyed(self, folder: Path, key: Callable[[str], str]) -> None:
        """Write what another engine needs to *folder*, as Parquet: records, blocks that are not too full, frequencies.

        Texts stand there as *key* makes them, but for those that a level looks into (`Columns.read`).
        """
        columns = self.splink.columns
        self.connection.create_function("hub_key", key, ["VARCHAR"], "VARCHAR")
        keyed = [f"{_KEYED.format(name)} as {name}" for name in columns.texts if name not in columns.read]
        keyed += [f"case when {name} is null then null else hub_key({name}) end as {name}" for name in columns.terms]
        replaced = f"replace ({', '.join(keyed)})" if keyed else ""
        self._copy(f"select * {replaced} from records", folder / "records.parquet")  # noqa: S608 (our own names)
        for name in columns.terms:
            shown = f"select hub_key({name}) as {name}, tf_{name} from frequencies_{name}"  # noqa: S608 (our own names)
            self._copy(shown, folder / f"{name}.parquet")
        usable = "select hub_key(block) as block, id from blocks join buckets using (block) where n <= most and n > 1"
        self._copy(usable, folder / "blocks.parquet")
        self.connection.remove_function("hub_key")

    def _copy(self, sql: str, file: Path) -> None:
        quoted = str(file).replace("'", "''")
        self.connection.execute(f"copy ({sql}) to '{quoted}' (format parquet)")

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
