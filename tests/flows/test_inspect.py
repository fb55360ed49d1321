"""What `check` says of a system beside whether it can be read: whether records can be made as hub.yaml asks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from airbyte_cdk.models import AirbyteConnectionStatus, Status

from connectors.contract import Lacking
from connectors.errors import StopSystem
from flows.hub import ConfiguredSystem
from flows.hub_config import Push
from flows.inspect import check


class Crm:
    """A source that can be read and lacks the field of the binding id in its contacts."""

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers

    def check(self, _log: Any, _written: Any) -> AirbyteConnectionStatus:
        return AirbyteConnectionStatus(status=Status.SUCCEEDED, message="signed in")

    def lacking(self, _settings: Any) -> tuple[Lacking, ...]:
        if not self.answers:
            raise StopSystem("refused", system="crm", code="NO", cure="Ask for the right.")
        return (Lacking(("Contacts",), "a field", "make it"),)


def crm(push: Push | None, **facts: Any) -> dict[str, Any]:
    mapping = SimpleNamespace(create_in=frozenset(facts.pop("create_in", {"person"})))
    system = SimpleNamespace(
        name="crm",
        config=SimpleNamespace(push=push, streams=("Contacts",)),
        mappings={"Contacts": mapping},
        written={},
        settings=None,
        source=lambda: Crm(**facts),
    )
    said: dict[str, Any] = check([cast("ConfiguredSystem", system)])["systems"]["crm"]
    return said


def test_a_system_that_is_to_make_records_and_cannot_is_not_ok() -> None:
    assert crm(Push(mode="create")) == {
        "ok": False,
        "message": "signed in; creating needs a field in Contacts: make it",
    }


@pytest.mark.parametrize(
    ("push", "create_in"),
    [
        (Push(mode="update"), {"person"}),
        (Push(mode="create", create="never"), {"person"}),
        (Push(mode="create", update_only=("Contacts",)), {"person"}),
        (Push(mode="create"), set()),
    ],
)
def test_where_nothing_is_made_there_it_is_told_and_nothing_is_wrong(push: Push, create_in: set[str]) -> None:
    said = crm(push, create_in=create_in)
    assert said["ok"]
    assert "creating needs a field" in said["message"]


def test_a_system_that_is_never_written_to_is_not_asked_what_it_lacks() -> None:
    assert crm(None) == {"ok": True, "message": "signed in"}


def test_a_system_that_does_not_say_what_it_lacks_is_as_readable_as_before() -> None:
    said = crm(Push(mode="create"), answers=False)
    assert said["ok"]
    assert "could not be seen" in said["message"]
