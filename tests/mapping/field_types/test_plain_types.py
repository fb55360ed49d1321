"""The small field types: countries, money and numbers (reference 2.8), choices, texts, web addresses, identifiers."""

from __future__ import annotations

import pytest

from mapping.field_types.contract import FieldContext
from mapping.field_types.registry import UnknownFieldTypeError, field_type, names
from mapping.values import FieldValue, Json


def values(name: str, raw: Json, region: str = "CN", **options: Json) -> list[FieldValue]:
    return list(field_type(name).normalise(raw, FieldContext(region=region, options=options)))


def one(name: str, raw: Json, region: str = "CN", **options: Json) -> FieldValue:
    (value,) = values(name, raw, region, **options)
    return value


@pytest.mark.parametrize(
    ("raw", "code"),
    [("CN", "CN"), ("de", "DE"), ("CHN", "CN"), ("中国", "CN"), ("英国", "GB"), ("South Korea", "KR"),
     ("香港", "HK"), ("PRC", "CN"),
     ("UK", "GB"), ("Macau", "MO"), ("Russia", "RU"), ("Turkey", "TR"), ("韩国", "KR"), ("Korea", "KR"),
     ("Germany", "DE"), ("China", "CN")],
)  # fmt: skip
def test_a_country_is_found_by_code_name_or_alias(raw: str, code: str) -> None:
    assert one("country", raw).value == code


def test_an_unknown_country_is_not_guessed() -> None:
    assert one("country", "Atlantis").issues == ("unknown_country",)


@pytest.mark.parametrize(
    ("raw", "amount", "currency"),
    [
        ("-50.00", "-50", "CNY"),
        ("1.2万", "12000", "CNY"),
        ("500w", "5000000", "CNY"),
        ("12万元", "120000", "CNY"),
        ("￥1,200.50", "1200.5", "CNY"),
        ("3亿", "300000000", "CNY"),
        ("USD 5", "5", "USD"),
        ("$1,200.50", "1200.5", "USD"),
        ("€9.99", "9.99", "EUR"),
        ({"amount": 5, "currency": "HKD"}, "5", "HKD"),
        (0.1, "0.1", "CNY"),
    ],
)
def test_an_amount_is_exact_and_keeps_its_sign(raw: Json, amount: str, currency: str) -> None:
    assert one("money", raw).value == {"amount": amount, "currency": currency}


def test_the_sign_of_yen_and_yuan_is_read_by_the_sources_country() -> None:
    assert one("money", "¥100", region="JP").value == {"amount": "100", "currency": "JPY"}


@pytest.mark.parametrize(
    ("raw", "value"), [("1.2万", 12000), ("1,200", 1200), ("-3.5", -3.5), (7, 7), (7.0, 7), ("(50)", -50)]
)
def test_a_number_is_read(raw: Json, value: float) -> None:
    assert one("number", raw).value == value


@pytest.mark.parametrize(
    ("raw", "issue"), [("abc", "not_a_number"), ("12345678901234567890", "too_large"), ("N/A", "placeholder")]
)
def test_what_is_no_number_is_refused(raw: str, issue: str) -> None:
    assert one("number", raw).issues == (issue,)


@pytest.mark.parametrize(("raw", "value"), [(True, True), ("是", True), ("NO", False), (1, True), ("否", False)])
def test_a_truth_value_is_read(raw: Json, value: bool) -> None:
    assert one("boolean", raw).value is value


TIERS: dict[str, Json] = {"A": "vip", "B": "regular", "C": "regular"}


def test_a_choice_is_the_profiles_word_and_pushed_as_the_systems() -> None:
    found = one("choice", " ａ ", values=TIERS)
    assert found.value == "vip"
    assert field_type("choice").render(found, None, FieldContext(options={"values": TIERS})) == "A"
    assert (
        field_type("choice").render(FieldValue(value="regular"), None, FieldContext(options={"values": TIERS})) == "B"
    )


def test_a_choice_that_is_not_listed_is_invalid_and_said() -> None:
    assert one("choice", "D", values=TIERS).issues == ("unknown_choice",)
    assert one("choice", "VIP", choices=["vip", "regular"]).value == "vip"
    assert one("choice", "whatever").value == "whatever"


def test_an_accent_that_stands_on_no_letter_says_nothing() -> None:
    for name in ("choice", "multi_choice", "identifier"):
        assert one(name, "\u0300").issues == ("placeholder",)


@pytest.mark.parametrize("raw", ["red; blue、red", ["red", "blue", "red"], "red,blue"])
def test_tags_are_split_and_each_stands_once(raw: Json) -> None:
    assert [value.value for value in values("multi_choice", raw)] == ["red", "blue"]


@pytest.mark.parametrize(
    ("raw", "value", "domain"),
    [
        ("Acme.CN", "https://acme.cn", "acme.cn"),
        ("HTTP://WWW.Acme.cn/About/", "http://www.acme.cn/About", "acme.cn"),
        ("例子.公司", "https://xn--fsqu00a.xn--55qx5d", "xn--fsqu00a.xn--55qx5d"),
        ("https://shop.taobao.com/x", "https://shop.taobao.com/x", None),
    ],
)
def test_a_web_address_is_read_and_names_the_customers_own_domain(raw: str, value: str, domain: str | None) -> None:
    found = one("url", raw)
    assert found.value == value
    assert field_type("url").features(found).get("domain") == domain


@pytest.mark.parametrize(
    "raw", ["ftp://acme.cn", "foo bar", "javascript:alert(1)", "https://", "https://user:pw@acme.cn/"]
)
def test_what_is_no_web_address_of_a_customer_is_refused(raw: str) -> None:
    assert not one("url", raw).valid


def test_http_and_https_and_www_meet_in_one_key() -> None:
    keys = {
        field_type("url").features(one("url", raw))["key"]
        for raw in ("http://acme.cn/", "https://www.acme.cn", "acme.cn")
    }
    assert keys == {"acme.cn"}


@pytest.mark.parametrize(("raw", "value"), [(" ab-1２ ", "AB-12"), ("123.0", "123"), (42.0, "42")])
def test_an_identifier_is_trimmed_and_upper_case(raw: Json, value: str) -> None:
    assert one("identifier", raw).value == value


def test_an_identifier_whose_case_matters_keeps_it() -> None:
    assert one("identifier", "oXyZ", case_sensitive=True).value == "oXyZ"


@pytest.mark.parametrize("raw", ["微信: Zhang_Wei", "@Zhang_Wei", "https://twitter.com/Zhang_Wei?s=1"])
def test_a_handle_is_bare(raw: str) -> None:
    assert one("social_handle", raw).value == "zhang_wei"


def test_a_handle_that_only_points_to_the_phone_is_none() -> None:
    assert not one("social_handle", "同手机").valid


def test_a_note_keeps_half_a_metre_and_says_where_it_is_damaged() -> None:
    assert one("text", "½ m²\n……").value == "½ m²\n……"
    assert one("text", "\ud842").issues == ("damaged",)
    assert not field_type("text").features(one("text", "note"))


def test_an_unknown_type_is_named_with_the_nearest_one() -> None:
    with pytest.raises(UnknownFieldTypeError, match="did you mean 'phone'") as caught:
        field_type("fone")
    assert caught.value.suggestion == "phone"
    assert "person_name" in names()


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("raw", [None, "", "  ", [], [None]])
def test_an_empty_field_holds_no_value(name: str, raw: Json) -> None:
    assert not values(name, raw)
