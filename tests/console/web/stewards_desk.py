"""A console with a queue to clear: pairs of namesakes, a value in dispute, hostile names, a user of one department."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console.access import passwords
from console.access.user import Role
from golden_record.store import users
from tests.console.web.desk import PASSWORD, Desk, add_users
from tests.console.web.served import Served, serving
from tests.system.world import World, typed, world

PAIRS = 14
FAMILIES = (
    *("司马", "上官", "欧阳", "夏侯", "诸葛", "闻人", "东方"),
    *("赫连", "皇甫", "尉迟", "公羊", "澹台", "公冶", "宗政"),
)
SCRIPT = "<script>window.hurt=1</script><img src=x onerror='window.hurt=1'>"
BIDI = "\u202egnp.\u2066\u202bمحمد\u2069"
LONG = "很长" * 5_000


def people() -> list[Any]:
    """Namesakes behind one switchboard, a pair per family name; customers whose values want to do harm."""
    found = []
    for place, family in enumerate(FAMILIES[:PAIRS]):
        name = {"family": family, "given": "明远", "full_name": f"{family}明远", "phone": f"+8621623456{place:02d}"}
        title = {"job_title": f"经理 {SCRIPT}"} if place == 0 else {"job_title": "经理"}
        mine = {**name, **title, "mobile": f"+86139111133{place:02d}"}
        theirs = {**name, "job_title": "总监", "mobile": f"+86139111155{place:02d}"}
        found.append(typed("zoho_crm", "contact", f"a{place}", mine))
        found.append(typed("fxiaoke", "contact", f"b{place}", theirs))
    evil = {"family": "慕容", "given": "复", "full_name": "慕容复", "mobile": "+8613622220001"}
    found.append(typed("zoho_crm", "contact", "evil", {**evil, "job_title": SCRIPT, "department": BIDI}))
    found.append(typed("fxiaoke", "contact", "evil", {**evil, "job_title": LONG[:200]}))
    both = {"family": "独孤", "given": "求败", "full_name": "独孤求败", "mobile": "+8613622220002"}
    found.append(typed("zoho_crm", "contact", "both", {**both, "tier": "regular", "email": "q.dugu@huaxin-cable.cn"}))
    found.append(typed("fxiaoke", "contact", "both", {**both, "email": "q.dugu@huaxin-cable.cn"}))
    return found


@contextmanager
def stewards_desk(folder: Path) -> Iterator[Desk]:
    """Serve it, with a user for each role and `marketing`, a steward of another department only."""
    with world(folder, people()) as made:
        made.change_yaml("matching.yaml", lambda said: said["person"]["thresholds"].update(auto=16))
        made.change_yaml("hub.yaml", _two_departments)
        made.sync()
        _dispute(made)
        with serving(made.folder, work=False) as served:
            add_users(served)
            _add_stranger(served)
            yield Desk(served, made)


def _two_departments(said: dict[str, Any]) -> None:
    said["systems"]["fxiaoke"]["department"] = "partners"
    said["systems"]["zoho_crm"]["web"] = "https://crm.zoho.example/crm/org1"


def _dispute(made: World) -> None:
    """Let two systems change one customer's tier, neither knowing of the other."""
    made.settle()
    zoho = next(key for key, one in made.records("zoho_crm", "Contacts").items() if one.get("Last_Name") == "独孤")
    other = next(
        key for key, one in made.records("fxiaoke", "ContactObj").items() if "独孤" in str(one.get("name", ""))
    )
    made.edit("zoho_crm", "Contacts", zoho, Rating="vip")
    made.edit("fxiaoke", "ContactObj", other, tier__c="basic")
    made.sync(push=False)


def _add_stranger(served: Served) -> None:
    with served.hub.store.write() as connection:
        users.add(
            connection,
            "marketing",
            shown="Marketing",
            roles=[Role.STEWARD],
            departments=["marketing"],
            sensitive=False,
            password=passwords.kept(PASSWORD),
            must_change=False,
            now=served.hub.now(),
        )
