"""Render one declared context object in the frame: `render(request, "reviews/list.html", QueuePage(...))`.

Room: console.
In templates: the fields of the context, `frame` (who, language, menu, form token, now), `_()` and `ngettext()`,
`static()`, the filters number, percent, bits, day, moment, ago, when, and said (for what the inner rooms say). A name
that is in none of these is a mistake, not empty.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from ulid import ULID

from console.access.acts import Act
from console.access.may import may
from console.access.user import User
from console.web.frame import static
from console.web.frame.area import NavEntry, menu
from console.web.frame.formats import Formats
from console.web.frame.language import THEMES, Theme
from console.web.frame.room_texts import say_of_room
from console.web.frame.texts import LANGUAGES, NAMES, TAGS, Language, Texts, texts
from console.web.frame.toast import COOKIE, Toast, toast_of
from console.web.frame.visit import Visit, seed_cookie, set_cookie, visit_now
from console.web.state import state_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page has around it."""

    user: User | None
    shown: str
    language: Language
    tag: str
    theme: Theme
    menu: tuple[NavEntry, ...]
    path: str
    form_token: str
    toast: Toast | None
    now: datetime
    languages: Mapping[Language, str]
    themes: tuple[Theme, ...]

    def may(self, act: Act) -> bool:
        """Whether the user may do an act at all; for one thing of certain departments, ask before rendering."""
        return self.user is not None and may(self.user, act)


def render(
    request: Request,
    template: str,
    context: DataclassInstance,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Return a page, or a part of one for htmx.

    Args:
        request: the request that asks for it.
        template: its path in `console/web/templates/`.
        context: a frozen dataclass; its fields are the template's variables.
        status: of the answer: 422 where a form comes back with what is wrong.
        headers: further ones.
    """
    visit = visit_now(request)
    values = {one.name: getattr(context, one.name) for one in dataclasses.fields(context)}
    now = state_of(request).hub.now()
    zone = state_of(request).hub.project.hub.console.timezone
    frame = _frame(request, visit, now)
    environment = _environment(visit.language, zone)
    text = environment.get_template(template).render(**values, frame=frame)
    response = HTMLResponse(text, status, headers)
    if visit.session is None and visit.user is None:
        _give_seed(request, response, visit)
    if frame.toast is not None:
        set_cookie(request, response, COOKIE, "")
    return response


def say_of(request: Request) -> Texts:
    """Return the texts in the visitor's language, for words that Python puts together."""
    return texts(visit_now(request).language)


def formats_of(request: Request) -> Formats:
    """Return how the visitor's language writes times and numbers."""
    return Formats(visit_now(request).language, ZoneInfo(state_of(request).hub.project.hub.console.timezone))


def _frame(request: Request, visit: Visit, now: datetime) -> Frame:
    user = visit.user
    return Frame(
        user=user,
        shown=visit.account.shown if visit.account is not None else "",
        language=visit.language,
        tag=TAGS[visit.language],
        theme=visit.theme,
        menu=tuple(entry for entry in menu() if user is not None and may(user, entry.act)),
        path=request.url.path,
        form_token=visit.form_token or _fresh_token(request, visit),
        toast=toast_of(request) if request.headers.get("hx-request") != "true" else None,
        now=now,
        languages={language: NAMES[language] for language in LANGUAGES},
        themes=THEMES,
    )


def _fresh_token(request: Request, visit: Visit) -> str:
    """Return the token of forms for a browser that has no seed yet; `_give_seed` sets the cookie that goes with it."""
    from_visit = visit.seed or _seed(request)
    return state_of(request).hub.store.vault.digest("console form", from_visit).hex()


def _seed(request: Request) -> str:
    made: str | None = getattr(request.state, "seed", None)
    if made is None:
        made = request.state.seed = str(ULID())
    return made


def _give_seed(request: Request, response: HTMLResponse, visit: Visit) -> None:
    if not visit.seed:
        set_cookie(request, response, seed_cookie(request), _seed(request))


@cache
def _environment(language: Language, zone: str) -> Environment:
    """Return the templates of one language."""
    said, formats = texts(language), Formats(language, ZoneInfo(zone))
    made = Environment(
        loader=PackageLoader("console.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    install: Any = made  # the extension adds a method that the class does not show
    install.install_gettext_callables(
        said.say,
        said.say_many,
        newstyle=True,
        pgettext=said.say_in,
        npgettext=lambda _c, a, b, n: said.say_many(a, b, n),
    )
    made.globals["static"] = static.address
    made.filters["said"] = lambda text: _said(language, text)
    for name in ("number", "short_number", "percent", "bits", "day", "moment", "ago", "clock", "duration", "when"):
        made.filters[name] = getattr(formats, name)
    return made


def _said(language: Language, text: str | None) -> Markup:
    """Return what a room or a system said: in the visitor's language, or marked as the English that it is."""
    ours = say_of_room(language, text or "")
    if ours is not None or language == "en":
        return Markup("<bdi>{}</bdi>").format(ours or text or "")
    return Markup('<bdi lang="en">{}</bdi>').format(text or "")
