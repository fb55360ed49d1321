"""Every row of the reference's address tables (part 1 and 2.5)."""

from __future__ import annotations

import pycountry
import pytest

from mapping.field_types.address import Address
from mapping.field_types.city_line import english_name
from mapping.field_types.contract import FieldContext
from mapping.field_types.country import country_code
from mapping.values import FieldValue, Json

ADDRESS = Address()
CONTEXT = FieldContext()


def one(raw: Json) -> FieldValue:
    (value,) = ADDRESS.normalise(raw, CONTEXT)
    return value


def china(
    province: str, city: str, district: str = "", code: str = "", detail: str = "", **more: str
) -> dict[str, str]:
    parts = {
        "country": "CN",
        "province": province,
        "city": city,
        "district": district,
        "code": code,
        "detail": detail,
        **more,
    }
    return {key: text for key, text in parts.items() if text}


ROWS: list[tuple[Json, dict[str, str]]] = [
    ("深圳南山科技园", china("广东省", "深圳市", "南山区", "440305", "科技园")),
    ("北京市市辖区朝阳区建国路88号", china("北京市", "北京市", "朝阳区", "110105", "建国路88号")),
    ("朝阳区建国路88号", {"district": "朝阳区", "detail": "建国路88号"}),
    ("鼓楼区中山北路", {"district": "鼓楼区", "detail": "中山北路"}),
    ("杭州市江干区钱江新城", china("浙江省", "杭州市", "江干区", "330104", "钱江新城")),
    ("上海市崇明县", china("上海市", "上海市", "崇明县", "310230")),
    ("山东省莱芜市", china("山东省", "莱芜市", code="371200")),
    ("浙江省杭州市临平区南苑街道", china("浙江省", "杭州市", "临平区", "330113", "南苑街道")),
    ("广东省东莞市南城街道", china("广东省", "东莞市", "", "441900", "南城街道")),
    ("苏州工业园区星湖街328号", china("江苏省", "苏州市", "", "320500", "苏州工业园区星湖街328号")),
    ("上海浦东张江", china("上海市", "上海市", "浦东新区", "310115", "张江")),
    ("湖北省仙桃市", china("湖北省", "仙桃市", "", "429004")),
    ("海南省澄迈县老城镇", china("海南省", "澄迈县", "", "469023", "老城镇")),
    ("广西南宁青秀区民族大道", china("广西壮族自治区", "南宁市", "青秀区", "450103", "民族大道")),
    ("河北省雄安新区容城县", china("河北省", "保定市", "容城县", "130629", zone="雄安新区")),
    ("浙江省杭州市西湖区长沙路1号", china("浙江省", "杭州市", "西湖区", "330106", "长沙路1号")),
    ("香港中环皇后大道中1号", {"country": "HK", "detail": "中环皇后大道中1号"}),
    ("武汉市武昌区中南路9号，430000", china("湖北省", "武汉市", "武昌区", "420106", "中南路9号", postal_code="430000")),
    (
        "Room 1201, No. 88 Jianguo Road, Chaoyang District, Beijing 100022",
        {"detail": "Room 1201, No. 88 Jianguo Road, Chaoyang District, Beijing", "postal_code": "100022"},
    ),
    (
        "1600 Amphitheatre Pkwy, Mountain View, CA 94043",
        {
            "country": "US",
            "province": "CA",
            "city": "Mountain View",
            "detail": "1600 Amphitheatre Pkwy",
            "postal_code": "94043",
        },
    ),
    ("陕西省乾县", china("陕西省", "咸阳市", "乾县", "610424")),
    ("廣東省深圳市南山區科技園", china("广东省", "深圳市", "南山区", "440305", "科技園")),
    ("吉林省吉林市船营区", china("吉林省", "吉林市", "船营区", "220204")),
    ("新疆和田地区和康县", china("新疆维吾尔自治区", "和田地区", "和康县", "653228")),
    (
        {"country": "中国", "state": "广东", "city": "深圳", "street": "南山区科技园1号", "postcode": "518057"},
        china("广东省", "深圳市", "南山区", "440305", "科技园1号", postal_code="518057"),
    ),
    (
        {"state": "北京", "city": "北京市", "street": "北京市朝阳区建国路88号"},
        china("北京市", "北京市", "朝阳区", "110105", "建国路88号"),
    ),
    (
        {"country": "USA", "state": "CA", "city": "San Francisco", "street": "1 Main St", "postcode": "94105"},
        {"country": "US", "province": "CA", "city": "San Francisco", "detail": "1 Main St", "postal_code": "94105"},
    ),
]


@pytest.mark.parametrize(("raw", "expected"), ROWS, ids=[str(row[0]) for row in ROWS])
def test_an_address_is_read_against_the_division_table(raw: Json, expected: dict[str, str]) -> None:
    assert one(raw).value == expected


@pytest.mark.parametrize(
    ("raw", "issue"),
    [
        ("朝阳区建国路88号", "ambiguous"),
        ("鼓楼区中山北路", "ambiguous"),
        ("杭州市江干区钱江新城", "former_division"),
        ("武汉市武昌区中南路9号，430000", "postal_default"),
        ("浙江省", "only_region"),
    ],
)
def test_what_is_uncertain_about_an_address_is_said(raw: str, issue: str) -> None:
    assert issue in one(raw).issues


@pytest.mark.parametrize(
    ("old", "current"),
    [
        ("杭州市江干区钱江新城", "330102"),
        ("上海市崇明县", "310151"),
        ("山东省莱芜市鹏泉街1号", "370100"),
        ("北京市宣武区1号", "110102"),
    ],
)
def test_an_old_name_stays_and_its_key_uses_the_code_in_force(old: str, current: str) -> None:
    assert one(old).parts["current_code"] == current
    assert ADDRESS.features(one(old))["code"] == current


def test_an_old_name_and_the_new_one_meet_in_one_key() -> None:
    old, new = one("杭州市江干区凤起路1号"), one("浙江省杭州市上城区凤起路1号")
    assert ADDRESS.features(old)["key"] == ADDRESS.features(new)["key"]
    assert old.value != new.value


@pytest.mark.parametrize("raw", ["中国", "同上", "全国", "无"])
def test_a_placeholder_is_no_address(raw: str) -> None:
    assert (one(raw).valid, one(raw).issues) == (False, ("placeholder",))


@pytest.mark.parametrize("raw", ["浙江省", "香港"])
def test_a_region_alone_is_an_address_but_no_evidence(raw: str) -> None:
    assert (one(raw).valid, one(raw).evidence) == (True, False)


def test_a_city_alone_is_compared_but_never_looked_up() -> None:
    assert ADDRESS.features(one("浙江省杭州市"))["city"] == "杭州市"
    assert "key" not in ADDRESS.features(one("浙江省杭州市"))
    assert not ADDRESS.blocking_keys(one("浙江省杭州市"))


@pytest.mark.parametrize(
    ("one_spelling", "other"),
    [
        ("北京市朝阳区建国路88号2号楼3单元1201室", "北京朝阳区建国路88-2-3-1201"),
        ("北京市朝阳区建国路88号十二层", "北京市朝阳区建国路88号12层"),
        ("廣東省深圳市南山區科技園1號", "深圳南山科技园1号"),
    ],
)
def test_two_spellings_of_one_door_have_one_key(one_spelling: str, other: str) -> None:
    assert ADDRESS.features(one(one_spelling))["key"] == ADDRESS.features(one(other))["key"]


def test_a_citys_default_postal_code_is_no_feature() -> None:
    assert "postal_code" not in ADDRESS.features(one("武汉市武昌区中南路9号，430000"))
    assert ADDRESS.features(one("北京市朝阳区建国路88号 100022"))["postal_code"] == "100022"


def test_a_hong_kong_address_shows_the_label_that_the_project_sets() -> None:
    labelled = FieldContext(options={"country_labels": True})
    assert ADDRESS.render(one("香港中环皇后大道中1号"), "country", labelled) == "中国香港"
    assert ADDRESS.render(one("香港中环皇后大道中1号"), "country", CONTEXT) == "HK"


def test_an_address_is_pushed_whole_or_in_parts() -> None:
    found = one("北京市市辖区朝阳区建国路88号")
    assert ADDRESS.render(found, None, CONTEXT) == "北京市朝阳区建国路88号"
    assert ADDRESS.render(found, "street", CONTEXT) == "朝阳区建国路88号", "where there is no field for the district"
    assert [ADDRESS.render(found, part, CONTEXT) for part in ("state", "city", "district", "detail")] == [
        "北京市",
        "北京市",
        "朝阳区",
        "建国路88号",
    ]


def test_a_mask_hides_the_door() -> None:
    assert ADDRESS.mask(one("深圳南山科技园1号")) == "广东省深圳市南山区***"
    assert ADDRESS.mask(one("北京市通州区文化路1号")) == "北京市通州区***"


def test_every_country_is_written_as_it_is_read_back() -> None:
    codes = [country.alpha_2 for country in pycountry.countries]
    assert len(codes) > 240
    assert [code for code in codes if country_code(english_name(code)) != code] == []
