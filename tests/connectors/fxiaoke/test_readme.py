"""The folder's page names what an operator can set and what the simulator can be switched to."""

from __future__ import annotations

from pathlib import Path

import connectors.fxiaoke
from connectors.fxiaoke.sandbox.switches import SWITCHES
from connectors.fxiaoke.settings import Settings

PAGE = (Path(connectors.fxiaoke.__file__).parent / "README.md").read_text(encoding="utf-8")


def test_every_setting_and_every_switch_is_on_the_page() -> None:
    assert [name for name in Settings.model_fields if f"`{name}`" not in PAGE] == []
    assert [name for name in SWITCHES if f"`{name}`" not in PAGE] == []
