"""What holds for every field type: total, idempotent, read back from what it pushes, the same each time."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mapping.field_types.contract import FieldContext, FieldType
from mapping.field_types.registry import field_type, names
from mapping.values import FieldValue, Json

CONTEXT = FieldContext()
PIECES = st.one_of(
    st.sampled_from(["王", "李", "欧阳", "小明", "先生", "总", "·", "Dr.", "Smith", "John", "de", "la", "张伟/李娜"]),
    st.sampled_from(
        ["(深圳)", "（中国）", "有限公司", "集团", "公司", "上海分公司", "Co.", "GmbH", "㈱", "银行", "支行"]
    ),
    st.sampled_from(
        ["北京市", "朝阳区", "市辖区", "浙江", "杭州", "路", "1号", "香港", "100022", "苏州工业园区", "雄安新区"]
    ),
    st.sampled_from(["+86", "138", "0013", "8000", "010-", "88886666", "转", "ext", "8001", "#1", ".0", "(work)"]),
    st.sampled_from(["@", "gmail.com", "例子.公司", "163。com", "<a@b.cn>", "https://", "www.", ".cn", "?", "#"]),
    st.sampled_from([";", "、", ",", "|", "/", "&", "无", "N/A", "(", ")", '"', "-"]),
    st.sampled_from(
        ["Hauptstr. 1, 10115 Berlin", "London SW1A 2AA", ", Germany", ", UK", "Reno, NV 89501", ", Brazil"]
    ),
    st.sampled_from(["2024", "-01", "年", "月", "5日", "下午", "3:30", "CST", "Z", "1.2万", "¥", "USD", "(50)"]),
    st.sampled_from(["é", "ﬁ", "\u200b", "\u3000", "\ud842", "𠮷", "\u0301", "ß", "İ", "ŉ", "½"]),
)
TEXTS = st.one_of(
    st.text(max_size=40), st.lists(PIECES, max_size=7).map("".join), st.lists(PIECES, max_size=7).map(" ".join)
)
ANY_TEXT = st.one_of(TEXTS, st.text(alphabet=st.characters(categories=("Cs", "Cc", "Cf", "Lo", "Nd")), max_size=10))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), ANY_TEXT)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(ANY_TEXT, inner, max_size=4)),
    max_leaves=8,
)
PART_NAMES = (
    *("family", "given", "full_name", "middle", "suffix", "salutation", "phone", "extension", "amount", "currency"),
    *("country", "province", "state", "city", "district", "zone", "street", "detail", "postal_code", "code"),
)
PARTS = st.dictionaries(st.sampled_from(PART_NAMES), st.one_of(TEXTS, SCALARS), max_size=6)
TYPES = pytest.mark.parametrize("name", names())
THOROUGH = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def nested(depth: int, *, as_list: bool) -> Json:
    value: Json = "x"
    for _ in range(depth):
        value = [value] if as_list else {"detail": value}
    return value


EXTREMES: dict[str, Json] = {
    "1 MB of letters": "a" * 1_000_000,
    "1 MB of digits": "1" * 1_000_000,
    "1 MB of Chinese": "王" * 350_000,
    "1 MB of separators": "/;、@" * 250_000,
    "1 MB of brackets": "(" * 1_000_000,
    "999 characters of brackets": "(" * 999,
    "999 separators": ";" * 999,
    "999 blanks between digits": "1 " * 499,
    "10,000 items": ["a@b.cn"] * 10_000,
    "lists 20,000 deep": nested(20_000, as_list=True),
    "objects 20,000 deep": nested(20_000, as_list=False),
    "a lone surrogate": "张\ud842",
    "an integer of 5,000 digits": 10**5_000,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "parts of 1 MB": {"family": "王" * 300_000, "given": "a" * 300_000, "detail": "1" * 300_000},
    "a dot": ".",
    "blank": " \t\n\u3000",
}


def every_answer(kind: FieldType, raw: Json) -> list[object]:
    """Call every method on every value of *raw*."""
    answers: list[object] = []
    for value in kind.normalise(raw, CONTEXT):
        answers += [value, dict(kind.features(value)), kind.blocking_keys(value), kind.mask(value), kind.show(value)]
        answers += [kind.render(value, part, CONTEXT) for part in (None, "family", "city", "national", "no such part")]
    return answers


@TYPES
@pytest.mark.parametrize("raw", EXTREMES.values(), ids=EXTREMES.keys())
def test_no_extreme_input_raises_and_every_value_can_be_stored(name: str, raw: Json) -> None:
    kind = field_type(name)
    for value in kind.normalise(raw, CONTEXT):
        assert isinstance(value, FieldValue)
        json.dumps([value.value, value.raw, dict(value.parts)], ensure_ascii=False, allow_nan=False).encode("utf-8")
    every_answer(kind, raw)


@TYPES
@given(raw=st.one_of(JSON, PARTS))
@THOROUGH
def test_any_json_gives_values_that_can_be_stored_and_reasons_for_the_invalid(name: str, raw: Json) -> None:
    kind = field_type(name)
    for value in kind.normalise(raw, CONTEXT):
        json.dumps([value.value, value.raw, dict(value.parts)], ensure_ascii=False, allow_nan=False).encode("utf-8")
        assert value.valid or value.issues, "an invalid value says why"
        assert value.valid or not value.evidence, "an invalid value is never evidence"
        if not value.evidence:
            assert "key" not in kind.features(value), "it may support another value, and finds nobody by itself"
            assert not kind.blocking_keys(value)
        if not value.valid:
            assert kind.render(value, None, CONTEXT) == value.raw or name == "resident_id"
    every_answer(kind, raw)


@TYPES
@given(raw=st.one_of(TEXTS, PARTS))
@example(raw="Xiaoming Wang")
@example(raw={"province": "浙江", "detail": "浙江省杭州市西湖区1号"})
@example(raw="00")
@THOROUGH
def test_normalising_a_valid_value_again_gives_the_same_value(name: str, raw: Json) -> None:
    kind = field_type(name)
    for value in kind.normalise(raw, CONTEXT):
        if value.valid:
            assert [again.value for again in kind.normalise(value.value, CONTEXT)] == [value.value]


def _in_china(address: Json) -> bool:
    return isinstance(address, Mapping) and address.get("country", "CN") in ("CN", "HK", "MO", "TW")


def _coded(value: FieldValue) -> bool:
    """Whether the division table knows the place, and nothing stands where a postal code belongs that is none."""
    address = value.value
    if not isinstance(address, Mapping) or "code" not in address:
        return False
    postal = str(address.get("postal_code", "000000"))
    return len(postal) == len("000000") and postal.isdecimal() and postal.isascii()


@TYPES
@given(raw=st.one_of(TEXTS, PARTS))
@THOROUGH
def test_what_is_pushed_whole_is_read_back_as_the_same_value(name: str, raw: Json) -> None:
    kind = field_type(name)
    for value in kind.normalise(raw, CONTEXT):
        rendered = kind.render(value, None, CONTEXT)
        # One text cannot carry parts that no table knows: see Address.render.
        loses_parts = name == "address" and (isinstance(raw, Mapping) or _in_china(value.value)) and not _coded(value)
        if value.valid and name != "resident_id" and not loses_parts:
            assert [again.value for again in kind.normalise(rendered, CONTEXT)] == [value.value]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("person_name", ("family", "given")),
        ("phone", ("national", "extension")),
        ("address", ("country", "province", "city", "district", "detail", "postal_code")),
        ("money", ("amount", "currency")),
    ],
)
@given(raw=st.one_of(TEXTS, PARTS))
@THOROUGH
def test_what_is_pushed_in_parts_is_read_back_as_the_same_value(name: str, parts: tuple[str, ...], raw: Json) -> None:
    kind = field_type(name)
    for value in kind.normalise(raw, CONTEXT):
        if value.valid:
            rendered = {part: kind.render(value, part, CONTEXT) for part in parts}
            assert [again.value for again in kind.normalise(rendered, CONTEXT)] == [value.value]


@TYPES
@given(raw=st.one_of(TEXTS, PARTS))
@THOROUGH
def test_features_are_text_and_the_same_each_time(name: str, raw: Json) -> None:
    kind = field_type(name)
    first, second = every_answer(kind, raw), every_answer(kind, raw)
    assert first == second
    for value in kind.normalise(raw, CONTEXT):
        features = kind.features(value)
        assert all(isinstance(text, str) and text for text in features.values())
        if features and value.evidence:
            # Role mailboxes have a role_key, 王先生 has a family name alone, a city alone is no key.
            assert "key" in features or name in {"email", "person_name", "address"}


@TYPES
@given(raw=st.one_of(TEXTS, PARTS))
@THOROUGH
def test_a_mask_never_shows_the_whole_value(name: str, raw: Json) -> None:
    kind = field_type(name)
    if name in {"choice", "multi_choice", "country", "boolean"}:  # they name nobody
        return
    for value in kind.normalise(raw, CONTEXT):
        assert "*" in kind.mask(value)
        assert kind.mask(value) != kind.show(value) or name == "resident_id" or "*" in str(value.value)
