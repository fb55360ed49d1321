"""Who is compared with whom in a whole base, and how common its values are: by keyed hashes alone, in DuckDB.

Nobody's value comes here: block keys and counted texts are hashes by then, records are numbers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from golden_record.errors import NotDecidable
from golden_record.store.tables import BLOCK_KEY, RECORD_REF

MEMORY = "1GB"
"""What DuckDB may hold; more than that goes to a file that it encrypts."""
MOST_PAIRS = 1_000_000_000
"""Pairs that a resolve compares at most: some hours of work."""
FETCHED = 50_000


@dataclass(frozen=True, slots=True)
class Bucket:
    """A blocking rule: its name, and how many records may share one of its keys."""

    rule: str
    most: int


@dataclass(frozen=True, slots=True)
class Keys:
    """The block keys of some records, packed: their numbers, the hashes one after the other, and the rules' places."""

    numbers: array[int]
    hashes: bytes
    rules: array[int]


@dataclass(frozen=True, slots=True)
class Counted:
    """What some records add to the counts: label numbers, hashes of texts, and hashes of who holds them (0: nobody)."""

    labels: array[int]
    hashes: bytes
    holders: array[int]


class Blocked:
    """The tables, in a database that ends with the work."""

    def __init__(self, temporary: str, buckets: Sequence[Bucket]) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": temporary,
            "temp_file_encryption": True,
            "memory_limit": MEMORY,
        }
        self._db = duckdb.connect(config=settings)
        self._db.execute("set enable_progress_bar = false")
        self._db.execute("set preserve_insertion_order = false")
        self._buckets = buckets
        self._db.execute("create table records (number uinteger, ref blob)")
        self._db.execute("create table held (number uinteger, key blob, rule usmallint)")
        self._db.execute("create table stored (key blob, ref blob)")
        self._db.execute("create table other (number uinteger, key blob)")
        self._db.execute("create table counted (label usmallint, key blob, holder ubigint)")
        self._db.execute("create table links (a uinteger, b uinteger, weight double)")
        limits = ", ".join(f"({place}, {one.most})" for place, one in enumerate(buckets)) or "(0, 0)"
        self._db.execute(f"create table limits as select * from (values {limits}) as l(rule, most)")  # noqa: S608 (numbers)

    def close(self) -> None:
        """Drop everything."""
        self._db.close()

    # ------------------------------------------------------------------------------------------- filling

    def add_records(self, refs: Sequence[bytes], start: int) -> None:
        """Name the records from number *start* on."""
        numbers = array("I", range(start, start + len(refs)))
        self._add("records", number=_numbers(pa.uint32(), numbers), ref=_hashes(b"".join(refs), RECORD_REF))

    def add_keys(self, keys: Keys) -> None:
        """Take the block keys of records in."""
        self._add(
            "held",
            number=_numbers(pa.uint32(), keys.numbers),
            key=_hashes(keys.hashes, BLOCK_KEY),
            rule=_numbers(pa.uint16(), keys.rules),
        )

    def add_counted(self, counted: Counted) -> None:
        """Take what records add to the counts in."""
        self._add(
            "counted",
            label=_numbers(pa.uint16(), counted.labels),
            key=_hashes(counted.hashes, BLOCK_KEY),
            holder=_numbers(pa.uint64(), counted.holders),
        )

    def add_stored(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in (key, ref) as the store has them, of these records and of all others."""
        keys, refs = bytearray(), bytearray()
        for key, ref in rows:
            keys += key
            refs += ref
        self._add("stored", key=_hashes(bytes(keys), BLOCK_KEY), ref=_hashes(bytes(refs), RECORD_REF))

    def add_links(self, a: array[int], b: array[int], weights: array[float]) -> None:
        """Take scored pairs in."""
        self._add(
            "links",
            a=_numbers(pa.uint32(), a),
            b=_numbers(pa.uint32(), b),
            weight=_numbers(pa.float64(), weights),
        )

    def _add(self, table: str, **columns: pa.Array) -> None:
        arriving = pa.table(columns)
        self._db.register("arriving", arriving)
        self._db.execute(f"insert into {table} select * from arriving")  # noqa: S608 (our own names)
        self._db.unregister("arriving")

    # ---------------------------------------------------------------------------------------- what comes of it

    def changed_keys(self) -> tuple[Iterator[list[tuple[bytes, bytes]]], Iterator[list[tuple[bytes, bytes]]]]:
        """Return the (key, ref) that the store lacks, and those that it must lose, both in the order of its index."""
        mine = "select key, ref from held join records using (number)"
        theirs = "select key, ref from stored semi join records using (ref)"
        return (
            self._pages(f"select * from ({mine} except {theirs}) order by key, ref"),  # noqa: S608 (our own)
            self._pages(f"select * from ({theirs} except {mine}) order by key, ref"),  # noqa: S608 (our own)
        )

    def counts(self, by_holder: Sequence[bool]) -> Iterator[tuple[int, bytes, int]]:
        """Yield (label number, hash, count) of what more than one holds: holders for the labels *by_holder*."""
        named = [place for place, holder in enumerate(by_holder) if holder]
        distinct = f"label in ({', '.join(map(str, named)) or '65535'})"
        counted = f"case when {distinct} then count(distinct nullif(holder, 0)) else count(*) end as n"
        rows = f"select label, key, n from (select label, key, {counted} from counted group by label, key) where n > 1"  # noqa: S608 (our own)
        for page in self._pages(rows):
            for label, key, n in page:
                yield int(label), bytes(key), int(n)

    def find_others(self, start: int) -> list[bytes]:
        """Number the records of the store that share a key with these, from *start* on; return their refs."""
        shared = "stored anti join records using (ref) semi join held using (key)"
        rows = self._db.execute(f"select distinct ref from {shared} order by ref").fetchall()  # noqa: S608 (our own)
        refs = [bytes(ref) for (ref,) in rows]
        if refs:
            self.add_records(refs, start)
            theirs = "stored join records using (ref) semi join held using (key)"
            self._db.execute(f"insert into other select number, key from {theirs} where number >= {start}")  # noqa: S608 (our own)
        return refs

    def in_crossed(self) -> Iterator[list[bytes]]:
        """Yield the other records of the buckets that have become too full by these, or are so no longer.

        To be asked before the others are numbered. A key that nobody of these holds any more has lost its rule: then
        any limit counts.
        """
        others = "select key, ref from stored anti join records using (ref)"
        every = f"select key, rule from held union all select key, null from ({others})"  # noqa: S608 (our own)
        now = f"select key, max(rule) as rule, count(*) as n from ({every}) group by key"  # noqa: S608 (our own)
        was = "select key, count(*) as was from stored group by key"
        crossed = (
            f"select key from ({now}) now join ({was}) was using (key) join limits"  # noqa: S608 (our own)
            " on coalesce(limits.rule = now.rule, true) where (n > most) <> (was.was > most)"
        )
        for page in self._pages(f"select distinct ref from ({others}) semi join ({crossed}) using (key)"):  # noqa: S608 (our own)
            yield [bytes(ref) for (ref,) in page]

    def full_buckets(self) -> dict[str, list[int]]:
        """Return the sizes of the buckets that are too full to compare, by rule, the largest first."""
        self._count_buckets()
        rows = self._db.execute("select rule, n from buckets where n > most order by rule, n desc").fetchall()
        found: dict[str, list[int]] = {}
        for rule, n in rows:
            found.setdefault(self._buckets[rule].rule, []).append(int(n))
        return found

    def find_pairs(self) -> int:
        """Compare every two records that share a bucket which is not too full, each pair once; return how many.

        Raises:
            NotDecidable: there are more than any run should compare; the numbers and the rule are named.
        """
        self._count_buckets()
        self._check_forecast()
        self._db.execute("create table usable as select key from buckets where n <= most")
        shared = "select a.number as a, b.number as b, hash(key) as near from held a"
        both = f"{shared} join held b using (key) semi join usable using (key)"
        mixed = f"{shared} join other b using (key) semi join usable using (key)"
        every = f"{both} where a.number < b.number union all {mixed}"
        self._db.execute(f"create table pairs as select a, b, min(near) as near from ({every}) group by a, b")  # noqa: S608 (our own)
        self._db.execute("drop table buckets")
        (count,) = self._db.execute("select count(*) from pairs").fetchall()[0]
        return int(count)

    def pairs(self) -> Iterator[tuple[array[int], array[int]]]:
        """Yield the pairs, some thousands at a time, those of one bucket beside each other.

        So a record's evidence is opened for one page or two, and not for each page in which one of its pairs stands.
        """
        for page in self._pages("select a, b from pairs order by near, a, b"):
            yield array("I", [a for a, _ in page]), array("I", [b for _, b in page])

    def links(self) -> Iterator[list[tuple[bytes, bytes, float]]]:
        """Yield the links as (smaller ref, larger ref, bits), in the order of the store's index."""
        ends = "least(one.ref, two.ref) as a, greatest(one.ref, two.ref) as b, weight"
        joined = "links l join records one on one.number = l.a join records two on two.number = l.b"
        return self._pages(f"select {ends} from {joined} order by a, b")  # noqa: S608 (our own)

    def _count_buckets(self) -> None:
        every = "select key, rule from held union all select key, null from other"
        self._db.execute(
            "create or replace table buckets as select key, rule, n, most from (select key, max(rule) as rule,"  # noqa: S608 (our own)
            f" count(*) as n from ({every}) group by key having count(*) > 1) join limits using (rule)"
        )

    def _check_forecast(self) -> None:
        rows = self._db.execute(
            "select rule, sum(n * (n - 1) // 2), max(n) from buckets where n <= most group by rule order by 2 desc"
        ).fetchall()
        total = sum(int(pairs) for _rule, pairs, _largest in rows)
        if total > MOST_PAIRS:
            rule, pairs, largest = rows[0]
            name = self._buckets[rule].rule
            raise NotDecidable(
                f"the blocking rules would make {total:,} pairs, the rule [{name}] {int(pairs):,}"
                f" (its largest bucket holds {int(largest):,} records); {MOST_PAIRS:,} is most",
                f"Add a second field to [{name}] in matching.yaml, or lower its `max`",
            )

    def _pages(self, sql: str) -> Iterator[list[Any]]:
        cursor = self._db.cursor()
        try:
            cursor.execute(sql)
            while page := cursor.fetchmany(FETCHED):
                yield page
        finally:
            cursor.close()


def _numbers(kind: pa.DataType, numbers: array[int] | array[float]) -> pa.Array:
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)])


def _hashes(packed: bytes, size: int) -> pa.Array:
    fixed = pa.Array.from_buffers(pa.binary(size), len(packed) // size, [None, pa.py_buffer(packed)])
    return fixed.cast(pa.binary())
