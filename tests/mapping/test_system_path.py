"""Where values stand in a record."""

from __future__ import annotations

from typing import Any

import pytest

from mapping.mistakes import CuredError
from mapping.system_path import ABSENT, condition, system_path

RECORD: dict[str, Any] = {
    "Last_Name": "王",
    "Empty": None,
    "Account": {"id": "7", "name": None},
    "Gone": None,
    "your-email": "a@b.cn",
    "手机号": "138",
    "tags": ["a"],
    "fields": {"1.3": "Anna"},
    "consent": [{"purpose": "news", "granted": False}],
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Last_Name", "王"),
        ("Empty", None),
        ("Missing", ABSENT),
        ("Account.id", "7"),
        ("Account.name", None),
        ("Account.phone", ABSENT),
        ("Gone.id", None),
        ("Last_Name.id", ABSENT),
        ("your-email", "a@b.cn"),
        ("手机号", "138"),
        ("tags[]", ["a"]),
        ('fields."1.3"', "Anna"),
        ("consent[?purpose == 'news'].granted | [0]", False),
        ("missing[0]", ABSENT),
        ("Missing || 'CN'", ABSENT),
        ("'constant'", "constant"),
        ("length(Empty)", None),
    ],
)
def test_a_path_reads_its_value_and_tells_absent_from_null(text: str, value: object) -> None:
    found = system_path(text).read(RECORD)
    assert found is value or found == value


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("a.b", {"a"}),
        ("a[].b", {"a"}),
        ("a || b.c", {"a", "b"}),
        ("a[?x == y].z | [0]", {"a"}),
        ("join(', ', [a, b])", {"a", "b"}),
        ("sort_by(a, &b)[0]", {"a"}),
        ("length(@)", {"@"}),
        ("'x'", set()),
    ],
)
def test_an_expression_names_what_it_touches(text: str, roots: set[str]) -> None:
    assert system_path(text).roots == roots


@pytest.mark.parametrize("text", ["", "a..b", ".a", "a[", "foo(", "a" * 3000 + "[0]", "((" * 500])
def test_what_is_no_path_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(CuredError):
        system_path(text)


def test_only_plain_paths_can_be_written() -> None:
    assert system_path("Account.id").steps == ("Account", "id")
    assert system_path("tags[]").steps == ("tags",)
    assert system_path("a[0]").steps is None


@pytest.mark.parametrize(
    ("text", "holds"),
    [("Last_Name == '王'", True), ("Empty", False), ("Missing", False), ("tags", True), ("length(Empty) > `1`", False)],
)
def test_a_condition_is_false_where_it_cannot_be_asked(text: str, holds: bool) -> None:
    assert condition(text)[1](RECORD) is holds
