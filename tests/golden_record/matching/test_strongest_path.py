from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from golden_record.matching.clusters import Link
from golden_record.matching.strongest_path import strongest_path


def test_the_way_with_the_strongest_weakest_link_is_taken() -> None:
    links = [Link("a", "b", 9), Link("b", "c", 8), Link("a", "c", 5)]
    assert strongest_path(links, "a", "c") == (Link("a", "b", 9), Link("b", "c", 8))


def test_of_ways_alike_the_shorter_is_taken() -> None:
    links = [Link("a", "b", 9), Link("b", "c", 5), Link("a", "c", 5)]
    assert strongest_path(links, "c", "a") == (Link("c", "a", 5),)


def test_there_is_no_way_between_strangers() -> None:
    assert strongest_path([Link("a", "b", 9)], "a", "z") == ()


_links = st.lists(st.builds(Link, st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.floats(-5, 20)), max_size=15)


@given(_links)
def test_a_way_leads_from_start_to_end_and_back_with_the_same_strength(links: list[Link]) -> None:
    forth, back = strongest_path(links, "a", "f"), strongest_path(links, "f", "a")
    assert bool(forth) == bool(back)
    if forth:
        assert (forth[0].a, forth[-1].b) == ("a", "f")
        assert all(one.b == other.a for one, other in pairwise(forth))
        assert min(one.weight for one in forth) == min(one.weight for one in back)
