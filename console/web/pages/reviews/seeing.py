"""Who sees what of these pages: only what concerns their departments, masked. Room: console."""

from __future__ import annotations

from typing import TypeVar

from fastapi import HTTPException, Request

from console.access.user import User
from console.web.frame.visit import visit_now
from console.web.pages.reviews.filters import Wish, filter_of
from flows.hub import Hub
from flows.profile_view import Show, masked
from golden_record.store.queue_filter import Filter

READ_WAIT = 30.0
"""Seconds that a page may take."""
ACT_WAIT = 90.0
"""Seconds that an act may take: it waits its turn behind a sync that resolves."""
LONGEST_REASON = 2000
Found = TypeVar("Found")


def label_key(request: Request) -> str:
    """Return under which key labels of `profile.yaml` stand in the visitor's language."""
    return "zh" if visit_now(request).language == "zh_CN" else "en"


def shown_masked(hub: Hub) -> Show:
    """Return how pages show values until somebody asks for one."""
    return masked(hub)


def partly_masked(hub: Hub, entity: str, plain: frozenset[str]) -> Show:
    """Return the masked view, but for these fields of an entity."""
    mask = masked(hub)
    return lambda kind, name, value: value if kind == entity and name in plain else mask(kind, name, value)


def filter_for(hub: Hub, who: User, wish: Wish) -> Filter:
    """Return what a wish means for this user."""
    return filter_of(hub, wish, who=who.name, departments=who.departments, now=hub.now())


def found(what: Found | None) -> Found:
    """Return *what* was looked for; 404 where there is nothing."""
    if what is None:
        raise HTTPException(404)
    return what
