"""What normalising changed is told from raw and value alone."""

from __future__ import annotations

import pytest

from mapping.field_types.contract import FieldContext
from mapping.field_types.registry import field_type
from mapping.field_types.rewriting import CORRECTIONS, rewriting
from mapping.values import FieldValue


@pytest.mark.parametrize(
    ("kind", "raw", "codes"),
    [
        ("phone", "+8613912345670", ()),
        ("phone", "13912345670", ("prefix",)),
        ("phone", "139 1234 5670", ("prefix",)),
        ("phone", "+86 139-1234-5670", ("punctuation",)),
        ("phone", "021-62345678", ("prefix",)),
        ("phone", "0086-139-1234-5670", ("prefix",)),
        ("phone", "１３９１２３４５６７０", ("width", "prefix")),
        ("phone", "139 1234 5670（微信同号）", ("width", "content")),
        ("phone", "010-88886666转8001", ("content",)),
        ("email", "zs@acme.cn", ()),
        ("email", "ZS@Acme.cn", ("case",)),
        ("email", "zs@acme.cn\u200b", ("unseen",)),
        ("email", "Zhang San <zs@acme.cn>", ("content",)),
        ("person_name", "王 小 明", ("blanks",)),
        ("person_name", "Smith, John", ("content",)),
        ("company_name", "阿里巴巴（中国）有限公司", ("width",)),
        ("url", "acme.cn", ("prefix",)),
        ("uscc", "9111 0108 5513 8508 2q", ("punctuation",)),
    ],
)
def test_a_change_has_the_name_of_its_kind(kind: str, raw: str, codes: tuple[str, ...]) -> None:
    (value,) = field_type(kind).normalise(raw, FieldContext())
    assert rewriting(value) == codes


@pytest.mark.parametrize(
    "value",
    [
        FieldValue("vip", "A", valid=False, issues=("unknown_choice",)),
        FieldValue(12, "12"),
        FieldValue("王伟", '{"family": "王", "given": "伟"}'),
        FieldValue({"city": "北京市"}, "北京"),
        FieldValue("x", None),
    ],
    ids=["invalid", "a number", "parts", "an object", "nothing raw"],
)
def test_of_what_is_no_text_or_came_in_parts_nothing_is_said(value: FieldValue) -> None:
    assert rewriting(value) == ()


def test_notation_is_no_correction() -> None:
    assert CORRECTIONS.isdisjoint({"blanks", "case", "punctuation", "prefix"})
