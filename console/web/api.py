"""`/api/…`: what scripts read and ask for, in the shapes of the interfaces page. Room: console.

Every route names the act that a token or a signed-in user must be good for. A token that is good for values gets them
as they are, or with `?mask=true` without their personal core; everybody else gets them masked.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.departments import (
    by_records,
    by_sources,
    filled,
    insist_on_event,
    insist_on_profile,
    insist_on_review,
    insist_on_systems,
)
from console.web.frame.bearer import bearer
from console.web.frame.needs import needs
from console.web.state import in_thread, state_of
from console.web.values import shown_to
from flows.event_view import event_page, retry_event
from flows.on_demand import NotThere, ask
from flows.plan_json import by_system, plan_json
from flows.planning import plan_now
from flows.profile_view import profile_page, profile_shown
from flows.review_list import systems_within
from flows.run_history import run_page, run_shown
from flows.search import search
from flows.standing import standing
from flows.stewards import review_page, review_shown

router = APIRouter(prefix="/api", dependencies=[bearer])

Limit = Annotated[int, Query(ge=1, le=500, description="Items on a page")]
After = Annotated[str | None, Query(max_length=64, description="`next` of the page before")]
Mask = Annotated[bool, Query(description="Hide the personal core of values")]

MOST_RECORDS = 1000
READ_WAIT = 60.0
ASKED = "An id, a phone, a mail, a record's id; or how a name begins: in characters, in pinyin, by its initials"
"""Seconds that a page or a search may take."""
PLAN_WAIT = 600.0
"""Seconds that a plan over all profiles may take."""


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class RecordName(Strict):
    """One record of one stream of one system."""

    system: str
    stream: str
    id: str = Field(min_length=1, max_length=255)


class SyncWish(Strict):
    """What shall be synced: these *systems* (none: all), or, where any are named, just these *records*."""

    systems: list[str] = []
    records: list[RecordName] = Field([], max_length=MOST_RECORDS)


@router.get("/status", summary="How the hub stands now", dependencies=[needs(acts.SEE_TODAY)])
async def status(request: Request) -> dict[str, Any]:
    """Freshness, backlog, quota, reviews, dead letters, drift, systems that stopped posting, and the day's runs."""
    state = state_of(request)
    return (await in_thread(standing, state.hub, wait=READ_WAIT)).to_json()


@router.post("/sync", status_code=202, summary="Sync now")
async def sync_now(wish: SyncWish, request: Request, who: Annotated[User, needs(acts.SYNC_SYSTEMS)]) -> dict[str, str]:
    """Note the run and return its id at once; `GET /api/runs/{id}` tells how it goes."""
    state = state_of(request)
    wanted = wish.systems or [one.system for one in wish.records] or list(state.hub.systems)
    insist_on_systems(state.hub, who, acts.SYNC_SYSTEMS, wanted)
    records = [(one.system, one.stream, one.id) for one in wish.records]
    try:
        run_id = await in_thread(ask, state.hub, wish.systems, records)
    except NotThere as wrong:
        raise HTTPException(422, str(wrong)) from None
    state.ring()
    return {"run_id": run_id, "status": "waiting"}


@router.get("/runs", summary="The history of runs, newest first", dependencies=[needs(acts.SEE_RUNS)])
async def runs(request: Request, limit: Limit = 50, after: After = None) -> dict[str, Any]:
    """Ids, states, times and counts."""
    hub = state_of(request).hub
    return await in_thread(lambda: run_page(hub, after=after, limit=limit))


@router.get("/runs/{run_id}", summary="One run", dependencies=[needs(acts.SEE_RUNS)])
async def run(run_id: str, request: Request) -> dict[str, Any]:
    """What `crmhub runs show` prints."""
    return _found(await in_thread(run_shown, state_of(request).hub, run_id), "run")


@router.get("/profiles", summary="Profiles, in order of id")
async def profiles(  # noqa: PLR0913 (what can be asked for)
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    entity: Annotated[str | None, Query(max_length=120)] = None,
    q: Annotated[str | None, Query(max_length=500, description=ASKED)] = None,
    limit: Limit = 50,
    after: After = None,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """The golden records, or those that `q` leads to. A page of what concerns one's departments may hold fewer."""
    hub = state_of(request).hub
    show = shown_to(hub, who, mask=mask)

    def read(begun: str | None) -> dict[str, Any]:
        if q:
            return search(hub, q, after=begun, limit=limit, show=show)
        return profile_page(hub, entity=entity, after=begun, limit=limit, show=show)

    def full() -> dict[str, Any]:
        return filled(hub, who, read, by_sources, after=after, limit=limit, name="profile_id")

    return await in_thread(full, wait=READ_WAIT)


@router.get("/profiles/{profile_id}", summary="One profile, with lineage")
async def profile(
    profile_id: str,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (query)
) -> dict[str, Any]:
    """What `crmhub profiles show` prints; an id that was merged away leads to where it went."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.SEE_PROFILES, profile_id)
    return _found(await in_thread(profile_shown, hub, profile_id, shown_to(hub, who, mask=mask)), "profile")


@router.get("/reviews", summary="The steward's queue, oldest first")
async def reviews(  # noqa: PLR0913 (what can be asked for)
    who: Annotated[User, needs(acts.SEE_REVIEWS)],
    request: Request,
    status: Literal["open", "decided", "dismissed", "obsolete", "all"] = "open",
    limit: Limit = 50,
    after: After = None,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """Questions with their candidates. A page of what concerns one's departments may hold fewer."""
    hub = state_of(request).hub
    show = shown_to(hub, who, mask=mask)

    def read(begun: str | None) -> dict[str, Any]:
        wanted = None if status == "all" else status
        return review_page(hub, status=wanted, after=begun, limit=limit, show=show)

    def full() -> dict[str, Any]:
        return filled(hub, who, read, by_records, after=after, limit=limit, name="id")

    return await in_thread(full, wait=READ_WAIT)


@router.get("/reviews/{review_id}", summary="One question")
async def review(
    review_id: str,
    who: Annotated[User, needs(acts.SEE_REVIEWS)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (query)
) -> dict[str, Any]:
    """What `crmhub review show` prints."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.SEE_REVIEWS, review_id)
    return _found(await in_thread(review_shown, hub, review_id, shown_to(hub, who, mask=mask)), "review")


@router.get("/plan", summary="What would be written now")
async def plan(
    who: Annotated[User, needs(acts.SEE_PLAN)],
    request: Request,
    system: Annotated[list[str] | None, Query(description="Only these systems")] = None,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """What `crmhub plan` prints; planned over all profiles, which takes a while on a large base."""
    hub = state_of(request).hub
    mine = systems_within(hub, who.departments)
    for name in system or ():
        if name not in hub.systems:
            raise HTTPException(422, f"there is no system `{name}` in hub.yaml")

    def read() -> dict[str, Any]:
        made = plan_now(hub, list(hub.systems.values()))
        wanted = [one for one in system or hub.systems if mine is None or one in mine]
        whole = mine is None and not system
        return plan_json(hub, made if whole else by_system(made, wanted), shown_to(hub, who, mask=mask))

    return await in_thread(read, wait=PLAN_WAIT)


@router.get("/events", summary="Posted events, newest first", dependencies=[needs(acts.SEE_EVENTS)])
async def events(
    request: Request,
    state: Literal["waiting", "done", "failed", "all"] = "failed",
    limit: Limit = 50,
    after: After = None,
) -> dict[str, Any]:
    """Ids, states and notes of the webhook inbox; nothing of what was posted."""
    return await in_thread(event_page, state_of(request).hub, None if state == "all" else state, after, limit)


@router.post(
    "/events/{event_id}/retry",
    status_code=202,
    summary="Try a failed event again",
)
async def retry(event_id: str, request: Request, who: Annotated[User, needs(acts.RETRY_EVENTS)]) -> dict[str, str]:
    """Let a failed event be worked off again."""
    state = state_of(request)
    await insist_on_event(request, who, acts.RETRY_EVENTS, event_id)
    if not await in_thread(retry_event, state.hub, event_id):
        raise HTTPException(404, "there is no failed event of this id")
    state.ring()
    return {"id": event_id, "status": "waiting"}


def _found(shown: dict[str, Any] | None, what: str) -> dict[str, Any]:
    if shown is None:
        raise HTTPException(404, f"there is no {what} of this id")
    return shown
