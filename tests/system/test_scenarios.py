"""The ten scenarios of the design, over real HTTP. Z is Zoho CRM, F is Fxiaoke."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.hub import Hub
from flows.stewards import merge, split
from golden_record.store.tables import normalised_records
from tests.system.world import LONG_AGO, World, typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
P1, P2, P3 = "+8613911112222", "+8613911113333", "+8613911114444"

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}


def pair(z: dict[str, Any] | None = None, f: dict[str, Any] | None = None) -> list[Any]:
    """One customer, known to Z and F."""
    return [
        typed("zoho_crm", "contact", "c1", {**PERSON, **(z or {})}),
        typed("fxiaoke", "contact", "c1", {**PERSON, **(f or {})}),
    ]


@pytest.fixture
def start(tmp_path: Path, store_url: str) -> Iterator[Any]:
    """Start worlds that end with the test."""
    open_worlds: list[Any] = []

    def make(people: list[Any], **options: Any) -> World:
        context = world(tmp_path / f"w{len(open_worlds)}", people, store=store_url, **options)
        open_worlds.append(context)
        return context.__enter__()

    yield make
    for context in reversed(open_worlds):
        context.__exit__(None, None, None)


def ids(one: World) -> tuple[str, str]:
    return one.only(*Z), one.only(*F)


def phones(one: World, system: str, stream: str, record_id: str) -> set[str]:
    names = (
        ("Mobile", "Phone", "Home_Phone", "Other_Phone")
        if system == "zoho_crm"
        else tuple(f"{kind}{n}" for kind in ("mobile", "tel") for n in range(1, 6))
    )
    values = one.records(system, stream)[record_id]
    return {str(values[name]).replace(" ", "") for name in names if values.get(name)}


def test_1_a_phone_goes_where_it_lacks_and_its_echo_is_no_change(start: Any) -> None:
    here = start(pair(z={"mobile": P1}))
    z, f = ids(here)
    here.settle()
    assert phones(here, *F, f) == {P1}
    assert written(here.sync()) == 0
    here.edit(*Z, z, Mobile=P2)
    here.settle()
    assert phones(here, *F, f) == {P2}
    here.control("/_stats/reset", {})
    assert written(here.sync()) == 0
    assert here.writes() == {"zoho_crm": 0, "fxiaoke": 0}


def test_1_a_single_value_likewise(start: Any) -> None:
    here = start(pair(z={"job_title": "经理"}))
    z, f = ids(here)
    here.settle()
    assert here.value(*F, f, "job_title") == "经理"
    here.edit(*Z, z, Title="总监")
    here.settle()
    assert here.value(*F, f, "job_title") == "总监"


def test_2_the_most_recent_edit_wins_wherever_it_was_made(start: Any) -> None:
    here = start(pair(z={"job_title": "经理"}))
    z, f = ids(here)
    here.settle()
    here.edit(*F, f, job_title="总裁")
    here.settle()
    assert here.value(*Z, z, "Title") == "总裁"


@pytest.mark.parametrize("policy", ["restore", "suggest"])
def test_2_an_edit_by_a_department_that_does_not_own_the_field_does_not_travel(start: Any, policy: str) -> None:
    here = start(pair(z={"job_title": "经理"}), departments={"fxiaoke": "service"})

    def own(profile: Any) -> None:
        shape = profile["person"]["fields"]["job_title"]
        shape.update({"survives": ["owner", "most_recent"], "owner": "sales", "not_owner": policy})

    here.change_yaml("profile.yaml", own)
    z, f = ids(here)
    here.settle()
    here.edit(*F, f, job_title="总裁")
    last = here.settle()[-1]
    assert here.value(*Z, z, "Title") == "经理"
    if policy == "restore":
        assert here.value(*F, f, "job_title") == "经理"
    else:
        assert here.value(*F, f, "job_title") == "总裁"
        assert last["reviews"]["open"] == 1


def test_3_going_back_to_a_pushed_value_by_hand_is_a_contribution(start: Any) -> None:
    here = start(pair(z={"job_title": "经理"}))
    z, f = ids(here)
    here.settle()
    here.edit(*Z, z, Title="总监")
    here.settle()
    here.edit(*F, f, job_title="总裁")
    here.settle()
    assert here.value(*Z, z, "Title") == "总裁"
    here.edit(*F, f, job_title="总监")
    here.settle()
    assert here.value(*Z, z, "Title") == "总监"


@pytest.mark.parametrize("syncs", [1, 2])
@pytest.mark.parametrize("policy", ["rule", "review"])
def test_4_concurrent_edits_end_alike_in_one_sync_or_two(start: Any, policy: str, syncs: int) -> None:
    here = start(pair(z={"job_title": "经理"}))
    here.change_yaml("profile.yaml", lambda p: p["person"]["fields"]["job_title"].update({"concurrent": policy}))
    z, f = ids(here)
    here.settle()
    here.edit(*Z, z, Title="总监")
    here.edit(*F, f, job_title="总裁")
    if syncs == 2:
        here.sync(systems=["zoho_crm"])
    last = here.settle()[-1]
    if policy == "rule":
        assert (here.value(*Z, z, "Title"), here.value(*F, f, "job_title")) == ("总裁", "总裁")
    else:
        assert (here.value(*Z, z, "Title"), here.value(*F, f, "job_title")) == ("总监", "总裁")
        assert last["reviews"]["open"] == 1


@pytest.mark.parametrize("policy", ["ignore", "clear", "review"])
def test_5_clearing_refills_withdraws_or_asks(start: Any, policy: str) -> None:
    here = start(pair(z={"job_title": "经理"}))
    here.change_yaml("profile.yaml", lambda p: p["person"]["fields"]["job_title"].update({"cleared": policy}))
    z, f = ids(here)
    here.settle()
    here.edit(*Z, z, Title=None)
    last = here.settle()[-1]
    shown = (here.value(*Z, z, "Title") or None, here.value(*F, f, "job_title") or None)
    if policy == "ignore":
        assert shown == ("经理", "经理")
    elif policy == "clear":
        assert shown == (None, None)
    else:
        assert shown == (None, "经理")
        assert last["reviews"]["open"] == 1


def test_6_a_replaced_phone_loses_one_record_and_stays_where_others_vouch_for_it(start: Any) -> None:
    here = start(pair(z={"mobile": P1, "phone": "010-88886666"}, f={"mobile": P1, "phone": "021-62345678"}))
    z, f = ids(here)
    here.settle()
    assert phones(here, *Z, z) >= {P1, "+862162345678"}
    here.edit(*Z, z, Mobile=P3)
    here.settle()
    assert P3 in phones(here, *F, f)
    assert P1 in phones(here, *F, f)
    assert P1 not in phones(here, *Z, z)
    assert written(here.sync()) == 0


@pytest.mark.parametrize("edited_since", [False, True])
def test_7_a_split_gives_back_what_a_wrong_merge_overwrote(start: Any, edited_since: bool) -> None:
    other = {"family": "诸葛", "given": "明远", "full_name": "诸葛明远", "email": "mingyuan@beite-steel.cn"}
    here = start(
        [
            typed("zoho_crm", "contact", "c1", {**PERSON, "mobile": P1, "job_title": "经理"}),
            typed(
                "fxiaoke",
                "contact",
                "c2",
                {**other, "mobile": P2, "job_title": "总裁", "wechat": "zhuge_my"},
                at=LONG_AGO + timedelta(days=9),
            ),
        ],
        push={"mode": "update"},
    )
    z, f = ids(here)
    before = {Z: here.records(*Z)[z], F: here.records(*F)[f]}
    here.settle()
    with here.hub() as hub:
        profile_of = {row.system: row.profile_id for row in profiles_in(hub)}
        merge(hub, profile_of["zoho_crm"], profile_of["fxiaoke"], author="li", reason="a mistake")
    here.settle()
    assert phones(here, *Z, z) == {P1, P2}
    assert here.value(*Z, z, "Title") == "总裁"
    if edited_since:
        here.edit(*Z, z, Title="顾问")
        here.settle()
    with here.hub() as hub:
        joined = {row.profile_id for row in profiles_in(hub)}
        assert len(joined) == 1
        split(hub, joined.pop() or "", [f"fxiaoke/ContactObj/{f}"], author="li", reason="two people")
    here.settle()
    assert phones(here, *Z, z) == {P1}
    assert phones(here, *F, f) == {P2}
    assert here.value(*Z, z, "Title") == ("顾问" if edited_since else "经理")
    for stream, record_id in ((Z, z), (F, f)):
        now = {name: value for name, value in here.records(*stream)[record_id].items() if value not in (None, "", [])}
        was = {name: value for name, value in before[stream].items() if value not in (None, "", [])}
        changed = {name for name in now.keys() | was.keys() if now.get(name) != was.get(name)}
        assert changed <= {"Title", "last_modified_by", "version"}, changed
    here.sync(full=True)
    with here.hub() as hub:
        assert len({row.profile_id for row in profiles_in(hub)}) == 2


def profiles_in(hub: Hub) -> list[Any]:
    """Return every normalised record's row."""
    with hub.store.read() as connection:
        return list(connection.execute(sa.select(normalised_records)).all())


def test_8_a_deleted_record_blanks_nothing_and_is_not_made_again(start: Any) -> None:
    here = start(pair(z={"mobile": P1}, f={"job_title": "经理"}))
    z, f = ids(here)
    here.settle()
    assert here.value(*Z, z, "Title") == "经理"
    here.delete(*F, f)
    here.settle()
    assert here.value(*Z, z, "Title") == "经理"
    assert phones(here, *Z, z) == {P1}
    assert here.records(*F) == {}
    assert written(here.sync(full=True)) == 0
    assert here.records(*F) == {}


def test_9_a_bulk_touched_old_value_does_not_beat_an_observed_change(start: Any) -> None:
    here = start([pair(f={"job_title": "旧"})[1]], push={"mode": "report"})
    f = here.only(*F)
    here.sync()
    here.edit(*F, f, job_title="新")
    here.sync()
    z = here.edit(*Z, None, Last_Name="欧阳", First_Name="晓雯", Email="xiaowen.ouyang@huaxin-cable.cn", Title="三年前")
    here.change_yaml("hub.yaml", lambda hub: [s["push"].update({"mode": "create"}) for s in hub["systems"].values()])
    here.settle()
    assert here.value(*Z, z, "Title") == "新"
    assert here.value(*F, f, "job_title") == "新"


def test_10_two_duplicates_in_one_system_both_get_updates_and_a_third_is_never_made(start: Any) -> None:
    twin = typed("zoho_crm", "contact", "c1", PERSON, key="twin", at=LONG_AGO + timedelta(days=1))
    here = start([*pair(f={"mobile": P1, "job_title": "经理"}), twin])
    here.settle()
    both = here.records(*Z)
    assert len(both) == 2
    assert {values["Title"] for values in both.values()} == {"经理"}
    assert not any(values.get("Crmhub_Binding") for values in both.values())
    assert len(here.records(*F)) == 1
