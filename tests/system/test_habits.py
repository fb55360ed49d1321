"""A system that reformats what it is given: no loop, nobody's edit, and a person is heard all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.sandboxes.book import RecordBook
from flows.habit_view import forget_habits, habits_shown
from flows.hub import Hub
from flows.planning import plan_now
from tests.system.world import typed, world, written

Z, F = ("zoho_crm", "Contacts"), ("fxiaoke", "ContactObj")
TITLE = "job_title"
NAMES = (("欧阳", "晓雯"), ("王", "伟"), ("李", "娜"))


def person(number: int) -> dict[str, Any]:
    family, given = NAMES[number]
    return {"family": family, "given": given, "full_name": family + given, "mobile": f"+861391111222{number}"}


def _upper_case(monkeypatch: pytest.MonkeyPatch, book: RecordBook, field: str) -> None:
    """Let a system write one field in capitals, whoever gives it."""
    update, create = book.update, book.create

    def loud(values: Any) -> dict[str, Any]:
        return {name: value.upper() if name == field and value else value for name, value in values.items()}

    monkeypatch.setattr(book, "update", lambda stream, of, values, **more: update(stream, of, loud(values), **more))
    monkeypatch.setattr(book, "create", lambda stream, values, **more: create(stream, loud(values), **more))


def _planned(hub: Hub) -> int:
    return len(plan_now(hub, list(hub.systems.values()), every=True).writes)


def test_what_a_system_reformats_is_neither_an_edit_nor_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [
        typed("zoho_crm", "contact", f"c{n}", {**person(n), TITLE: title})
        for n, title in enumerate(("Director", "Chief Engineer", "Buyer"))
    ]
    people += [typed("fxiaoke", "contact", f"c{n}", person(n)) for n in range(3)]
    with world(tmp_path, people) as here:
        _upper_case(monkeypatch, here.running.sandboxes["fxiaoke"].book, "job_title")
        here.settle()
        assert sorted(one["job_title"] for one in here.records(*F).values()) == ["BUYER", "CHIEF ENGINEER", "DIRECTOR"]
        assert sorted(one["Title"] for one in here.records(*Z).values()) == ["Buyer", "Chief Engineer", "Director"]
        with here.hub() as hub:
            assert _planned(hub) == 0
            [learned] = [one for one in habits_shown(hub)["items"] if one["field"] == TITLE]
            assert learned["pairs"] == 3
            assert {"habit": "upper", "values": 3, "in_force": True} in learned["habits"]

        # A value that was never pushed, which a person types there and the system puts into its form.
        buyer = next(one for one, said in here.records(*F).items() if said["job_title"] == "BUYER")
        here.edit(*F, buyer, job_title="Head of Sales")
        here.settle()
        assert here.value(*F, buyer, "job_title") == "HEAD OF SALES"
        zoho = next(one for one, said in here.records(*Z).items() if said["Last_Name"] == "李")
        assert here.value(*Z, zoho, "Title").upper() == "HEAD OF SALES"
        here.edit(*Z, zoho, Title="Head of Sales")
        assert written(here.sync()) == 0
        assert here.value(*Z, zoho, "Title") == "Head of Sales"
        assert written(here.sync()) == 0

        with here.hub() as hub:
            assert forget_habits(hub, "fxiaoke", "ContactObj", TITLE, author="ops", reason="it was upgraded")
            assert habits_shown(hub, "fxiaoke")["items"] == []
        here.settle()
        assert here.value(*Z, zoho, "Title") == "Head of Sales"
