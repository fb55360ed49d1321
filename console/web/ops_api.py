"""`/api/today`, traces of records, refused writes by cause, data quality: what the pages of ops show. Room: console."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.departments import by_system, insist_on_record, theirs, within_theirs
from console.web.frame.bearer import bearer
from console.web.frame.needs import insist, needs
from console.web.state import in_thread, state_of
from console.web.values import shown_to
from flows import outbox_acts
from flows.hub import Hub
from flows.quality_lists import Filter, quality_list
from flows.quality_report import quality_kept
from flows.quality_run import ask_for_measure
from flows.record_trace import trace
from flows.today import today
from flows.write_causes import CauseName, causes_shown, dismiss_all, retry_all
from golden_record.errors import NotDecidable

router = APIRouter(prefix="/api", dependencies=[bearer])

SeeRuns = Annotated[User, needs(acts.SEE_RUNS)]
SeeWrites = Annotated[User, needs(acts.SEE_WRITES)]
MendWrites = Annotated[User, needs(acts.MEND_WRITES)]
SeeQuality = Annotated[User, needs(acts.SEE_QUALITY)]
Limit = Annotated[int, Query(ge=1, le=500, description="Items on a page")]
Name = Annotated[str, Query(min_length=1, max_length=255)]
Names = Annotated[list[str] | None, Query(max_length=50)]
After = Annotated[str | None, Query(max_length=64, description="`next` of the page before")]
Mask = Annotated[bool, Query(description="Hide the personal core of values")]

ACT_WAIT = 60.0
"""Seconds that an act on all writes of a cause may take."""
LOOKS = 40
"""Looks into the store that one page of a list may take."""


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class CauseWish(Strict):
    """The writes of one cause, as `GET /api/writes/causes` names it."""

    system: str = Field(max_length=120)
    stream: str = Field(max_length=120)
    state: str = Field(max_length=12)
    code: str = Field(max_length=120)
    message: str = Field(max_length=10_000)

    def name(self) -> CauseName:
        """Return what flows calls it."""
        return CauseName(self.system, self.stream, self.state, self.code, self.message)


class Reason(Strict):
    """Why."""

    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


class CauseGivenUp(CauseWish):
    """The writes of one cause, and why they are given up."""

    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


@router.get("/today", summary="Is all well, what happened, what needs a person")
async def today_now(request: Request, _who: Annotated[User, needs(acts.SEE_TODAY)]) -> dict[str, Any]:
    """How the hub stands, the systems, the last runs, reviews by age, the quality's trend, what is to do."""
    return await in_thread(today, state_of(request).hub, wait=ACT_WAIT)


@router.get("/runs/{run_id}/trace", summary="What became of one record in one run", responses={404: {}})
async def record_trace(  # noqa: PLR0913 (the names of a record in a run)
    run_id: str,
    request: Request,
    who: SeeRuns,
    system: Name,
    stream: Name,
    record: Annotated[str, Query(alias="id", min_length=1, max_length=255)],
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """Read, mapped, resolved, asked about, written, refused: from what the store keeps."""
    hub = state_of(request).hub
    await insist_on_record(request, who, acts.SEE_RUNS, (system, stream, record))
    found = await in_thread(trace, hub, run_id, system, stream, record, shown_to(hub, who, mask=mask))
    if found is None:
        raise HTTPException(404, "there is no run of this id")
    return found


@router.get("/writes", summary="Writes on their way, oldest first")
async def writes(  # noqa: PLR0913 (what can be asked for)
    request: Request,
    who: SeeWrites,
    state: Annotated[list[str] | None, Query(description="None: all that are not done")] = None,
    limit: Limit = 50,
    after: After = None,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """What `crmhub outbox list` prints."""
    hub = state_of(request).hub
    for one in state or ():
        if one not in outbox_acts.STATES:
            raise HTTPException(422, f"there is no state `{one}`. Known: {', '.join(outbox_acts.STATES)}")
    show, states = shown_to(hub, who, mask=mask), state or outbox_acts.UNFINISHED
    found = await in_thread(lambda: outbox_acts.write_page(hub, states, after=after, limit=limit, show=show))
    return theirs(hub, who, found, by_system)


@router.get("/writes/causes", summary="Writes that need a person, by cause")
async def causes(request: Request, _who: SeeWrites) -> dict[str, Any]:
    """The systems' own words with the cure, how many writes, and since when."""
    return await in_thread(causes_shown, state_of(request).hub)


@router.post("/writes/causes/retry", summary="Have all writes of a cause planned again", responses={409: {}})
async def retry_cause(wish: CauseWish, request: Request, who: MendWrites) -> dict[str, Any]:
    """They are planned anew by the next sync or push, from what holds then."""
    hub = state_of(request).hub
    insist_on(hub, who, wish.system)
    return {"writes": await _decided(lambda: retry_all(hub, wish.name()))}


@router.post("/writes/causes/dismiss", summary="Give all writes of a cause up", responses={409: {}})
async def dismiss_cause(wish: CauseGivenUp, request: Request, who: MendWrites) -> dict[str, Any]:
    """The same is not written again until its values change."""
    hub = state_of(request).hub
    insist_on(hub, who, wish.system)
    done = await _decided(lambda: dismiss_all(hub, wish.name(), author=who.name, reason=wish.reason.strip()))
    return {"writes": done}


@router.post("/writes/{write_id}/retry", summary="Have a write planned again", responses={409: {}})
async def retry(write_id: str, request: Request, who: MendWrites) -> dict[str, Any]:
    """What `crmhub outbox retry` does."""
    hub = state_of(request).hub
    await insist_on_write(hub, who, write_id)
    write = await _decided(lambda: outbox_acts.retry(hub, write_id))
    return {"id": write.write_id, "state": "retry_at", "profile_id": write.profile_id}


@router.post("/writes/{write_id}/dismiss", summary="Give a write up", responses={409: {}})
async def dismiss(write_id: str, said: Reason, request: Request, who: MendWrites) -> dict[str, Any]:
    """What `crmhub outbox dismiss` does."""
    hub = state_of(request).hub
    await insist_on_write(hub, who, write_id)
    write = await _decided(lambda: outbox_acts.dismiss(hub, write_id, author=who.name, reason=said.reason.strip()))
    return {"id": write.write_id, "state": "dismissed", "profile_id": write.profile_id}


@router.get("/quality", summary="How the fields of every stream are filled, as measured last")
async def quality(request: Request, _who: SeeQuality, system: Names = None) -> dict[str, Any]:
    """What `crmhub quality` prints, from the last measure; `POST /api/quality` measures."""
    hub = state_of(request).hub
    return await in_thread(lambda: quality_kept(hub, systems=system or ()))


@router.post("/quality", status_code=202, summary="Measure data quality now")
async def measure(request: Request, _who: Annotated[User, needs(acts.SYNC_SYSTEMS)]) -> dict[str, str]:
    """A run of its own measures everything, what is stale too."""
    state = state_of(request)
    run_id = await in_thread(ask_for_measure, state.hub)
    state.ring()
    return {"run_id": run_id, "status": "waiting"}


@router.get("/quality/list", summary="Records to mend, or to verify with the customer")
async def to_do(  # noqa: PLR0913 (what can be asked for)
    request: Request,
    who: SeeQuality,
    kind: Literal["mend", "verify", "all"] = "all",
    system: Names = None,
    department: Names = None,
    owner: Names = None,
    field: Names = None,
    limit: Limit = 50,
    after: After = None,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """What `crmhub quality list` prints; a page may hold fewer items and still name a `next`."""
    hub = state_of(request).hub
    kinds: tuple[Literal["mend", "verify"], ...] = ("mend", "verify") if kind == "all" else (kind,)
    wanted = Filter(
        kinds, system or (), within_theirs(who, acts.SEE_QUALITY, department or ()), owner or (), field or ()
    )
    show = shown_to(hub, who, mask=mask)
    try:
        listed = lambda: quality_list(hub, wanted, show, after=after, limit=limit, most_looks=LOOKS)  # noqa: E731
        return await in_thread(listed, wait=ACT_WAIT)
    except ValueError:
        raise HTTPException(422, "`after` is no cursor of this list") from None


def insist_on(hub: Hub, who: User, system: str) -> None:
    """Let an act on writes pass where they go to a system of a department that *who* works for."""
    found = hub.systems.get(system)
    if found is None:
        raise HTTPException(404, f"there is no system `{system}` in hub.yaml")
    insist(who, acts.MEND_WRITES, about=[found.config.department])


async def insist_on_write(hub: Hub, who: User, write_id: str) -> None:
    """The same, of one write."""
    write = await in_thread(outbox_acts.write_of, hub, write_id)
    if write is not None:
        insist_on(hub, who, write.system)


async def _decided(act: Any) -> Any:  # noqa: ANN401 (what the act returns)
    try:
        return await in_thread(act, wait=ACT_WAIT)
    except NotDecidable as wrong:
        raise HTTPException(409, str(wrong)) from None
