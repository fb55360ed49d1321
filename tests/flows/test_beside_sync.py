"""Events while a sync is at work: they do not wait for it, and nothing is done twice or too early."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from flows.beside_sync import left_over, whole_hub
from flows.hub import Hub
from flows.sync import Wanted, Watcher, sync
from flows.webhook_work import catch_up, work_off
from golden_record.errors import LeaseHeld
from golden_record.store import inbox, leases, outbox
from golden_record.store.inbox import Content
from tests.system.world import World, typed, world, written

Z, F, D = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj"), ("zendesk", "users")
PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
NUMBERS = itertools.count()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer in Zoho and Fxiaoke, in agreement."""
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    with world(tmp_path / "project", people) as made:
        made.settle()
        yield made


def tell(hub: Hub, system: str, stream: str, *ids: str) -> None:
    """Let the system post that these records changed."""
    said = Content(changes=tuple((stream, one) for one in ids))
    with hub.store.write() as connection:
        inbox.keep(connection, hub.store.vault, system, f"event {next(NUMBERS)}", said, hub.now())


def waiting(hub: Hub) -> int:
    """Return how many events wait."""
    with hub.store.read() as connection:
        return len(inbox.page(connection, inbox.WAITING, None, 100))


def test_an_event_goes_through_while_a_sync_holds_the_work(here: World) -> None:
    z, f = here.only(*Z), here.only(*F)
    here.edit(*Z, z, Title="总监")
    with here.hub() as hub:
        tell(hub, *Z, z)
        with leases.hold(hub.store, "sync"):
            done = work_off(hub)
            assert (done.events, done.beside, waiting(hub)) == (1, True, 0)
            assert here.value(*F, f, "job_title") == "总监"
        assert not left_over(hub)
    assert written(here.sync()) == 0


def test_an_event_of_a_system_that_is_in_hand_waits_without_a_count(here: World) -> None:
    z = here.only(*Z)
    here.edit(*Z, z, Title="总监")
    with here.hub() as hub:
        tell(hub, *Z, z)
        with leases.hold(hub.store, "sync"), leases.hold(hub.store, "system:zoho_crm"):
            work_off(hub)
        with hub.store.read() as connection:
            [event] = inbox.page(connection, None, None, 10)
        assert (event.state, event.attempts) == ("waiting", 0)


def test_what_a_busy_system_does_not_get_is_caught_up_with_after_the_sync(here: World) -> None:
    z, f = here.only(*Z), here.only(*F)
    here.edit(*Z, z, Title="总监")
    with here.hub() as hub:
        tell(hub, *Z, z)
        with leases.hold(hub.store, "sync"), leases.hold(hub.store, "system:fxiaoke"):
            work_off(hub)
            assert waiting(hub) == 0
            assert here.value(*F, f, "job_title") is None
            assert not catch_up(hub)
        assert catch_up(hub)
        assert here.value(*F, f, "job_title") == "总监"
        assert not left_over(hub)


def test_no_record_is_made_beside_a_sync(here: World) -> None:
    new = here.edit(*Z, None, Last_Name="司徒", First_Name="建国", Email="jianguo.situ@qq.com", Mobile="13911113333")
    with here.hub() as hub:
        tell(hub, *Z, new)
        with leases.hold(hub.store, "sync"):
            work_off(hub)
        assert len(here.records(*F)) == 1
        assert catch_up(hub)
    assert len(here.records(*F)) == 2


def test_writes_that_the_sync_has_planned_are_left_to_it(here: World) -> None:
    z, f = here.only(*Z), here.only(*F)
    here.edit(*Z, z, Title="总监")
    with here.hub() as hub:

        def meanwhile(phase: str) -> None:
            if phase == "push person":
                here.edit(*Z, z, Title="总裁")
                tell(hub, *Z, z)
                work_off(hub)
                with hub.store.read() as connection:
                    [mine] = outbox.in_state(connection, hub.store.vault, [outbox.PLANNED])
                assert [one.new for one in mine.fields.values()] == ["总监"]

        sync(hub, Wanted(), Watcher(phase=meanwhile))
        catch_up(hub)
    assert here.value(*F, f, "job_title") == "总裁"


def test_an_edit_told_in_the_middle_of_a_sync_is_in_every_system_after_it(tmp_path: Path, store_url: str) -> None:
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    phases = {"recover": "总监", "pull": "总裁", "resolve": "主任", "plan company": "经理", "push person": "工程师"}
    with (
        world(tmp_path / "project", people, store=store_url) as here,
        here.hub() as hub,
        here.hub() as other,
    ):
        here.settle()
        z, f = here.only(*Z), here.only(*F)
        for phase, title in phases.items():
            here.edit(*F, f, department=f"{title}办公室")
            left = {phase: title}

            def meanwhile(begun: str, left: dict[str, str] = left) -> None:
                if title := left.pop(begun, None):
                    here.edit(*Z, z, Title=title)
                    tell(other, *Z, z)
                    assert work_off(other).beside

            sync(hub, Wanted(), Watcher(phase=meanwhile))
            catch_up(other)
            assert left == {}
            assert (here.value(*F, f, "job_title"), here.value(*Z, z, "Department")) == (title, f"{title}办公室")
        here.settle()
        assert written(here.sync()) == 0


def test_nothing_goes_on_beside_who_must_be_alone(here: World) -> None:
    z = here.only(*Z)
    here.edit(*Z, z, Title="总监")
    with here.hub() as hub:
        tell(hub, *Z, z)
        with whole_hub(hub, wait=0), pytest.raises(LeaseHeld):
            work_off(hub)
        assert waiting(hub) == 1
        assert work_off(hub).events == 1


def test_a_first_load_of_another_system_holds_up_nothing_and_doubles_nobody(tmp_path: Path) -> None:
    """A third system joins; while its records are read and resolved, the first two go on talking."""
    people = [typed(one, kind, "c1", PERSON) for one, kind in (("zoho_crm", "contact"), ("fxiaoke", "contact"))]
    people.append(typed("zendesk", "user", "c1", PERSON))
    with (
        world(tmp_path / "project", people, systems=("zoho_crm", "fxiaoke", "zendesk")) as here,
        ExitStack() as held,
    ):
        here.sync(systems=["zoho_crm", "fxiaoke"], push=False)
        z, f = here.only(*Z), here.only(*F)
        hub, other = held.enter_context(here.hub()), held.enter_context(here.hub())
        titles = iter(
            ("总监", "总裁", "主任", "经理", "工程师", "采购主管", "助理", "顾问", "秘书", "会计", "专员", "代表")
        )
        last = ""

        def meanwhile(_phase: str) -> None:
            nonlocal last
            last = next(titles, last)
            here.edit(*Z, z, Title=last)
            tell(other, *Z, z)
            work_off(other)

        sync(hub, Wanted(), Watcher(phase=meanwhile))
        catch_up(other)
        here.settle()
        users = [one for one in here.records(*D).values() if one.get("email") == PERSON["email"]]
        assert (here.value(*F, f, "job_title"), len(here.records(*F)), len(users)) == (last, 1, 1)
        assert users[0]["user_fields"]["job_title"] == last
