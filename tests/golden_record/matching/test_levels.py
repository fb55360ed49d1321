from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden_record.matching.evidence import Values
from golden_record.matching.level_test import LevelTest
from golden_record.matching.levels import DEFAULT_AT_LEAST, DEFAULT_FEATURE, WHENS, compile_test
from tests.golden_record.matching.made import landline, mobile, name


def holds(
    when: str, a: Values, b: Values, *, of: str = "", at_least: float = 0, only: dict[str, str] | None = None
) -> bool:
    of = of or DEFAULT_FEATURE.get(when, "key")
    test = compile_test(LevelTest(when, of, at_least or DEFAULT_AT_LEAST.get(when, 0), only or {}))
    return test(a, b) is not None


def keyed(*texts: str) -> Values:
    return tuple({"key": text} for text in texts)


@pytest.mark.parametrize(
    ("when", "a", "b", "expected"),
    [
        ("equal", keyed("王伟"), keyed("王伟"), True),
        ("equal", keyed("a", "b"), keyed("b"), True),
        ("equal", keyed("a", "b"), keyed("b", "c"), False),
        ("any_equal", keyed("a", "b"), keyed("b", "c"), True),
        ("any_equal", keyed("a"), keyed("b"), False),
        ("one_char", keyed("zhangwei@acme.cn"), keyed("zhangwie@acme.cn"), True),
        ("one_char", keyed("欧阳娜娜"), keyed("欧阳那娜"), True),
        ("one_char", keyed("王伟"), keyed("王芳"), False),  # one of two characters: says nothing
        ("one_char", keyed("same"), keyed("same"), False),
        ("jaro_winkler", keyed("johnathan smith"), keyed("jonathan smith"), True),
        ("jaro_winkler", keyed("王伟"), keyed("李娜"), False),  # bytes would find them 0.44 alike
        ("contains", keyed("字节跳动"), keyed("字节跳动科技"), True),
        ("contains", keyed("字"), keyed("字节跳动"), False),
        ("tokens", keyed("acme north trading"), keyed("trading acme north"), True),
        ("differ", keyed("a"), keyed("b"), True),
        ("differ", keyed("a"), (), False),
        ("differ", keyed("a", "b"), keyed("b"), False),
        ("unlike", keyed("co"), keyed("llc"), True),
        ("unlike", keyed("co"), keyed("company"), False),
        ("unlike", keyed("co"), (), False),
        ("starts", keyed("朗恒"), keyed("朗恒国际贸易"), True),
        ("starts", keyed("恒国"), keyed("朗恒国际贸易"), False),
        ("starts", keyed("朗恒"), keyed("朗恒"), False),
        ("common_start", keyed("langhengmaoyi"), keyed("langhengtrading"), True),
        ("common_start", keyed("dada"), keyed("dada"), False),
        ("other_script", keyed("朗恒"), keyed("langheng"), True),
        ("other_script", keyed("朗恒"), keyed("盛达"), False),
        ("other_script", keyed("müller"), keyed("muller"), False),
        ("known", keyed("a"), ({"form": "co"},), True),
        ("known", ({"form": "co"},), ({"form": "co"},), False),
    ],
)
def test_texts_agree_by_characters(when: str, a: Values, b: Values, expected: bool) -> None:
    assert holds(when, a, b) is expected


@pytest.mark.parametrize(
    ("when", "a", "b", "expected"),
    [
        ("pinyin_equal", name("王", "伟", pinyin="wangwei"), name("汪", "玮", pinyin="wangwei"), True),
        ("pinyin_equal", name("查", "良", pinyin="liang zha|cha liang"), name("茶", "良", pinyin="cha liang"), True),
        ("pinyin_equal", name("王", "伟"), name("王", "伟"), False),  # no reading, no evidence of one
        ("swapped", name("smith", "john", latin=True), name("john", "smith", latin=True), True),
        ("swapped", name("王", "伟"), name("伟", "王"), True),
        ("swapped", name("王", "伟"), name("王", "伟"), False),
        ("initials", name("smith", "j.", latin=True), name("smith", "john", latin=True), True),
        ("initials", name("smith", "jp", latin=True), name("smith", "john paul", latin=True), True),
        ("initials", name("smith", "j", latin=True), name("miller", "john", latin=True), False),
        ("initials", name("smith", "k", latin=True), name("smith", "john", latin=True), False),
        ("initials", name("王", "伟"), name("王", "伟强"), False),
        ("other_given", name("王", "伟"), name("王", "小明"), True),
        ("other_given", name("王", "伟"), {"family": "王"}, False),
        ("other_given", name("anderson", "gregory", latin=True), name("greg", "anderson", latin=True), False),
        ("nickname", name("smith", "bob", nickname="robert"), name("smith", "robert"), True),
        ("nickname", name("smith", "bob", nickname="robert"), name("smith", "william"), False),
        ("nickname", name("smith", "bob", nickname="robert"), name("miller", "robert"), False),
    ],
)
def test_names_agree_in_the_ways_that_names_vary(
    when: str,
    a: dict[str, str],
    b: dict[str, str],
    expected: bool,
) -> None:
    assert holds(when, (a,), (b,)) is expected


def test_a_level_can_ask_for_one_kind_of_value_only() -> None:
    desk = (landline("+861088886666"),)
    assert holds("any_equal", desk, desk)
    assert not holds("any_equal", desk, desk, only={"type": "mobile"})
    assert holds("any_equal", (mobile("+8613812345678"), *desk), (mobile("+8613812345678"),), only={"type": "mobile"})


TEXT = st.text(alphabet="ab.王伟芳 ", max_size=6)
VALUE = st.dictionaries(st.sampled_from(["key", "family", "given", "pinyin", "nickname", "sorted", "domain"]), TEXT)


@given(st.lists(VALUE, max_size=3).map(tuple), st.lists(VALUE, max_size=3).map(tuple))
def test_every_test_is_symmetric_and_answers_for_any_features(a: Values, b: Values) -> None:
    for when in WHENS:
        of = DEFAULT_FEATURE.get(when, "key")
        test = compile_test(LevelTest(when, of, DEFAULT_AT_LEAST.get(when, 0.0), {}))
        assert test(a, b) == test(b, a), when
