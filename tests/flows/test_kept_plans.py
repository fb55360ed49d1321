"""A plan is made once, in a run; looked at, cut down, approved by another person; carried out as far as still true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import kept_plans
from flows.hub import Hub
from flows.on_demand import carry_out_next
from flows.plan_view import blocked_shown, plan_list, plan_shown, writes_shown
from flows.profile_view import as_it_is
from flows.run_history import run_shown
from golden_record.errors import NotDecidable
from golden_record.store import kept_plans as kept
from golden_record.store import runs
from golden_record.store.kept_plans import Sieve
from tests.system.world import World, typed, world

CUSTOMERS = 5
F = ("fxiaoke", "ContactObj")
ALL = Sieve()


def people(number: int = CUSTOMERS) -> list[Any]:
    """Customers of Zoho; Fxiaoke knows none of them."""
    return [
        typed("zoho_crm", "contact", f"c{n}", {"family": "欧阳", "given": f"晓{n}", "email": f"c{n}@huaxin-cable.cn"})
        for n in range(number)
    ]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "project", people()) as made:
        made.sync(push=False)
        yield made


def planned(hub: Hub, *systems: str, by: str = "li") -> str:
    """Have a plan made, as the worker makes it."""
    plan_id = kept_plans.ask_for_plan(hub, systems, by=by)
    assert carry_out_next(hub, wait=1)
    return plan_id


def pushed(hub: Hub, plan_id: str) -> dict[str, Any]:
    """Have it carried out, as the worker does; return the run."""
    run_id = kept_plans.ask_for_push(hub, plan_id)
    assert carry_out_next(hub, wait=1)
    return run_shown(hub, run_id) or {}


def ids(hub: Hub, plan_id: str, sieve: Sieve = ALL) -> list[str]:
    """Page through all writes, two at a time."""
    found: list[str] = []
    after = 0
    while True:
        page = writes_shown(hub, plan_id, sieve, after=after, limit=2, show=as_it_is)
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            return found
        after = page["next"]


def test_a_plan_is_kept_with_its_numbers_and_paged_with_its_diffs(here: World) -> None:
    with here.hub() as hub:
        plan_id = planned(hub, "fxiaoke")
        shown = plan_shown(hub, plan_id) or {}
        assert (shown["state"], shown["made_by"], shown["systems"]) == ("ready", "li", ["fxiaoke"])
        assert shown["writes"] == {"fxiaoke": {"create": CUSTOMERS}}
        assert shown["fields"]["fxiaoke"]["emails"] == CUSTOMERS
        assert shown["profiles"] == CUSTOMERS
        assert len(set(ids(hub, plan_id))) == CUSTOMERS
        [first, *_] = writes_shown(hub, plan_id, ALL, after=0, limit=1, show=as_it_is)["items"]
        assert first["fields"]["email"] == {
            "old": None,
            "new": "c0@huaxin-cable.cn",
            "field": "emails",
            "source": first["fields"]["email"]["source"],
            "rule": "union",
        }
        run = run_shown(hub, plan_id) or {}
        assert (run["kind"], run["status"]) == ("plan", "ok")
        assert here.records(*F) == {}


def test_writes_are_sifted_by_system_kind_field_and_profile(here: World) -> None:
    with here.hub() as hub:
        plan_id = planned(hub)
        [one, *_] = writes_shown(hub, plan_id, ALL, after=0, limit=1, show=as_it_is)["items"]
        assert len(ids(hub, plan_id, Sieve(system="fxiaoke", kind="create"))) == CUSTOMERS
        assert ids(hub, plan_id, Sieve(system="zoho_crm")) == []
        assert ids(hub, plan_id, Sieve(kind="update")) == []
        assert len(ids(hub, plan_id, Sieve(field="emails"))) == CUSTOMERS
        assert ids(hub, plan_id, Sieve(field="mail")) == ids(hub, plan_id, Sieve(field="%")) == []
        assert ids(hub, plan_id, Sieve(profile_id=one["profile_id"])) == [one["id"]]


def test_carrying_out_writes_just_what_was_kept_and_not_left_out(here: World) -> None:
    with here.hub() as hub:
        plan_id = planned(hub, "fxiaoke")
        first, second, *_ = ids(hub, plan_id)
        assert kept_plans.leave_out(hub, plan_id, [first, second], out=True) == 2
        assert kept_plans.leave_out(hub, plan_id, [second], out=False) == 1
        assert (plan_shown(hub, plan_id) or {})["left_out"] == 1
        run = pushed(hub, plan_id)
        assert (run["kind"], run["status"]) == ("push", "ok")
        assert run["systems"]["fxiaoke"]["writes"]["create"] == CUSTOMERS - 1
        assert len(here.records(*F)) == CUSTOMERS - 1
        shown = plan_shown(hub, plan_id) or {}
        assert (shown["state"], shown["push_run"]) == ("sent", run["run_id"])
        with pytest.raises(NotDecidable, match="is sent"):
            kept_plans.ask_for_push(hub, plan_id)


def test_progress_counts_the_systems_of_the_plan_not_those_that_had_nothing_to_do(here: World) -> None:
    with here.hub() as hub:
        plan_id = planned(hub, "zoho_crm", "fxiaoke")
        counts = (plan_shown(hub, plan_id) or {})["writes"]
        assert pushed(hub, plan_id)["systems"].keys() == {"zoho_crm", "fxiaoke"}
        push = (plan_shown(hub, plan_id) or {})["push"]
        assert push["sent"] == push["wanted"] == {"fxiaoke": CUSTOMERS}
        assert counts.keys() == {"fxiaoke"}


def test_what_is_no_longer_true_is_refused_by_name_and_the_rest_goes_out(here: World) -> None:
    with here.hub() as hub:
        plan_id = planned(hub, "fxiaoke")
    zoho = min(here.records("zoho_crm", "Contacts"))
    here.edit("zoho_crm", "Contacts", zoho, Title="总监")
    here.sync(push=False)
    with here.hub() as hub:
        run = pushed(hub, plan_id)
    assert [one["code"] for one in run["errors"]] == ["changed"]
    assert run["systems"]["fxiaoke"]["writes"]["create"] == CUSTOMERS - 1


def test_above_a_ceiling_only_what_a_second_person_approved_goes_out(here: World) -> None:
    here.change_yaml("hub.yaml", lambda said: said["systems"]["fxiaoke"]["push"].update(ceilings={"create": 2}))
    with here.hub() as hub:
        plan_id = planned(hub, "fxiaoke")
        above = [{"system": "fxiaoke", "kind": "create", "planned": CUSTOMERS, "ceiling": 2}]
        assert (plan_shown(hub, plan_id) or {})["above"] == above
        run = pushed(hub, plan_id)
        assert run["systems"]["fxiaoke"]["writes"]["create"] == 2
        second = planned(hub, "fxiaoke")
        with pytest.raises(NotDecidable, match="made by li"):
            kept_plans.approve(hub, second, by="li", reason="first load")
        approved = kept_plans.approve(hub, second, by="wang", reason="first load")
        assert (approved.approved_by, approved.reason) == ("wang", "first load")
        with pytest.raises(NotDecidable, match="approved just this plan"):
            kept_plans.leave_out(hub, second, ids(hub, second)[:1], out=True)
        with pytest.raises(NotDecidable, match="approved or carried out meanwhile"):
            kept_plans.approve(hub, second, by="zhao", reason="me too")
        assert pushed(hub, second)["systems"]["fxiaoke"]["writes"]["create"] == CUSTOMERS - 2
    assert len(here.records(*F)) == CUSTOMERS


def test_an_approval_that_somebody_forged_in_the_store_does_not_stand(here: World) -> None:
    here.change_yaml("hub.yaml", lambda said: said["systems"]["fxiaoke"]["push"].update(ceilings={"create": 2}))
    with here.hub() as hub:
        plan_id = planned(hub, "fxiaoke")
        vault = hub.store.vault
        with hub.store.write() as connection:
            said = {"by": "wang", "at": "2026-01-01T00:00:00+00:00", "reason": "x"}
            assert kept.approve(connection, vault, plan_id, seal="00" * 16, **said)
        run = pushed(hub, plan_id)
        assert run["systems"]["fxiaoke"]["writes"]["create"] == 2
        assert "not_approved" in [one["code"] for one in run["errors"]]


def test_what_a_plan_does_not_write_is_counted_and_named(here: World) -> None:
    here.edit("zoho_crm", "Contacts", Last_Name="司马")
    here.sync(push=False)
    with here.hub() as hub:
        plan_id = planned(hub, "fxiaoke")
        assert (plan_shown(hub, plan_id) or {})["blocked"] == {"fxiaoke": {"not_contactable": 1}}
        [one] = blocked_shown(hub, plan_id, why="not_contactable", system="fxiaoke", after=0, limit=5)["items"]
        assert (one["system"], one["why"]) == ("fxiaoke", "not_contactable")
        assert blocked_shown(hub, plan_id, why="overflow", system=None, after=0, limit=5)["items"] == []


def test_plans_are_listed_newest_first_and_forgotten_after_a_week(here: World) -> None:
    with here.hub() as hub:
        made = [planned(hub, "fxiaoke") for _ in range(kept_plans.KEPT_AT_LEAST + 1)]
        listed = plan_list(hub, after=None, limit=2)
        assert [one["plan_id"] for one in listed["items"]] == made[::-1][:2]
        assert len(plan_list(hub, after=listed["next"], limit=10)["items"]) == len(made) - 2
    here.late = timedelta(days=8)
    with here.hub() as hub:
        newest = planned(hub, "fxiaoke")
        left = [one["plan_id"] for one in plan_list(hub, after=None, limit=10)["items"]]
        assert left == [newest, *made[::-1]][: kept_plans.KEPT_AT_LEAST]
        assert ids(hub, made[0]) == []
        with hub.store.write() as connection:
            kept.forget_profiles(connection, [one["profile_id"] for one in hub_writes(hub, newest)[:1]])
        assert len(ids(hub, newest)) == CUSTOMERS - 1


def hub_writes(hub: Hub, plan_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = writes_shown(hub, plan_id, ALL, after=0, limit=100, show=as_it_is)["items"]
    return found


def test_a_plan_whose_process_died_is_said_to_have_failed(here: World) -> None:
    with here.hub() as hub:
        plan_id = kept_plans.ask_for_plan(hub, [], by="li")
        with hub.store.write() as connection:
            runs.start(connection, plan_id, "plan", hub.now())
            runs.close_abandoned(connection, hub.now())
        assert (plan_shown(hub, plan_id) or {})["state"] == "failed"
        with pytest.raises(NotDecidable):
            kept_plans.ask_for_push(hub, plan_id)


def test_a_plan_for_a_system_that_takes_no_pushes_is_refused(here: World) -> None:
    with here.hub() as hub, pytest.raises(NotDecidable, match="nothing is ever planned for `nobody`"):
        kept_plans.ask_for_plan(hub, ["nobody"], by="li")
