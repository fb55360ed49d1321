"""`crmhub keys`: rotating the key that seals, while others are at work, cut off, and from the wrong place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from golden_record.errors import KeyTrouble
from golden_record.store import sealing_keys
from golden_record.vault import KeyRing, Vault
from tests.console.hands import Shell
from tests.system.world import World, written


def ring_of(here: World) -> Any:
    return json.loads((here.folder / ".crmhub.key").read_text())


def test_every_value_is_sealed_anew_and_the_hub_goes_on(shell: Shell, synced: World) -> None:
    before = shell.ask("profiles", "list")
    old = ring_of(synced)
    values = shell.ask("keys", "show")["values"]
    assert values["k1"] > 20

    rotated = shell.ask("keys", "rotate")
    assert rotated["sealed_anew"] == sum(values.values())
    assert (rotated["current"], rotated["values"]) == ("k2", {"k1": 0, "k2": sum(values.values())})
    assert (ring_of(synced)["sealing"]["k1"], ring_of(synced)["index"]) == (old["sealing"]["k1"], old["index"])
    assert (synced.folder / ".crmhub.key").stat().st_mode & 0o777 == 0o600

    assert shell.ask("keys", "retire")["retired"] == ["k1"]
    assert list(ring_of(synced)["sealing"]) == ["k2"]
    assert json.loads((synced.folder / ".crmhub.key.retired-k1").read_text())["sealing"] == old["sealing"]
    assert shell.ask("profiles", "list") == before
    synced.settle()
    assert written(synced.sync()) == 0
    assert shell.ask("keys", "rotate")["current"] == "k3"  # the name of a retired key never comes back


def test_nothing_that_is_sealed_is_forgotten(synced: World) -> None:
    with synced.hub() as hub:
        for place in sealing_keys.places():
            assert len(place.table.primary_key.columns) == 1, place.name
            with hub.store.read() as connection:
                for key, value in connection.execute(place.table.select().with_only_columns(place.key, place.column)):
                    if value is not None:
                        hub.store.vault.open(place.name, key if isinstance(key, str) else bytes(key), value)


def test_a_hub_that_was_open_learns_the_new_key(shell: Shell, synced: World) -> None:
    with synced.hub() as hub:
        assert hub.store.vault.sealed_with(hub.store.vault.seal("a.b", "row", 1)) == "k1"
        shell.ask("keys", "rotate")
        assert shell.ask("keys", "retire")["retired"] == ["k1"]
        assert sealing_keys.count_by_key(hub.store).keys() == {"k2"}
        with hub.store.read() as connection:
            row = connection.exec_driver_sql("SELECT id, body FROM profiles").first()
        assert row is not None
        assert hub.store.vault.open("profiles.body", row[0], row[1])
        assert hub.store.vault.sealed_with(hub.store.vault.seal("a.b", "row", 1)) == "k2"


@pytest.mark.usefixtures("synced")
def test_a_rotation_that_was_cut_off_is_ended_with_the_key_that_it_had_minted(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = Vault.seal_again
    left = [5]

    def dies(vault: Vault, *said: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return again(vault, *said)

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "seal_again", dies)
        assert shell.on("keys", "rotate").code == 1
    ended = shell.ask("keys", "rotate")
    assert (ended["current"], ended["values"]["k1"]) == ("k2", 0)
    assert shell.ask("profiles", "list")["items"]


def test_a_ring_in_the_environment_is_not_rotated(shell: Shell, synced: World, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (synced.folder / ".crmhub.key").read_text()
    monkeypatch.setenv("CRMHUB_KEY", text)
    (synced.folder / ".crmhub.key").unlink()
    answer = shell.on("keys", "rotate")
    assert answer.code == 1
    assert "CRMHUB_KEY" in answer.err
    assert ring_of_text(text) not in answer.err
    assert list(synced.folder.glob(".crmhub.key*")) == []


def ring_of_text(text: str) -> str:
    return str(json.loads(text)["sealing"]["k1"])


def test_a_value_of_an_unknown_key_names_the_cure() -> None:
    vault, other = Vault(KeyRing.mint()), Vault(KeyRing.mint().with_new_key())
    with pytest.raises(KeyTrouble, match="Restore the older key"):
        vault.open("a.b", "row", other.seal("a.b", "row", 1))
