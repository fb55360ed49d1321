"""A console to look at: one populated project for all page tests, people of every role, and a browser that watches.

`console_desk` (session) serves a small demo project, `seen_desk` the same with headless Chromium, where there is one;
`with seen_desk.page("steward") as page:` is signed in. Its console and its requests are looked at at the end.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from console.access import passwords
from console.access.user import Role
from golden_record.store import users
from tests.console.web.served import Served, serving
from tests.system.world import World, world

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "willow harbour lantern 7"
CUSTOMERS = 40
WIDTHS = (1440, 360)
LANGUAGES = ("en", "zh_CN")
THEMES = ("light", "dark")
VIEWS = (("en", "light", 1440), ("zh_CN", "dark", 1440), ("zh_CN", "light", 360), ("en", "dark", 360))
"""(language, theme, width): each pair of choices at least once; what every page is looked at in."""
AXE_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@dataclass
class Desk:
    """A served project with users: `viewer`, `steward`, `ops`, `admin`, `auditor`, each by the name of their role."""

    served: Served
    world: World
    browser: Browser | None = None
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the console is."""
        return self.served.base_url

    def session(self, role: str | None) -> Hand:
        """Return a hand that is signed in as a role (None: as nobody), without a browser."""
        hand = Hand(self.url)
        if role is not None:
            hand.cookies.set("crmhub_session", self.cookie_of(role))
        return hand

    def cookie_of(self, role: str) -> str:
        """Sign in through the page, once per role."""
        if role not in self.cookies:
            hand = Hand(self.url)
            assert hand.sign_in(role).status_code == 303
            self.cookies[role] = hand.cookies["crmhub_session"]
        return self.cookies[role]

    @contextmanager
    def page(
        self,
        role: str | None = "steward",
        *,
        language: str = "en",
        width: int = 1440,
        theme: str = "light",
        expects: tuple[int, ...] = (),
    ) -> Iterator[Page]:
        """Open a page as a role; afterwards: nothing in its console, and no request left the host.

        *expects*: statuses of errors that the test provokes; the browser's console names them.
        """
        assert self.browser is not None
        context = self.browser.new_context(
            viewport={"width": width, "height": 900},
            locale=language.replace("_", "-"),
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
        )
        if role is not None:
            context.add_cookies([{"name": "crmhub_session", "value": self.cookie_of(role), "url": self.url}])
        prefer(context, self.url, language=language, theme=theme)
        page = context.new_page()
        said, strangers = watch(page, self.url)
        try:
            yield page
        finally:
            context.close()
        unexpected = [line for line in said if not any(f"status of {status} " in line for status in expects)]
        assert unexpected == [], "the browser's console is not empty"
        assert strangers == [], "a request left the host"


class Hand(requests.Session):
    """A browser without a picture: keeps cookies, sends forms as the pages do, follows no redirects by itself."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def see(self, path: str, **headers: str) -> requests.Response:
        """Get a page."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.get(self.url + path, headers=named, allow_redirects=False, timeout=90)

    def fill(
        self, path: str, form: dict[str, Any] | None = None, *, page: str = "/account", **headers: str
    ) -> requests.Response:
        """Post a form with the token that *page* shows."""
        token = self.form_token(page)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        data = {"form_token": token, **(form or {})}
        return self.post(self.url + path, data=data, headers=named, allow_redirects=False, timeout=90)

    def form_token(self, page: str) -> str:
        """Read the token of forms off a page."""
        text = self.see(page).text
        return text.split('"X-Form-Token": "')[1].split('"')[0]

    def sign_in(self, name: str, password: str = PASSWORD, following: str = "/account") -> requests.Response:
        """Sign in through the form."""
        return self.fill("/sign-in", {"name": name, "password": password, "next": following}, page="/sign-in")


def watch(page: Page, url: str) -> tuple[list[str], list[str]]:
    """Note what a page's console says, what breaks in it, and which requests go elsewhere."""
    said: list[str] = []
    strangers: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda one: strangers.append(one.url) if not one.url.startswith((url, "data:", "about:")) else None
    )
    return said, strangers


def violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it is now, with where."""
    found = Axe().run(page, options=AXE_RULES).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node.get('failureSummary', '')}"
        for one in found
        for node in one["nodes"]
    ]


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def prefer(context: BrowserContext, url: str, *, language: str, theme: str) -> None:
    """Let a browser have chosen a language and colours."""
    chosen = {"crmhub_language": language, "crmhub_theme": theme}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in chosen.items()])


@contextmanager
def desk(folder: Path, customers: int = CUSTOMERS) -> Iterator[Desk]:
    """Populate a project, serve it, and add a user for each role."""
    systems = ("zoho_crm", "fxiaoke", "zendesk", "web_forms")
    with world(folder, None, systems=systems, customers=customers, seed=3) as made:
        made.sync()
        with serving(made.folder, work=False) as served:
            add_users(served)
            yield Desk(served, made)


def add_users(served: Served) -> None:
    """Add one user per role, each with the same password (hashed once: that takes its time on purpose)."""
    hub, kept = served.hub, passwords.kept(PASSWORD)
    with hub.store.write() as connection:
        for role in Role:
            users.add(
                connection,
                role.value,
                shown=role.value.capitalize(),
                roles=[role],
                departments=None,
                sensitive=False,
                password=kept,
                must_change=False,
                now=hub.now(),
            )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the machine's Chromium; no page of it reaches beyond this machine."""
    assert CHROMIUM is not None
    driver: Playwright
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()
