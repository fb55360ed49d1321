"""What is edited while `serve` runs is in force for the next post, and a broken edit leaves what was before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.project import shipped
from tests.console.web.served import Served, serving, until
from tests.console.web.test_webhooks import PERSON, F, Z
from tests.system.world import World, typed, world

PAGE = "/api/mappings/zoho_crm/Contacts"
TITLE, ELSEWHERE = "    job_title: Title\n", "    job_title: {pull: Description, push: Title}\n"
SHIPPED = (shipped() / "mappings" / "zoho_crm" / "Contacts.yaml").read_text(encoding="utf-8")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """One customer in Zoho and Fxiaoke, in agreement."""
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    with world(tmp_path / "project", people) as made:
        made.settle()
        yield made


def needs(hub: Served) -> set[tuple[str, str]]:
    """Return what needs a person: (kind, name)."""
    return {(one["kind"], one["name"]) for one in hub.get("/api/today").json()["needs"]}


def moved(text: str) -> str:
    """Return a mapping of Zoho's contacts that reads the job title elsewhere; its examples would say otherwise."""
    assert TITLE in text
    return text.partition("\nexamples:")[0].replace(TITLE, ELSEWHERE) + "\n"


def job_title(here: World) -> str:
    """Return what Fxiaoke shows."""
    return str(here.value(*F, here.only(*F), "job_title"))


def edit_posted(here: World, hub: Served, **fields: str) -> None:
    """Let somebody edit the contact in Zoho, and wait until the hub has worked the post off."""
    before = len(hub.events())
    here.edit(*Z, here.only(*Z), **fields)
    until(lambda: len(hub.events()) > before)
    hub.settled()


def post_to(here: World, hub: Served) -> None:
    """Let Zoho post its changes to the hub."""
    here.control("/_webhooks", {"system": "zoho_crm", "url": f"{hub.base_url}/webhooks/zoho_crm"})


def test_a_mapping_saved_in_the_console_is_in_force_for_the_next_post(here: World) -> None:
    with serving(here.folder) as hub:
        post_to(here, hub)
        said = hub.get(PAGE).json()
        edited = {"text": moved(said["text"]), "digest": said["digest"], "reason": "the title stands elsewhere"}
        assert hub.ask(PAGE, edited).status_code == 200
        edit_posted(here, hub, Title="不再读", Description="采购部")
        assert job_title(here) == "采购部"
    before = here.writes()
    assert here.sync()["status"] == "ok"
    assert here.writes() == before, "a sync that reads the files finds all of it done"


def test_a_file_that_somebody_breaks_leaves_the_mapping_before_in_force_and_is_named(here: World) -> None:
    file = here.folder / "config" / "mappings" / "zoho_crm" / "Contacts.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(SHIPPED, encoding="utf-8")
    with serving(here.folder) as hub:
        post_to(here, hub)
        file.write_text(SHIPPED.replace("emits:", "emitz:"), encoding="utf-8")
        edit_posted(here, hub, Title="总监")
        assert job_title(here) == "总监", "the mapping of before goes on"
        assert {event.state for event in hub.events()} == {"done"}
        assert ("mapping_broken", "Contacts") in needs(hub)
        file.write_text(moved(SHIPPED), encoding="utf-8")
        edit_posted(here, hub, Description="采购部")
        assert job_title(here) == "采购部", "and the mended one is taken in"
        assert ("mapping_broken", "Contacts") not in needs(hub)


def test_broken_rules_leave_the_ones_before_and_an_edited_hub_yaml_waits_for_a_restart(here: World) -> None:
    rules, yaml = here.folder / "config" / "profile.yaml", here.folder / "config" / "hub.yaml"
    good = (rules if rules.exists() else shipped() / "profile.yaml").read_text(encoding="utf-8")
    with serving(here.folder) as hub:
        assert needs(hub) == set()
        rules.write_text(good.replace("survives:", "survivez:"), encoding="utf-8")
        until(lambda: ("file_broken", "profile.yaml") in needs(hub))
        assert hub.get("/api/profiles").json()["items"]
        rules.write_text(good, encoding="utf-8")
        until(lambda: needs(hub) == set())
        yaml.write_text(yaml.read_text(encoding="utf-8") + "# looked at\n", encoding="utf-8")
        until(lambda: needs(hub) == {("hub_yaml", "hub.yaml")})
