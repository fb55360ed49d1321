"""A customer who may be back, on the steward's page and over the API: asked, tried, decided."""

from __future__ import annotations

from pathlib import Path

from flows.profile_view import as_it_is
from flows.stewards import review_page
from tests.console.web.desk import Desk, add_users
from tests.console.web.served import serving
from tests.system.test_deletions import says
from tests.system.world import typed, world

OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}


def test_the_page_asks_whether_a_customer_is_back_and_takes_the_answer(tmp_path: Path) -> None:
    people = [typed("zoho_crm", "contact", "c", OUYANG), typed("fxiaoke", "contact", "c", OUYANG)]
    with world(tmp_path, people) as made:
        made.settle()
        made.delete("fxiaoke", "ContactObj", made.only("fxiaoke", "ContactObj"))
        made.settle()
        made.edit("zoho_crm", "Contacts", made.only("zoho_crm", "Contacts"), Title="总监")
        made.settle()
        with serving(made.folder, work=False) as served:
            add_users(served)
            [asked] = review_page(served.hub, status="open", after=None, limit=9, show=as_it_is)["items"]
            hand = Desk(served, made).session("steward")
            page = hand.see(f"/reviews/{asked['id']}")
            assert page.status_code == 200
            assert "It is back: make the record again" in page.text
            assert "heard of again" in page.text
            assert hand.see("/reviews?kind=returned").text.count(asked["id"]) >= 1
            form = {"decision": "restore", "reason": "they called"}
            assert hand.fill(f"/reviews/{asked['id']}/effect", form).status_code == 200
            assert hand.fill(f"/reviews/{asked['id']}/decide", form).status_code == 303
            [done] = review_page(served.hub, status="decided", after=None, limit=9, show=as_it_is)["items"]
            assert (done["id"], done["decision"]) == (asked["id"], "restore")
        made.settle()
        assert len(made.records("fxiaoke", "ContactObj")) == 1


def test_the_page_of_a_held_deletion_offers_its_answers_and_an_archived_customer_can_be_kept(tmp_path: Path) -> None:
    people = [typed("zoho_crm", "contact", "c", OUYANG), typed("fxiaoke", "contact", "c", OUYANG)]
    with world(tmp_path, people) as made:
        says(made, "fxiaoke", "ContactObj", on_delete="hold")
        made.settle()
        made.delete("fxiaoke", "ContactObj", made.only("fxiaoke", "ContactObj"))
        made.settle()
        with serving(made.folder, work=False) as served:
            add_users(served)
            [asked] = review_page(served.hub, status="open", after=None, limit=9, show=as_it_is)["items"]
            hand = Desk(served, made).session("steward")
            page = hand.see(f"/reviews/{asked['id']}").text
            assert "What follows from this deletion?" in page
            assert all(f'name="decision" value="{one}"' in page for one in ("accept", "archive", "restore", "dismiss"))
            assert hand.see("/reviews?kind=deleted").text.count(asked["id"]) >= 1
            form = {"decision": "archive", "reason": "closed down"}
            assert hand.fill(f"/reviews/{asked['id']}/effect", form).status_code == 200
            assert hand.fill(f"/reviews/{asked['id']}/decide", form).status_code == 303
            [profile_id] = asked["profiles"]
            assert "Archived: people deleted" in hand.see(f"/profiles/{profile_id}").text
            assert hand.fill(f"/profiles/{profile_id}/keep", {"reason": "still ours"}).status_code == 303
            assert "Archived: people deleted" not in hand.see(f"/profiles/{profile_id}").text
