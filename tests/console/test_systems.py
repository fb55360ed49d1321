"""`crmhub systems`: how they are, pause, resume."""

from __future__ import annotations

from tests.console.hands import Shell
from tests.system.world import World


def test_a_system_is_paused_and_resumed_and_the_list_says_so(synced: World, shell: Shell) -> None:
    del synced
    before = {one["system"]: one for one in shell.ask("systems")["items"]}
    assert {name: one["state"] for name, one in before.items()} == {"zoho_crm": "ok", "fxiaoke": "ok"}
    assert before["fxiaoke"]["last_read"] is not None
    found = shell.ask("systems", "pause", "fxiaoke", "--reason", "upgrade", "--by", "li")
    assert (found["by"], found["reason"], found["until"]) == ("li", "upgrade", None)
    after = {one["system"]: one for one in shell.ask("systems")["items"]}
    assert (after["fxiaoke"]["state"], after["zoho_crm"]["state"]) == ("paused", "ok")
    assert after["fxiaoke"]["pause"]["by"] == "li"
    run = shell.on("sync", "fxiaoke")
    assert run.code == 0
    assert "by li: crmhub systems resume fxiaoke" in run.out
    assert "fxiaoke" in shell.on("systems").out
    assert shell.ask("runs")["items"][0]["paused"] == ["fxiaoke"]
    assert shell.ask("systems", "resume", "fxiaoke") == {"system": "fxiaoke", "paused": False}
    assert shell.on("systems", "resume", "fxiaoke").code == 1


def test_an_unknown_system_or_no_reason_is_a_wrong_command_line(synced: World, shell: Shell) -> None:
    del synced
    assert shell.on("systems", "pause", "nobody", "--reason", "x").code == 2
    assert shell.on("systems", "pause", "fxiaoke", "--reason", " ").code == 2
    assert shell.on("systems", "pause", "fxiaoke", "--reason", "x", "--hours", "0").code == 2
