from __future__ import annotations

import doctest
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.zoho_crm import sameness, texts, times
from connectors.zoho_crm.sameness import holds, same

TEXT = st.text("aA17-None T:+Z", max_size=6)
VALUES = st.none() | st.booleans() | st.integers() | TEXT | st.fixed_dictionaries({"id": TEXT})


@given(VALUES)
def test_a_value_is_the_same_as_itself(value: Any) -> None:
    assert same(value, value)


@given(VALUES, VALUES)
def test_sameness_does_not_depend_on_the_side(left: Any, right: Any) -> None:
    assert same(left, right) == same(right, left)


@pytest.mark.parametrize(("left", "right"), [("a", "b"), ("1", 1), (0, None), (False, None), (0, False), ("a", "A")])
def test_what_people_could_tell_apart_is_not_the_same(left: Any, right: Any) -> None:
    assert not same(left, right)


def test_a_field_that_the_record_does_not_carry_counts_as_empty() -> None:
    assert holds({"id": "1"}, {"Title": None})
    assert not holds({"id": "1"}, {"Title": "Dr"})


@pytest.mark.parametrize("module", [sameness, texts, times])
def test_the_examples_in_the_docstrings_hold(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed
