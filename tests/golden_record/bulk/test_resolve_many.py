"""Many records at once come to what they come to one by one: links, clusters, values, questions, frequencies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.hub import rules_of
from flows.new_project import write_project
from flows.project import Project, read_project
from golden_record import stewardship
from golden_record.bulk import blocked, resolve_many
from golden_record.bulk.hand import Worker
from golden_record.bulk.hands import HandLost
from golden_record.deed import Act
from golden_record.errors import NotDecidable
from golden_record.resolution.resolve import Resolved, resolve
from golden_record.store import in_hand, normalised_records, profiles
from golden_record.store import tables as t
from golden_record.store.engine import Store, open_store
from golden_record.vault import KeyRing
from tests.golden_record.typed_in_zoho import NOW, ZOHO, land_all, records

RUN = "0" * 26
NEVER = 10**9
RING = KeyRing.mint()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("p") / "p"
    write_project(folder, systems={"zoho_crm": ZOHO})
    return read_project(folder, {})


@contextmanager
def opened(folder: Path, name: str) -> Iterator[Store]:
    store = open_store(f"sqlite:///{name}.db", RING, base=folder)
    try:
        yield store
    finally:
        store.close()


def resolved(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch, *, at_once: int, shared_out: int = NEVER
) -> Resolved:
    monkeypatch.setattr(resolve_many, "AT_ONCE", at_once)
    monkeypatch.setattr(resolve_many, "SHARED_OUT", shared_out)
    return resolve(store, rules_of(project, project.models), RUN, lambda: NOW)


def picture(store: Store) -> dict[str, Any]:
    """Everything that resolving writes, without the ids that chance gives."""
    with store.read() as connection:
        rows = connection.execute(sa.select(t.normalised_records.c.ref, t.normalised_records.c.dirty)).all()
        keys = normalised_records.keys_of(connection, [row.ref for row in rows])
        bound = normalised_records.profiles_of(connection, keys)
        members: dict[str, list[str]] = {}
        for ref, profile_id in bound.items():
            members.setdefault(profile_id, []).append(keys[ref])
        called = {profile_id: tuple(sorted(some)) for profile_id, some in members.items()}
        reviews = connection.execute(sa.select(t.reviews)).all()
        about: dict[str, set[str]] = {}
        for row in connection.execute(sa.select(t.review_profiles)):
            about.setdefault(row.review_id, set()).add(keys[row.ref])
        return {
            "stages": {row.dirty for row in rows},
            "blocks": {(row.block, keys[row.ref]) for row in connection.execute(sa.select(t.blocks))},
            "links": {
                (keys[row.a], keys[row.b]): round(row.weight, 6) for row in connection.execute(sa.select(t.links))
            },
            "frequencies": {tuple(row) for row in connection.execute(sa.select(t.frequencies))},
            "models": {(row.entity, row.digest, row.total) for row in connection.execute(sa.select(t.models))},
            "profiles": {
                called[one.profile_id]: (one.entity, one.fields, one.sources, one.frozen)
                for one in profiles.load(connection, store.vault, called).values()
            },
            "events": sorted(
                (called[event.profile_id], event.kind, str(event.detail))
                for event in profiles.events_of(connection, store.vault, list(called))
            ),
            "due": {(called[row.profile_id], row.at) for row in connection.execute(sa.select(t.due))},
            "reviews": sorted(
                (row.kind, row.status, row.field or "", row.weight or 0.0, str(row.due_at), sorted(about[row.id]))
                for row in reviews
            ),
        }


def test_two_thousand_records_at_once_come_to_what_they_come_to_one_by_one(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = records(620, 5)
    with opened(tmp_path, "single") as single, opened(tmp_path, "many") as many:
        total = land_all(single, project, typed)
        land_all(many, project, typed)
        assert total > 2000
        one_by_one = resolved(single, project, monkeypatch, at_once=NEVER)
        at_once = resolved(many, project, monkeypatch, at_once=1)
        assert picture(many) == picture(single)
    assert (at_once.pairs, at_once.settled.created) == (one_by_one.pairs, one_by_one.settled.created)
    assert at_once.settled.opened == one_by_one.settled.opened > 0
    assert at_once.settled.matched == one_by_one.settled.matched


def test_processes_that_share_the_work_come_to_the_same(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolve_many, "cores", lambda: 2)
    typed = records(60, 6)
    with opened(tmp_path, "single") as single, opened(tmp_path, "many") as many:
        for store in (single, many):
            land_all(store, project, typed)
        resolved(single, project, monkeypatch, at_once=NEVER)
        resolved(many, project, monkeypatch, at_once=1, shared_out=1)
        assert picture(many) == picture(single)


def test_what_comes_later_joins_what_was_there_in_whatever_way_either_came(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = records(90, 7)
    first = {stream: some[::2] for stream, some in typed.items()}
    pictures = []
    for name, before, after in (("a", NEVER, NEVER), ("b", NEVER, 1), ("c", 1, NEVER), ("d", 1, 1)):
        with opened(tmp_path, name) as store:
            land_all(store, project, first)
            resolved(store, project, monkeypatch, at_once=before)
            land_all(store, project, typed)
            resolved(store, project, monkeypatch, at_once=after)
            found = picture(store)
            pictures.append({name: found[name] for name in ("stages", "blocks", "links", "frequencies", "reviews")})
            pictures[-1]["profiles"] = {members: shown[1] for members, shown in found["profiles"].items()}
    for one in pictures[1:]:
        assert one == pictures[0]


def test_a_record_that_changes_while_it_is_in_hand_is_not_taken_for_done(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = records(40, 8)
    changed = dict(typed["Contacts"][0], Mobile="13700137000")
    settle = Worker.settle
    landed: list[int] = []

    def settle_meanwhile(worker: Worker, page: Any) -> Any:
        made = settle(worker, page)
        if not landed:
            landed.append(land_all(store, project, {"Contacts": [changed]}))
        return made

    monkeypatch.setattr(Worker, "settle", settle_meanwhile)
    with opened(tmp_path, "many") as store, opened(tmp_path, "single") as single:
        land_all(store, project, typed)
        resolved(store, project, monkeypatch, at_once=1)
        assert landed == [1]
        land_all(single, project, typed)
        land_all(single, project, {"Contacts": [changed]})
        resolved(single, project, monkeypatch, at_once=NEVER)
        assert {"stages": {0}} == {"stages": picture(store)["stages"]}
        assert picture(store)["blocks"] == picture(single)["blocks"]
        assert picture(store)["profiles"].keys() == picture(single)["profiles"].keys()


@pytest.mark.parametrize("step", ["look", "weigh", "settle"])
def test_what_a_steward_says_of_records_in_hand_is_taken_up_at_the_end_of_that_load(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    work = getattr(Worker, step)
    said: list[str] = []
    with opened(tmp_path, "many") as store:
        typed = records(30, 8)
        land_all(store, project, {stream: some[::2] for stream, some in typed.items()})
        resolved(store, project, monkeypatch, at_once=NEVER)
        land_all(store, project, typed)
        one, other = sorted(persons(store))[:2]

        def work_meanwhile(worker: Worker, page: Any) -> Any:
            made = work(worker, page)
            if not said:
                said.append(one)
                stewardship.merge(store, one, other, Act("li", "the same", NOW, RUN))
            return made

        monkeypatch.setattr(Worker, step, work_meanwhile)
        with store.write() as connection:
            connection.execute(t.normalised_records.update().values(dirty=normalised_records.TO_INDEX))
        resolved(store, project, monkeypatch, at_once=1)
        assert said == [one]
        assert picture(store)["stages"] == {0}
        assert len({one, other} & persons(store)) == 1


def persons(store: Store) -> set[str]:
    with store.read() as connection:
        return {one.profile_id for one in profiles.page(connection, store.vault, None, 500, "person")}


def test_killed_half_way_the_next_run_brings_it_to_the_same_end(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = records(40, 9)
    step = resolve_many._Load._settle
    with opened(tmp_path, "killed") as store, opened(tmp_path, "single") as single:
        land_all(store, project, typed)
        with monkeypatch.context() as patched:
            patched.setattr(resolve_many._Load, "_settle", lambda _load: 1 / 0)
            patched.setattr(in_hand, "put_back", lambda _store: None)
            with pytest.raises(ZeroDivisionError):
                resolved(store, project, monkeypatch, at_once=1)
        assert resolve_many._Load._settle is step
        resolved(store, project, monkeypatch, at_once=NEVER)
        land_all(single, project, typed)
        resolved(single, project, monkeypatch, at_once=NEVER)
        assert picture(store) == picture(single)


def test_a_process_that_is_lost_leaves_the_work_to_the_path_of_single_records(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_worker: Worker, _pairs: object) -> None:
        raise HandLost("gone")

    monkeypatch.setattr(Worker, "weigh", lost)
    typed = records(20, 10)
    with opened(tmp_path, "many") as store:
        total = land_all(store, project, typed)
        assert resolved(store, project, monkeypatch, at_once=1).settled.records == total
        assert picture(store)["stages"] == {0}


def test_blocking_rules_that_would_make_too_many_pairs_are_refused_with_the_numbers(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocked, "MOST_PAIRS", 50)
    with opened(tmp_path, "many") as store:
        land_all(store, project, records(40, 11))
        with pytest.raises(NotDecidable, match=r"would make [\d,]+ pairs, the rule \[.+\] [\d,]+ \(its largest bucket"):
            resolved(store, project, monkeypatch, at_once=1)
        assert picture(store)["stages"] == {1}


def test_a_mailbox_shared_by_thousands_is_reported_and_compared_with_nobody(
    tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What else brings two of them together (names of one sound) makes a few dozen pairs, the mailbox none."""
    typed = {
        "Contacts": [
            {
                "id": str(n),
                "Last_Name": chr(0x4E00 + n),
                "First_Name": chr(0x5E00 + n),
                "Email": "info@shared.example.com",
            }
            for n in range(1200)
        ]
    }
    with opened(tmp_path, "many") as store:
        land_all(store, project, typed)
        done = resolved(store, project, monkeypatch, at_once=1)
        assert done.skipped["emails"] == 1
        assert done.pairs < 100
