"""Grades say how a record's fields are filled, never with what."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.grades import Grade, grade_record, read_grades
from mapping.issue_words import CODES, words_of
from mapping.values import Emitted, FieldState, FieldValue, Slotted

ROOM = Path(__file__).parents[2] / "mapping"
TYPES = {"phones": "phone", "tier": "choice", "name": "person_name"}


def graded(**fields: FieldState) -> dict[str, Grade]:
    return read_grades(grade_record(Emitted(0, "person", fields), TYPES))


def shown(*values: FieldValue) -> FieldState:
    return FieldState("value", tuple(Slotted("", value) for value in values))


def test_a_field_is_filled_empty_or_not_carried() -> None:
    found = graded(name=shown(FieldValue("王伟", "王伟")), phones=FieldState("null"), tier=FieldState("absent"))
    assert found == {"name": Grade(filled=True), "phones": Grade(filled=False)}


def test_one_bad_value_among_good_ones_is_named() -> None:
    good, bad = FieldValue("+8613912345670", "+8613912345670"), FieldValue("1", "1", issues=("too_short",), valid=False)
    assert graded(phones=shown(good, bad))["phones"] == Grade(filled=True, invalid=True, codes=("too_short",))


def test_a_placeholder_and_a_correction_are_told_apart() -> None:
    filler = FieldValue("+8613800138000", "+8613800138000", issues=("placeholder",), evidence=False)
    noted = FieldValue("+8613912345670", "13912345670（家）")
    assert graded(phones=shown(filler))["phones"] == Grade(filled=True, placeholder=True)
    assert graded(phones=shown(noted))["phones"] == Grade(filled=True, corrected=True)
    assert not graded(phones=shown(noted))["phones"].to_mend


def test_a_translated_word_was_not_corrected() -> None:
    assert graded(tier=shown(FieldValue("vip", "A")))["tier"] == Grade(filled=True)


def test_a_plug_ins_issue_cannot_carry_a_value_into_the_grade() -> None:
    leak = FieldValue("x", "x", issues=("13912345670 is wrong",), valid=False)
    assert graded(phones=shown(leak))["phones"].codes == ("invalid",)


values = st.builds(
    FieldValue,
    value=st.text(max_size=8),
    raw=st.text(max_size=8),
    issues=st.lists(st.sampled_from([*sorted(CODES), "王伟", "a=b;c"]), max_size=3).map(tuple),
    valid=st.booleans(),
)
states = st.sampled_from([FieldState("absent"), FieldState("null")]) | st.lists(values, min_size=1, max_size=3).map(
    lambda some: shown(*some)
)


@given(st.dictionaries(st.sampled_from([*TYPES, "emails", "tags"]), states))
def test_what_is_written_is_read_back_whatever_the_order(fields: dict[str, FieldState]) -> None:
    text = grade_record(Emitted(0, "person", fields), TYPES)
    turned: Any = dict(reversed(fields.items()))
    assert grade_record(Emitted(0, "person", turned), TYPES) == text
    assert read_grades(text).keys() == {name for name, state in fields.items() if state.presence != "absent"}
    assert re.fullmatch(r"[a-z0-9_=;:,]*", text)


def codes_in_the_code() -> set[str]:
    """Every code that this room writes into `issues`, or gives to `invalid` or `unread`."""
    found: set[str] = set()
    for file in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"invalid", "unread"}:
                found |= {text for arg in node.args[1:2] for text in texts(arg)}
            elif isinstance(node, ast.keyword) and node.arg in {"issues", "issue"}:
                found |= set(texts(node.value))
    return found


def texts(node: ast.AST) -> list[str]:
    asked = {id(one) for test in ast.walk(node) if isinstance(test, ast.Compare) for one in ast.walk(test)}
    constants = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and id(one) not in asked]
    return [one for one in constants if isinstance(one, str) and re.fullmatch(r"[a-z]+(_[a-z]+)*", one)]


def test_every_code_has_words_in_both_languages() -> None:
    found = codes_in_the_code()
    assert len(found) > 25
    assert found - CODES == set()
    for code in CODES:
        words = words_of(code)
        assert words.en.isascii()
        assert re.search("[\u4e00-\u9fff]", words.zh)


@pytest.mark.parametrize("code", ["a_plug_ins_own"])
def test_a_code_of_a_plug_in_stands_for_itself(code: str) -> None:
    assert words_of(code).zh == code
