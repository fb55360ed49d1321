"""Take pictures of the console's pages into docs/screenshots/: `make screenshots`, or with names of shots as arguments.

A page is added by one line in SHOTS. Each is taken in the views that the page tests look at (language, colours, width).
"""

from __future__ import annotations

import base64
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from playwright.sync_api import Page

from flows.kept_plans import ask_for_plan
from flows.on_demand import carry_out_next
from golden_record.store import kept_plans as plans
from golden_record.store import runs
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


def _newest_run(made: Desk) -> str:
    with made.served.hub.store.read() as connection:
        return f"/runs/{next(one.run_id for one in runs.newest(connection, 20) if one.kind == 'sync')}"


def _plan(made: Desk) -> str:
    """Let a title wait to be pushed, and have a plan made, the first time that it is asked for."""
    hub = made.served.hub
    with hub.store.read() as connection:
        kept = plans.heads(connection, hub.store.vault, None, 1)
    if kept:
        return f"/plans/{kept[0].plan_id}"
    for number, record in enumerate(sorted(made.world.records("fxiaoke", "ContactObj"))[:6]):
        made.world.edit("fxiaoke", "ContactObj", record, job_title=f"总监{number}")
    made.world.sync(push=False)
    plan_id = ask_for_plan(hub, [], by="admin")
    carry_out_next(hub, wait=10)
    return f"/plans/{plan_id}"


def _first(kind: str, tab: str = "") -> Callable[[Desk], str]:
    """Return what finds the first review or profile that the list shows, on one of its tabs."""

    def path(made: Desk) -> str:
        found = re.search(rf"/{kind}/[0-9A-Z]{{26}}", made.session("steward").see(f"/{kind}").text)
        return found[0] + tab if found else f"/{kind}"

    return path


def _undo(made: Desk) -> str:
    """Let a steward have edited a customer, and look at what taking that back would come to."""
    hand = made.session("steward")
    profile = _first("profiles")(made)
    hand.fill(f"{profile}/edit", {"set.job_title": "总经理", "reason": "said so on the phone"})
    found = re.search(r'href="(/acts/\w{26}/undo\?[^"]*)"', hand.see(f"{profile}?tab=history").text)
    return unescape(found[1]) if found else profile


def _deletions(made: Desk) -> str:
    """Let a customer have asked to be deleted."""
    hand = made.session("steward")
    profile = _first("profiles")(made)
    hand.fill(f"{profile}/delete", {"reason": "asked for it by mail, identity checked"})
    return "/deletions"


def _run_undo(made: Desk) -> str:
    """Return where the newest run that wrote is taken back."""
    return _newest_run(made).replace("/runs/", "/undo/")


def _pushed(made: Desk) -> str:
    """Have a plan carried out."""
    path = _plan(made)
    made.session("ops").fill(f"{path}/push")
    carry_out_next(made.served.hub, wait=10)
    return path


SHOTS = (
    Shot("reviews", "/reviews"),
    Shot("review", _first("reviews")),
    Shot("reviews-bulk", "/reviews/bulk?try=yes&kind=duplicate"),
    Shot("profiles", "/profiles"),
    Shot("profile", _first("profiles")),
    Shot("profile-records", _first("profiles", "?tab=records")),
    Shot("profile-history", _first("profiles", "?tab=history")),
    Shot("profile-edit", _first("profiles", "/edit")),
    Shot("profile-split", _first("profiles", "/split")),
    Shot("undo-act", _undo),
    Shot("deletions", _deletions, role="admin"),
    Shot("undo-run", _run_undo, role="ops"),
    Shot("users", "/users", role="admin"),
    Shot("audit", "/audit", role="auditor"),
    Shot("sign-in", "/sign-in", role=None),
    Shot("account", "/account"),
    Shot("plan", _plan, role="ops"),
    Shot("plans", "/plans", role="ops"),
    Shot("today", "/today", role="ops"),
    Shot("systems", "/systems", role="ops"),
    Shot("system", "/systems/zoho_crm", role="ops"),
    Shot("runs", "/runs", role="ops"),
    Shot("run", _newest_run, role="ops"),
    Shot("writes", "/writes", role="ops"),
    Shot("quality", "/quality", role="ops"),
    Shot("mappings", "/mappings", role="ops"),
    Shot("mapping", "/mappings/zoho_crm/Contacts", role="ops"),
    Shot("mapping-fields", "/mappings/fields", role="ops"),
    Shot("matching", "/matching", role="ops"),
    Shot("quality-list", "/quality/list", role="ops"),
    Shot("plan-carried-out", _pushed, role="ops"),
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
