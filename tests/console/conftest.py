from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.hands import Shell
from tests.system.world import World, typed, world

P1, P2, P3, LANDLINE = "+8613911112222", "+8613911113333", "+8613911115555", "+862162345678"
P4, P5 = "+8613622223333", "+8613733334444"
OUYANG = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
ZHUGE = {"family": "诸葛", "given": "明远", "full_name": "诸葛明远", "phone": LANDLINE}


def people() -> list[Any]:
    """One customer in both systems; two in one each; two namesakes behind one switchboard, one in each system."""
    sima = {"family": "司马", "given": "青衫", "full_name": "司马青衫", "mobile": P4}
    linghu = {"family": "令狐", "given": "若水", "full_name": "令狐若水", "mobile": P5}
    return [
        typed("zoho_crm", "contact", "sima", sima),
        typed("fxiaoke", "contact", "linghu", linghu),
        typed("zoho_crm", "contact", "ouyang", {**OUYANG, "mobile": P1, "tier": "regular"}),
        typed("fxiaoke", "contact", "ouyang", OUYANG),
        typed("zoho_crm", "contact", "zhuge1", {**ZHUGE, "mobile": P2}),
        typed("fxiaoke", "contact", "zhuge2", {**ZHUGE, "mobile": P3}),
    ]


def ask_more(made: World) -> World:
    """Let the project ask a steward about pairs that a larger base would leave in the band as it is."""
    made.change_yaml("matching.yaml", lambda said: said["person"]["thresholds"].update(auto=16))
    return made


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    """A project on two sandboxes, nothing pulled yet."""
    with world(tmp_path / "project", people()) as made:
        yield ask_more(made)


@pytest.fixture
def synced(here: World) -> World:
    """The same, pulled and resolved; nothing pushed."""
    here.sync(push=False)
    return here


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "project", capsys)


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A project pulled and resolved, nothing pushed: for tests that only look."""
    with world(tmp_path_factory.mktemp("seen") / "project", people()) as made:
        ask_more(made).sync(push=False)
        yield made


@pytest.fixture
def look(seen: World, capsys: pytest.CaptureFixture[str]) -> Shell:
    """The command line on that project."""
    return Shell(seen.folder, capsys)
