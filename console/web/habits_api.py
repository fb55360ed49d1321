"""`/api/habits`: how systems reformat what is written to them. Room: console."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.frame.bearer import bearer
from console.web.frame.needs import insist, needs
from console.web.state import in_thread, state_of
from flows.habit_view import forget_habits, habits_shown

router = APIRouter(prefix="/api/habits", dependencies=[bearer])


class Forgetting(BaseModel):
    """What is forgotten, all of a system where no stream and no field is named, and why."""

    model_config = ConfigDict(extra="forbid")

    system: str = Field(min_length=1, max_length=120)
    stream: str | None = Field(default=None, max_length=120)
    field: str | None = Field(default=None, max_length=120)
    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


@router.get("", summary="What was learned of systems' formats", dependencies=[needs(acts.SEE_SYSTEMS)])
async def habits(request: Request, system: str | None = None) -> dict[str, Any]:
    """Named habits by field, how many values speak for each, and how many are known one by one; no values."""
    return await in_thread(habits_shown, state_of(request).hub, system)


@router.post("/forget", summary="Forget what was learned", responses={404: {}})
async def forget(wish: Forgetting, request: Request, who: Annotated[User, needs(acts.RUN_SYSTEMS)]) -> dict[str, Any]:
    """Where the system shows another form, that is written once more, and learned anew."""
    hub = state_of(request).hub
    system = hub.systems.get(wish.system)
    if system is None:
        raise HTTPException(404, f"there is no system `{wish.system}` in hub.yaml")
    insist(who, acts.RUN_SYSTEMS, about=frozenset({system.config.department}))
    gone = await in_thread(
        lambda: forget_habits(hub, wish.system, wish.stream, wish.field, author=who.name, reason=wish.reason.strip())
    )
    return {"system": wish.system, "forgotten": len(gone)}
