"""Every row of the reference's company table (2.4)."""

from __future__ import annotations

import pytest

from mapping.field_types.company_name import CompanyName
from mapping.field_types.contract import FieldContext
from mapping.values import FieldValue

COMPANY = CompanyName()
CONTEXT = FieldContext()


def one(raw: str) -> FieldValue:
    (value,) = COMPANY.normalise(raw, CONTEXT)
    return value


def features(raw: str) -> dict[str, str]:
    return dict(COMPANY.features(one(raw)))


ROWS: list[tuple[str, dict[str, str]]] = [
    ("阿里巴巴（中国）有限公司", {"core": "阿里巴巴", "place": "中国", "form": "有限公司"}),
    ("阿里巴巴(中国)有限公司", {"core": "阿里巴巴", "place": "中国", "form": "有限公司"}),
    ("騰訊科技（深圳）有限公司", {"core": "腾讯科技", "place": "深圳", "form": "有限公司"}),
    ("腾讯科技（深圳）有限责任公司", {"core": "腾讯科技", "place": "深圳", "form": "有限公司"}),
    ("北京字节跳动科技有限公司", {"core": "字节跳动科技", "place": "北京", "form": "有限公司"}),
    ("上海　ＡＢＣ　科技有限公司", {"core": "abc 科技", "place": "上海", "form": "有限公司"}),
    ("华为技术有限公司上海分公司", {"core": "华为技术", "form": "有限公司", "branch": "上海分公司"}),
    ("国网浙江省电力有限公司杭州供电公司", {"core": "国网浙江省电力", "form": "有限公司", "branch": "杭州供电公司"}),
    ("苏宁易购集团股份有限公司", {"core": "苏宁易购", "form": "股份有限公司", "group": "1"}),
    ("海尔集团公司", {"core": "海尔", "form": "公司", "group": "1"}),
    ("普华永道中天会计师事务所（特殊普通合伙）", {"core": "普华永道中天会计师事务所", "form": "合伙"}),
    ("中国石油天然气集团有限公司", {"core": "中国石油天然气", "form": "有限公司", "group": "1"}),
    ("长沙银行股份有限公司", {"core": "长沙银行", "form": "股份有限公司"}),
    ("南京大学", {"core": "南京大学"}),
    ("北京银行股份有限公司上海分行", {"core": "北京银行", "form": "股份有限公司", "branch": "上海分行"}),
    ("北京银行上海分行", {"core": "北京银行", "branch": "上海分行"}),
    ("吉林省吉林市大华商贸有限公司", {"core": "大华商贸", "place": "吉林", "form": "有限公司"}),
    ("Shanghai XYZ Technology Co., Ltd.", {"core": "shanghai xyz technology"}),
    ("Beijing ABC Tech (Shanghai) Co., Ltd.", {"core": "beijing abc tech", "place": "shanghai"}),
    ("ACME GmbH & Co. KG", {"core": "acme"}),
    ("Acme S.p.A.", {"core": "acme"}),
    ("Acme Pte. Ltd.", {"core": "acme"}),
    ("Co", {"core": "co"}),
    ("SA SA Inc", {"core": "sa sa inc"}),
    ("The Limited", {"core": "the limited"}),
    ("株式会社トヨタ", {"core": "トヨタ", "form": "株式会社"}),
    ("삼성전자 주식회사", {"core": "삼성전자", "form": "株式会社"}),
    ("（株）三星", {"core": "三星", "form": "株式会社"}),
    ("㈱三星", {"core": "三星", "form": "株式会社"}),
    ("㍿三星", {"core": "三星", "form": "株式会社"}),
    ("(주)삼성전자", {"core": "삼성전자", "form": "株式会社"}),
    ("ООО Ромашка", {"core": "ромашка", "form": "ооо"}),
    ("腾讯", {"core": "腾讯"}),
    ("Tencent", {"core": "tencent"}),
    ("中粮(集团)有限公司", {"core": "中粮", "form": "有限公司", "group": "1"}),
    ("上海ABC Co., Ltd.", {"core": "abc", "place": "上海"}),
]


@pytest.mark.parametrize(("raw", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_a_name_is_taken_apart(raw: str, expected: dict[str, str]) -> None:
    found = features(raw)
    assert {part: found.get(part) for part in expected} == expected
    assert {part for part in ("place", "branch", "group") if part in found} <= expected.keys()


@pytest.mark.parametrize(
    ("one_spelling", "other"),
    [
        ("騰訊科技（深圳）有限公司", "腾讯科技（深圳）有限责任公司"),
        ("阿里巴巴（中国）有限公司", "阿里巴巴 (中国) 有限公司"),
        ("ACME GmbH & Co. KG", "Acme S.p.A."),
        ("Shanghai XYZ Technology Co., Ltd.", "SHANGHAI XYZ TECHNOLOGY CO LTD"),
        ("上海　ＡＢＣ　科技有限公司", "上海ABC科技有限公司"),
    ],
)
def test_two_spellings_of_one_company_have_one_key(one_spelling: str, other: str) -> None:
    assert features(one_spelling)["key"] == features(other)["key"]


@pytest.mark.parametrize(
    ("company", "related"),
    [
        ("华为技术有限公司", "华为技术有限公司上海分公司"),
        ("海尔有限公司", "海尔集团公司"),
        ("长沙银行股份有限公司", "北京银行股份有限公司"),
        ("阿里巴巴(中国)有限公司", "北京字节跳动科技有限公司"),
    ],
)
def test_a_branch_a_group_and_another_company_have_keys_of_their_own(company: str, related: str) -> None:
    assert features(company)["key"] != features(related)["key"]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("阿里巴巴（中国）有限公司", "阿里巴巴(中国)有限公司"),
        ("上海　ＡＢＣ　科技有限公司", "上海 ABC 科技有限公司"),
        ("騰訊科技 （深圳） 有限公司", "騰訊科技(深圳)有限公司"),
        (" Acme  Pte. Ltd. ", "Acme Pte. Ltd."),
    ],
)
def test_a_name_is_shown_with_one_kind_of_brackets_and_blanks(raw: str, shown: str) -> None:
    assert one(raw).value == shown


@pytest.mark.parametrize(
    "raw", ["个人", "个体", "自然人", "无公司", "某公司", "公司", "我的公司", "测试公司", "个体户", "无", "test", "N/A"]
)
def test_what_names_no_company_is_invalid(raw: str) -> None:
    assert (one(raw).valid, one(raw).issues) == (False, ("placeholder",))


def test_a_core_of_one_character_is_no_evidence() -> None:
    assert (one("A公司").valid, one("A公司").evidence) == (True, False)


def test_a_company_is_looked_up_by_the_head_of_its_core() -> None:
    assert COMPANY.blocking_keys(one("北京字节跳动科技有限公司")) == ("字节跳动",)
    assert COMPANY.blocking_keys(one("Acme Pte. Ltd.")) == ("acme",)


@pytest.mark.parametrize(
    ("full", "alone", "brand"),
    [
        ("福州锐达建筑工程有限公司", "锐达", "锐达"),
        ("晟盛(深圳)新材料集团股份有限公司", "晟盛", "晟盛"),
        ("Lewis Supplies Ltd", "Lewis", "lewis"),
    ],
)
def test_the_brand_alone_and_the_full_name_begin_alike(full: str, alone: str, brand: str) -> None:
    assert features(full)["brand"] == features(alone)["brand"] == brand
