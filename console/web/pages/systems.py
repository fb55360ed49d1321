"""`/systems` and `/runs`: how each system is, what runs came to, and what became of one record. Room: console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from console.access import acts
from console.access.user import User
from console.web.departments import insist_on_event, insist_on_record
from console.web.diffs import FieldDiff, diffs, text_of
from console.web.frame import forms
from console.web.frame.area import Area, NavEntry
from console.web.frame.forms import form_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.room_texts import say_of_room
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.ops_page import OpsPage, insist_on, reason_in, words_of
from console.web.state import in_thread, state_of, take_in_edits
from flows import pauses
from flows.drift import accept
from flows.event_view import event_page, retry_event
from flows.inspect import check
from flows.profile_view import view_of
from flows.record_trace import trace
from flows.run_history import funnel_of, run_page, run_shown
from flows.systems_view import system_shown, systems_shown

router = APIRouter(include_in_schema=False)
AREA = Area(
    (router,),
    (
        NavEntry("/systems", N_("Systems"), acts.SEE_SYSTEMS, order=50, key="s", icon="systems"),
        NavEntry("/runs", N_("Runs"), acts.SEE_RUNS, order=52, key="h", icon="undo"),
    ),
)
RUNS = 30
EVENTS = 10
READ_WAIT = 20.0
CHECK_WAIT = 60.0
"""Seconds that a system may take to answer a check."""
AT_WORK = frozenset({"waiting", "running"})
Id = Annotated[str, Query(max_length=255)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemsPage(OpsPage):
    """The context of `systems/list.html`."""

    systems: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemPage(OpsPage):
    """The context of `systems/system.html`. *events*: those that failed; *checked*: what a check just said."""

    system: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPage(OpsPage):
    """The context of `runs/list.html`."""

    runs: Sequence[Mapping[str, Any]]
    following: str | None
    first: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage(OpsPage):
    """The context of `runs/run.html` and of its part `runs/progress.html`."""

    run: Mapping[str, Any]
    funnel: Mapping[str, int]
    at_work: bool


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step of a trace: its *stage* and *what* as codes, and what changed."""

    stage: str
    what: str
    at: str | None
    fields: tuple[FieldDiff, ...]
    names: tuple[str, ...]
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracePage(OpsPage):
    """The context of `runs/record.html`."""

    trace: Mapping[str, Any]
    steps: Sequence[StepShown]


@router.get("/systems")
async def systems(request: Request, _who: Annotated[User, needs(acts.SEE_SYSTEMS)]) -> Response:
    """The list."""
    found = await in_thread(systems_shown, state_of(request).hub, wait=READ_WAIT)
    return render(request, "systems/list.html", SystemsPage(words=words_of(request), systems=found["items"]))


@router.get("/systems/{system}")
async def one_system(system: str, request: Request, _who: Annotated[User, needs(acts.SEE_SYSTEMS)]) -> Response:
    """One system."""
    hub = state_of(request).hub
    found = await in_thread(system_shown, hub, system, wait=READ_WAIT)
    if found is None:
        raise HTTPException(404, N_("There is no such system."))
    events = await in_thread(event_page, hub, "failed", None, 200)
    mine = [one for one in events["items"] if one["system"] == system][:EVENTS]
    return render(request, "systems/system.html", SystemPage(words=words_of(request), system=found, events=mine))


@router.post("/systems/{system}/pause")
async def pause(system: str, request: Request, who: Annotated[User, needs(acts.RUN_SYSTEMS)]) -> Response:
    """Put it on hold."""
    hub = state_of(request).hub
    insist_on(hub, who, acts.RUN_SYSTEMS, system)
    form = await form_of(request)
    reason = reason_in(forms.text_of(form, "reason"))
    hours = forms.text_of(form, "hours").strip()
    try:
        until = hub.now() + timedelta(hours=float(hours)) if hours else None
    except (ValueError, OverflowError):
        raise HTTPException(422, N_("This is no number of hours.")) from None
    await in_thread(lambda: pauses.pause(hub, system, author=who.name, reason=reason, until=until))
    said = say_of(request).say(N_("%(system)s is paused; what comes in waits.")) % {"system": system}
    return go_to(request, f"/systems/{system}", Toast(said, undo=f"/systems/{system}/resume"))


@router.post("/systems/{system}/resume")
async def resume(system: str, request: Request, who: Annotated[User, needs(acts.RUN_SYSTEMS)]) -> Response:
    """Let it go on."""
    state = state_of(request)
    insist_on(state.hub, who, acts.RUN_SYSTEMS, system)
    await in_thread(lambda: pauses.resume(state.hub, system, author=who.name))
    state.ring()
    said = say_of(request).say(N_("%(system)s goes on with the next sync.")) % {"system": system}
    return go_to(request, f"/systems/{system}", Toast(said))


@router.post("/systems/{system}/check")
async def check_now(system: str, request: Request, who: Annotated[User, needs(acts.RUN_SYSTEMS)]) -> Response:
    """Sign in and make one cheap read."""
    hub = state_of(request).hub
    insist_on(hub, who, acts.RUN_SYSTEMS, system)
    said = (await in_thread(check, [hub.systems[system]], wait=CHECK_WAIT))["systems"][system]
    told = say_of_room(say_of(request).language, said["message"]) or said["message"]
    return go_to(request, f"/systems/{system}", Toast(told, "good" if said["ok"] else "bad"))


@router.post("/systems/{system}/accept")
async def accept_fields(system: str, request: Request, who: Annotated[User, needs(acts.EDIT_MAPPINGS)]) -> Response:
    """Accept a stream's fields as they are now."""
    hub = state_of(request).hub
    insist_on(hub, who, acts.EDIT_MAPPINGS, system)
    stream = forms.text_of(await form_of(request), "stream")
    if (system, stream) not in hub.project.compiled:
        raise HTTPException(404, N_("There is no such stream."))
    await in_thread(accept, hub, (system, stream))
    await in_thread(take_in_edits, state_of(request))
    return go_to(request, f"/systems/{system}", Toast(say_of(request).say(N_("Accepted as it is now."))))


@router.post("/systems/{system}/events/{event_id}/retry")
async def retry(
    system: str, event_id: str, request: Request, who: Annotated[User, needs(acts.RETRY_EVENTS)]
) -> Response:
    """Have a failed event worked off again."""
    state = state_of(request)
    insist_on(state.hub, who, acts.RETRY_EVENTS, system)
    await insist_on_event(request, who, acts.RETRY_EVENTS, event_id)
    if not await in_thread(retry_event, state.hub, event_id):
        raise HTTPException(404, N_("There is no failed event of this id."))
    state.ring()
    return go_to(request, f"/systems/{system}", Toast(say_of(request).say(N_("It is tried again."))))


@router.get("/runs")
async def runs(request: Request, _who: Annotated[User, needs(acts.SEE_RUNS)], after: Id = "") -> Response:
    """The history."""
    found = await in_thread(lambda: run_page(state_of(request).hub, after=after or None, limit=RUNS))
    page = RunsPage(
        words=words_of(request),
        runs=found["items"],
        following=f"/runs?after={found['next']}" if found["next"] else None,
        first="/runs" if after else None,
    )
    return render(request, "runs/list.html", page)


@router.get("/runs/{run_id}")
async def run(run_id: str, request: Request, _who: Annotated[User, needs(acts.SEE_RUNS)]) -> Response:
    """One run; the part that shows its progress is asked for again while it is at work."""
    found = await in_thread(run_shown, state_of(request).hub, run_id)
    if found is None:
        raise HTTPException(404, N_("There is no run of this id."))
    at_work = found["status"] in AT_WORK
    page = RunPage(words=words_of(request), run=found, funnel=funnel_of(found), at_work=at_work)
    by_htmx = request.headers.get("hx-request") == "true"
    if by_htmx and not at_work:
        return go_to(request, f"/runs/{run_id}")
    return render(request, "runs/progress.html" if by_htmx else "runs/run.html", page)


@router.get("/runs/{run_id}/record")
async def record(  # noqa: PLR0913 (the names of a record in a run)
    run_id: str,
    request: Request,
    who: Annotated[User, needs(acts.SEE_RUNS)],
    system: Id = "",
    stream: Id = "",
    record: Annotated[str, Query(alias="id", max_length=255)] = "",
) -> Response:
    """What became of one record."""
    hub = state_of(request).hub
    show, name = view_of(hub, mask=True), (system.strip(), stream.strip(), record.strip())
    await insist_on_record(request, who, acts.SEE_RUNS, name)
    found = await in_thread(trace, hub, run_id, *name, show)
    if found is None:
        raise HTTPException(404, N_("There is no run of this id."))
    steps = [_step(one) for one in found["steps"]]
    return render(request, "runs/record.html", TracePage(words=words_of(request), trace=found, steps=steps))


def _step(said: Mapping[str, Any]) -> StepShown:
    fields = said.get("fields") or {}
    if isinstance(fields, Mapping):
        invalid = tuple(f"{name}: {', '.join(codes)}" for name, codes in said.get("invalid", {}).items())
        return StepShown(said["stage"], said["what"], said["at"], diffs(fields), invalid, said)
    return StepShown(said["stage"], said["what"], said["at"], (), tuple(text_of(one) or "" for one in fields), said)
