"""The plan looks at the profiles that have something to be planned, and finds what a look at every profile finds."""

from __future__ import annotations

from pathlib import Path

from flows.plan import Plan
from flows.plan_json import id_of
from flows.planning import plan_now, plan_pages
from golden_record.store import profiles
from golden_record.vault import Vault
from tests.system.world import World, world


def found(vault: Vault, plan: Plan) -> tuple[set[str], set[tuple[object, ...]]]:
    blocked: set[tuple[object, ...]] = set()
    blocked.update((one.system, one.profile_id, one.record_id, one.profile_field, one.why) for one in plan.blocked)
    return {id_of(vault, one) for one in plan.writes}, blocked


def agree(here: World) -> int:
    """Both ways find the same; return how many writes."""
    with here.hub() as hub:
        systems = list(hub.systems.values())
        by_marks, every = plan_now(hub, systems), plan_now(hub, systems, every=True)
        writes, blocked = found(hub.store.vault, by_marks)
        all_writes, all_blocked = found(hub.store.vault, every)
        assert writes == all_writes
        assert (
            blocked <= all_blocked
        )  # what a record that was made since has no room for is told when it is next planned
    return len(every.writes)


def looked_at(here: World) -> int:
    with here.hub() as hub:
        return sum(count for _plan, count in plan_pages(hub, list(hub.systems.values())))


def test_what_the_marks_lead_to_is_what_a_look_at_all_finds(tmp_path: Path) -> None:
    with world(tmp_path, None, customers=25, push={"mode": "report"}) as here:
        here.sync()
        assert agree(here) > 0
        contact, values = next(iter(here.records("zoho_crm", "Contacts").items()))
        here.edit("zoho_crm", "Contacts", contact, Title=f"{values.get('Title') or ''}总监")
        here.sync()
        assert agree(here) > 0

        def write(said: dict[str, dict[str, dict[str, dict[str, str]]]]) -> None:
            for block in said["systems"].values():
                if "push" in block:
                    block["push"]["mode"] = "create"

        here.change_yaml("hub.yaml", write)
        assert agree(here) > 0  # edited since the last sync: every profile is looked at
        here.settle()
        agree(here)
        with here.hub() as hub, hub.store.read() as connection:
            total = profiles.count(connection)
        assert looked_at(here) < total
