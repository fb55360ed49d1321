"""`/api/plans`: have a plan made, page it, leave writes out, approve it, have it carried out. Room: console."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.departments import by_system, insist_on_plan, insist_on_systems, theirs
from console.web.frame.bearer import bearer
from console.web.frame.needs import needs
from console.web.state import in_thread, state_of
from console.web.values import shown_to
from flows import kept_plans
from flows.plan_view import blocked_shown, head_json, plan_list, plan_shown, writes_shown
from golden_record.errors import NotDecidable
from golden_record.store.kept_plans import Sieve

router = APIRouter(prefix="/api/plans", dependencies=[bearer])

Limit = Annotated[int, Query(ge=1, le=500, description="Items on a page")]
Name = Annotated[str | None, Query(max_length=120)]
Place = Annotated[int, Query(ge=0, description="`next` of the page before")]

APPROVE_WAIT = 120.0
"""Seconds that sealing an approval of a large plan may take: it covers every write."""


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class PlanWish(Strict):
    """The systems to plan for; none: all."""

    systems: list[str] = Field([], max_length=200)


class LeaveOut(Strict):
    """Writes by their ids in the plan; *out* false takes them in again."""

    ids: list[str] = Field(min_length=1, max_length=1000)
    out: bool = True


class Reason(Strict):
    """Why."""

    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


@router.post("", status_code=202, summary="Have a plan made")
async def make(wish: PlanWish, request: Request, who: Annotated[User, needs(acts.MAKE_PLAN)]) -> dict[str, Any]:
    """A run of its own plans over all profiles and keeps what it finds; the plan has the run's id."""
    state = state_of(request)
    insist_on_systems(state.hub, who, acts.MAKE_PLAN, wish.systems or state.hub.systems)
    plan_id = await _decided(lambda: kept_plans.ask_for_plan(state.hub, wish.systems, by=who.name), 422)
    state.ring()
    return {"plan_id": plan_id, "state": "making"}


@router.get("", summary="Kept plans, newest first", dependencies=[needs(acts.SEE_PLAN)])
async def plans(request: Request, limit: Limit = 50, after: Name = None) -> dict[str, Any]:
    """Who made them, and their numbers."""
    hub = state_of(request).hub
    return await in_thread(lambda: plan_list(hub, after=after, limit=limit))


@router.get("/{plan_id}", summary="One plan, in numbers", responses={404: {}}, dependencies=[needs(acts.SEE_PLAN)])
async def plan(plan_id: str, request: Request) -> dict[str, Any]:
    """Writes by system and kind, by field; what is blocked, by reason; the ceilings that it passes; its approval."""
    return _there(await in_thread(plan_shown, state_of(request).hub, plan_id))


@router.get("/{plan_id}/writes", summary="A plan's writes, field by field", responses={404: {}})
async def writes(  # noqa: PLR0913 (what can be asked for)
    plan_id: str,
    who: Annotated[User, needs(acts.SEE_PLAN)],
    request: Request,
    system: Name = None,
    stream: Name = None,
    kind: Literal["create", "update", "delete"] | None = None,
    field: Name = None,
    profile: Name = None,
    left_out: bool | None = None,  # noqa: FBT001 (a query parameter)
    limit: Limit = 50,
    after: Place = 0,
    mask: bool = False,  # noqa: FBT001, FBT002 (a query parameter)
) -> dict[str, Any]:
    """Each with old and new values, whose value it is and by which rule."""
    hub = state_of(request).hub
    sieve = Sieve(system, stream, kind, field, profile, left_out)
    _there(await in_thread(plan_shown, hub, plan_id))
    show = shown_to(hub, who, mask=mask)
    found = await in_thread(lambda: writes_shown(hub, plan_id, sieve, after=after, limit=limit, show=show))
    return theirs(hub, who, found, by_system)


@router.get("/{plan_id}/blocked", summary="What a plan does not write", responses={404: {}})
async def blocked(  # noqa: PLR0913 (what can be asked for)
    plan_id: str,
    who: Annotated[User, needs(acts.SEE_PLAN)],
    request: Request,
    why: Name = None,
    system: Name = None,
    limit: Limit = 50,
    after: Place = 0,
) -> dict[str, Any]:
    """With the reason; the first ones of each system and reason are named, all are counted."""
    hub = state_of(request).hub
    _there(await in_thread(plan_shown, hub, plan_id))
    found = await in_thread(lambda: blocked_shown(hub, plan_id, why=why, system=system, after=after, limit=limit))
    return theirs(hub, who, found, by_system)


@router.post(
    "/{plan_id}/leave-out",
    summary="Leave writes out of a plan",
    responses={409: {}},
)
async def leave_out(
    plan_id: str, wish: LeaveOut, request: Request, who: Annotated[User, needs(acts.MAKE_PLAN)]
) -> dict[str, Any]:
    """They are planned again by the next sync; what an approval covers is changed no more."""
    hub = state_of(request).hub
    await insist_on_plan(request, who, acts.MAKE_PLAN, plan_id)
    changed = await _decided(lambda: kept_plans.leave_out(hub, plan_id, wish.ids, out=wish.out), 409)
    return {"plan_id": plan_id, "changed": changed}


@router.post("/{plan_id}/approve", summary="Approve a plan as the second person", responses={409: {}})
async def approve(
    plan_id: str, said: Reason, request: Request, who: Annotated[User, needs(acts.APPROVE_PLAN)]
) -> dict[str, Any]:
    """Above the ceilings nothing goes out without; whoever made the plan cannot approve it."""
    hub = state_of(request).hub
    await insist_on_plan(request, who, acts.APPROVE_PLAN, plan_id)
    approving = lambda: kept_plans.approve(hub, plan_id, by=who.name, reason=said.reason.strip())  # noqa: E731 (one call)
    return head_json(await _decided(approving, 409, wait=APPROVE_WAIT))


@router.post(
    "/{plan_id}/push",
    status_code=202,
    summary="Carry a plan out",
    responses={409: {}},
)
async def push(plan_id: str, request: Request, who: Annotated[User, needs(acts.PUSH_PLAN)]) -> dict[str, Any]:
    """What is still true of it is written; `GET /api/runs/{run_id}` tells how it goes."""
    state = state_of(request)
    await insist_on_plan(request, who, acts.PUSH_PLAN, plan_id)
    run_id = await _decided(lambda: kept_plans.ask_for_push(state.hub, plan_id), 409)
    state.ring()
    return {"plan_id": plan_id, "run_id": run_id, "status": "waiting"}


async def _decided(act: Any, status: int, wait: float = 10.0) -> Any:  # noqa: ANN401 (what the act returns)
    try:
        return await in_thread(act, wait=wait)
    except NotDecidable as wrong:
        raise HTTPException(status, str(wrong)) from None


def _there(shown: dict[str, Any] | None) -> dict[str, Any]:
    if shown is None:
        raise HTTPException(404, "there is no plan of this id")
    return shown
