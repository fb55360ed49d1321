"""A profile's history tells what a system put into a record that the hub made from what people said."""

from __future__ import annotations

from pathlib import Path

from console.web.pages.reviews import words
from flows.profile_history import history
from flows.profile_view import as_it_is, profile_page
from tests.system.world import World, typed, world

OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
SHIPPED = Path(__file__).parents[2] / "config/mappings/zoho_crm/Contacts.yaml"


def read_owner_as_department(made: World) -> None:
    """Let a field be read that Zoho fills by itself, whoever makes the record."""
    own = made.folder / "config/mappings/zoho_crm/Contacts.yaml"
    own.parent.mkdir(parents=True)
    text = SHIPPED.read_text(encoding="utf-8")
    assert "department: Department" in text
    own.write_text(text.replace("department: Department", "department: {pull: Owner.name}"), encoding="utf-8")


def test_what_a_system_fills_by_itself_came_with_the_record_and_is_nobodys_word(tmp_path: Path) -> None:
    with world(tmp_path / "project", [typed("fxiaoke", "contact", "c1", OUYANG)]) as made:
        read_owner_as_department(made)
        made.settle()
        with made.hub() as hub:
            [profile] = profile_page(hub, entity="person", after=None, limit=9, show=as_it_is)["items"]
            told = history(hub, profile["profile_id"], after=None, limit=99, show=as_it_is)
    assert told is not None
    kinds = {(one["system"], one["field"]): one["kind"] for one in told["items"] if "field" in one}
    assert kinds["zoho_crm", "department"] == "came_with_the_record"
    assert kinds["zoho_crm", "emails"] == "shown_after_push"
    assert kinds["fxiaoke", "emails"] == "first_sight"
    assert "department" not in profile["fields"]
    assert set(kinds.values()) <= set(words.EVENTS)
