"""The tie by which each record came is the strongest there was, whatever order the ties come in."""

from __future__ import annotations

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from golden_record.matching.joining import Tie, how_joined


def test_each_record_is_reached_by_its_strongest_tie() -> None:
    weak, strong, other = Tie("a", "c", "model", 5.0), Tie("b", "c", "model", 9.0), Tie("a", "b", "model", 6.0)
    assert how_joined(["a", "b", "c"], [weak, strong, other]) == {"b": other, "c": strong}


def test_a_word_is_stronger_than_any_evidence() -> None:
    word = Tie("a", "b", "must", math.inf, "W1")
    assert how_joined(["a", "b"], [Tie("a", "b", "model", 30.0), word]) == {"b": word}


def test_what_nothing_ties_has_no_tie() -> None:
    assert how_joined(["a", "b"], [Tie("a", "x", "model", 9.0)]) == {}


records = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True)
ties = st.lists(
    st.builds(
        Tie, st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.just("model"), st.integers(1, 9).map(float)
    ),
    max_size=12,
)


@given(records, ties, st.randoms())
def test_the_order_of_ties_does_not_matter_and_no_record_comes_by_a_tie_of_others(
    names: list[str], found: list[Tie], chance: random.Random
) -> None:
    mixed = list(found)
    chance.shuffle(mixed)
    joined = how_joined(names, found)
    assert {name: (tie.bits, {tie.a, tie.b}) for name, tie in joined.items()} == {
        name: (tie.bits, {tie.a, tie.b}) for name, tie in how_joined(names, mixed).items()
    }
    assert all(name in {tie.a, tie.b} for name, tie in joined.items())
    assert names[0] not in joined
