"""`/undo/ID`: take back what a run, or one write, left in the systems: shown first, then asked for. Room: console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.departments import insist_on_systems
from console.web.diffs import FieldDiff, diffs
from console.web.frame.area import Area
from console.web.frame.bearer import bearer
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.ops_page import OpsPage, reason_in, words_of
from console.web.state import in_thread, state_of
from console.web.values import shown_to
from flows.profile_view import view_of
from flows.undo_run import ask_for_undo, systems_written, undo_preview

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/undo", dependencies=[bearer])
AREA = Area((router, api))

WAIT = 30.0
"""Seconds that looking at all writes of a large run may take."""
Id = Annotated[str, Path(max_length=64)]


@dataclass(frozen=True, slots=True)
class Back:
    """A write that puts something back, and what becomes of what."""

    facts: Mapping[str, Any]
    fields: tuple[FieldDiff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPage(OpsPage):
    """The context of `writes/undo.html`. *said*: see `flows.undo_run.undo_preview`."""

    said: Mapping[str, Any]
    back: Sequence[Back]
    wrong: str = ""


class Why(BaseModel):
    """Why it is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


@router.get("/undo/{name}")
async def show(name: Id, request: Request, who: Annotated[User, needs(acts.UNDO_WRITES)]) -> Response:
    """What taking it back would come to, and what is left alone and why."""
    return await _page(name, request, who)


@router.post("/undo/{name}")
async def take_back(name: Id, request: Request, who: Annotated[User, needs(acts.UNDO_WRITES)]) -> Response:
    """Ask for it, and go to the run that does it."""
    await _insist(name, request, who)
    reason = reason_in(text_of(await form_of(request), "reason"))
    run_id = await _asked(name, request, who, reason)
    return go_to(request, f"/runs/{run_id}", Toast(say_of(request).say(N_("It was asked for: here is how far it is."))))


async def _page(name: str, request: Request, who: User) -> Response:
    await _insist(name, request, who)
    hub = state_of(request).hub
    said = await in_thread(undo_preview, hub, name, view_of(hub, mask=True), wait=WAIT)
    if said is None:
        raise HTTPException(404, N_("There is no run or write of this id that wrote something."))
    back = [Back(one, diffs(one["fields"])) for one in said["writes"]]
    return render(request, "writes/undo.html", UndoPage(words=words_of(request), said=said, back=back))


async def _insist(name: str, request: Request, who: User) -> None:
    hub = state_of(request).hub
    insist_on_systems(hub, who, acts.UNDO_WRITES, await in_thread(systems_written, hub, name))


async def _asked(name: str, request: Request, who: User, reason: str) -> str:
    state = state_of(request)
    run_id = await in_thread(lambda: ask_for_undo(state.hub, name, by=who.name, reason=reason), wait=WAIT)
    state.ring()
    return run_id


@api.get("/{name}", summary="What taking back a run's writes, or one write, would come to", responses={404: {}})
async def preview(name: Id, request: Request, who: Annotated[User, needs(acts.UNDO_WRITES)]) -> dict[str, Any]:
    """What `crmhub undo --dry-run` prints of writes; the first ones by name, all counted."""
    await _insist(name, request, who)
    hub = state_of(request).hub
    said = await in_thread(undo_preview, hub, name, shown_to(hub, who, mask=False), wait=WAIT)
    if said is None:
        raise HTTPException(404, N_("There is no run or write of this id that wrote something."))
    return said


@api.post(
    "/{name}", status_code=202, summary="Have a run's writes, or one write, taken back", responses={409: {}, 404: {}}
)
async def ask(name: Id, why: Why, request: Request, who: Annotated[User, needs(acts.UNDO_WRITES)]) -> dict[str, Any]:
    """What people have edited since is left alone; `GET /api/runs/{run_id}` tells how it goes. 409: nothing is left."""
    await _insist(name, request, who)
    run_id = await _asked(name, request, who, why.reason.strip())
    return {"run_id": run_id, "status": "waiting"}
