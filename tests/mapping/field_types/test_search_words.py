"""The words by whose beginning a name is found."""

from __future__ import annotations

import pytest

from mapping.field_types import search_words
from mapping.field_types.contract import FieldContext
from mapping.field_types.registry import field_type


def words_of(kind: str, raw: object) -> frozenset[str]:
    (value,) = field_type(kind).normalise(raw, FieldContext())  # type: ignore[arg-type]  # JSON
    return search_words.search_words(kind, value)


@pytest.mark.parametrize(
    ("raw", "typed"),
    [
        ("张伟", ["张", "张伟", "伟", "zhang", "zhang wei", "Zhang, Wei", "zhangwei", "wei zhang", "wei", "zw", "ZW"]),
        ("張偉", ["张伟", "張偉", "zhangwei"]),
        ("欧阳晓雯", ["欧阳", "晓雯", "ouyang", "ouyangxiaowen", "xiaowen", "oxw"]),
        ("吕布", ["lvbu", "lyubu", "lb"]),
        ("单雄信", ["shanxiongxin"]),
        ("Peter Andersson", ["Ander", "peter", "PETER ANDERSSON", "andersson peter", "Andersson, Peter", "pa", "ap"]),
        ("José Muñoz-Pérez", ["jose", "munoz", "perez", "Muñoz"]),
        ("王先生", ["王", "wang"]),
        ({"family": "Berg", "given": "Anna"}, ["anna b", "berg a", "annaberg"]),
    ],
)
def test_a_person_is_found_by_what_people_type(raw: object, typed: list[str]) -> None:
    words = words_of("person_name", raw)
    missed = [one for one in typed if not any(word.startswith(search_words.asked(one)) for word in words)]
    assert not missed, sorted(words)


@pytest.mark.parametrize(
    ("raw", "typed"),
    [
        ("深圳市腾讯计算机系统有限公司", ["深圳市腾讯", "腾讯", "tengxun", "腾讯计算机"]),
        ("Boeing Commercial Airplanes Ltd.", ["boeing", "commercial", "boeing commercial"]),
    ],
)
def test_a_company_is_found_by_what_people_type(raw: object, typed: list[str]) -> None:
    words = words_of("company_name", raw)
    missed = [one for one in typed if not any(word.startswith(search_words.asked(one)) for word in words)]
    assert not missed, sorted(words)


@pytest.mark.parametrize("raw", ["13812345678", "  "])
def test_what_is_no_name_has_no_words(raw: str) -> None:
    assert not [
        word
        for value in field_type("phone").normalise(raw, FieldContext())
        for word in search_words.search_words("phone", value)
    ]
