"""Records as the systems of the shipped mappings hold them, made from the mappings themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from mapping.compile import CompiledField, CompiledMapping
from mapping.formats import FORMATS
from mapping.slots import Slot

JUNK = ["无", "N/A", "-", "", "?", "\u200b", "x" * 40, "１２３", "<b>", "a;b"]
PHONES = ["139 1234 5670", "+86 138-0013-9999", "010-88886666转8001", "010-88886666-8001", "400 820 8820", "95588"]
PHONES += [
    "+44 20 7946 0958",
    "852 6123 4567",
    "88886666",
    "13912345670/13912345671",
    "１３９１２３４５６７０（微信同号）",
]
EMAILS = [
    "Li.Lei+x@Gmail.com",
    "zs@acme.cn",
    "12345678@qq.com",
    "user@例子.公司",
    "Zhang San <zs@acme.cn>",
    "a@b",
    "info@acme.cn",
]
NAMES = [
    "王伟",
    "欧阳娜娜",
    "王先生",
    "Zhang Wei",
    "Anna van der Berg",
    "艾力·买买提江",
    "Jack Ma 马云",
    "老王",
    "张伟/李娜",
    "采购部",
]
COMPANIES = ["阿里巴巴（中国）有限公司", "Acme Pte. Ltd.", "北京　字节 跳动", "个人", "华为技术有限公司上海分公司"]
ADDRESSES = [
    "北京市朝阳区建国路88号",
    "深圳南山科技园",
    "朝阳区建国路88号",
    "香港中环皇后大道中1号",
    "Main St 1, Berlin",
]
ADDRESSES += [
    "1600 Amphitheatre Pkwy, Mountain View, CA 94043",
    "武汉市武昌区中南路9号，430000",
    "浙江省",
    "苏州工业园区星湖街328号",
]
DATES = ["1988-07-01", "2024年1月5日", "1900-01-01", "2024-01", "05/01/2024", "soon"]
TEXTS = ["采购经理", " Sales  Lead ", "½ m²", "多行\n文本", "Ｄｉｒｅｃｔｏｒ"]
BY_TYPE: Mapping[str, list[Any]] = {
    "phone": PHONES,
    "email": EMAILS,
    "person_name": NAMES,
    "company_name": COMPANIES,
    "address": ADDRESSES,
    "date": DATES,
    "datetime": [*DATES, "2024-01-05 14:30 CST"],
    "url": ["Acme.cn", "http://www.acme.cn/About/", "例子.公司", "javascript:alert(1)"],
    "uscc": ["91110108551385082Q", "9111 0108 5513 8508 2q", "91350100M000100Y43", "办理中"],
    "social_handle": ["微信号：wx_Li-88", "@Acme", "同手机"],
    "money": ["1.2万", "USD 5", "-50.00"],
    "number": [7, "1,200", "1.5"],
}
PART_VALUES: Mapping[str, list[Any]] = {
    "family": ["王", "欧阳", "Smith", "Zhang", "王小明", "王先生"],
    "given": ["伟", "娜娜", "John", "Wei", "", None],
    "street": ["建国路88号", "Main St 1", "北京市朝阳区建国路88号", None],
    "city": ["北京", "上海市", "Berlin", "深圳", None],
    "state": ["北京", "广东", "CA", None],
    "postcode": ["100022", "94043", None],
    "country": ["中国", "US", "Germany", "DE", None],
}
WIRE: Mapping[str, list[Any]] = {
    "date_ms": [583689600000, 946656000000, 1704384000000],
    "instant_ms": [1704436200000, 583689600000],
    "comma_text": ["a, b", "重点；老客户", "a,a"],
    "number_text": ["3", "0", "12.5"],
}


def records_of(mapping: CompiledMapping, key: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy of records that fill any of the fields that *mapping* reads."""
    places: dict[tuple[str, ...], st.SearchStrategy[Any]] = {}
    for emit in mapping.emits:
        for field in emit.fields.values():
            for slot in field.pull_slots:
                places |= dict(_places(field, slot))
    filled = st.fixed_dictionaries({}, optional={".".join(steps): values for steps, values in places.items()})
    return filled.map(lambda found: nested(found, key))


def _places(field: CompiledField, slot: Slot) -> Iterator[tuple[tuple[str, ...], st.SearchStrategy[Any]]]:
    if slot.path is not None and slot.path.steps is not None:
        values = _values(field)
        yield slot.path.steps, st.lists(values, max_size=3) if slot.path.many else values
    for part, path in slot.parts:
        if path.steps is not None:
            yield path.steps, st.sampled_from(PART_VALUES.get(part, TEXTS))


def _values(field: CompiledField) -> st.SearchStrategy[Any]:
    if field.format is not None:
        return st.sampled_from(next(WIRE[name] for name, one in FORMATS.items() if one is field.format)) | st.none()
    if field.words_out is not None or field.type.name == "choice":
        words = list((field.words_out or {}).values()) or [str(one) for one in _choices(field)]
        return st.sampled_from([*words, None, "no such word"])
    if field.type.name == "boolean":  # a check box: the two words that it knows
        return st.sampled_from([True, False, None])
    known = BY_TYPE.get(field.type.name, TEXTS)
    return st.sampled_from([*known, *JUNK, None]) | st.text(max_size=12)


def _choices(field: CompiledField) -> list[Any]:
    choices = field.context.options.get("choices")
    return list(choices) if isinstance(choices, list) else ["x"]


def nested(flat: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """Return `{"a.b": 1}` as `{"a": {"b": 1}}`, over a copy of *start*."""
    record: dict[str, Any] = dict(start)
    for path, value in flat.items():
        *outer, last = path.split(".")
        here = record
        for step in outer:
            here = here.setdefault(step, {})
        here[last] = value
    return record


def applied(record: Mapping[str, Any], payload: Mapping[str, Any]) -> dict[str, Any]:
    """Do what a system does: overwrite the fields, inside nested objects too."""
    result = dict(record)
    for name, value in payload.items():
        here = result.get(name)
        result[name] = applied(here if isinstance(here, dict) else {}, value) if isinstance(value, dict) else value
    return result


def two_way(field: CompiledField) -> bool:
    """Whether every place that a field is read from is written as well."""
    return bool(field.pull_slots) and all(slot.pushed for slot in field.pull_slots)
