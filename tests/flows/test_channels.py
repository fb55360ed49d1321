"""A hub with a public address keeps Zoho posting to it; what people change there arrives without a pull."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from connectors.sandboxes.contract import Change
from flows.channels import ChannelKeeper, address_of, close
from tests.console.web.served import serving, until
from tests.system.world import World, typed, world

PEOPLE = [typed("zoho_crm", "contact", "p1", {"family": "Lee", "given": "Ann", "email": "ann@a.example"})]


def open_channels(one: World) -> list[str]:
    """The addresses that the simulator posts to."""
    change = Change(datetime.now(UTC), "people", "update", "Contacts", "1", {})
    modules = ("Contacts", "Accounts", "Leads")
    sandbox = one.running.sandboxes["zoho_crm"]
    return [post.url for module in modules for post in sandbox.own_posts(replace(change, stream=module))]


def test_a_change_in_zoho_is_posted_to_the_hub_which_reads_it_again(tmp_path: Path) -> None:
    with world(tmp_path / "hub", PEOPLE, systems=("zoho_crm",)) as one:
        one.sync()
        with serving(one.folder) as served:
            served.hub.project.hub.__dict__["public_url"] = served.base_url  # known once it listens
            keeper = ChannelKeeper(served.hub)
            keeper.start()
            try:
                until(lambda: len(open_channels(one)) == 3)
                one.edit("zoho_crm", "Contacts", one.only("zoho_crm", "Contacts"), Title="CEO")
                until(lambda: [event.state for event in served.events()] == ["done"])
            finally:
                keeper.stop()
            assert close(list(served.hub.systems.values())) == {"zoho_crm": 3}
            assert open_channels(one) == []


def test_without_a_public_address_nothing_is_opened(tmp_path: Path) -> None:
    with world(tmp_path / "hub", PEOPLE, systems=("zoho_crm",)) as one, one.hub() as hub:
        assert address_of(hub, hub.systems["zoho_crm"]) is None
        keeper = ChannelKeeper(hub)
        keeper.start()
        keeper.stop()
        assert one.writes() == {"zoho_crm": 0}


def test_a_system_that_stops_posting_gets_its_channels_back(tmp_path: Path) -> None:
    with world(tmp_path / "hub", PEOPLE, systems=("zoho_crm",)) as one, one.hub() as hub:
        hub.project.hub.__dict__["public_url"] = "http://127.0.0.1:9"
        silent: dict[str, datetime] = {}
        keeper = ChannelKeeper(hub, silent=lambda _hub: dict(silent), every=0.05)
        keeper.start()
        try:
            until(lambda: len(open_channels(one)) == 3)
            assert close(list(hub.systems.values())) == {"zoho_crm": 3}
            assert open_channels(one) == []
            silent["zoho_crm"] = datetime.now(UTC)  # pulls have found what no post had told
            until(lambda: len(open_channels(one)) == 3)
        finally:
            keeper.stop()
