"""A system merges its own duplicates when a second person has approved it, and what people merge there is followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flows.stewards import merge
from golden_record.store import audit
from tests.console.hands import Shell
from tests.system.laws.mishaps import Died
from tests.system.test_deletions import OUYANG, F, asked, people, says
from tests.system.test_deletions_elsewhere import approved_push
from tests.system.world import World, typed, world, written

MOBILE = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}
OTHER_MAIL = {**MOBILE, "email": "xiaowen@163.com"}
THERE = [
    ("zoho_crm", "Contacts", "contact"),
    ("freshdesk", "contacts", "user"),
    ("zendesk", "users", "user"),
]


def twice(system: str, kind: str) -> list[Any]:
    return [
        typed("fxiaoke", "contact", "c", OUYANG),
        typed(system, kind, "c", OUYANG, key="full"),
        typed(system, kind, "c", OTHER_MAIL, key="bare"),
    ]


def may_merge(here: World, system: str) -> None:
    def change(document: Any) -> None:
        document["systems"][system]["push"]["merges"] = True

    here.change_yaml("hub.yaml", change)


def one_customer(here: World) -> dict[str, Any]:
    """Settle; where the evidence is not enough (Freshdesk keeps a number once), a steward says that it is one."""
    here.settle()
    ids = [one["profile_id"] for one in people(here)]
    if len(ids) > 1:
        with here.hub() as hub:
            merge(hub, *ids, author="mei", reason="I know her")
        here.settle()
    [shown] = people(here)
    return shown


def theirs(here: World, system: str, stream: str) -> dict[str, Any]:
    """Return the customers of a stream, without its staff."""
    return {name: one for name, one in here.records(system, stream).items() if one.get("role") in {None, "end-user"}}


@pytest.mark.parametrize(("system", "stream", "kind"), THERE)
def test_duplicates_are_merged_by_their_own_system_once_it_is_approved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], system: str, stream: str, kind: str
) -> None:
    with world(tmp_path / "w", twice(system, kind), systems=("fxiaoke", system)) as here:
        says(here, system, stream, on_delete="hold")
        before = one_customer(here)["fields"]
        shell = Shell(here.folder, capsys)
        assert shell.ask("plan", "--merges")["writes"] == []  # nobody has switched it on
        may_merge(here, system)
        [listed] = shell.ask("profiles", "duplicates")["items"]
        [write] = shell.ask("plan", "--merges")["writes"]
        loser, winner = write["fields"]["id"]["old"], write["fields"]["id"]["new"]
        assert (write["kind"], winner, write["record_id"]) == ("merge", listed["keep"], loser)
        assert shell.ask("plan")["writes"] == []  # never by itself
        assert "No system takes one back" in shell.on("plan", "--merges").out
        file = tmp_path / "plan.json"
        shell.on("plan", "--merges", "--out", str(file), "--by", "li")
        alone = shell.on("push", "--plan", str(file), "--json").json
        assert ([one["code"] for one in alone["errors"]], len(theirs(here, system, stream))) == (["not_approved"], 2)
        done = approved_push(shell, tmp_path, "--merges")
        assert (done["status"], done["systems"][system]["writes"].get("merge")) == ("ok", 1)
        assert list(theirs(here, system, stream)) == [winner]
        here.settle()
        assert [written(here.sync()), written(here.sync(full=True))] == [0, 0]
        [shown] = people(here)
        assert (shown["fields"], asked(here), "archived" in shown) == (before, [], False)
        assert {one["id"] for one in shown["sources"]} == {winner, here.only(*F)}
        assert shell.ask("plan", "--merges")["writes"] == []
        with here.hub() as hub, hub.store.read() as connection:
            noted = audit.page(connection, hub.store.vault, audit.WRITES, None, 99)
        [said] = [one.content for one in noted if one.kind == "merge" and one.content]
        assert (said["authority"]["approved_by"], said["fields"]["id"]["new"]) == ("mei", winner)
        assert "merged" in shell.on("undo", done["run_id"], "--dry-run", "--json").out


@pytest.mark.parametrize(("system", "stream", "kind"), THERE[:1])
def test_nothing_is_merged_while_its_records_differ_or_a_question_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], system: str, stream: str, kind: str
) -> None:
    with world(tmp_path / "w", twice(system, kind), systems=("fxiaoke", system)) as here:
        here.settle()
        may_merge(here, system)
        shell = Shell(here.folder, capsys)
        [write] = shell.ask("plan", "--merges")["writes"]
        file = tmp_path / "plan.json"
        shell.on("plan", "--merges", "--out", str(file), "--by", "li")
        shell.on("plan", "approve", str(file), "--by", "mei", "--reason", "seen")
        here.edit(system, stream, write["record_id"], Title="总监")  # between plan and push
        assert shell.on("push", "--plan", str(file), "--json").json["systems"][system]["writes"].get("merge") is None
        assert len(here.records(system, stream)) == 2
        here.sync(push=False)
        found = shell.ask("plan", "--merges")
        assert (found["writes"], [one["why"] for one in found["blocked"]]) == ([], ["not_in_agreement"])
        here.settle()
        assert len(shell.ask("plan", "--merges")["writes"]) == 1


@pytest.mark.parametrize(("system", "stream", "kind"), [*THERE, ("fxiaoke", "ContactObj", "contact")])
def test_what_people_merge_in_their_system_is_followed_with_nothing_lost_or_doubled(
    tmp_path: Path, system: str, stream: str, kind: str
) -> None:
    other, elsewhere, usual = (F[0], F[1], "contact") if system != "fxiaoke" else ("zoho_crm", "Contacts", "contact")
    made = [
        typed(other, usual, "c", OUYANG),
        typed(system, kind, "c", OUYANG, key="full"),
        typed(system, kind, "c", OTHER_MAIL, key="bare"),
    ]
    with world(tmp_path / "w", made, systems=(other, system)) as here:
        says(here, system, stream, on_delete="hold")
        before = one_customer(here)["fields"]
        loser, winner = sorted(theirs(here, system, stream))
        gone = {"system": system, "stream": stream, "id": loser, "delete": True, "merge_into": winner}
        here.control("/_edit", gone)
        here.settle()
        [shown] = people(here)
        assert (shown["fields"], asked(here), "archived" in shown) == (before, [], False)
        assert {one["id"] for one in shown["sources"]} == {winner, here.only(other, elsewhere)}
        assert list(theirs(here, system, stream)) == [winner]
        assert [written(here.sync()), written(here.sync(full=True))] == [0, 0]


def test_a_process_that_dies_behind_a_merge_leaves_it_known_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    system, stream, kind = THERE[0]
    with world(tmp_path / "w", twice(system, kind), systems=("fxiaoke", system)) as here:
        says(here, system, stream, on_delete="hold")
        before = one_customer(here)["fields"]
        may_merge(here, system)
        shell = Shell(here.folder, capsys)
        with monkeypatch.context() as patch:
            patch.setattr("flows.push.confirm_removed", _dies)
            with pytest.raises(Died):
                approved_push(shell, tmp_path, "--merges")
        assert len(here.records(system, stream)) == 1
        here.settle()
        states = [(one["kind"], one["state"]) for one in shell.ask("outbox", "list", "--state", "confirmed")["items"]]
        assert ("merge", "confirmed") in states
        [shown] = people(here)
        assert (shown["fields"], asked(here), written(here.sync(full=True))) == (before, [], 0)


def _dies(*_arguments: object) -> None:
    raise Died
