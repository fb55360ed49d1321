"""`/profiles/ID`: a profile's own pages: values, records, timeline, history, relations. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from console.access import acts
from console.access.may import may
from console.access.user import FieldClass, User
from console.web.departments import insist_on_profile, near_theirs
from console.web.frame.needs import needs
from console.web.frame.render import render
from console.web.frame.reveal import class_of
from console.web.pages.reviews import words
from console.web.pages.reviews.posted import Unreadable, until_of
from console.web.pages.reviews.seeing import READ_WAIT, found, label_key, shown_masked
from console.web.state import in_thread, state_of
from flows import profile_history
from flows.deletion_requests import request_of
from flows.departments import departments_of
from flows.hub import Hub
from flows.interactions import interactions_page
from flows.near_profiles import near_profiles
from flows.profile_at import profile_at
from flows.profile_page import profile_seen
from flows.profile_story import story
from flows.profile_view import label_of
from golden_record.store import profiles as stored

router = APIRouter(prefix="/profiles", include_in_schema=False)
TIMELINE, HISTORY = 30, 60


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """The context of `profiles/profile.html`; which parts are filled depends on the tab."""

    tab: str
    profile: dict[str, Any]
    key: str
    labels: dict[str, str]
    entity: str
    may_edit: bool
    shows: frozenset[str]
    deletion: dict[str, Any] | None
    near: list[dict[str, Any]]
    story: dict[str, Any] | None
    timeline: dict[str, Any] | None
    kinds: dict[str, str]
    history: dict[str, Any] | None
    then: dict[str, Any] | None
    day: str
    words: Any


TABS = ("values", "records", "timeline", "history", "relations")


@router.get("/{profile_id}")
async def profile(  # noqa: PLR0913 (what can be asked for)
    profile_id: str,
    request: Request,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    tab: Annotated[str, Query(max_length=20)] = "values",
    day: Annotated[str, Query(max_length=30)] = "",
    after: Annotated[str | None, Query(max_length=12)] = None,
) -> Response:
    """A profile; an id that was merged away leads to where it went."""
    hub = state_of(request).hub
    name = profile_id.upper()
    await insist_on_profile(request, who, acts.SEE_PROFILES, name)
    tab = tab if tab in TABS else "values"
    show = shown_masked(hub)

    def read() -> ProfilePage | str | None:
        with hub.store.read() as connection:
            living = stored.resolve_redirects(connection, [name]).get(name)
        if living is None:
            return None
        if living != name:
            return living
        seen = profile_seen(hub, living, show, raw=False)
        if seen is None:
            return None
        key = label_key(request)
        shape = hub.project.profile.root[seen["entity"]]
        kind = hub.project.profile.field("interaction", "kind")
        start = int(after) if after and after.isdecimal() else 0
        return ProfilePage(
            tab=tab,
            profile=seen,
            key=key,
            labels={one: label_of(hub, seen["entity"], one)[key] for one in shape.fields},
            entity=getattr(shape.label, key) if shape.label else seen["entity"],
            may_edit=may(who, acts.EDIT_PROFILES),
            shows=showable(hub, who, seen),
            deletion=request_of(hub, living),
            near=near_theirs(hub, who, near_profiles(hub, living, show) or []) if tab == "relations" else [],
            story=story(hub, living, show) if tab in {"records", "history"} else None,
            timeline=interactions_page(hub, living, start=start, limit=TIMELINE, show=show)
            if tab == "timeline"
            else None,
            kinds={one: getattr(label, key) for one, label in kind.values.items()}
            if kind is not None and isinstance(kind.values, dict)
            else {},
            history=profile_history.history(hub, living, after=after, limit=HISTORY, show=show)
            if tab == "history"
            else None,
            then=profile_at(hub, living, moment_of(day), show) if tab == "history" and day else None,
            day=day,
            words=words,
        )

    made: ProfilePage | str | None = await in_thread(read, wait=READ_WAIT)
    if isinstance(made, str):
        return RedirectResponse(f"/profiles/{made}", 303)
    return render(request, "profiles/profile.html", found(made))


def showable(hub: Hub, who: User, seen: dict[str, Any]) -> frozenset[str]:
    """Return the masked fields of a profile that the user may have shown."""
    entity = seen["entity"]
    about = departments_of(hub, (source["system"] for source in seen["sources"]))
    classes = {name: class_of(hub, entity, name) for name in seen["fields"]}
    return frozenset(
        name
        for name, kind in classes.items()
        if kind is not FieldClass.PLAIN and may(who, acts.REVEAL_VALUES, about=about, field=kind)
    )


def moment_of(day: str) -> datetime:
    """Return the end of a day that somebody typed; what is no day is the beginning of all."""
    try:
        return until_of(day, datetime.now(UTC)) or datetime.min.replace(tzinfo=UTC)
    except Unreadable:
        return datetime.min.replace(tzinfo=UTC)
