from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from golden_record.matching.clusters import (
    Against,
    Candidate,
    Clusters,
    Contradiction,
    Link,
    Together,
    Word,
    form_clusters,
)
from golden_record.matching.model import Thresholds

LIMITS = Thresholds(auto=6, review=0, apart=-4)


def clusters(records: str, *links: tuple[str, float], **more: object) -> Clusters:
    made = [Link(pair[0], pair[1], weight) for pair, weight in links]
    return form_clusters(records, made, thresholds=LIMITS, **more)  # type: ignore[arg-type]  # keyword by keyword


def opposing(said: Mapping[tuple[str, str], float]) -> Against:
    return lambda a, b: said.get((a, b), 0.0)


def differing(said: Mapping[tuple[str, str], float]) -> Together:
    """Return a weight of groups that is the mean of what their pairs say: made up, but the same in any order."""

    def together(one: Sequence[str], other: Sequence[str]) -> float:
        found = sorted(said.get((min(a, b), max(a, b)), 0.0) for a in one for b in other)
        return sum(found) / len(found)

    return together


def groups(found: Clusters) -> list[str]:
    return ["".join(cluster) for cluster in found.clusters]


def test_strong_links_join_and_weak_ones_do_not() -> None:
    assert groups(clusters("abcd", ("ab", 9), ("bc", 6), ("cd", 5.9))) == ["abc", "d"]


def test_a_pair_in_the_band_is_put_before_a_steward_once_for_two_clusters() -> None:
    found = clusters("abcd", ("ab", 9), ("cd", 9), ("ac", 3), ("bd", 4), ("ad", -1))
    assert groups(found) == ["ab", "cd"]
    assert found.candidates == (Candidate("b", "d", 4, "band"),)


def test_what_lies_between_does_not_join_two_that_speak_against_each_other() -> None:
    found = clusters("abc", ("ab", 12), ("bc", 8), against=opposing({("a", "c"): -7}))
    assert groups(found) == ["ab", "c"]
    assert found.candidates == (Candidate("b", "c", 8, "against", ("a", "c")),)


def test_what_stands_between_two_clusters_is_looked_for_once_until_one_of_them_grows() -> None:
    asked: list[tuple[str, str]] = []

    def against(a: str, b: str) -> float:
        asked.append((a, b))
        return -9.0 if (a, b) == ("a", "c") else 0.0

    made = clusters("abcde", ("ab", 20), ("cd", 19), ("ad", 9), ("bc", 8), ("bd", 7), ("ae", 6.5), against=against)

    assert made.clusters == (("a", "b", "e"), ("c", "d"))
    assert asked.count(("a", "c")) == 1, "three links between the two, and neither grew in between"


def test_two_groups_that_differ_when_taken_together_are_put_before_a_steward() -> None:
    def together(one: Sequence[str], other: Sequence[str]) -> float:
        return -1.0 if {*one, *other} == set("abcd") else 9.0

    found = clusters("abcd", ("ab", 12), ("cd", 12), ("bc", 8), together=together)
    assert groups(found) == ["ab", "cd"]
    assert found.candidates == (Candidate("b", "c", 8, "together"),)
    at_auto = clusters("abcd", ("ab", 12), ("cd", 12), ("bc", 8), together=lambda _a, _b: LIMITS.auto)
    assert groups(at_auto) == ["abcd"]


def test_a_single_record_that_knows_little_joins_a_group_unless_together_they_are_not_even_in_question() -> None:
    joined = clusters("abc", ("ab", 12), ("bc", 8), together=lambda _a, _b: LIMITS.review)
    assert groups(joined) == ["abc"]
    apart = clusters("abc", ("ab", 12), ("bc", 8), together=lambda _a, _b: LIMITS.review - 0.1)
    assert groups(apart) == ["ab", "c"]


def test_groups_whose_every_pair_is_a_strong_link_are_not_asked_what_they_are_together() -> None:
    every = [("".join(pair), 8) for pair in combinations("abcd", 2)]
    assert groups(clusters("abcd", *every, together=lambda _a, _b: -inf)) == ["abcd"]


def test_a_must_link_joins_groups_that_differ_when_taken_together() -> None:
    found = clusters("abc", ("ab", 12), musts=[Word("b", "c")], together=lambda _a, _b: -inf)
    assert groups(found) == ["a", "bc"]


def test_a_conflict_that_was_held_back_keeps_apart_through_others_too() -> None:
    """Two valid USCC: their own link waits in the band, and a third record without one must not join them."""
    found = clusters("abc", ("ab", 12), ("bc", 8), ("ac", 5.9), against=opposing({("a", "c"): -inf}))
    assert groups(found) == ["ab", "c"]


def test_a_link_strong_enough_to_join_is_never_asked_about() -> None:
    assert groups(clusters("ab", ("ab", 6), against=opposing({("a", "b"): -9}))) == ["ab"]


def test_a_large_component_is_cut_where_the_evidence_is_weakest() -> None:
    found = clusters("abcd", ("ab", 20), ("cd", 19), ("bc", 7), max_cluster=3)
    assert groups(found) == ["ab", "cd"]
    assert found.candidates == (Candidate("b", "c", 7, "too_large"),)


def test_a_must_link_beats_the_model() -> None:
    found = clusters("ab", ("ab", -20), musts=[Word("a", "b")])
    assert groups(found) == ["ab"]


def test_a_cannot_link_beats_the_model_and_is_not_asked_about_again() -> None:
    found = clusters("ab", ("ab", 30), cannots=[Word("b", "a")])
    assert groups(found) == ["a", "b"]
    assert found.candidates == ()


def test_a_cannot_link_holds_whole_clusters_apart() -> None:
    found = clusters("abcd", ("ab", 30), ("cd", 30), ("bc", 20), cannots=[Word("a", "d")])
    assert groups(found) == ["ab", "cd"]


def test_contradictory_words_are_named_and_the_newer_must_link_is_followed() -> None:
    found = clusters("abc", musts=[Word("a", "b", 1), Word("b", "c", 2)], cannots=[Word("a", "c", 0)])
    assert groups(found) == ["a", "bc"]
    assert found.contradictions == (Contradiction(("a", "b"), ("a", "c")),)


def test_a_pair_that_must_and_cannot_is_named_and_stays_apart() -> None:
    found = clusters("ab", ("ab", 30), musts=[Word("a", "b", 2)], cannots=[Word("a", "b", 1)])
    assert groups(found) == ["a", "b"]
    assert found.contradictions == (Contradiction(("a", "b"), ("a", "b")),)


def test_links_and_words_on_records_that_are_gone_are_passed_over() -> None:
    found = clusters("a", ("ab", 30), musts=[Word("a", "z")], cannots=[Word("y", "a")])
    assert groups(found) == ["a"]


RECORDS = "abcdefgh"
PAIRS = st.sampled_from(list(combinations(RECORDS, 2)))
LINKS = st.dictionaries(PAIRS, st.sampled_from([-9.0, -5.0, -1.0, 2.0, 5.0, 6.0, 8.0, 8.0, 12.0, 20.0]), max_size=20)
WORDS = st.dictionaries(PAIRS, st.integers(0, 3), max_size=3)


@given(LINKS, WORDS, WORDS, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_clusters_reviews_and_contradictions(
    links: dict[tuple[str, str], float],
    musts: dict[tuple[str, str], int],
    cannots: dict[tuple[str, str], int],
    chance: object,
) -> None:
    def formed(*, shuffled: bool) -> Clusters:
        records = list(RECORDS)
        made = [Link(a, b, weight) for (a, b), weight in links.items()]
        must, cannot = ([Word(a, b, order) for (a, b), order in words.items()] for words in (musts, cannots))
        if shuffled:
            made = [Link(link.b, link.a, link.weight) for link in made]
            for group in (records, made, must, cannot):
                chance.shuffle(group)  # type: ignore[attr-defined]  # a random.Random
        return form_clusters(
            records,
            made,
            thresholds=LIMITS,
            musts=must,
            cannots=cannot,
            against=opposing(links),
            together=differing(links),
        )

    assert formed(shuffled=False) == formed(shuffled=True)


@given(LINKS, WORDS, WORDS)
def test_stewards_words_stand_or_are_named_and_no_opposed_pair_shares_a_cluster(
    links: dict[tuple[str, str], float], musts: dict[tuple[str, str], int], cannots: dict[tuple[str, str], int]
) -> None:
    must, cannot = ([Word(a, b, order) for (a, b), order in words.items()] for words in (musts, cannots))
    made = [Link(a, b, weight) for (a, b), weight in links.items()]
    found = form_clusters(
        RECORDS, made, thresholds=LIMITS, musts=must, cannots=cannot, against=opposing(links), together=differing(links)
    )
    place = found.of()
    assert sorted(place) == list(RECORDS)
    assert all(place[a] != place[b] for a, b in cannots)
    named = {contradiction.must for contradiction in found.contradictions}
    assert all(place[a] == place[b] or (a, b) in named for a, b in musts)
    if not musts:
        assert all(place[a] != place[b] for (a, b), weight in links.items() if weight <= LIMITS.apart)
    assert all(place[one.a] != place[one.b] for one in found.candidates)


@given(LINKS, WORDS, WORDS)
def test_each_component_alone_gives_what_all_together_give(
    links: dict[tuple[str, str], float], musts: dict[tuple[str, str], int], cannots: dict[tuple[str, str], int]
) -> None:
    """So an incremental run that loads only the affected component agrees with a run over everything."""
    must, cannot = ([Word(a, b, order) for (a, b), order in words.items()] for words in (musts, cannots))
    made = [Link(a, b, weight) for (a, b), weight in links.items()]
    against, together = opposing(links), differing(links)
    at_once = form_clusters(
        RECORDS, made, thresholds=LIMITS, musts=must, cannots=cannot, against=against, together=together
    )
    joining = [Link(a, b, 99) for a, b in musts] + [link for link in made if link.weight >= LIMITS.auto]
    components = form_clusters(RECORDS, joining, thresholds=Thresholds(auto=0, review=0, apart=-1)).clusters
    alone = [
        cluster
        for part in components
        for cluster in form_clusters(
            part, made, thresholds=LIMITS, musts=must, cannots=cannot, against=against, together=together
        ).clusters
    ]
    assert sorted(alone) == list(at_once.clusters)
