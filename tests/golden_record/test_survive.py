"""Which value a profile shows: the scenarios of the design as cases, and the laws."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from golden_record.elements import Element
from golden_record.history import History, Mark, observe, push
from golden_record.survive import Decree, Policy, Rule, Voice, survive

NOW = 10_000
RECENT = Policy()


def shows(*values: str) -> list[tuple[str, Element]]:
    return [(f"slot{place}", Element(value, value)) for place, value in enumerate(values)]


def history(*steps: tuple[str, int, str]) -> History:
    """Make a history of (act, time, value) steps: first, seen, push, clear."""
    made: History = ()
    for act, at, value in steps:
        if act == "push":
            made = push(made, shows(value), sent=frozenset({value}), seen=at)
        else:
            shown = [] if act == "clear" else shows(*value.split("+"))
            made = observe(made, shown, at=at, seen=at, mark=Mark.FIRST_SIGHT if act == "first" else Mark.OBSERVED)
    return made


def voice(key: str, *steps: tuple[str, int, str], department: str = "sales", orphaned_at: int | None = None) -> Voice:
    return Voice(key, key[0], department, history(*steps), orphaned_at)


def values(*voices: Voice, policy: Policy = RECENT, decrees: tuple[Decree, ...] = ()) -> list[str]:
    return [element.key for element in survive(voices, policy, decrees, now=NOW).elements]


def test_the_most_recent_observed_change_wins() -> None:
    assert values(voice("z/1", ("first", 1, "p1"), ("seen", 5, "p2")), voice("f/1", ("first", 2, "p0"))) == ["p2"]


def test_a_bulk_touched_first_sight_loses_to_an_observed_change() -> None:
    z = voice("z/1", ("first", 900, "old"))
    f = voice("f/1", ("first", 1, "x"), ("seen", 500, "new"))
    assert values(z, f) == ["new"]


def test_a_non_owners_edit_does_not_count_where_the_owner_speaks() -> None:
    policy = Policy(rules=(Rule("owner"), Rule("most_recent")), owners=("sales",))
    z = voice("z/1", ("first", 1, "p1"), ("seen", 5, "p2"))
    f = voice("f/1", ("first", 1, "p1"), ("seen", 9, "p3"), department="service")
    assert values(z, f, policy=policy) == ["p2"]
    asked = survive((z, f), replace(policy, not_owner="suggest"), (), now=NOW)
    assert [candidate.value_key for candidate in asked.suggested] == ["p3"]


def test_a_non_owner_is_heard_where_the_owner_has_nothing() -> None:
    policy = Policy(rules=(Rule("owner"),), owners=("sales",))
    f = voice("f/1", ("first", 1, "p3"), department="service")
    assert values(f, policy=policy) == ["p3"]
    assert values(f, policy=replace(policy, not_owner="restore")) == []


def test_edits_of_one_field_in_two_systems_between_two_syncs_are_concurrent() -> None:
    z = voice("z/1", ("first", 1, "p1"), ("seen", 5, "p2"))
    f = voice("f/1", ("first", 1, "p1"), ("seen", 6, "p3"))
    choice = survive((z, f), Policy(concurrent="review"), (), now=NOW)
    assert [element.key for element in choice.elements] == ["p1"]
    assert sorted(candidate.value_key or "" for candidate in choice.disputed) == ["p2", "p3"]
    assert values(z, f) == ["p3"]


def test_an_edit_made_in_knowledge_of_the_other_is_not_concurrent() -> None:
    z = voice("z/1", ("first", 1, "p1"), ("seen", 5, "p2"))
    f = voice("f/1", ("first", 1, "p1"), ("push", 6, "p2"), ("seen", 7, "p3"))
    assert survive((z, f), Policy(concurrent="review"), (), now=NOW).disputed == ()


def test_systems_that_never_agreed_are_not_concurrent() -> None:
    z = voice("z/1", ("first", 1, "a"), ("seen", 5, "p2"))
    f = voice("f/1", ("first", 1, "b"), ("seen", 6, "p3"))
    assert survive((z, f), Policy(concurrent="review"), (), now=NOW).disputed == ()


def test_a_decision_ends_a_dispute_until_people_speak_again() -> None:
    z = voice("z/1", ("first", 1, "p1"), ("seen", 5, "p2"))
    f = voice("f/1", ("first", 1, "p1"), ("seen", 6, "p3"))
    policy = Policy(concurrent="review")
    decree = Decree("d", (Element("p2", "p2"),), at=8, pin=False)
    assert values(z, f, policy=policy, decrees=(decree,)) == ["p2"]
    later = replace(z, history=observe(z.history, shows("p4"), at=9, seen=9))
    assert values(later, f, policy=policy, decrees=(decree,)) == ["p4"]


def test_a_pin_stands_against_later_edits_until_its_date() -> None:
    z = voice("z/1", ("first", 1, "p1"), ("seen", 50, "p2"))
    pin = Decree("d", (Element("px", "px"),), at=8, pin=True, until=NOW + 1)
    assert values(z, decrees=(pin,)) == ["px"]
    assert values(z, decrees=(replace(pin, until=NOW - 1),)) == ["p2"]


def test_a_deleted_records_value_stands_until_people_speak_after_the_deletion() -> None:
    z = voice("z/1", ("first", 1, "p1"), ("seen", 5, "p2"), orphaned_at=7)
    f = voice("f/1", ("first", 1, "p0"))
    assert values(z, f) == ["p2"]
    spoken = voice("f/1", ("first", 1, "p0"), ("seen", 8, "p9"))
    assert values(z, spoken) == ["p9"]


def test_clearing_is_ignored_withdraws_or_asks_as_the_policy_says() -> None:
    z = voice("z/1", ("first", 1, "p1"), ("clear", 5, ""))
    assert values(z, policy=Policy(cleared="ignore")) == ["p1"]
    assert values(z, policy=Policy(cleared="clear")) == []
    asked = survive((z,), Policy(cleared="review"), (), now=NOW)
    assert [element.key for element in asked.elements] == ["p1"]
    assert len(asked.cleared_by) == 1


def test_a_union_keeps_what_somebody_supports() -> None:
    policy = Policy(many=True, rules=(Rule("union"),))
    z = voice("z/1", ("first", 1, "a+b"), ("seen", 5, "a+e"))
    f = voice("f/1", ("first", 2, "c"))
    assert values(z, f, policy=policy) == ["a", "c", "e"]


acts = st.lists(
    st.tuples(st.sampled_from(["seen", "push", "clear"]), st.sampled_from(["p1", "p2", "p3"])), min_size=0, max_size=5
)


@st.composite
def voices(draw: st.DrawFn) -> list[Voice]:
    made = []
    for number in range(draw(st.integers(1, 4))):
        start = ("first", draw(st.integers(1, 9)), draw(st.sampled_from(["p1", "p2", "p3"])))
        steps = [(act, 10 + place + number, value) for place, (act, value) in enumerate(draw(acts))]
        gone = draw(st.sampled_from([None, None, 12]))
        department = draw(st.sampled_from(["sales", "service"]))
        made.append(voice(f"{'zfd'[number % 3]}/{number}", start, *steps, department=department, orphaned_at=gone))
    return made


policies = st.builds(
    Policy,
    many=st.booleans(),
    rules=st.sampled_from(
        [
            (Rule("most_recent"),),
            (Rule("most_frequent"),),
            (Rule("source_priority", ("f", "z")),),
            (Rule("valid"), Rule("longest")),
            (Rule("minimum"),),
            (Rule("strictest"), Rule("maximum")),
        ]
    ),
    stale_days=st.sampled_from([None, 1]),
    owners=st.sampled_from([(), ("sales",)]),
    not_owner=st.sampled_from(["restore", "suggest", "accept_if_blank"]),
    concurrent=st.sampled_from(["rule", "review"]),
    cleared=st.sampled_from(["ignore", "clear", "review"]),
)


@given(voices(), policies, st.randoms())
def test_the_order_of_voices_does_not_matter(found: list[Voice], policy: Policy, chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert survive(found, policy, (), now=NOW) == survive(shuffled, policy, (), now=NOW)


@given(voices(), policies)
def test_a_surviving_value_was_given_by_somebody(found: list[Voice], policy: Policy) -> None:
    choice = survive(found, policy, (), now=NOW)
    given = {element.key for one in found for entry in one.history for _slot, element in entry.shown}
    assert {element.key for element in choice.elements} <= given
    assert len(choice.elements) == len(choice.sources)


# ------------------------------------------------------------------------------------- consent, trust, validity

CONSENT = Policy(rules=(Rule("strictest"), Rule("most_recent")))
YES, NO = (Element(name, value, evidence=False) for name, value in (("true", True), ("false", False)))


def consent(key: str, *steps: tuple[str, int, bool | None]) -> Voice:
    """Make a voice that says yes (True), no (False) or nothing any more (None)."""
    made: History = ()
    for act, at, said in steps:
        shown = [] if said is None else [("box", YES if said else NO)]
        if act == "push":
            made = push(made, shown, sent=frozenset({"true" if said else "false"}), seen=at)
        else:
            made = observe(made, shown, at=at, seen=at, mark=Mark.FIRST_SIGHT if act == "first" else Mark.OBSERVED)
    return Voice(key, key[0], "sales", made)


def allowed(*voices: Voice) -> object:
    choice = survive(voices, CONSENT, (), now=NOW)
    return choice.elements[0].value if choice.elements else None


def test_a_merge_never_widens_a_consent_however_new_the_yes() -> None:
    refused = consent("z/1", ("first", 1, False))
    agreed = consent("f/1", ("first", 2, True), ("seen", 5, None), ("seen", 9, True))
    choice = survive((refused, agreed), CONSENT, (), now=NOW)
    assert [one.value for one in choice.elements] == [False]
    assert choice.sources[0].rule == "strictest"
    assert [one.key for one in choice.widened] == ["f/1"]


def test_a_yes_that_people_give_where_the_no_stood_counts() -> None:
    refused = consent("z/1", ("first", 1, True), ("seen", 3, False))
    knowing = consent("f/1", ("first", 1, True), ("push", 4, False), ("seen", 9, True))
    assert allowed(refused, knowing) is True
    assert allowed(consent("z/1", ("first", 1, False), ("seen", 3, True))) is True


def test_a_no_is_followed_at_once_though_somebody_says_yes_meanwhile() -> None:
    assert allowed(consent("z/1", ("first", 1, True), ("seen", 5, False)), consent("f/1", ("first", 1, True))) is False


def test_a_refusal_outlives_its_record() -> None:
    refused = replace(consent("z/1", ("first", 1, False)), orphaned_at=4)
    agreed = consent("f/1", ("first", 1, True), ("seen", 5, None), ("seen", 6, True))
    assert allowed(refused, agreed) is False


says = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=4)


@given(st.lists(says, min_size=1, max_size=4), says)
def test_no_voice_that_never_showed_the_no_turns_it_into_a_yes(known: list[list[bool | None]], new: list[bool]) -> None:
    def voice_of(key: str, said: list[bool | None], start: int) -> Voice:
        return consent(key, *(("seen" if n else "first", start + n, one) for n, one in enumerate(said)))

    before = [voice_of(f"z/{number}", said, 1) for number, said in enumerate(known)]
    stranger = voice_of("f/9", [one for one in new if one is not False] or [None], 50)
    if allowed(*before) is False:
        assert allowed(*before, stranger) is False


def test_a_filler_gives_way_to_a_name_whoever_owns_the_field() -> None:
    policy = Policy(rules=(Rule("valid"), Rule("owner"), Rule("most_recent")), owners=("sales",))
    filler = Element("王先生", "王先生", evidence=False)
    mine = Voice("z/1", "z", "sales", observe((), [("n", filler)], at=9, seen=9, mark=Mark.FIRST_SIGHT))
    theirs = voice("f/1", ("first", 1, "王伟"), department="service")
    choice = survive((mine, theirs), policy, (), now=NOW)
    assert [one.key for one in choice.elements] == ["王伟"]
    assert choice.sources[0].rule == "valid"
    assert [one.key for one in survive((mine,), policy, (), now=NOW).elements] == ["王先生"]


def test_trust_decays_and_the_day_on_which_it_does_is_named() -> None:
    day = 86_400_000
    policy = Policy(rules=(Rule("source_priority", ("z", "f")),), stale_days=10)
    trusted, other = voice("z/1", ("first", 1, "old")), voice("f/1", ("first", 8 * day, "new"))
    early = survive((trusted, other), policy, (), now=9 * day)
    assert ([one.key for one in early.elements], early.until) == (["old"], 10 * day + 1)
    late = survive((trusted, other), policy, (), now=10 * day + 1)
    assert ([one.key for one in late.elements], late.sources[0].rule) == (["new"], "fresher")
    assert [one.key for one in survive((trusted,), policy, (), now=99 * day).elements] == ["old"]


# ------------------------------------------------------------------------------------------- ordered owners

ORDERED = Policy(owners=("sales", "service"), not_owner="restore")


def test_of_several_owners_the_first_that_says_something_is_heard() -> None:
    sales, service = voice("z/1", ("first", 1, "s1")), voice("f/1", ("first", 1, "v1"), ("seen", 9, "v2"))
    service = replace(service, department="service")
    other = replace(voice("d/1", ("first", 1, "o1"), ("seen", 99, "o2")), department="marketing")
    assert values(sales, service, other, policy=ORDERED) == ["s1"]
    assert values(service, other, policy=ORDERED) == ["v2"]
    assert values(other, policy=ORDERED) == []
    assert values(other, policy=replace(ORDERED, not_owner="accept_if_blank")) == ["o2"]


def test_a_later_owners_edit_is_a_suggestion_while_an_earlier_one_speaks() -> None:
    sales = voice("z/1", ("first", 1, "s1"))
    service = replace(voice("f/1", ("first", 1, "v1"), ("seen", 9, "v2")), department="service")
    choice = survive((sales, service), replace(ORDERED, not_owner="suggest"), (), now=NOW)
    assert [one.value_key for one in choice.suggested] == ["v2"]


def test_a_value_that_somebody_else_adds_to_an_owned_list_is_suggested_restored_or_accepted() -> None:
    owner = voice("z/1", ("first", 1, "a"))
    other = replace(voice("f/1", ("first", 1, "a"), ("seen", 9, "a+b")), department="service")
    policy = Policy(many=True, rules=(Rule("union"),), owners=("sales",), not_owner="suggest")
    asked = survive((owner, other), policy, (), now=NOW)
    assert [one.key for one in asked.elements] == ["a"]
    assert [(one.key, one.value_key) for one in asked.suggested] == [("f/1", "b")]
    assert survive((owner, other), replace(policy, not_owner="restore"), (), now=NOW).suggested == ()
    blank = survive((other,), replace(policy, not_owner="accept_if_blank"), (), now=NOW)
    assert [one.key for one in blank.elements] == ["a", "b"]


owners = st.sampled_from([("sales",), ("sales", "service"), ("service", "sales")])


@given(voices(), policies, owners)
def test_while_an_owner_says_something_nobody_behind_it_is_heard(
    found: list[Voice], policy: Policy, order: tuple[str, ...]
) -> None:
    policy = replace(policy, owners=order, not_owner="restore", concurrent="rule", rules=(Rule("most_recent"),))
    alone = [one for one in found if one.department == order[0]]
    if survive(alone, policy, (), now=NOW).elements and not any(one.orphaned_at for one in found):
        heard, owned = (survive(those, replace(policy, stale_days=None), (), now=NOW) for those in (found, alone))
        assert {one.key for one in heard.elements} == {one.key for one in owned.elements}


@given(voices(), policies, owners)
def test_an_edit_that_counts_is_suggested_to_nobody(found: list[Voice], policy: Policy, order: tuple[str, ...]) -> None:
    choice = survive(found, replace(policy, owners=order, not_owner="suggest"), (), now=NOW)
    if policy.many:
        assert not {one.value_key for one in choice.suggested} & {one.key for one in choice.elements}
