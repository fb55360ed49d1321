"""Fixtures of the page tests: one populated console per test run, one browser per test run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.console.web.desk import CHROMIUM, Desk, chromium, desk


@pytest.fixture(scope="session")
def console_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A served demo project with a user for each role; shared, so a test that changes it says so in its own words."""
    with desk(tmp_path_factory.mktemp("desk") / "project") as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def seen_desk(console_desk: Desk, browser: Browser) -> Desk:
    """The console with a browser to look at it: `with seen_desk.page("steward") as page:`."""
    console_desk.browser = browser
    return console_desk
