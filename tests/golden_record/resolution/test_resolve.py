"""What resolving one changed record costs does not grow with the base: counted in steps of SQLite's machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.hub import rules_of
from flows.new_project import write_project
from flows.project import Project, read_project
from golden_record.landing import Pulled, Stream, land
from golden_record.matching.model import BlockingRule
from golden_record.resolution.resolve import resolve
from golden_record.resolution.snapshot import frequencies_in_force
from golden_record.store import matching_index
from golden_record.store.engine import Store, open_store
from golden_record.store.tables import profiles
from golden_record.vault import KeyRing
from mapping.pull import pull

NOW = datetime(2026, 1, 2, tzinfo=UTC)
RUN = "0" * 26
ZOHO: dict[str, Any] = {
    "connector": "zoho_crm",
    "department": "sales",
    "config": {"data_center": "cn", "client_id": "i", "client_secret": "s", "refresh_token": "r"},
    "streams": ["Contacts"],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    write_project(tmp_path / "p", systems={"zoho_crm": ZOHO})
    return read_project(tmp_path / "p", {})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path)
    yield made
    made.close()


class Base:
    """Contacts in one store, each with a name and a mobile of its own."""

    def __init__(self, store: Store, project: Project) -> None:
        self.store, self.rules = store, rules_of(project, project.models)
        mapping = project.mappings["zoho_crm", "Contacts"]
        self.stream = Stream("zoho_crm", "Contacts", mapping.version, lambda record: pull(mapping, record))

    def put(self, first: int, last: int, **fields: Any) -> None:
        records = [
            {"id": str(n), "Last_Name": "王", "First_Name": _given(n), "Mobile": f"138{n:08d}", **fields}
            for n in range(first, last)
        ]
        batch = [Pulled(record["id"], record, record) for record in records]
        land(self.store, self.stream, batch, now=NOW)

    def resolve(self) -> int:
        """Resolve what waits; return how many profiles were made."""
        return resolve(self.store, self.rules, RUN, lambda: NOW).settled.created


def _given(number: int) -> str:
    return "".join(chr(0x4E00 + 97 * place + 13 * number) for place in (1, 2))


@contextmanager
def counted_steps(store: Store) -> Iterator[list[int]]:
    """Count the steps of SQLite's virtual machine on every connection."""
    taken, total = count(), [0]

    def watch(driver: Any, *_: object) -> None:
        driver.set_progress_handler(lambda: next(taken) < 0, 1)

    store.engine.dispose()
    sa.event.listen(store.engine, "connect", watch)
    yield total
    sa.event.remove(store.engine, "connect", watch)
    store.engine.dispose()
    total[0] = next(taken)


def cost_of_one(store: Store, project: Project, size: int) -> int:
    base = Base(store, project)
    base.put(0, size)
    assert base.resolve() == size
    base.put(7, 8, Title="经理")
    with counted_steps(store) as steps:
        assert base.resolve() == 0
    return steps[0]


def test_one_changed_record_costs_no_more_in_a_base_ten_times_as_large(tmp_path: Path, project: Project) -> None:
    small, large = (open_store(f"sqlite:///{size}.db", KeyRing.mint(), base=tmp_path) for size in (30, 300))
    assert cost_of_one(large, project, 300) < 1.3 * cost_of_one(small, project, 30)
    small.close()
    large.close()


def test_frequencies_are_taken_anew_once_the_base_has_grown_by_half(store: Store, project: Project) -> None:
    base = Base(store, project)
    totals = []
    for first, last in ((0, 20), (20, 25), (25, 29), (29, 30), (30, 31)):
        base.put(first, last)
        base.resolve()
        with store.read() as connection:
            known = matching_index.model_in_force(connection, "person")
        totals.append(known.total if known else 0)
    assert totals == [20, 20, 20, 30, 30]


def test_records_that_change_again_and_again_do_not_pass_for_growth(store: Store, project: Project) -> None:
    base = Base(store, project)
    for title in ("", "经理", "总监", "总裁", "顾问"):
        base.put(0, 20, Title=title or None)
        base.resolve()
    base.put(20, 29)
    base.resolve()
    with store.read() as connection:
        known = matching_index.model_in_force(connection, "person")
    assert known is not None
    assert (known.version, known.total) == (1, 20)


def test_a_frequency_is_the_same_whether_all_are_loaded_or_just_the_one(store: Store, project: Project) -> None:
    base = Base(store, project)
    base.put(0, 20, First_Name="伟")
    base.resolve()
    one, every = (frequencies_in_force(store, "person", whole=whole) for whole in (False, True))
    for text in ("王伟", "王芳"):
        assert one.held_by("name", text) == every.held_by("name", text)
    assert every.held_by("name", "王伟") > 1
    assert one.total == every.total == 20
    assert len(one.counts) == len(every.counts)


def test_blocking_rules_that_are_edited_find_records_that_were_there_before(store: Store, project: Project) -> None:
    base = Base(store, project)
    base.put(0, 4, Last_Name="欧阳", First_Name="晓雯", Mobile="13905712468")
    person = base.rules.entities["person"]
    assert person.model is not None
    by_mail = person.model.model_copy(update={"blocking": (BlockingRule(fields=("emails",)),)})
    base.rules = replace(base.rules, entities={**base.rules.entities, "person": replace(person, model=by_mail)})
    assert base.resolve() == 4
    base.rules = rules_of(project, project.models)
    base.put(9, 10)
    assert base.resolve() == 1
    with store.read() as connection:
        living = connection.scalar(
            sa.select(sa.func.count()).select_from(profiles).where(profiles.c.merged_into.is_(None))
        )
    assert living == 2
