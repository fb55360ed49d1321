"""Links into a system's own pages: only where the project says where they are, and never a way to run something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows.hub import Hub, open_hub
from flows.new_project import write_project
from flows.web_links import link_to
from mapping.language import StreamMapping

SYSTEMS = {
    "zoho_crm": {
        "connector": "zoho_crm",
        "department": "sales",
        "config": {"client_id": "x", "client_secret": "x", "refresh_token": "x", "data_center": "cn"},
        "streams": ["Contacts"],
    }
}
EVIL = 'x"><script>alert(1)</script>/../?a#b'


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    write_project(tmp_path, systems=SYSTEMS)
    with open_hub(tmp_path, {}) as opened:
        return opened


def at(hub: Hub, web: str | None) -> Hub:
    system = hub.systems["zoho_crm"]
    there = replace(system, config=system.config.model_copy(update={"web": web}))
    return replace(hub, systems={"zoho_crm": there})


def test_a_record_is_found_behind_the_address_of_its_system(hub: Hub) -> None:
    known = at(hub, "https://crm.zoho.com.cn/crm/org7/")
    assert link_to(known, "zoho_crm", "Contacts", "42") == "https://crm.zoho.com.cn/crm/org7/tab/Contacts/42"
    assert link_to(at(hub, None), "zoho_crm", "Contacts", "42") is None
    assert link_to(known, "zoho_crm", "Nothing", "42") is None
    assert link_to(known, "by_hand", "person", "42") is None
    assert link_to(known, "zoho_crm", "Contacts", "#a1b2") is None


def test_an_id_stays_an_id(hub: Hub) -> None:
    link = link_to(at(hub, "https://crm.zoho.com/crm"), "zoho_crm", "Contacts", EVIL)
    assert link is not None
    assert link.startswith("https://crm.zoho.com/crm/tab/Contacts/x%22%3E%3Cscript%3E")
    assert not set('<>"#?') & set(link)


@pytest.mark.parametrize("web", ["javascript:alert({id})", "/tab/Contacts", "data:text/html,{id}", ""])
def test_what_is_no_address_of_a_page_is_refused(web: str) -> None:
    with pytest.raises(ValueError, match="web"):
        StreamMapping.model_validate({"key": "id", "emits": [{"entity": "person", "fields": {}}], "web": web})
