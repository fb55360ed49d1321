from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.fxiaoke.values import on_the_wire, phone_key, phone_spellings, read_only, same

values = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3)


@given(values, values)
def test_sameness_is_mutual_and_holds_for_itself(one: object, other: object) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)


def test_what_the_api_writes_differently_is_the_same() -> None:
    assert same("100.5", 100.5)
    assert same(12, "12")
    assert same(["FSUID_A"], "FSUID_A")
    assert same(["a", "b"], ["b", "a"])
    assert same(None, "")
    assert same([], None)
    assert not same("", "0")
    assert not same(True, "true")  # noqa: FBT003 (the value under test)
    assert not same("100.50", "100.5")


def test_numbers_are_strings_but_times_are_not() -> None:
    assert on_the_wire(1e21) == "1000000000000000000000"
    assert on_the_wire(0.1) == "0.1"
    assert on_the_wire(5) == "5"
    assert on_the_wire(1767225600000, "date") == 1767225600000
    assert on_the_wire(True) is True  # noqa: FBT003 (the value under test)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_every_spelling_of_a_mobile_number_has_one_key(mobile: str) -> None:
    for spelling in phone_spellings(f"+86 {mobile[:3]}-{mobile[3:]}"):
        assert phone_key(spelling) == mobile


def test_short_numbers_and_words_are_no_phone() -> None:
    assert phone_key("110") == phone_key("无") == phone_key(None) == phone_key(13900000001) == ""
    assert phone_key("０２１－５５５０１００") == "0215550100"


def test_companions_and_system_fields_are_read_only_but_other_text_is_not() -> None:
    assert read_only("owner__r")
    assert read_only("account_id__relation_ids")
    assert read_only("_id")
    assert not read_only("source__o")
    assert not read_only("hub_id__c")
