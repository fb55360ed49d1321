"""Every row of the reference's tables of credit codes and resident numbers (2.6)."""

from __future__ import annotations

import pytest

from mapping.field_types.contract import FieldContext
from mapping.field_types.resident_id import ResidentId, check_digit
from mapping.field_types.uscc import USCC, is_valid_uscc
from mapping.values import FieldValue

CONTEXT = FieldContext()
RESIDENT = ResidentId()
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(raw: str) -> FieldValue:
    (value,) = USCC.normalise(raw, CONTEXT)
    return value


def resident(raw: str) -> FieldValue:
    (value,) = RESIDENT.normalise(raw, CONTEXT)
    return value


def with_first_character(first: str) -> str:
    """A code with this first character and the check character that belongs to it."""
    body = first + "1" + "110108551385082"
    total = sum(_ALPHABET.index(c) * pow(3, n, 31) for n, c in enumerate(body))
    return body + _ALPHABET[-total % 31]


VALID = [
    ("91110108551385082Q", "91110108551385082Q"),
    (" 91110108551385082q", "91110108551385082Q"),
    ("9111 0108 5513 8508 2Q", "91110108551385082Q"),
    ("91110108-551385082-Q", "91110108551385082Q"),
    ("９１１１０１０８５５１３８５０８２Ｑ", "91110108551385082Q"),
    ("91350100M000100Y43", "91350100M000100Y43"),
    ("92141127MA0KD1Y64A", "92141127MA0KD1Y64A"),
    *((with_first_character(first), with_first_character(first)) for first in "NYA"),
]


@pytest.mark.parametrize(("raw", "value"), VALID, ids=[row[0] for row in VALID])
def test_a_credit_code_is_read_in_any_width_and_spacing(raw: str, value: str) -> None:
    assert (uscc(raw).value, uscc(raw).valid, uscc(raw).evidence) == (value, True, True)


REFUSED = [
    ("000000000000000000", "placeholder"),
    ("123456789012345678", "placeholder"),
    ("无", "placeholder"),
    ("暂无", "placeholder"),
    ("办理中", "placeholder"),
    ("91110108551385082R", "check_failed"),
    ("110108012345678", "old_registration_number"),
    ("55138508-2", "organisation_code"),
    ("9111010855138508", "wrong_length"),
    ("11010519491231002X", "check_failed"),
]


@pytest.mark.parametrize(("raw", "issue"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_no_credit_code_is_refused_with_the_reason(raw: str, issue: str) -> None:
    assert (uscc(raw).valid, uscc(raw).issues) == (False, (issue,))


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("9135O1OOMOOO1OOY43", "91350100M000100Y43"),
        ("9I350I00M000I00Y43", "91350100M000100Y43"),
        ("9111010855138508ZQ", "91110108551385082Q"),
    ],
)
def test_a_misread_character_is_suggested_and_not_rewritten(raw: str, meant: str) -> None:
    assert (uscc(raw).value, uscc(raw).valid, uscc(raw).parts["suggestion"]) == (raw, False, meant)


def test_every_single_wrong_character_is_caught() -> None:
    code = "91350100M000100Y43"
    wrong = [code[:n] + c + code[n + 1 :] for n in range(18) for c in _ALPHABET if c != code[n]]
    assert len(wrong) == 540
    assert not any(map(is_valid_uscc, wrong))


def test_resident_numbers_hardly_ever_pass_for_credit_codes() -> None:
    bodies = [
        f"1101051{year}0{month}15{serial:03}"
        for year in range(950, 990)
        for month in range(1, 10)
        for serial in range(0, 999, 37)
    ]
    numbers = [body + check_digit(body) for body in bodies]
    assert sum(map(is_valid_uscc, numbers)) / len(numbers) < 0.006


def made_up(region: str, birthday: str = "19900101") -> str:
    body = f"{region}{birthday}001"
    return body + check_digit(body)


@pytest.mark.parametrize(
    "raw",
    ["11010519491231002X", "11010519491231002x", "110105 19491231 002X", "１１０１０５19491231002X", "110105491231002"],
)
def test_a_resident_number_is_read_in_every_form(raw: str) -> None:
    assert (resident(raw).value, resident(raw).valid) == ("11010519491231002X", True)


@pytest.mark.parametrize("region", ["810000", "830000", "330113", "330104"])
def test_a_region_that_others_do_not_know_is_no_error(region: str) -> None:
    assert (resident(made_up(region)).valid, resident(made_up(region)).issues) == (True, ())


def test_an_unknown_region_is_a_warning() -> None:
    assert (resident(made_up("999999")).valid, resident(made_up("999999")).issues) == (True, ("unknown_region",))


@pytest.mark.parametrize(
    ("raw", "issue"),
    [
        ("110105194912310021", "check_failed"),
        ("11010519491331002X", "no_such_date"),
        ("1101051949", "wrong_length"),
        ("111111111111111111", "placeholder"),
        ("无", "placeholder"),
    ],
)
def test_what_is_no_resident_number_is_refused_with_the_reason(raw: str, issue: str) -> None:
    assert (resident(raw).valid, resident(raw).issues) == (False, (issue,))


def test_a_resident_number_is_matched_and_neither_shown_nor_pushed() -> None:
    found = resident("11010519491231002X")
    assert RESIDENT.features(found) == {"key": "11010519491231002X", "birthday": "1949-12-31", "gender": "f"}
    assert RESIDENT.mask(found) == RESIDENT.show(found) == "110***********002X"
    assert RESIDENT.render(found, None, CONTEXT) is None
