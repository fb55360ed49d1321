"""What is read back after a write: the system's own form of it, or somebody else's edit."""

from __future__ import annotations

from typing import Any

import pytest

from golden_record.someone_else import is_someone_elses

FORMS: list[tuple[Any, Any]] = [
    ("采购 经理", "采购经理"),
    ("Sales & Service", "Sales &amp; Service"),
    ("sales manager", "Sales Manager"),
    ("ＡＢＣ有限公司", "ABC有限公司"),
    ("x" * 120, "x" * 100),
    (12.345, 12.35),
    ("12", 12),
    ("2026-03-01T23:30:00+08:00", "2026-03-01T15:30:00+00:00"),
    ("1990-05-01", "1990-04-30"),
    (["vip", "new"], ["VIP", "New"]),
    ({"city": "上海", "zip": "200000"}, {"city": "上海 ", "zip": 200000, "country": "CN"}),
    ("经理", None),
    (["a"], []),
]
OTHERS: list[tuple[Any, Any]] = [
    ("主任34", "经理35"),
    ("经理", "经理兼销售"),
    (12, 14),
    ("1990-05-01", "1991-05-01"),
    (["vip"], ["vip", "lost"]),
    ({"city": "上海"}, {"city": "北京"}),
    (True, False),
]


@pytest.mark.parametrize(("sent", "shown"), FORMS)
def test_what_systems_make_of_a_value_is_theirs(sent: Any, shown: Any) -> None:
    assert not is_someone_elses(sent, None, shown, others=None)


@pytest.mark.parametrize(("sent", "shown"), OTHERS)
def test_another_value_is_a_persons(sent: Any, shown: Any) -> None:
    assert is_someone_elses(sent, None, shown, others=None)


@pytest.mark.parametrize(("sent", "shown"), OTHERS)
def test_where_nobody_else_saved_it_another_value_is_the_systems(sent: Any, shown: Any) -> None:
    assert not is_someone_elses(sent, None, shown, others=False)


def test_where_somebody_else_saved_it_every_difference_is_theirs() -> None:
    assert is_someone_elses("经理", "主任", "", others=True)
    assert is_someone_elses("经理", "主任", "主任", others=True)
    assert not is_someone_elses("经理", "主任", "经理", others=True)


def test_a_value_that_was_not_taken_is_no_edit() -> None:
    assert not is_someone_elses("经理", "主任", "主任", others=None)


def test_what_stood_in_a_list_before_is_no_edit() -> None:
    assert not is_someone_elses(["vip", "new"], ["old"], ["old", "vip"], others=None)
