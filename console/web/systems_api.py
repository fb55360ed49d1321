"""`/api/systems`: how the systems are; pause, resume, check. Room: console."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.frame.bearer import bearer
from console.web.frame.needs import insist, needs
from console.web.state import State, in_thread, state_of
from flows import pauses
from flows.inspect import check
from flows.systems_view import system_shown, systems_shown
from golden_record.errors import NotDecidable

router = APIRouter(prefix="/api/systems", dependencies=[bearer])

CHECK_WAIT = 60.0
"""Seconds that a system may take to answer a check."""


class PauseWish(BaseModel):
    """Why a system is put on hold, and, where it shall go on by itself, after how many *hours*."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")
    hours: float | None = Field(default=None, gt=0, le=24 * 365)


@router.get("", summary="The systems, and how each is", dependencies=[needs(acts.SEE_SYSTEMS)])
async def systems(request: Request) -> dict[str, Any]:
    """What `crmhub systems` shows: state, last run, what waits, what is paused, the last errors with cures."""
    return await in_thread(systems_shown, state_of(request).hub)


@router.get("/{system}", summary="One system", responses={404: {}}, dependencies=[needs(acts.SEE_SYSTEMS)])
async def one_system(system: str, request: Request) -> dict[str, Any]:
    """As in the list, with records by stream, quota, drift of its fields and former pauses."""
    found = await in_thread(system_shown, state_of(request).hub, system)
    if found is None:
        raise HTTPException(404, f"there is no system `{system}` in hub.yaml")
    return found


@router.post("/{system}/pause", summary="Put a system on hold", responses={404: {}, 409: {}})
async def pause(
    system: str, wish: PauseWish, request: Request, who: Annotated[User, needs(acts.RUN_SYSTEMS)]
) -> dict[str, Any]:
    """Nothing is pulled from it, written to it or worked off for it until it is resumed."""
    hub = _theirs(state_of(request), system, who).hub
    until = hub.now() + timedelta(hours=wish.hours) if wish.hours else None
    try:
        found = await in_thread(
            lambda: pauses.pause(hub, system, author=who.name, reason=wish.reason.strip(), until=until)
        )
    except NotDecidable as wrong:
        raise HTTPException(409, str(wrong)) from None
    return pauses.pause_json(found)


@router.post("/{system}/resume", summary="Let a system go on", responses={404: {}, 409: {}})
async def resume(system: str, request: Request, who: Annotated[User, needs(acts.RUN_SYSTEMS)]) -> dict[str, Any]:
    """Events that waited are worked off now; the rest comes with the next sync."""
    state = _theirs(state_of(request), system, who)
    try:
        await in_thread(lambda: pauses.resume(state.hub, system, author=who.name))
    except NotDecidable as wrong:
        raise HTTPException(409, str(wrong)) from None
    state.ring()
    return {"system": system, "paused": False}


@router.post("/{system}/check", summary="Can we sign in and read?", responses={404: {}})
async def check_now(system: str, request: Request, who: Annotated[User, needs(acts.RUN_SYSTEMS)]) -> dict[str, Any]:
    """What `crmhub check SYSTEM` says: signs in and makes one cheap read."""
    hub = _theirs(state_of(request), system, who).hub
    found = await in_thread(check, [hub.systems[system]], wait=CHECK_WAIT)
    return {"system": system, **found["systems"][system]}


def _theirs(state: State, system: str, who: User) -> State:
    """Let the act pass where the system is there, and of a department that *who* works for."""
    found = state.hub.systems.get(system)
    if found is None:
        raise HTTPException(404, f"there is no system `{system}` in hub.yaml")
    insist(who, acts.RUN_SYSTEMS, about=[found.config.department])
    return state
