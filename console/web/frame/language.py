"""In which language and colours a page is shown. Room: console; pure.

A language is the person's choice (kept in a cookie and with their account), then what the browser asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

from console.web.frame.texts import Language

Theme = Literal["auto", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
LANGUAGE_COOKIE: Final = "crmhub_language"
THEME_COOKIE: Final = "crmhub_theme"


def language_of(chosen: Iterable[str | None], accepted: str) -> Language:
    """Return the first of *chosen* that is a language of ours, else what the browser likes best of ours.

    >>> language_of(["zh_CN"], "en"), language_of([None, "xx"], "de,zh-TW;q=0.8,en;q=0.9"), language_of([], "")
    ('zh_CN', 'en', 'en')
    """
    for name in (*chosen, *_liked(accepted)):
        if name and (name == "zh_CN" or name.lower().startswith("zh")):
            return "zh_CN"
        if name and name.lower().startswith("en"):
            return "en"
    return "en"


def theme_of(chosen: str | None) -> Theme:
    """Return the theme that was chosen; what nobody chose follows the system."""
    return next((theme for theme in THEMES if theme == chosen), "auto")


def _liked(accepted: str) -> list[str]:
    """Return the languages of an Accept-Language header, the best liked first."""
    found: list[tuple[float, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, quality = part.strip().partition(";q=")
        try:
            liking = float(quality) if quality else 1.0
        except ValueError:
            liking = 0.0
        if name and liking > 0:
            found.append((-liking, place, name))
    return [name for _, _, name in sorted(found)]
