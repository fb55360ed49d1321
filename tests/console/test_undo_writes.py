"""`crmhub undo` of what was written, and `crmhub holds`."""

from __future__ import annotations

import pytest

from tests.console.conftest import P1
from tests.console.hands import Shell
from tests.system.world import World, written


@pytest.mark.usefixtures("synced")
def test_a_run_is_shown_first_then_taken_back_and_the_undo_undone(shell: Shell, here: World) -> None:
    run = shell.ask("push")["run_id"]
    planned = shell.ask("undo", run, "--dry-run")
    assert [(one["system"], one["kind"]) for one in planned["writes"]] == [("fxiaoke", "update")]
    assert planned["writes"][0]["fields"]["mobile1"]["old"].replace(" ", "") == P1
    assert planned["writes"][0]["fields"]["mobile1"]["new"] is None
    assert sorted(one["why"] for one in planned["left_alone"]) == ["created", "created"]
    assert shell.ask("holds", "list")["items"] == []
    assert P1 not in shell.on("undo", run, "--dry-run", "--mask").out
    assert shell.on("undo", run).code == 2  # says no reason
    done = shell.ask("undo", run, "--reason", "a wrong rule")
    assert done["systems"]["fxiaoke"]["writes"]["update"] == 1
    assert sorted(one["kind"] for one in shell.ask("holds", "list")["items"]) == ["record", "record", "values"]
    assert "undone" in {one["why"] for one in shell.ask("plan")["blocked"]}
    assert written(here.sync()) == 0
    assert shell.on("undo", run, "--reason", "again").code == 1
    assert len(shell.ask("undo", done["run_id"], "--reason", "it was right")["lifted"]) == 3
    assert written(here.sync()) == 1
    assert shell.on("holds", "lift", "NOSUCH").code == 1


@pytest.mark.usefixtures("synced")
def test_what_is_no_write_no_act_and_no_run_is_named(shell: Shell) -> None:
    answer = shell.on("undo", "NOSUCH", "--reason", "x")
    assert answer.code == 1
    assert "no act of a steward, no write" in " ".join(answer.err.split())
