"""Every mistake of a file at once, each with its line and a cure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from mapping.language import StreamMapping
from mapping.mistakes import CuredError, Mistake
from mapping.yaml_file import Checked, read_checked
from mapping.yaml_nodes import MAX_TEXT, read_document


class Inner(Checked):
    schedule: str = ""
    lookback: int = 0


class Outer(Checked):
    store: str
    systems: dict[str, Inner] = Field(default_factory=dict)


def mistakes_of(text: str) -> list[Mistake]:
    model, mistakes = read_checked(text, Outer, file="hub.yaml")
    assert (model is None) == bool(mistakes)
    return mistakes


def test_a_good_file_becomes_the_model_without_mistakes() -> None:
    model, mistakes = read_checked("store: sqlite:///x.db\nsystems: {zoho: {lookback: 5}}\n", Outer)
    assert mistakes == []
    assert model == Outer(store="sqlite:///x.db", systems={"zoho": Inner(lookback=5)})


def test_all_mistakes_of_a_file_come_at_once_with_their_lines() -> None:
    found = mistakes_of("stor: x\nsystems:\n  zoho:\n    schedul: a\n    lookback: much\n")
    assert [(mistake.line, mistake.path) for mistake in found] == [
        (1, "stor"),
        (1, ""),
        (4, "systems.zoho.schedul"),
        (5, "systems.zoho.lookback"),
    ]


def test_an_unknown_key_gets_the_nearest_known_one_as_its_cure() -> None:
    (found,) = mistakes_of("store: x\nsystems:\n  zoho: {schedul: a}\n")
    assert str(found) == "hub.yaml:3: systems.zoho.schedul: unknown key `schedul`. Did you mean `schedule`?"


def test_an_unknown_key_without_a_near_one_gets_the_list() -> None:
    (found,) = mistakes_of("store: x\nsystems:\n  zoho: {qqq: a}\n")
    assert found.cure == "Known keys: lookback, schedule."


def test_duplicate_keys_are_refused_and_all_of_them_named() -> None:
    found = mistakes_of("store: x\nstore: y\nsystems:\n  a: {}\n  a: {}\n")
    assert [(mistake.line, mistake.message) for mistake in found] == [
        (2, "the key `store` stands here twice"),
        (5, "the key `a` stands here twice"),
    ]


def test_a_yaml_bomb_is_refused_before_it_goes_off() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    document = read_document("\n".join(levels), "bomb.yaml")
    assert document.data is None
    assert "aliases" in document.mistakes[0].message


def test_a_document_that_contains_itself_is_refused() -> None:
    assert read_document("a: &a [*a]", "x.yaml").mistakes


def test_too_long_a_file_is_refused_unread() -> None:
    assert "longer" in read_document("a" * (MAX_TEXT + 1), "x.yaml").mistakes[0].message


@pytest.mark.parametrize(
    ("text", "line"),
    [("a: [1, 2\nb: 3", 2), ("a: b: c", 1), ("\tstore: x", 1), ('store: "x', 1), ("a: *nowhere", 1)],
)
def test_what_is_no_yaml_is_named_with_its_line(text: str, line: int) -> None:
    (found,) = read_document(text, "x.yaml").mistakes
    assert found.line >= line
    assert found.cure


@pytest.mark.parametrize("text", ["store: !!python/object:os.system x", "store: !secret y", "<<: {store: x}"])
def test_tags_and_merge_keys_are_refused(text: str) -> None:
    assert any("not supported" in mistake.message for mistake in read_document(text, "x.yaml").mistakes)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("01088886666", "01088886666"),
        ("13800138000", 13800138000),
        ("1234567890123456789", "1234567890123456789"),
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("yes", "yes"),
        ("true", True),
        ("~", None),
        (".inf", ".inf"),
        ("1.5", 1.5),
    ],
)
def test_scalars_keep_what_a_customer_record_needs(text: str, value: object) -> None:
    read = read_document(f"a: {text}", "x.yaml").data["a"]
    assert (read, type(read)) == (value, type(value))


def test_a_file_that_is_missing_or_no_utf8_is_a_mistake_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "gbk.yaml").write_bytes("store: 客户".encode("gbk"))
    for name, word in (("none.yaml", "cannot be read"), ("gbk.yaml", "UTF-8")):
        _, (found,) = read_checked(tmp_path / name, Outer)
        assert word in found.message


def test_an_empty_file_lacks_what_is_required_and_does_not_crash() -> None:
    (found,) = mistakes_of("")
    assert found.message == "`store` is missing"


def test_texts_are_replaced_and_a_failure_to_do_so_has_the_line() -> None:
    def replace(text: str) -> str:
        if text == "${GONE}":
            raise CuredError("the environment variable GONE is not set", "Set it.")
        return text.replace("${HOME}", "/h")

    model, mistakes = read_checked("store: ${HOME}/x\n", Outer, replace=replace)
    assert (model, mistakes) == (Outer(store="/h/x"), [])
    _, (found,) = read_checked("\nstore: ${GONE}\n", Outer, replace=replace)
    assert (found.line, found.path) == (2, "store")


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    read_checked(text, StreamMapping)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["key", "emits", "entity", "fields", "pull", "push", "values", "name", "x", "relations"]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_no_shape_of_data_raises(data: object) -> None:
    read_checked(json.dumps(data), StreamMapping)


@pytest.mark.parametrize(
    "text",
    [
        'store: "\\ud800"\n',
        '"\\udcff": x\n',
        'store: x\nsystems: {"n\\udcff": {schedule: "\\udcff"}}\n',
        'store: "👍 \\ud800"\n',
    ],
)
def test_half_a_character_is_a_mistake_that_can_be_printed(text: str) -> None:
    found = mistakes_of(text)
    assert any("half a character" in mistake.message for mistake in found)
    assert [str(mistake).encode() for mistake in found]


def test_two_halves_as_json_writes_them_are_one_character() -> None:
    model, mistakes = read_checked('store: "\\ud83d\\udc4d"\n', Outer)
    assert (model and model.store, mistakes) == ("👍", [])


@pytest.mark.parametrize("text", ["[" * 100_000, "a: " + "[a, {b: " * 50_000, "store: [\n" * 300])
def test_brackets_without_end_are_refused_before_they_are_read(text: str) -> None:
    (found,) = read_document(text, "x.yaml").mistakes
    assert "brackets are open" in found.message


def test_brackets_in_quotes_and_comments_do_not_count() -> None:
    text = "store: '" + "[" * 300 + "'  # " + "{" * 300 + '\nsystems: {a: {schedule: "' + "[" * 300 + '"}}\n'
    assert read_document(text, "x.yaml").mistakes == []
