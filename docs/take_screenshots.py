"""Take pictures of the console's pages into docs/screenshots/: `make screenshots`, or with names of shots as arguments.

A page is added by one line in SHOTS. Each is taken in the views that the page tests look at (language, colours, width).
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.console.web.desk import VIEWS, Desk, chromium, desk

FOLDER = Path(__file__).parent / "screenshots"
QUALITY = 70
"""Of the WebP pictures, per cent."""
CUSTOMERS = 60


@dataclass(frozen=True)
class Shot:
    """One picture: its name, the page, as whom, and what is done there before it is taken.

    *path* may be a function of the desk, for pages whose address holds an id.
    """

    name: str
    path: str | Callable[[Desk], str]
    role: str | None = "steward"
    then: Callable[[Page], None] | None = None


SHOTS = (
    Shot("sign-in", "/sign-in", role=None),
    Shot("account", "/account"),
)


def take(names: list[str]) -> None:
    """Take the shots of these names; none: all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder) / "project", CUSTOMERS) as made, chromium() as one:
        made.browser = one
        for shot in (one for one in SHOTS if not names or one.name in names):
            for language, theme, width in VIEWS:
                with made.page(shot.role, language=language, theme=theme, width=width) as page:
                    path = shot.path if isinstance(shot.path, str) else shot.path(made)
                    page.goto(made.url + path)
                    if shot.then is not None:
                        shot.then(page)
                    page.wait_for_load_state("networkidle")
                    _keep(page, FOLDER / f"{shot.name}-{language}-{theme}-{width}.webp")


def _keep(page: Page, file: Path) -> None:
    asked = {"format": "webp", "quality": QUALITY}
    said = page.context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    file.write_bytes(base64.b64decode(said["data"]))


if __name__ == "__main__":
    take(sys.argv[1:])
