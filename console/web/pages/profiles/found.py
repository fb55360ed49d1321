"""`/profiles`: search and list. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from console.access import acts
from console.access.may import may
from console.access.user import User
from console.web.departments import by_sources, filled
from console.web.frame.needs import needs
from console.web.frame.render import render
from console.web.pages.reviews.seeing import READ_WAIT, label_key, shown_masked
from console.web.state import in_thread, state_of
from flows.profile_view import label_of, profile_page
from flows.search import search

router = APIRouter(prefix="/profiles", include_in_schema=False)
PAGE = 40
_COLUMNS = ("phones", "emails", "company_name")


@dataclass(frozen=True, slots=True)
class ProfilesPage:
    """The context of `profiles/list.html`."""

    q: str
    entity: str
    entities: dict[str, str]
    items: list[dict[str, Any]]
    name_label: str
    columns: list[tuple[str, str]]
    following: str
    first: str
    may_edit: bool


@router.get("")
async def profiles(
    request: Request,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    q: Annotated[str, Query(max_length=500)] = "",
    entity: Annotated[str, Query(max_length=120)] = "",
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """The profiles that a text leads to, or all of them in order of id."""
    hub = state_of(request).hub
    profile = hub.project.profile.root
    wanted = entity if entity in profile else ""
    text = q.strip()

    show = shown_masked(hub)

    def read(begun: str | None) -> dict[str, Any]:
        if text:
            return search(hub, text, after=begun, limit=PAGE, show=show)
        return profile_page(hub, entity=wanted or "person", after=begun, limit=PAGE, show=show)

    def full() -> dict[str, Any]:
        def fits(one: dict[str, Any]) -> bool:
            return not wanted or bool(one["entity"] == wanted)

        return filled(hub, who, read, by_sources, after=after, limit=PAGE, name="profile_id", keep=fits)

    page = await in_thread(full, wait=READ_WAIT)
    items = page["items"]
    key = label_key(request)
    said = {"q": text, "entity": entity}
    return render(
        request,
        "profiles/list.html",
        ProfilesPage(
            q=text,
            entity=wanted,
            entities={name: getattr(one.label, key) if one.label else name for name, one in profile.items()},
            items=items,
            name_label=label_of(hub, "person", "name")[key],
            columns=[(name, label_of(hub, "person", name)[key]) for name in _COLUMNS],
            following=f"/profiles?{urlencode(said | {'after': page['next']})}" if page["next"] else "",
            first=f"/profiles?{urlencode(said)}" if after else "",
            may_edit=may(who, acts.EDIT_PROFILES),
        ),
    )
