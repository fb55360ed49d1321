from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from golden_record.matching.identity import Assignment, ProfileFacts, Standing, assign, history

START = datetime(2026, 1, 1, tzinfo=UTC)


def minting(prefix: str = "new") -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"{prefix}{next(numbers)}"


@dataclass
class Book:
    """What a store keeps of identity, in its smallest form: enough to run assignments one after the other."""

    previous: dict[str, str] = field(default_factory=dict)
    created: dict[str, datetime] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def standing(self, leaving: Sequence[str] = ()) -> Standing:
        members: dict[str, set[str]] = {}
        for record, profile_id in self.previous.items():
            members.setdefault(profile_id, set()).add(record)
        facts = {
            one: ProfileFacts(frozenset(records - self.dead), self.created[one]) for one, records in members.items()
        }
        return Standing(dict(self.previous), facts, dict(self.former), dict(self.redirects), frozenset(leaving))

    def mint(self) -> str:
        return f"p{next(self.numbers)}"

    def run(self, *clusters: str, leaving: str = "") -> Assignment:
        done = assign([tuple(cluster) for cluster in clusters], self.standing(leaving), self.mint)
        for one in done.assigned:
            self.previous |= dict.fromkeys(one.records, one.profile_id)
            self.created.setdefault(one.profile_id, START + timedelta(days=len(self.created)))
            self.redirects.pop(one.profile_id, None)
        self.redirects |= done.redirects
        for record, once in done.former.items():
            self.former.pop(record, None)
            if once:
                self.former[record] = once
        return done

    def ids(self) -> dict[str, str]:
        return dict(self.previous)


def test_first_sight_mints_an_id_for_each_cluster() -> None:
    done = Book().run("bc", "a")
    assert [(one.profile_id, one.records, one.origin) for one in done.assigned] == [
        ("p1", ("a",), "minted"),
        ("p2", ("b", "c"), "minted"),
    ]


def test_a_repeat_changes_nothing() -> None:
    book = Book()
    book.run("ab", "c")
    before = book.ids()
    done = book.run("c", "ba")
    assert book.ids() == before
    assert {one.origin for one in done.assigned} == {"kept"}
    assert not done.redirects


def test_the_side_with_most_live_records_stays_and_the_other_redirects() -> None:
    book = Book()
    book.run("ab", "cde")
    done = book.run("abcde")
    assert (done.assigned[0].profile_id, done.redirects) == ("p2", {"p1": "p2"})


def test_dead_records_do_not_count_for_the_larger_side() -> None:
    book = Book()
    book.run("ab", "cde")
    book.dead = {"c", "d"}
    assert book.run("abcde").assigned[0].profile_id == "p1"


def test_of_equal_sides_the_earlier_created_stays_then_the_smaller_id() -> None:
    book = Book()
    book.run("ab", "cd")
    book.created = {"p1": START + timedelta(days=9), "p2": START}
    assert book.run("abcd").assigned[0].profile_id == "p2"
    even = Book()
    even.run("ab", "cd")
    even.created = {"p1": START, "p2": START}
    assert even.run("abcd").assigned[0].profile_id == "p1"


def test_merge_then_split_gives_both_ids_back() -> None:
    book = Book()
    book.run("ab", "cde")
    before = book.ids()
    book.run("abcde")
    done = book.run("ab", "cde")
    assert book.ids() == before
    assert [one.origin for one in done.assigned] == ["restored", "kept"]
    assert not book.redirects
    assert not book.former


def test_merges_one_after_the_other_unwind_one_after_the_other() -> None:
    book = Book()
    book.run("a", "bc", "def")
    states = [book.ids()]
    book.run("abc", "def")
    states.append(book.ids())
    book.run("abcdef")
    book.run("abc", "def")
    assert book.ids() == states[1]
    book.run("a", "bc", "def")
    assert book.ids() == states[0]


def test_a_part_that_never_had_an_id_gets_a_new_one() -> None:
    book = Book()
    book.run("abcd")
    done = book.run("abc", "d")
    assert [(one.profile_id, one.origin) for one in done.assigned] == [("p1", "kept"), ("p2", "minted")]


def test_an_id_stays_with_what_came_first_hand_even_where_the_guest_part_is_larger() -> None:
    book = Book()
    book.run("abc", "de")
    book.run("abcde")
    book.dead = {"a", "b"}
    book.run("abc", "de")
    assert book.ids() == {"a": "p1", "b": "p1", "c": "p1", "d": "p2", "e": "p2"}


def test_records_that_a_steward_takes_out_do_not_take_the_id_along() -> None:
    book = Book()
    book.run("abcde")
    done = book.run("ab", "cde", leaving="cde")
    assert [(one.profile_id, one.records) for one in done.assigned] == [("p1", ("a", "b")), ("p2", ("c", "d", "e"))]


def test_a_record_that_moves_over_keeps_both_ids_where_they_are() -> None:
    book = Book()
    book.run("abc", "de")
    book.run("ab", "cde")
    assert book.ids() == {"a": "p1", "b": "p1", "c": "p2", "d": "p2", "e": "p2"}


def test_of_two_ids_at_home_in_one_cluster_the_loser_goes_on_where_else_it_has_records() -> None:
    book = Book()
    book.run("abc", "def")
    book.run("abcde", "f")
    assert book.ids() == {**dict.fromkeys("abcde", "p1"), "f": "p2"}


def test_a_new_record_joins_and_a_bridge_redirects() -> None:
    book = Book()
    book.run("a", "b")
    done = book.run("abx")
    assert done.redirects == {"p2": "p1"}
    assert book.former == {"b": "p2"}


def test_a_history_never_names_a_living_id() -> None:
    facts = {"p1": ProfileFacts(frozenset("ab"), START)}
    standing = Standing({"a": "p1", "b": "p1"}, facts, {"b": "p3"}, {"p3": "p2", "p2": "p1"})
    assert history("b", standing) == ("p3", "p2")
    assert history("a", standing) == ()


PARTITION = st.lists(st.integers(0, 3), min_size=6, max_size=6)


def parts(labels: Sequence[int]) -> list[str]:
    found: dict[int, str] = {}
    for record, label in zip("abcdef", labels, strict=True):
        found[label] = found.get(label, "") + record
    return list(found.values())


@given(st.lists(PARTITION, min_size=1, max_size=5))
def test_every_record_has_one_id_no_id_two_clusters_and_lost_ids_lead_to_living_ones(runs: list[list[int]]) -> None:
    book = Book()
    for labels in runs:
        done = book.run(*parts(labels))
        ids = [one.profile_id for one in done.assigned]
        assert len(ids) == len(set(ids))
        again = book.ids()
        assert not book.run(*parts(labels)).redirects
        assert book.ids() == again
        for retired in book.redirects:
            here = retired
            for _ in range(20):
                here = book.redirects.get(here, here)
            assert here in set(again.values())
            assert retired not in set(again.values())


@given(PARTITION, st.integers(0, 3), st.integers(0, 3))
def test_merge_then_split_is_nothing(labels: list[int], one: int, other: int) -> None:
    book = Book()
    book.run(*parts(labels))
    before = book.ids()
    book.run(*parts([one if label == other else label for label in labels]))
    book.run(*parts(labels))
    assert book.ids() == before
