from __future__ import annotations

from pathlib import Path

import pytest

from tests.connectors.files.deliveries import Deliveries


@pytest.fixture
def shop(tmp_path: Path) -> Deliveries:
    folder = tmp_path / "project"
    folder.mkdir()
    return Deliveries(folder)
