"""The laws of the data as properties: of histories, and of one customer whose records people and the hub edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from flows.plan import Intended
from golden_record.elements import Element
from golden_record.history import Entry, History, Mark, from_json, observe, push, replay, to_json
from mapping.canonical import canonical
from mapping.changes import new_fields
from mapping.push import changes
from tests.golden_record.small_hub import PERSONS, Held, SmallHub, mapping_of, policies

# ------------------------------------------------------------------------------------------------- histories

SLOTS = ("Mobile", "Phone", "Other")
shown_values = st.lists(st.sampled_from("abcde"), max_size=3, unique=True)
both_ways = st.tuples(st.booleans(), st.booleans())
"""Whether the field holds many values, and whether emptying takes nothing back."""
acts = st.lists(st.tuples(st.sampled_from(["people", "push", "pull"]), shown_values), max_size=10)


def in_slots(values: Sequence[str]) -> list[tuple[str, Element]]:
    return [(slot, Element(canonical(value), value)) for slot, value in zip(SLOTS, values, strict=False)]


def lived(steps: Sequence[tuple[str, list[str]]]) -> tuple[History, list[tuple[str, Element]], set[str]]:
    """Return a history, what the field shows at its end, and every value that people ever typed."""
    history: History = ()
    now = in_slots([])
    typed: set[str] = set()
    for place, (act, values) in enumerate(steps):
        at = place + 1
        if act == "people":
            before = {element.key for _slot, element in now}
            now = in_slots(values)
            typed |= {element.key for _slot, element in now} - before
            history = observe(history, now, at=at, seen=at, mark=Mark.OBSERVED if place else Mark.FIRST_SIGHT)
        elif act == "push" and values:
            now = in_slots(values)
            history = push(history, now, sent=frozenset(element.key for _slot, element in now), seen=at)
        else:
            history = observe(history, now, at=at, seen=at)
    return history, now, typed


@given(acts, both_ways)
def test_a_pull_that_shows_what_stood_there_changes_nothing(
    steps: list[tuple[str, list[str]]], flags: tuple[bool, bool]
) -> None:
    history, now, _ = lived(steps)
    again = observe(history, now, at=99, seen=99)
    assert again == history
    assert replay(again, many=flags[0], keep_cleared=flags[1]) == replay(history, many=flags[0], keep_cleared=flags[1])


@given(acts, both_ways)
def test_only_what_people_typed_is_ever_supported(steps: list[tuple[str, list[str]]], flags: tuple[bool, bool]) -> None:
    history, _, typed = lived(steps)
    standing = replay(history, many=flags[0], keep_cleared=flags[1])
    assert standing.supports.keys() <= typed


@given(acts, shown_values.filter(bool), both_ways)
def test_what_people_typed_last_is_supported(
    steps: list[tuple[str, list[str]]], last: list[str], flags: tuple[bool, bool]
) -> None:
    history, before, _ = lived(steps)
    new = {canonical(value) for value in last} - {element.key for _slot, element in before}
    standing = replay(observe(history, in_slots(last), at=50, seen=50), many=flags[0], keep_cleared=flags[1])
    assert new <= standing.supports.keys()
    assert not new & standing.refused


@given(acts, shown_values.filter(bool), both_ways)
def test_a_push_takes_no_support_away_and_gives_none(
    steps: list[tuple[str, list[str]]], pushed: list[str], flags: tuple[bool, bool]
) -> None:
    history, _, _ = lived(steps)
    sent = frozenset(canonical(value) for value in pushed)
    after = push(history, in_slots(pushed), sent=sent, seen=60)
    supports = replay(history, many=flags[0], keep_cleared=flags[1]).supports
    assert replay(after, many=flags[0], keep_cleared=flags[1]).supports == supports


@given(acts, both_ways)
def test_what_is_shown_is_never_refused(steps: list[tuple[str, list[str]]], flags: tuple[bool, bool]) -> None:
    history, now, _ = lived(steps)
    standing = replay(history, many=flags[0], keep_cleared=flags[1])
    assert not standing.refused & {element.key for _slot, element in now}


@given(acts)
def test_a_history_comes_back_from_the_store_as_it_was(steps: list[tuple[str, list[str]]]) -> None:
    history, _, _ = lived(steps)
    assert from_json(to_json(history)) == history


# ------------------------------------------------------------------------------------- one customer's records

MOBILES = [None, "13911112222", "+86 139 1111 3333", "13911114444", "010-88886666", "8001", "问李雷"]
MAILS = [None, "a@huaxin-cable.cn", "B@huaxin-cable.cn", "c@qq.com", "kein"]
TITLES = [None, "经理", "总监", "总裁", " 经理 "]
DEPTS = [None, "采购部", "Sales"]
TIERS = [None, "vip", "regular", "basic"]
BORN = [None, "1988-07-01", "1990-02-03", "soon"]
MILLIS = [None, 583689600000, 634060800000]
WECHAT = [None, "wx_one", "wx_two"]
TAGS = ["老客户", "会员", "vip客户"]
STREETS = [None, "建国路88号", "北京市朝阳区建国路88号", "中关村大街1号"]
CITIES = [None, "北京", "上海市"]
NAMES = ["王伟", "王 伟", "王大伟", "王先生"]


def one(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


tag_lists = st.lists(st.sampled_from(TAGS), max_size=3, unique=True)
FIELDS: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "zoho_crm": {
        "Last_Name": one(["王", "王伟", "李"]),
        "First_Name": one([None, "伟", "大伟"]),
        "Mobile": one(MOBILES),
        "Phone": one(MOBILES),
        "Home_Phone": one(MOBILES),
        "Email": one(MAILS),
        "Secondary_Email": one(MAILS),
        "Title": one(TITLES),
        "Department": one(DEPTS),
        "Rating": one([*TIERS, "A", "-None-", "Acquired"]),
        "Date_of_Birth": one(BORN),
        "WeChat": one(WECHAT),
        "Mailing_Street": one(STREETS),
        "Mailing_City": one(CITIES),
        "Lead_Source": one([None, "Trade Show", "wechat"]),
        "Email_Opt_Out": one([None, True, False]),
        "Tag": tag_lists.map(lambda names: [{"name": name} for name in names]),
    },
    "fxiaoke": {
        "name": one(NAMES),
        "mobile1": one(MOBILES),
        "mobile2": one(MOBILES),
        "tel1": one(MOBILES),
        "email": one(MAILS),
        "email2__c": one(MAILS),
        "job_title": one(TITLES),
        "department": one(DEPTS),
        "tier__c": one(TIERS),
        "date_of_birth": one(MILLIS),
        "wechat__c": one(WECHAT),
        "add": one(STREETS),
        "tags__c": tag_lists.map(lambda names: "，".join(names) or None),
        "marketing_consent__c": one([None, True, False]),
    },
    "zendesk": {
        "name": one(NAMES),
        "phone": one(MOBILES),
        "email": one(MAILS),
        "other_emails": st.lists(one(MAILS[1:]), max_size=2, unique=True),
        "other_phones": st.lists(one(MOBILES[1:5]), max_size=2, unique=True),
        "tags": tag_lists,
        "locale": one(["zh-cn", "en-us"]),
        "user_fields": st.fixed_dictionaries(
            {},
            optional={
                "job_title": one(TITLES),
                "birthday": one(BORN),
                "customer_tier": one([*TIERS, "gold"]),
                "wechat": one(WECHAT),
                "address": one(STREETS),
                "city": one(CITIES),
                "email_consent": one([None, True, False]),
            },
        ),
    },
}
KEYS = {"z1": "zoho_crm", "z2": "zoho_crm", "f1": "fxiaoke", "d1": "zendesk"}
FOLLOWED = ("job_title", "department", "birthday", "tier", "wechat")
"""Fields of one value that the newest word decides."""


@st.composite
def an_edit(draw: st.DrawFn) -> tuple[str, str, Any]:
    key = draw(st.sampled_from(sorted(KEYS)))
    fields = FIELDS[KEYS[key]]
    names = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=3, unique=True))
    return ("edit", key, {name: draw(fields[name]) for name in names})


syncs = st.one_of(
    st.just(("sync", "", None)),
    st.tuples(st.just("sync"), st.just(""), st.lists(st.sampled_from(sorted(KEYS)), unique=True, min_size=1)),
)
meanwhile = an_edit().map(lambda edit: ("meanwhile", edit[1], edit[2]))
stories = st.lists(st.one_of(an_edit(), an_edit(), syncs, meanwhile), min_size=1, max_size=12)


HELD_ROUGHLY = {
    *((system, "address") for system in PERSONS),  # Fxiaoke holds one text, Zendesk two parts of it
    *((system, "marketing_consent") for system in PERSONS),  # boxes: one says only no, the others only yes
}
"""What a system can show only in part; the push settles all the same."""


class Memory:
    """What a plain observer expects of single values: the newest word of people wins, emptying takes nothing back."""

    def __init__(self) -> None:
        self.showed: dict[tuple[str, str], str | None] = {}
        self.said: dict[tuple[str, str], tuple[bool, int, str]] = {}

    def pulled(self, record: Held) -> None:
        """Note what people said in a record that is being pulled."""
        states = record.emitted(record.raw).fields
        for name in (name for name in FOLLOWED if name in states):
            valid = [canonical(one.value.value) for one in states[name].values if one.value.valid]
            if not valid and states[name].values:
                continue  # what cannot be read says nothing
            now, place = (valid[0] if valid else None), (record.record_id, name)
            if now is not None and now != self.showed.get(place):
                self.said[place] = (record.body is not None, record.modified, now)
            self.showed[place] = now

    def pushed(self, record: Held, write: Intended) -> None:
        """Note what the hub wrote."""
        for name in (name for name in FOLLOWED if name in write.sent):
            self.showed[record.record_id, name] = next(iter(write.sent[name]), None)

    def expected(self, name: str) -> str | None:
        """Return the newest word of people on a field, where it was seen to be changed."""
        said = [word for (_key, field), word in self.said.items() if field == name and word[0]]
        return max(said)[2] if said else None


def tell(story: Sequence[tuple[str, str, Any]]) -> tuple[SmallHub, Memory]:
    hub, memory = SmallHub(), Memory()
    for act, key, what in story:
        if act == "sync":
            watched_sync(hub, memory, what)
        elif act == "meanwhile" and key in hub.records:
            watched_sync(hub, memory, edit=(key, what))
        elif key in hub.records:
            hub.edit(key, what)
        else:
            required = {"zoho_crm": {"Last_Name": "王"}}.get(KEYS[key], {"name": "王伟"})
            hub.add(key, KEYS[key], {**required, **what})
    return hub, memory


def watched_sync(
    hub: SmallHub, memory: Memory, keys: Sequence[str] | None = None, edit: tuple[str, Any] | None = None
) -> int:
    """Sync, while somebody makes *edit* between planning and pushing; return how many writes were planned."""
    mine = [key for key in (keys if keys is not None else hub.records) if key in hub.records]
    for key in mine:
        memory.pulled(hub.records[key])
    hub.pull(mine)
    hub.resolve()
    plan = hub.plan()
    if edit is not None:
        hub.edit(*edit)
    for record, write, made in hub.push(plan):
        memory.pushed(record, write) if made else memory.pulled(record)
    return len(plan.writes)


def settled(hub: SmallHub, memory: Memory) -> None:
    for _ in range(3):
        if watched_sync(hub, memory) == 0:
            return
    raise AssertionError([write.fields for write in hub.plan().writes])


@given(stories)
def test_the_hub_comes_to_rest_and_then_writes_nothing(story: list[tuple[str, str, Any]]) -> None:
    hub, memory = tell(story)
    settled(hub, memory)
    bodies = {key: record.body for key, record in hub.records.items()}
    assert hub.sync() == 0
    assert {key: record.body for key, record in hub.records.items()} == bodies


@given(stories)
def test_at_rest_every_record_shows_what_the_profile_says_or_the_reason_is_named(
    story: list[tuple[str, str, Any]],
) -> None:
    hub, memory = tell(story)
    settled(hub, memory)
    blocked = {(one.record_id, one.profile_field) for one in hub.plan().blocked}
    for key, record in hub.records.items():
        states = record.emitted(record.raw).fields
        for name, compiled in record.mapping.emits[0].fields.items():
            wanted = {element.key for element in hub.profile.fields.get(name, ())}
            values = [one.value for one in states[name].values]
            shown = {canonical(value.value) for value in values if value.valid}
            refused = replay(
                record.body.histories.get(name, ()) if record.body else (),
                many=policies()[name].many,
                keep_cleared=compiled.cleared != "clear",
            ).refused
            excused = not compiled.push_slots or compiled.only_if_empty or (record.system, name) in HELD_ROUGHLY
            if not excused and name not in hub.profile.frozen and (key, name) not in blocked and wanted:
                assert shown == wanted - refused, (key, name)


@given(stories)
def test_nobodys_newest_word_is_lost(story: list[tuple[str, str, Any]]) -> None:
    hub, memory = tell(story)
    settled(hub, memory)
    for name in FOLLOWED:
        expected = memory.expected(name)
        if expected is not None and name not in hub.profile.frozen:
            assert [element.key for element in hub.profile.fields.get(name, ())] == [expected], name


@given(stories)
def test_what_agrees_need_not_be_read_again_to_be_planned(story: list[tuple[str, str, Any]]) -> None:
    hub, _ = tell(story)
    hub.pull()
    hub.resolve()
    assert hub.plan() == hub.plan(read_as_now=False)


@given(stories, st.permutations(sorted(KEYS)))
def test_the_order_in_which_records_are_pulled_makes_no_difference(
    story: list[tuple[str, str, Any]], order: list[str]
) -> None:
    one_way, _ = tell(story)
    other_way, _ = tell(story)
    one_way.sync()
    other_way.sync([key for key in order if key in other_way.records])
    assert one_way.profile == other_way.profile
    assert {key: record.raw for key, record in one_way.records.items()} == {
        key: record.raw for key, record in other_way.records.items()
    }


def once(histories: Mapping[str, Sequence[Entry]]) -> dict[str, list[Entry]]:
    """Return histories with each value in the first place that shows it: a second place says nothing."""
    found: dict[str, list[Entry]] = {}
    for name, entries in histories.items():
        for entry in entries:
            first = {element.key: (place, element) for place, element in reversed(entry.shown)}
            found.setdefault(name, []).append(replace(entry, shown=tuple(reversed(first.values()))))
    return found


@given(stories)
@example([("edit", "d1", {}), ("edit", "z1", {"Email": MAILS[2]}), ("meanwhile", "z1", {"Secondary_Email": MAILS[2]})])
def test_an_echo_of_what_the_hub_wrote_is_no_contribution(story: list[tuple[str, str, Any]]) -> None:
    hub, _ = tell(story)
    hub.sync()
    before = {key: record.body for key, record in hub.records.items()}
    for record in hub.records.values():
        record.shadow = {}  # as if the store had lost what it looks like: everything is compared anew
        record.modified = hub.clock + 50
    hub.pull()
    for key, record in hub.records.items():
        was = before[key]
        assert was is not None
        assert record.body is not None
        assert once({**record.body.histories, **was.histories}) == once(record.body.histories), key
        assert not any(record.body.histories[name] for name in record.body.histories.keys() - was.histories.keys())


@given(st.sampled_from(sorted(PERSONS)), st.data())
def test_every_field_that_a_mapping_pushes_comes_back_as_it_was_wanted_or_is_named(
    system: str, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from(sorted(PERSONS)))
    hub = SmallHub()
    hub.add("x", source, {name: data.draw(values) for name, values in FIELDS[source].items()})
    hub.pull()
    hub.resolve()
    desired = {
        name: tuple(element.to_field_value() for element in elements) for name, elements in hub.profile.fields.items()
    }
    mapping = mapping_of(system)
    outcome = changes(mapping, 0, desired, None)
    made = {mapping.key.text: "new", "role": "end-user", **new_fields(outcome.changes)}
    assert changes(mapping, 0, desired, made).changes == ()


@given(tag_lists.filter(bool), tag_lists, st.sampled_from(["fxiaoke", "zendesk"]))
def test_a_tag_that_people_take_out_of_a_list_stays_out_wherever_it_stood(
    before: list[str], after: list[str], system: str
) -> None:
    def written(tags: list[str]) -> dict[str, Any]:
        return {"tags": tags} if system == "zendesk" else {"tags__c": "，".join(tags) or None}

    hub = SmallHub()
    hub.add("x", system, {"name": "王伟", **written(before)})
    hub.sync()
    hub.edit("x", written(after))
    hub.sync()
    left = {element.value for element in hub.profile.fields.get("tags", ())}
    assert left == set(after or before)  # emptied as a whole: `cleared: ignore` fills it again
