"""Refused writes by cause; retried or given up together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.hub import Hub
from flows.write_causes import CauseName, causes_shown, dismiss_all, retry_all
from golden_record.errors import NotDecidable
from golden_record.store import outbox
from tests.system.world import World, typed, world, written

Z = ("zoho_crm", "Contacts")


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[World]:
    """Three customers of Fxiaoke whose records Zoho would not make."""
    people = [
        typed("fxiaoke", "contact", f"c{n}", {"family": "欧阳", "given": f"晓{n}", "email": f"c{n}@huaxin-cable.cn"})
        for n in range(3)
    ]
    with world(tmp_path / "project", people) as made:
        made.control("/_faults", [{"system": "zoho_crm", "kind": "fail_rows", "rate": 1.0}])
        made.sync()
        made.control("/_faults", [])
        yield made


def name_of(cause: dict[str, Any]) -> CauseName:
    return CauseName(*(cause[key] for key in ("system", "stream", "state", "code", "message")))


def only(hub: Hub) -> dict[str, Any]:
    [cause] = causes_shown(hub)["items"]
    return dict(cause)


def test_writes_that_were_refused_alike_are_one_cause_with_words_and_cure(refused: World) -> None:
    with refused.hub() as hub:
        cause = only(hub)
    assert (cause["system"], cause["stream"], cause["state"], cause["writes"]) == (*Z, "retry_at", 3)
    assert cause["message"]
    assert cause["code"]


def test_all_of_a_cause_are_retried_and_go_out(refused: World) -> None:
    assert written(refused.sync()) == 0
    with refused.hub() as hub:
        assert retry_all(hub, name_of(only(hub))) == 3
    assert written(refused.sync()) == 3
    with refused.hub() as hub:
        assert causes_shown(hub)["items"] == []
    assert len(refused.records(*Z)) == 3


def test_all_of_a_cause_are_given_up_and_stay_so(refused: World) -> None:
    with refused.hub() as hub:
        assert dismiss_all(hub, name_of(only(hub)), author="li", reason="the form is closed") == 3
        assert causes_shown(hub)["items"] == []
        with hub.store.read() as connection:
            left = outbox.page(connection, hub.store.vault, [outbox.DISMISSED], None, 10)
        assert [one.message for one in left] == ["dismissed by li"] * 3
    assert written(refused.sync()) == 0


def test_a_cause_that_is_gone_or_undecided_is_refused(refused: World) -> None:
    with refused.hub() as hub:
        cause = only(hub)
        with pytest.raises(NotDecidable, match="any more"):
            retry_all(hub, name_of({**cause, "message": "something else"}))
        with pytest.raises(NotDecidable, match="nobody knows yet"):
            dismiss_all(hub, name_of({**cause, "state": "unknown"}), author="li", reason="x")
