"""Requests for deletion when two people press at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flows import deletion_requests, stewards
from flows.deletion_requests import answer_request, request_deletion, request_of
from flows.hub import Hub
from golden_record.errors import NotDecidable
from golden_record.store import profiles
from tests.system.customers import person
from tests.system.world import typed, world


@pytest.fixture
def hub(tmp_path: Path, store_url: str) -> Iterator[Hub]:
    people = [typed("zoho_crm", "contact", "0", person(0))]
    with world(tmp_path / "project", people, systems=("zoho_crm",), store=store_url) as here:
        here.sync(push=False)
        with here.hub() as opened:
            yield opened


def at_once(monkeypatch: pytest.MonkeyPatch, *doings: Callable[[], object]) -> list[str | None]:
    """Do these side by side, each past its first look before any goes on; return why each was refused (None: not)."""
    together, real = threading.Barrier(len(doings)), stewards.living

    def living(*arguments: Any) -> Any:
        found = real(*arguments)
        together.wait(timeout=30)
        return found

    def tried(doing: Callable[[], object]) -> str | None:
        try:
            doing()
        except NotDecidable as refused:
            return refused.why
        return None

    with monkeypatch.context() as patch, ThreadPoolExecutor(len(doings)) as threads:
        patch.setattr(deletion_requests, "living", living)
        return [done.result(timeout=60) for done in [threads.submit(tried, doing) for doing in doings]]


def test_of_two_who_press_at_the_same_moment_one_asks_and_one_answers(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hub.store.read() as connection:
        [profile] = profiles.page(connection, hub.store.vault, None, 10, "person")
    name, why = profile.profile_id, "by mail"
    asked = at_once(
        monkeypatch, *(partial(request_deletion, hub, name, author=who, reason=why) for who in ("ann", "bob"))
    )
    assert sorted(map(str, asked)) == ["None", "asked_already"]
    answers = [partial(answer_request, hub, name, author=who, reason=why) for who in ("cem", "dai")]
    answered = at_once(monkeypatch, partial(answers[0], confirmed=True), partial(answers[1], confirmed=False))
    assert sorted(map(str, answered)) == ["None", "answered_already"]
    standing = request_of(hub, name)
    assert standing is not None
    assert standing["state"] == ("confirmed" if answered[0] is None else "refused")
