"""Resolve many records at once: first loads, and a whole base that is to be weighed anew.

What the path of single records does one page at a time through the store's indexes is done here for all that waits:
block keys are joined in DuckDB, pairs weighed and values survived in as many processes as there are processors, and
each table is written in the order of its index. The answer is the same: the same evidence, the same scorer, the same
clusters (docs/decisions/0030). What hangs on more than its own links (a steward's word, a profile that is there) is
scored here and settled as single records are.

Killed half-way, the next run takes everything in hand again that was not settled.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from golden_record.bulk.blocked import Blocked, Bucket
from golden_record.bulk.components import components
from golden_record.bulk.evidence_file import Places
from golden_record.bulk.hand import Became, Kit, Looked, Pairs, Tied, Weighed, counted_labels, matched_entities
from golden_record.bulk.hands import HandLost, Hands, cores
from golden_record.resolution.questions import ask
from golden_record.resolution.settle import Settled
from golden_record.resolution.snapshot import put_snapshot_in_force, score_all, snapshot_due
from golden_record.rules import Rules
from golden_record.store import due, in_hand, matching_index, normalised_records, profiles
from golden_record.store.engine import Store
from golden_record.store.matching_index import Link
from golden_record.store.normalised_records import CLEAN
from golden_record.store.tables import SOURCE_REF
from mapping.values import BECAME

log = logging.getLogger(__name__)

AT_ONCE = 2_000
"""Records that wait from which on they are resolved at once: below, a look through the store's indexes costs less."""
SHARED_OUT = 20_000
"""Records from which on processes share the work: starting one costs what some thousands of records do."""
MOST_HANDS = 8
PAGE = 500
"""Records that a process opens at a time."""
SETTLED_AT_ONCE = 400
"""Records that a process settles at a time, in whole components."""
WRITTEN = 5
"""Such pages in one transaction: some 2,000 records, some 50 ms."""
BLOCKS_WRITTEN = 20_000
"""Block keys in one transaction, in the order of the index: some 100 ms."""


@dataclass
class AtOnce:
    """What was done at once: records scored, pairs weighed, buckets too full to compare, and what settling came to.

    *seconds*: how long each step took.
    """

    records: int = 0
    pairs: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    settled: Settled = field(default_factory=Settled)
    seconds: dict[str, float] = field(default_factory=dict)


def resolve_many(store: Store, rules: Rules, run_id: str, now: Callable[[], datetime]) -> AtOnce | None:
    """Resolve all that waits, where it is much; None where it is not, or a process was lost: then nothing is amiss.

    Raises:
        NotDecidable: the blocking rules would make more pairs than any run should compare.
    """
    in_hand.put_back(store)
    with store.read() as connection:
        waiting = in_hand.waiting(connection)
    if waiting < AT_ONCE:
        return None
    due = [(entity, model) for entity, model in matched_entities(rules) if snapshot_due(store, entity, model, waiting)]
    with store.write() as connection:
        for entity, _model in due:
            score_all(connection, entity)
    try:
        with ExitStack() as stack:
            return _Load(store, rules, run_id, now, frozenset(entity for entity, _ in due), stack).run()
    except HandLost as lost:
        log.warning("the bulk path was given up (%s); record by record it goes on", lost)
        return None
    finally:
        in_hand.put_back(store)


class _Load:
    """One run of the bulk path."""

    def __init__(  # noqa: PLR0913 (what it rests on)
        self,
        store: Store,
        rules: Rules,
        run_id: str,
        now: Callable[[], datetime],
        due: frozenset[str],
        stack: ExitStack,
    ) -> None:
        self.store, self.rules, self.run_id, self.now, self.due = store, rules, run_id, now, due
        self.refs = in_hand.take(store)
        self.mine = len(self.refs)
        self.done = AtOnce(records=self.mine)
        self.entities = array("B")
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="crmhub-"))
        self.places = Places(Path(folder) / "evidence")
        stack.callback(self.places.close)
        rules_of = [
            Bucket(" + ".join(r.fields), r.max) for _entity, model in matched_entities(rules) for r in model.blocking
        ]
        self.blocked = Blocked(folder, rules_of)
        stack.callback(self.blocked.close)
        url = store.engine.url.render_as_string(hide_password=False)
        kit = Kit(url, store.vault.ring, rules, Path(folder) / "evidence", os.urandom(32), run_id)
        self.hands = Hands(self._count(), kit if self._count() else lambda: kit.worker(store))
        stack.callback(self.hands.close)

    def _count(self) -> int:
        """Return how many processes share the work; a store in memory is known to this one alone."""
        shared = self.store.engine.url.database not in {None, "", ":memory:"}
        return min(cores(), MOST_HANDS) if shared and self.mine >= SHARED_OUT and cores() > 1 else 0

    def run(self) -> AtOnce:
        """Take every step."""
        steps = {
            "look": self._look,
            "index": self._index,
            "snapshots": self._take_snapshots,
            "weigh": self._weigh,
            "settle": self._settle,
        }
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            self.done.seconds[name] = round(time.perf_counter() - began, 2)
        in_hand.leave_to_settle(self.store)
        log.info("resolved %s records at once; seconds: %s", self.mine, self.done.seconds)
        return self.done

    # ------------------------------------------------------------------------------------------- looking

    def _look(self) -> None:
        looked: Looked
        for start in range(0, self.mine, BLOCKS_WRITTEN):
            self.blocked.add_records(self.refs[start : start + BLOCKS_WRITTEN], start)
        for looked in self.hands.each("look", self._pages(0, self.mine)):
            self.places.append(looked.sealed)
            self.entities.extend(looked.entities)
            self.blocked.add_keys(looked.keys)
            self.blocked.add_counted(looked.counted)
        self.places.written()

    def _pages(self, start: int, end: int) -> Iterator[tuple[int, list[bytes]]]:
        for here in range(start, end, PAGE):
            yield here, self.refs[here : min(here + PAGE, end)]

    # ------------------------------------------------------------------------------------------- indexing

    def _index(self) -> None:
        """Put every record under its block keys, and number the others of the store that share one."""
        with self.store.read() as connection:
            for page in matching_index.every_block(connection):
                self.blocked.add_stored(page)
        added, removed = self.blocked.changed_keys()
        for page in removed:
            with self.store.write() as connection:
                matching_index.change_blocks(connection, [], page)
        for page in _cut(added, BLOCKS_WRITTEN):
            with self.store.write() as connection:
                matching_index.change_blocks(connection, page, [])
        for refs in self.blocked.in_crossed():
            with self.store.write() as connection:
                normalised_records.score_again(connection, refs)
        others = self.blocked.find_others(self.mine)
        self.refs += others
        for sealed in self.hands.each("seal", (refs for _start, refs in self._pages(self.mine, len(self.refs)))):
            self.places.append(sealed)
        self.places.written()

    def _take_snapshots(self) -> None:
        labels = counted_labels(self.rules)
        counts: dict[str, dict[tuple[str, bytes], int]] = {entity: {} for entity in self.due}
        for number, key, count in self.blocked.counts([by_holder for _entity, _label, by_holder in labels]):
            entity, label, _ = labels[number]
            if entity in counts:
                counts[entity][label, key] = count
        numbers = Counter(self.entities)
        for number, (entity, model) in enumerate(matched_entities(self.rules)):
            if entity in self.due:
                put_snapshot_in_force(self.store, entity, model, counts[entity], numbers[number], now=self.now())

    # ------------------------------------------------------------------------------------------- weighing

    def _weigh(self) -> None:
        for rule, sizes in self.blocked.full_buckets().items():
            self.done.skipped[rule] += len(sizes)
        self.done.pairs = self.blocked.find_pairs()
        self.joined: list[tuple[int, int, float]] = []
        weighed: Weighed
        for weighed in self.hands.each("weigh", map(self._with_places, self.blocked.pairs())):
            self.blocked.add_links(weighed.a, weighed.b, weighed.bits)
            rows = zip(weighed.a, weighed.b, weighed.bits, weighed.joined, strict=True)
            self.joined += [(a, b, bits) for a, b, bits, joined in rows if joined]
        if self._has_links():
            for start in range(0, self.mine, WRITTEN * PAGE):
                with self.store.write() as connection:
                    matching_index.replace_links(
                        connection, self.refs[start : min(start + WRITTEN * PAGE, self.mine)], ()
                    )
        for page in _cut(self.blocked.links(), BLOCKS_WRITTEN):
            with self.store.write() as connection:
                matching_index.replace_links(connection, (), [Link(*row) for row in page])

    def _with_places(self, pair: tuple[array[int], array[int]]) -> Pairs:
        a, b = pair
        return Pairs(a, b, {number: self.places.of(number) for number in {*a, *b}})

    def _has_links(self) -> bool:
        with self.store.read() as connection:
            return matching_index.any_link(connection)

    # ------------------------------------------------------------------------------------------- settling

    def _settle(self) -> None:
        """Settle every component without a past; the others stay in hand, to be settled as single records are."""
        refs, sources = in_hand.tied(self.store, BECAME)
        held = bytearray(
            number >= self.mine or ref in refs or ref[:SOURCE_REF] in sources for number, ref in enumerate(self.refs)
        )
        pages = self._components(held)
        waiting: list[Became] = []
        for number, page in enumerate(self.hands.each("settle", pages), 1):
            waiting += page
            if number % WRITTEN == 0:
                self._write(waiting)
                waiting = []
        self._write(waiting)

    def _components(self, held: bytearray) -> Iterator[tuple[datetime, list[Tied]]]:
        page: list[Tied] = []
        size = 0
        for numbers, links in components(self.mine, self.joined, held):
            several = len(numbers) > 1
            page.append(
                Tied(
                    tuple(self.refs[one] for one in numbers),
                    tuple((*sorted((self.refs[a], self.refs[b])), bits) for a, b, bits in links),  # type: ignore[misc]  # two refs and bits
                    {self.refs[one]: self.places.of(one) for one in numbers} if several else {},
                )
            )
            size += len(numbers)
            if size >= SETTLED_AT_ONCE:
                yield self.now(), page
                page, size = [], 0
        if page:
            yield self.now(), page

    def _write(self, became: Sequence[Became]) -> None:
        """Write what components became, in one transaction, but for those that something has happened to meanwhile."""
        done = self.done.settled
        with self.store.write() as connection:
            intact = in_hand.still_in_hand(connection, [ref for one in became for ref in one.refs])
            whole = [one for one in became if one.bound and intact.issuperset(one.refs)]
            made = [row for one in whole for row in one.profiles]
            profiles.insert(connection, made)
            profiles.insert_events(connection, [row for one in whole for row in one.events])
            due.set_for(connection, (), {name: at for one in whole for name, at in one.due.items()})
            questions = [question for one in whole for question in one.questions]
            about = [ref for one in whole for ref in one.refs]
            done.opened += ask(connection, self.store.vault, questions, about, self.run_id, self.now())
            bound = sorted(one for some in whole for one in some.bound)
            in_hand.settled(connection, bound, CLEAN)
        for one in whole:
            done.matched.update(one.matched)
        done.created += len(made)
        done.records += len(bound)


def _cut(pages: Iterator[list], size: int) -> Iterator[list]:  # type: ignore[type-arg]  # rows as they come
    """Cut pages of rows into pages of at most *size*."""
    for page in pages:
        for start in range(0, len(page), size):
            yield page[start : start + size]
