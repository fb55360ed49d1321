"""A mailbox and a phone that very many records share: bounded work, and the same answer in whatever order they came.

Work is counted in steps of SQLite's machine, in pairs and in records scored, never in seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flows.hub import rules_of
from flows.new_project import write_project
from flows.project import Project, read_project
from golden_record.bulk import resolve_many
from golden_record.matching.model import BlockingRule
from golden_record.resolution.resolve import Resolved, resolve
from golden_record.rules import Rules
from golden_record.store.engine import Store, open_store
from golden_record.vault import KeyRing
from tests.golden_record.bulk.test_resolve_many import picture
from tests.golden_record.resolution.test_resolve import counted_steps
from tests.golden_record.typed_in_zoho import NOW, ZOHO, land_all

RUN = "0" * 26
NEVER = 10**9
RING = KeyRing.mint()
MAILBOX, SWITCHBOARD = "info@shared.example.com", "010-87651234"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("p") / "p"
    write_project(folder, systems={"zoho_crm": ZOHO})
    return read_project(folder, {})


class Sharers:
    """Contacts who share a mailbox and a switchboard, in a store with a limit of its own for such buckets."""

    def __init__(self, store: Store, project: Project, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
        self.store, self.project, self.monkeypatch = store, project, monkeypatch
        self.rules = _limited(rules_of(project, project.models), most)

    def put(self, numbers: Sequence[int], **said: Any) -> None:
        shared = {"Email": MAILBOX, "Phone": SWITCHBOARD}
        contacts = [{"id": f"{n:05d}", **_name(n), **shared, **said} for n in numbers]
        land_all(self.store, self.project, {"Contacts": contacts})

    def put_strangers(self, count: int) -> None:
        """Let so many others come first, so that the base does not outgrow its frequencies by what follows."""
        contacts = [{"id": f"s{n}", **_name(9000 + n), "Mobile": f"1390000{n:04d}"} for n in range(count)]
        land_all(self.store, self.project, {"Contacts": contacts})

    def resolve(self, *, at_once: bool = False) -> Resolved:
        self.monkeypatch.setattr(resolve_many, "AT_ONCE", 1 if at_once else NEVER)
        return resolve(self.store, self.rules, RUN, lambda: NOW)

    def seen(self) -> dict[str, Any]:
        found = picture(self.store)
        return {name: found[name] for name in ("stages", "blocks", "links", "frequencies", "profiles")}


def _limited(rules: Rules, most: int) -> Rules:
    """Return the rules with *most* records in a bucket of one phone or one mailbox."""
    person = rules.entities["person"]
    assert person.model is not None
    blocking = tuple(
        BlockingRule(fields=rule.fields, max=most) if rule.fields in (("phones",), ("emails",)) else rule
        for rule in person.model.blocking
    )
    model = person.model.model_copy(update={"blocking": blocking})
    return replace(rules, entities={**rules.entities, "person": replace(person, model=model)})


def _name(number: int) -> dict[str, str]:
    """Return a name that no other of them bears, nor sounds like."""
    letters = "".join("bcdfghklmnprstvz"[number // 16**place % 16] + "aeiou"[number % 5] for place in range(4))
    return {"Last_Name": f"{letters}son".capitalize(), "First_Name": f"Q{letters[::-1]}".capitalize()}


@contextmanager
def opened(folder: Path, name: str) -> Iterator[Store]:
    store = open_store(f"sqlite:///{name}.db", RING, base=folder)
    try:
        yield store
    finally:
        store.close()


def cost_of_one_more(
    folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch, size: int
) -> tuple[int, Resolved]:
    """Return the steps of one more record in a bucket that *size* records have filled long ago."""
    with opened(folder, f"of{size}") as store:
        sharers = Sharers(store, project, monkeypatch, most=20)
        sharers.put(range(size))
        sharers.resolve(at_once=True)
        sharers.put([size])
        with counted_steps(store) as steps:
            done = sharers.resolve()
    return steps[0], done


def test_one_more_record_costs_the_same_in_a_bucket_ten_times_as_full(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, many = (cost_of_one_more(tmp_path, project, monkeypatch, size) for size in (40, 400))
    assert many[0] < 1.2 * few[0]
    for _steps, done in (few, many):
        assert (done.scored, done.pairs) == (1, 0)
        assert set(done.skipped) == {"phones", "emails"}


def test_a_first_load_of_a_full_bucket_compares_nobody_by_it_and_grows_with_the_records(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {}
    for size in (200, 800):
        with opened(tmp_path, f"load{size}") as store:
            sharers = Sharers(store, project, monkeypatch, most=20)
            sharers.put(range(size))
            with counted_steps(store) as taken:
                done = sharers.resolve(at_once=True)
            steps[size] = taken[0]
            assert done.pairs == 0
            assert set(done.skipped) == {"phones", "emails"}
    assert steps[800] < 1.2 * 4 * steps[200]


def test_record_by_record_the_work_grows_with_the_records_and_not_with_the_bucket(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base is large enough that nothing is scored anew for its growth: what is counted is the bucket alone."""
    with opened(tmp_path, "single") as store:
        sharers = Sharers(store, project, monkeypatch, most=20)
        sharers.put_strangers(500)
        sharers.resolve(at_once=True)
        taken = []
        for start in (0, 75, 150):
            with counted_steps(store) as steps:
                for number in range(start, start + 75, 25):
                    sharers.put(range(number, number + 25))
                    sharers.resolve()
            taken.append(steps[0])
    assert taken[2] < 1.2 * taken[1]


def test_crossing_the_limit_scores_the_bucket_once_more_and_never_again(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path, "crossing") as store:
        sharers = Sharers(store, project, monkeypatch, most=20)
        sharers.put_strangers(100)
        sharers.put(range(19))
        sharers.resolve(at_once=True)
        scored = []
        for number in range(19, 23):
            sharers.put([number])
            done = sharers.resolve()
            scored.append((done.scored, done.pairs))
        assert scored == [(1, 19), (21, 0), (1, 0), (1, 0)]


@pytest.mark.parametrize("steps", [[1, 1, 1, 1, 1, 1], [4, 2]])
@pytest.mark.parametrize("at_once", [False, True], ids=["record by record", "at once"])
def test_who_came_first_into_a_bucket_that_overflowed_does_not_matter(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, steps: list[int], *, at_once: bool
) -> None:
    """Six records share two buckets of four: up over the limit in steps, and down again by leaving, all of them."""
    seen = []
    for name, sizes in (("whole", [6]), ("in steps", steps)):
        with opened(tmp_path, name) as store:
            sharers = Sharers(store, project, monkeypatch, most=4)
            sharers.put_strangers(40)
            sharers.resolve()
            first, states = 0, []
            for size in sizes:
                sharers.put(range(first, first + size))
                sharers.resolve(at_once=at_once if name == "in steps" else False)
                first += size
            states.append(sharers.seen())
            assert not states[0]["links"]
            first = 0
            for size in [2] if name == "whole" else [1, 1]:
                own = {"Email": f"own{first}@example.com", "Phone": None}
                sharers.put(range(first, first + size), **own)
                sharers.resolve(at_once=at_once if name == "in steps" else False)
                first += size
            states.append({name: some for name, some in sharers.seen().items() if name in {"stages", "links"}})
            seen.append(states)
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] == seen[1][1]
    assert len(seen[0][1]["links"]) == 6
