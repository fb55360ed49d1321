"""`/reviews`: the queue, the most pressing first, filtered as the address says. Room: console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from console.access import acts
from console.access.user import User
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.pages.reviews import words
from console.web.pages.reviews.filters import AGES, KINDS, Wish, wish_of
from console.web.pages.reviews.seeing import READ_WAIT, filter_for, label_key, shown_masked
from console.web.state import in_thread, state_of
from flows.profile_view import label_of
from flows.review_list import most_pressing, queue_page

router = APIRouter(prefix="/reviews", include_in_schema=False)
PAGE = 40


@dataclass(frozen=True, slots=True)
class QueuePage:
    """The context of `reviews/queue.html`."""

    wish: Wish
    page: dict[str, Any]
    labels: dict[tuple[str, str], str]
    kinds: Sequence[str]
    ages: Sequence[int]
    systems: Sequence[str]
    departments: Sequence[str]
    entities: dict[str, str]
    fields: Sequence[tuple[str, str]]
    following: str
    first: str
    key: str
    words: Any


@router.get("")
async def queue(
    request: Request,
    who: Annotated[User, needs(acts.SEE_REVIEWS)],
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The queue."""
    hub = state_of(request).hub
    wish = wish_of(request.query_params)
    page = await in_thread(
        lambda: queue_page(hub, filter_for(hub, who, wish), after=after, limit=PAGE, show=shown_masked(hub)),
        wait=READ_WAIT,
    )
    key = label_key(request)
    pairs = {(one["entity"], one["field"]) for one in page["items"] if one["field"]}
    labels = {(entity, name): label_of(hub, entity, name)[key] for entity, name in pairs}
    known = sorted(name for name in page["counts"]["field"] if name)
    profile = hub.project.profile.root
    named = {
        name: next((label_of(hub, entity, name)[key] for entity in profile if name in profile[entity].fields), name)
        for name in known
    }
    glue = "&" if wish.query else "?"
    mine = [
        name for name, one in hub.systems.items() if who.departments is None or one.config.department in who.departments
    ]
    return render(
        request,
        "reviews/queue.html",
        QueuePage(
            wish=wish,
            page=page,
            labels=labels,
            kinds=KINDS,
            ages=AGES,
            systems=mine,
            departments=sorted({hub.systems[name].config.department for name in mine}),
            entities={name: getattr(one.label, key) if one.label else name for name, one in profile.items()},
            fields=sorted(named.items()),
            following=f"/reviews{wish.query}{glue}after={page['next']}" if page["next"] else "",
            first=f"/reviews{wish.query}" if after else "",
            key=key,
            words=words,
        ),
    )


@router.get("/next")
async def following(request: Request, who: Annotated[User, needs(acts.SEE_REVIEWS)]) -> Response:
    """Go to the most pressing question that fits and is in nobody else's hands."""
    hub = state_of(request).hub
    wish = wish_of(request.query_params)
    free = filter_for(hub, who, wish.with_(free="yes"))
    first = await in_thread(most_pressing, hub, free)
    if first is None:
        return go_to(request, f"/reviews{wish.query}", Toast(say_of(request).say(N_("Nothing waits for you.")), "info"))
    return RedirectResponse(f"/reviews/{first}{wish.query}", 303)
