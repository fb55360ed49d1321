"""When a value was last confirmed, and which are stale."""

from __future__ import annotations

from golden_record.elements import Element
from golden_record.freshness import DAY_MS, confirmed, stale_in, stale_keys, verified_at
from golden_record.history import Entry, History, Mark
from golden_record.survive import Policy, Source, Voice
from mapping.values import FieldValue

OLD, NEW = Element.of(FieldValue("+8613911112222")), Element.of(FieldValue("+8613911113333"))
DAY = DAY_MS
NOW = 1000 * DAY
MANY = Policy(many=True)


def history(*entries: tuple[Mark, int, tuple[Element, ...]]) -> History:
    return tuple(
        Entry(mark, at, at, tuple((f"s{n}", one) for n, one in enumerate(shown))) for mark, at, shown in entries
    )


def voice(name: str, *entries: tuple[Mark, int, tuple[Element, ...]]) -> Voice:
    return Voice(f"{name}/Contacts/1#0", name, "", history(*entries))


def times(voices: list[Voice], *, verified: int | None = None, said: int = 0) -> dict[str, int]:
    sources = [Source("a/Contacts/1#0", said, "union")] * 2
    return {one.element.key: one.at for one in confirmed((OLD, NEW), sources, voices, MANY, verified=verified)}


def test_the_latest_of_all_records_that_give_a_value_confirms_it() -> None:
    a = voice("a", (Mark.FIRST_SIGHT, 100 * DAY, (OLD, NEW)))
    b = voice("b", (Mark.OBSERVED, 900 * DAY, (NEW,)))
    assert times([a, b]) == times([b, a]) == {OLD.key: 100 * DAY, NEW.key: 900 * DAY}


def test_what_the_hub_pushed_confirms_nothing() -> None:
    a = voice("a", (Mark.FIRST_SIGHT, 100 * DAY, (OLD,)))
    b = voice("b", (Mark.PUSHED, 900 * DAY, (OLD,)))
    assert times([a, b])[OLD.key] == 100 * DAY


def test_a_stewards_word_and_a_verified_profile_confirm_every_value() -> None:
    a = voice("a", (Mark.FIRST_SIGHT, 100 * DAY, (OLD, NEW)))
    assert set(times([a], said=500 * DAY).values()) == {500 * DAY}
    assert set(times([a], verified=800 * DAY).values()) == {800 * DAY}


def test_a_value_is_stale_the_day_after_its_days_are_over() -> None:
    last = confirmed((OLD,), (), [voice("a", (Mark.OBSERVED, 635 * DAY, (OLD,)))], MANY)
    assert stale_keys(last, fresh_days=365, now=NOW) == {}
    assert stale_keys(last, fresh_days=365, now=NOW + 1) == {OLD.key: 635 * DAY}


def test_a_record_is_stale_where_it_shows_a_stale_value() -> None:
    shows_both, shows_none = history((Mark.OBSERVED, 1, (OLD, NEW))), history((Mark.OBSERVED, 1, ()))
    assert stale_in(shows_both, {OLD.key: 7, NEW.key: 5}) == 5
    assert stale_in(shows_both, {}) is None
    assert stale_in(shows_none, {OLD.key: 7}) is None
    assert stale_in((), {OLD.key: 7}) is None


def test_a_time_of_verifying_in_the_future_counts_as_now_and_a_text_not_at_all() -> None:
    day = Element.of(FieldValue("1972-09-27"))  # 1,000 days after 1970 began
    future, text = Element.of(FieldValue("2099-01-01T00:00:00Z")), Element.of(FieldValue("soon"))
    assert verified_at((day,), NOW) == NOW
    assert verified_at((future,), NOW) == NOW
    assert verified_at((text,), NOW) is None
    assert verified_at((), NOW) is None
