"""Each page of `make screenshots` in each of eight views (language, width, colours): nothing runs out, axe is silent.

The page tests look at each page in four or five of them; here is the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser

from docs.take_screenshots import SHOTS, Shot
from tests.console.web.desk import LANGUAGES, THEMES, WIDTHS, Desk, desk, overflow, violations


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    """A desk of its own: the pictures change what they show."""
    with desk(tmp_path_factory.mktemp("views") / "project") as made:
        made.browser = browser
        yield made


@pytest.mark.soak
@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_a_page_is_accessible_and_fits_in_every_view(shown: Desk, shot: Shot) -> None:
    path = shot.path if isinstance(shot.path, str) else shot.path(shown)
    wrong = []
    for language, theme, width in product(LANGUAGES, THEMES, WIDTHS):
        with shown.page(shot.role, language=language, theme=theme, width=width) as page:
            answer = page.goto(shown.url + path)
            assert answer is not None
            page.wait_for_load_state("networkidle")
            found = [*violations(page), *([f"{overflow(page)} px too wide"] if overflow(page) > 0 else [])]
            if answer.status != 200 or found:
                wrong.append((language, theme, width, answer.status, found))
    assert wrong == []
