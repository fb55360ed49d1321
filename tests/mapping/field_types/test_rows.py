"""Every row of the tables of what people write (rows/*.yaml), those included where the libraries we use are wrong."""

from __future__ import annotations

import pytest

from docs import write_field_types
from docs.write_field_types import Case, tables
from mapping.field_types.contract import FieldContext
from mapping.field_types.registry import field_type
from mapping.values import FieldValue

CASES = [
    pytest.param(case, id=f"{table.name}-{number}-{case.raw}"[:60])
    for table in tables()
    for number, row in enumerate(table.rows, 1)
    for case in row.cases
]
WORDS = frozenset(
    {"value", "invalid", "valid", "issues", "evidence", "parts", "features", "blocks", "mask", "show", "sounds"}
)


@pytest.mark.parametrize("case", CASES)
def test_what_people_write_becomes_what_the_table_says(case: Case) -> None:
    values = case.values()
    assert len(values) == len(case.expected)
    for value, expected in zip(values, case.expected, strict=True):
        assert expected or case.same_key or case.other_key, "a case that expects nothing tests nothing"
        assert expected.keys() <= WORDS
        if "invalid" in expected:
            assert (value.valid, value.issues, value.evidence) == (False, (expected["invalid"],), False)
            assert value.value == value.raw, "it is kept as it came"
        else:
            assert value.valid is expected.get("valid", True), value.issues
            if value.valid:
                assert set(value.issues) >= set(expected.get("issues", ()))
        if "value" in expected:
            assert value.value == expected["value"]
            assert type(value.value) is type(expected["value"]) or isinstance(value.value, dict)
        if "evidence" in expected:
            assert value.evidence is expected["evidence"]
        check_answers(case, value, expected)


def check_answers(case: Case, value: FieldValue, expected: object) -> None:
    assert isinstance(expected, dict)
    kind = field_type(case.type)
    features = kind.features(value)
    for name, text in expected.get("parts", {}).items():
        assert value.parts.get(name) == text, name
    for name, text in expected.get("features", {}).items():
        assert features.get(name) == text, name
    if "blocks" in expected:
        assert list(kind.blocking_keys(value)) == expected["blocks"]
    if "mask" in expected:
        assert kind.mask(value) == expected["mask"]
    if "show" in expected:
        assert kind.show(value) == expected["show"]
    if "sounds" in expected:
        assert set(expected["sounds"]) <= set(features["pinyin"].split("|"))
    for other, meets in ((case.same_key, True), (case.other_key, False)):
        if other:
            (against,) = kind.normalise(other, FieldContext())
            assert (kind.features(against)["key"] == features["key"]) is meets


def test_no_row_is_empty_and_none_stands_twice() -> None:
    notes = [(table.name, row.note) for table in tables() for row in table.rows]
    assert len(set(notes)) == len(notes)
    assert all(row.cases for table in tables() for row in table.rows)


def test_the_page_of_field_types_is_not_stale() -> None:
    assert write_field_types.PAGE.read_text(encoding="utf-8") == write_field_types.page(), "run: make docs"
