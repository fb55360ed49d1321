"""What systems make of values is told from people's edits: named habits, exact pairs, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden_record.elements import Element
from golden_record.habits import apply, as_shown, contradicts, habits_of, is_form_of, never, pairs_of
from golden_record.history import History, Mark, observe, push, replay

texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs", "M", "So"]), min_size=1, max_size=40)
habits = st.sampled_from(
    [
        "spaces",
        "upper",
        "lower",
        "title",
        "first_upper",
        "no_accents",
        "half_width",
        "no_symbols",
        "no_punctuation",
        "cut:12",
        "rounded:1",
    ]
)


def element(value: str) -> Element:
    return Element(value, value)


@pytest.mark.parametrize(
    ("written", "shown", "habit"),
    [
        ("总监 ", "总监", "spaces"),
        ("Sales Director", "SALES DIRECTOR", "upper"),
        ("sales director", "Sales Director", "title"),
        ("Müller", "Muller", "no_accents"),
        ("ＡＢＣ公司", "ABC公司", "half_width"),
        ("北京路🙂12号", "北京路12号", "no_symbols"),
        ("Acme, Inc.", "Acme Inc", "no_punctuation"),
        ("Regional Sales Director", "Regional Sales", "cut:14"),
        ("12.345", "12.35", "rounded:2"),
    ],
)
def test_a_habit_is_told_from_one_pair(written: str, shown: str, habit: str) -> None:
    assert habit in habits_of(written, shown)
    assert is_form_of(written, shown)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("+8613800138000", "+8613800138001"),
        ("+8613800138000", "+861380013800"),
        ("北京路12号", "北京路13号"),
        ("总监", "经理"),
        ("Sales Director", "Service Director"),
        ("1990-01-01", "1991-01-01"),
        ("A12", "A1"),
        ('{"city":"北京","street":"x 1"}', '{"city":"北京","street":"x 2"}'),
        ("总监", "总监！经理"),
        ("a", ""),
    ],
)
def test_another_value_is_nobodys_form(written: str, shown: str) -> None:
    assert not habits_of(written, shown)
    assert not is_form_of(written, shown)


@given(texts, texts)
def test_what_has_other_digits_is_no_form_unless_it_is_cut(written: str, shown: str) -> None:
    def digits(text: str) -> list[str]:
        return [one for one in text if one in "0123456789"]

    plain = all(one.isascii() for one in written + shown)
    if plain and written != shown and is_form_of(written, shown) and not habits_of(written, shown):
        letters = "".join(one for one in shown.casefold() if one.isalnum())
        whole = "".join(one for one in written.casefold() if one.isalnum())
        assert digits(shown) == digits(written) or whole.startswith(letters)


@given(texts, habits)
def test_what_a_habit_makes_it_leaves_as_it_is(text: str, habit: str) -> None:
    once = apply(habit, text)
    if habit in {"spaces", "no_symbols", "half_width", "cut:12", "rounded:1", "no_punctuation"}:
        assert apply(habit, once) == once
    assert not contradicts(habit, text, once)


@given(texts.filter(lambda text: text.isascii()), texts.filter(lambda text: text.isascii()))
def test_a_person_who_changes_a_digit_is_always_heard(text: str, other: str) -> None:
    """Whatever habits a system has: none makes other digits of a value, but for rounding and cutting."""
    named = ("spaces", "upper", "lower", "title", "first_upper", "no_accents", "half_width", "no_symbols")
    before, after = ([one for one in each if one.isdigit()] for each in (text, other))
    if before != after:
        assert not any(apply(habit, text) == other for habit in named)


def test_a_value_that_came_back_as_it_was_contradicts_a_habit() -> None:
    assert contradicts("upper", "Anna", "Anna")
    assert not contradicts("upper", "ANNA", "ANNA")
    assert contradicts("cut:10", "Regional Sales Director", "Regional Sal")
    assert not contradicts("cut:10", "short", "short")


def test_of_several_values_only_one_that_changed_alone_is_learned() -> None:
    shown = [element("A@X.COM"), element("b@x.com")]
    assert pairs_of({"a@x.com", "b@x.com"}, shown, set()) == (("a@x.com", "A@X.COM"), frozenset({"b@x.com"}))
    assert pairs_of({"a@x.com", "b@x.com"}, [element("A@X.COM"), element("B@X.COM")], set())[0] is None
    assert pairs_of({"总监"}, [element("经理")], set())[0] is None


def test_what_the_record_shows_in_its_own_form_is_wanted_in_that_form() -> None:
    wanted, shown = [element("Anna Bell"), element("c")], [element("ANNA BELL"), element("d")]
    upper = lambda written, form: written.upper() == form  # noqa: E731 (one habit)
    assert [one.key for one in as_shown(wanted, shown, frozenset(), upper)] == ["ANNA BELL", "c"]
    assert [one.key for one in as_shown(wanted, shown, frozenset(), never)] == ["Anna Bell", "c"]
    assert [one.key for one in as_shown(wanted, shown, frozenset({"Anna Bell"}), never)] == ["ANNA BELL", "c"]


@given(st.lists(texts, max_size=4, unique=True), st.lists(texts, max_size=4, unique=True), habits)
def test_only_values_that_the_record_shows_take_the_place_of_wanted_ones(
    wanted: list[str], shown: list[str], habit: str
) -> None:
    found = as_shown([*map(element, wanted)], [*map(element, shown)], frozenset(), lambda a, b: apply(habit, a) == b)
    assert len(found) == len(wanted)
    for was, now in zip(wanted, found, strict=True):
        assert now.key == was or (now.key in shown and apply(habit, was) == now.key)
    assert len({one.key for one in found}) == len(found)


# --------------------------------------------------------------------------------------------- histories


def cut(written: str, shown: str) -> bool:
    return apply("cut:8", written) == shown


def shows(value: str) -> list[tuple[str, Element]]:
    return [("", element(value))]


def pushed(value: str) -> History:
    return push((), shows(value), sent=frozenset({value}), seen=2)


def test_a_form_that_comes_later_is_an_echo_of_a_push() -> None:
    history = observe(pushed("Director of Sales"), shows("Director"), at=3, seen=3, alike=cut)
    assert replay(history, many=False, keep_cleared=True).supports == {}
    assert [entry.mark for entry in history] == [Mark.PUSHED]


def test_a_form_of_what_people_gave_stays_their_word() -> None:
    given_ = observe((), shows("Director of Sales"), at=1, seen=1, mark=Mark.FIRST_SIGHT)
    history = observe(given_, shows("Director"), at=3, seen=3, alike=cut)
    standing = replay(history, many=False, keep_cleared=True)
    assert [*standing.supports] == ["Director of Sales"]
    assert [one.key for _slot, one in standing.shown] == ["Director"]
    again = observe(history, shows("Director"), at=4, seen=4, alike=cut)
    assert again == history


def test_another_value_is_an_edit_whatever_the_habits() -> None:
    history = observe(pushed("Director of Sales"), shows("Manager"), at=3, seen=3, alike=cut)
    assert [*replay(history, many=False, keep_cleared=True).supports] == ["Manager"]
