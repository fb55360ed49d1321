"""Every row of the reference's phone table (2.1), the rows where libphonenumber alone is wrong included."""

from __future__ import annotations

import pytest

from mapping.field_types.contract import FieldContext
from mapping.field_types.phone import Phone
from mapping.values import FieldValue, Json

PHONE = Phone()
CHINA = FieldContext(region="CN")
CARRIER_EXAMPLE = "+8613800138000"


def one(raw: Json, context: FieldContext = CHINA) -> FieldValue:
    (value,) = PHONE.normalise(raw, context)
    return value


VALID = [
    ("８６－１３８００１３８０００", CARRIER_EXAMPLE, "mobile"),
    ("0086-138-0013-8000", CARRIER_EXAMPLE, "mobile"),
    ("(+86)13800138000", CARRIER_EXAMPLE, "mobile"),
    ("013800138000", CARRIER_EXAMPLE, "mobile"),
    ("+86 (0)138 0013 8000", CARRIER_EXAMPLE, "mobile"),
    ("010-88886666转8001", "+861088886666;ext=8001", "fixed"),
    ("010-88886666分机8001", "+861088886666;ext=8001", "fixed"),
    ("010-88886666内线8001", "+861088886666;ext=8001", "fixed"),
    ("010-88886666 ext. 8001", "+861088886666;ext=8001", "fixed"),
    ("010-88886666x8001", "+861088886666;ext=8001", "fixed"),
    ("400 820 8820 转 2", "+864008208820;ext=2", "service"),
    ("010-88886666-8001", "+861088886666;ext=8001", "fixed"),
    ("0571-87654321*123", "+8657187654321;ext=123", "fixed"),
    ("0571-87654321#123", "+8657187654321;ext=123", "fixed"),
    ("138 0013 8000（微信同号）", CARRIER_EXAMPLE, "mobile"),
    ("13800138000 张三", CARRIER_EXAMPLE, "mobile"),
    ("13800138000.0", CARRIER_EXAMPLE, "mobile"),
    (13800138000.0, CARRIER_EXAMPLE, "mobile"),
    (13800138000, CARRIER_EXAMPLE, "mobile"),
    ("+86 13800138000 (work)", CARRIER_EXAMPLE, "mobile"),
    ("852 6123 4567", "+85261234567", "mobile"),
    ("00852-2345-6789", "+85223456789", "fixed"),
    ("4008008888", "+864008008888", "service"),
    ("0400-820-8820", "+864008208820", "service"),
    ("95588", "95588", "service"),
    ("10086", "10086", "service"),
    ("12315", "12315", "service"),
    ("13800000000", "+8613800000000", "mobile"),
    ("19900001111", "+8619900001111", "mobile"),
    ("+44 (0)20 7946 0958", "+442079460958", "fixed"),
    ("+1-800-FLOWERS", "+18003569377", "service"),
    ("电话：010-88886666", "+861088886666", "fixed"),
    ("手机 139 1234 5670", "+8613912345670", "mobile"),
    ("tel:+86-10-8888-6666;ext=8001", "+861088886666;ext=8001", "fixed"),
]


@pytest.mark.parametrize(("raw", "value", "kind"), VALID, ids=[str(row[0]) for row in VALID])
def test_a_written_number_becomes_its_canonical_form(raw: Json, value: str, kind: str) -> None:
    found = one(raw)
    assert (found.value, found.valid, found.parts["type"]) == (value, True, kind)


INVALID = [
    ("88886666", "no_area_code"),
    ("1.38001E+10", "digits_lost"),
    ("415-555-2671", "doubtful"),
    ("11111111111", "placeholder"),
    ("00000000", "placeholder"),
    ("88888888", "placeholder"),
    ("12345678", "placeholder"),
    ("12345678901", "placeholder"),
    ("无", "placeholder"),
    ("N/A", "placeholder"),
    ("微信联系", "not_a_number"),
    ("8001", "too_short"),
    ("14012345678", "not_valid"),
]


@pytest.mark.parametrize(("raw", "issue"), INVALID, ids=[row[0] for row in INVALID])
def test_what_is_no_number_is_kept_with_the_reason_and_is_no_evidence(raw: str, issue: str) -> None:
    found = one(raw)
    assert (found.valid, found.evidence, found.value, found.issues) == (False, False, raw, (issue,))
    assert not PHONE.features(found)


NO_EVIDENCE = [
    *(
        [
            "13800000000",
            "13800138000",
            "13888888888",
            "13900000000",
            "13333333333",
            "18888888888",
            "19900001111",
            "4008008888",
            "95588",
        ]
    ),
    "0400-820-8820",
    "+1-800-FLOWERS",
    "+86 21 1234 5678",
]


@pytest.mark.parametrize("raw", NO_EVIDENCE)
def test_service_numbers_and_numbers_typed_to_get_past_a_form_are_valid_but_no_evidence(raw: str) -> None:
    found = one(raw)
    assert (found.valid, found.evidence) == (True, False)
    assert not PHONE.features(found)
    assert not PHONE.blocking_keys(found)


REFUSED_PREFIXES = [
    "140",
    "141",
    "142",
    "143",
    "144",
    "146",
    "148",
    "149",
    "154",
    "160",
    "163",
    "164",
    "168",
    "169",
    "179",
    "194",
]


@pytest.mark.parametrize("prefix", REFUSED_PREFIXES)
def test_prefixes_that_no_mobile_has_are_refused(prefix: str) -> None:
    assert not one(f"{prefix}35792468").valid


def test_a_local_number_that_no_exchange_has_is_doubtful() -> None:
    found = one("+86 21 1234 5678")
    assert (found.value, found.valid, found.evidence, found.issues) == ("+862112345678", True, False, ("doubtful",))


def test_an_american_number_reads_right_in_its_own_region() -> None:
    assert one("415-555-2671", FieldContext(region="US")).value == "+14155552671"


def test_a_chinese_mobile_reads_right_in_another_region() -> None:
    assert one("139 1234 5670", FieldContext(region="US")).value == "+8613912345670"


@pytest.mark.parametrize(
    "raw",
    ["13800138000/13900139001", "13800138000；13900139001", "13800138000、13900139001", "13800138000 13900139001"],
)
def test_several_numbers_in_one_field_are_several_values(raw: str) -> None:
    assert [value.value for value in PHONE.normalise(raw, CHINA)] == ["+8613800138000", "+8613900139001"]


def test_the_second_of_two_landlines_lacks_its_area_code() -> None:
    first, second = PHONE.normalise("010-88886666,88887777", CHINA)
    assert (first.value, first.valid) == ("+861088886666", True)
    assert (second.value, second.issues) == ("88887777", ("no_area_code",))


def test_a_sources_area_code_completes_local_numbers() -> None:
    assert one("88886666", FieldContext(options={"area_code": "010"})).value == "+861088886666"


def test_an_extension_is_part_of_the_key_but_not_of_what_is_looked_up() -> None:
    found = one("010-88886666-8001")
    assert PHONE.features(found) == {
        "key": "+861088886666;ext=8001",
        "line": "+861088886666",
        "type": "fixed",
        "extension": "8001",
    }
    assert PHONE.blocking_keys(found) == ("+861088886666", "88886666")


def test_a_number_in_parts_is_read_as_one() -> None:
    assert one({"phone": "010-88886666", "extension": "8001"}).value == "+861088886666;ext=8001"


def test_a_projects_own_placeholder_is_no_evidence() -> None:
    assert not one("13912345670", FieldContext(options={"placeholders": ["13912345670"]})).evidence


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (None, "+861088886666 ext 8001"),
        ("e164", "+861088886666"),
        ("extension", "8001"),
        ("type", "fixed"),
        ("national", "010 8888 6666 ext 8001"),
    ],
)
def test_a_number_is_pushed_whole_or_in_parts(part: str | None, text: str) -> None:
    assert PHONE.render(one("010-88886666-8001"), part, CHINA) == text


def test_a_number_abroad_is_pushed_internationally_where_its_national_form_would_be_misread() -> None:
    assert PHONE.render(one("+44 20 7946 0958"), "national", CHINA) == "+44 20 7946 0958"


def test_a_mask_keeps_head_and_tail() -> None:
    assert PHONE.mask(one("13800138000")) == "138****8000"
    assert PHONE.mask(one("88886666")) == "***"


@pytest.mark.parametrize(
    "written", ["+390112505415 ext 5759", "+390112505415x5759", "139 1111 2222", "+1 (212) 555-0100"]
)
def test_a_number_in_a_systems_own_form_is_masked_whole(written: str) -> None:
    assert PHONE.mask(FieldValue(value=written, raw=written)) == "***"


def test_features_hold_for_a_value_that_came_back_from_the_store_without_its_parts() -> None:
    assert PHONE.features(FieldValue(value="+8613912345670"))["type"] == "mobile"
