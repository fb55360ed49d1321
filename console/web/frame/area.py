"""An area of pages tells what it brings: routes and entries of the menu. Room: console.

Each module in `console/web/pages/` holds `AREA`; the app finds them by itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter

import console.web.pages
from console.access.acts import Act


@dataclass(frozen=True, slots=True)
class NavEntry:
    """One entry of the menu, shown to those who may do *act*.

    *text* is English, marked with `N_`. *order* sorts the menu. *key*: `g` and this letter go there. *icon*: a symbol
    of `static/icons.svg`.
    """

    path: str
    text: str
    act: Act
    order: int
    key: str = ""
    icon: str = "dot"


@dataclass(frozen=True, slots=True)
class Area:
    """The routes of an area of pages, and its entries in the menu."""

    routers: tuple[APIRouter, ...]
    nav: tuple[NavEntry, ...] = ()


@cache
def areas() -> tuple[Area, ...]:
    """Return every area of `console/web/pages/`, in order of name."""
    found = []
    for module in sorted(pkgutil.iter_modules(console.web.pages.__path__), key=lambda one: one.name):
        area = getattr(importlib.import_module(f"console.web.pages.{module.name}"), "AREA", None)
        if isinstance(area, Area):
            found.append(area)
    return tuple(found)


@cache
def menu() -> tuple[NavEntry, ...]:
    """Return the menu as somebody sees it who may do all."""
    return tuple(sorted((entry for area in areas() for entry in area.nav), key=lambda entry: entry.order))
