"""`/plans` and `/writes`: what would be written, approved and carried out; what was refused, and why. Room: console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response

from console.access import acts
from console.access.user import User
from console.web.departments import by_system, insist_on_plan, insist_on_systems, theirs
from console.web.diffs import FieldDiff, diffs
from console.web.frame.area import Area, NavEntry
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.reveal import may_reveal
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.ops_page import OpsPage, insist_on, reason_in, words_of
from console.web.state import in_thread, state_of
from flows import kept_plans, outbox_acts
from flows.hub import Hub
from flows.plan_view import blocked_shown, plan_list, plan_shown, writes_shown
from flows.planning import targets_of
from flows.profile_view import view_of
from flows.write_causes import CauseName, causes_shown, dismiss_all, retry_all
from golden_record.store.kept_plans import Sieve

router = APIRouter(include_in_schema=False)
AREA = Area(
    (router,),
    (
        NavEntry("/plans", N_("Plans"), acts.SEE_PLAN, order=40, key="l", icon="plans"),
        NavEntry("/writes", N_("Writes"), acts.SEE_WRITES, order=42, key="w", icon="check"),
    ),
)
ON_A_PAGE = 30
PLANS = 20
APPROVE_WAIT = 120.0
ACT_WAIT = 60.0
Text = Annotated[str, Query(max_length=255)]
Place = Annotated[int, Query(ge=0)]


@dataclass(frozen=True, slots=True)
class WriteShown:
    """One write: what it is, and what becomes of what."""

    facts: Mapping[str, Any]
    fields: tuple[FieldDiff, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlansPage(OpsPage):
    """The context of `plans/list.html`. *targets*: systems for which plans are made."""

    plans: Sequence[Mapping[str, Any]]
    targets: Sequence[str]
    following: str | None
    first: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage(OpsPage):
    """The context of `plans/plan.html`. *sieve*: what the list of writes was sifted by; *mine*: who looks made it."""

    plan: Mapping[str, Any]
    writes: Sequence[WriteShown]
    sieve: Sieve
    fields: Sequence[str]
    mine: bool
    here: str
    following: str | None
    first: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushingPart(OpsPage):
    """The context of `plans/pushing.html`."""

    plan: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedPage(OpsPage):
    """The context of `plans/blocked.html`."""

    plan_id: str
    why: str
    blocked: Sequence[Mapping[str, Any]]
    following: str | None
    first: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WritesPage(OpsPage):
    """The context of `writes/list.html`. *state*: empty for all that are not done."""

    causes: Sequence[Mapping[str, Any]]
    writes: Sequence[WriteShown]
    state: str
    states: Sequence[str]
    following: str | None
    first: str | None


# ---------------------------------------------------------------------------------------------------- plans


@router.get("/plans")
async def plans(request: Request, _who: Annotated[User, needs(acts.SEE_PLAN)], after: Text = "") -> Response:
    """The kept plans."""
    hub = state_of(request).hub
    found = await in_thread(lambda: plan_list(hub, after=after or None, limit=PLANS))
    page = PlansPage(
        words=words_of(request),
        plans=found["items"],
        targets=sorted(one.name for one in targets_of(hub, list(hub.systems.values()))),
        following=f"/plans?after={found['next']}" if found["next"] else None,
        first="/plans" if after else None,
    )
    return render(request, "plans/list.html", page)


@router.post("/plans")
async def make(request: Request, who: Annotated[User, needs(acts.MAKE_PLAN)]) -> Response:
    """Have one made."""
    state = state_of(request)
    systems = [one for one in (await form_of(request)).getlist("system") if isinstance(one, str)]
    insist_on_systems(state.hub, who, acts.MAKE_PLAN, systems or state.hub.systems)
    plan_id = await in_thread(lambda: kept_plans.ask_for_plan(state.hub, systems, by=who.name))
    state.ring()
    return go_to(request, f"/plans/{plan_id}")


@router.get("/plans/{plan_id}")
async def plan(  # noqa: PLR0913 (what the list can be sifted by)
    plan_id: str,
    request: Request,
    who: Annotated[User, needs(acts.SEE_PLAN)],
    system: Text = "",
    kind: Text = "",
    field: Text = "",
    profile: Text = "",
    after: Place = 0,
) -> Response:
    """One plan: numbers, approval, writes field by field; its part while it is being made."""
    hub = state_of(request).hub
    found = await in_thread(plan_shown, hub, plan_id)
    if found is None:
        raise HTTPException(404, N_("There is no plan of this id; plans are kept for a week."))
    making = found["state"] == "making"
    if request.headers.get("hx-request") == "true" and not making:
        return go_to(request, f"/plans/{plan_id}")
    sieve = Sieve(system or None, None, kind or None, field or None, profile or None)
    show = view_of(hub, mask=True)
    page: dict[str, Any] = {"items": [], "next": None}
    if not making:
        page = await in_thread(
            lambda: writes_shown(hub, plan_id, sieve, after=after, limit=ON_A_PAGE, show=show), wait=ACT_WAIT
        )
        page = theirs(hub, who, page, by_system)
    wanted = {"system": system, "kind": kind, "field": field, "profile": profile}
    query = urlencode({name: text for name, text in wanted.items() if text})
    here = f"/plans/{plan_id}?{query}"
    context = PlanPage(
        words=words_of(request),
        plan=found,
        writes=_writes(hub, who, page["items"]),
        sieve=sieve,
        fields=sorted({name for counted in found["fields"].values() for name in counted}),
        mine=found["made_by"] == who.name,
        here=f"{here}&after={after}" if after else here,
        following=f"{here}&after={page['next']}" if page["next"] else None,
        first=here if after else None,
    )
    return render(request, "plans/making.html" if making and _by_htmx(request) else "plans/plan.html", context)


@router.get("/plans/{plan_id}/push")
async def pushing(plan_id: str, request: Request, _who: Annotated[User, needs(acts.SEE_PLAN)]) -> Response:
    """How far it is carried out: a part of its page, which is loaded anew at the end."""
    hub = state_of(request).hub
    found = await in_thread(plan_shown, hub, plan_id)
    if found is None or found["push"] is None:
        raise HTTPException(404, N_("There is no plan of this id; plans are kept for a week."))
    if found["push"]["ended"] or not _by_htmx(request):
        return go_to(request, f"/plans/{plan_id}")
    return render(request, "plans/pushing.html", PushingPart(words=words_of(request), plan=found))


@router.get("/plans/{plan_id}/blocked")
async def blocked(
    plan_id: str, request: Request, who: Annotated[User, needs(acts.SEE_PLAN)], why: Text = "", after: Place = 0
) -> Response:
    """What it does not write, and why."""
    hub = state_of(request).hub
    if await in_thread(plan_shown, hub, plan_id) is None:
        raise HTTPException(404, N_("There is no plan of this id; plans are kept for a week."))
    found = await in_thread(
        lambda: blocked_shown(hub, plan_id, why=why or None, system=None, after=after, limit=ON_A_PAGE)
    )
    here = f"/plans/{plan_id}/blocked?{urlencode({'why': why})}"
    page = BlockedPage(
        words=words_of(request),
        plan_id=plan_id,
        why=why,
        blocked=theirs(hub, who, found, by_system)["items"],
        following=f"{here}&after={found['next']}" if found["next"] else None,
        first=here if after else None,
    )
    return render(request, "plans/blocked.html", page)


@router.post("/plans/{plan_id}/leave-out")
async def leave_out(plan_id: str, request: Request, who: Annotated[User, needs(acts.MAKE_PLAN)]) -> Response:
    """Leave writes out, or take them in again."""
    hub = state_of(request).hub
    await insist_on_plan(request, who, acts.MAKE_PLAN, plan_id)
    form = await form_of(request)
    ids = [one for one in form.getlist("write") if isinstance(one, str)]
    out = text_of(form, "out") != "no"
    if not ids:
        raise HTTPException(422, N_("Mark the writes first."))
    changed = await in_thread(lambda: kept_plans.leave_out(hub, plan_id, ids, out=out))
    ngettext = say_of(request).say_many
    said = (
        ngettext("%(num)s write is left out.", "%(num)s writes are left out.", changed)
        if out
        else ngettext("%(num)s write is taken in again.", "%(num)s writes are taken in again.", changed)
    )
    back = text_of(form, "here")
    path = back if back.startswith(f"/plans/{plan_id}?") else f"/plans/{plan_id}"
    return go_to(request, path, Toast(said % {"num": changed}))


@router.post("/plans/{plan_id}/approve")
async def approve(plan_id: str, request: Request, who: Annotated[User, needs(acts.APPROVE_PLAN)]) -> Response:
    """Approve it as the second person."""
    hub = state_of(request).hub
    await insist_on_plan(request, who, acts.APPROVE_PLAN, plan_id)
    reason = reason_in(text_of(await form_of(request), "reason"))
    await in_thread(lambda: kept_plans.approve(hub, plan_id, by=who.name, reason=reason), wait=APPROVE_WAIT)
    return go_to(request, f"/plans/{plan_id}", Toast(say_of(request).say(N_("The plan is approved."))))


@router.post("/plans/{plan_id}/push")
async def push(plan_id: str, request: Request, who: Annotated[User, needs(acts.PUSH_PLAN)]) -> Response:
    """Have it carried out; its page shows how far that is."""
    state = state_of(request)
    await insist_on_plan(request, who, acts.PUSH_PLAN, plan_id)
    await in_thread(kept_plans.ask_for_push, state.hub, plan_id)
    state.ring()
    return go_to(request, f"/plans/{plan_id}")


# --------------------------------------------------------------------------------------------------- writes


@router.get("/writes")
async def writes(
    request: Request, who: Annotated[User, needs(acts.SEE_WRITES)], state: Text = "", after: Text = ""
) -> Response:
    """Refused writes by cause, and those on their way one by one."""
    hub = state_of(request).hub
    if state and state not in outbox_acts.STATES:
        raise HTTPException(404, N_("There is no such state of writes."))
    show, states = view_of(hub, mask=True), [state] if state else outbox_acts.UNFINISHED
    found = await in_thread(
        lambda: outbox_acts.write_page(hub, states, after=after or None, limit=ON_A_PAGE, show=show)
    )
    causes = await in_thread(causes_shown, hub)
    query = urlencode({"state": state}) if state else ""
    page = WritesPage(
        words=words_of(request),
        causes=causes["items"],
        writes=_writes(hub, who, theirs(hub, who, found, by_system)["items"]),
        state=state,
        states=outbox_acts.STATES,
        following=f"/writes?{query}&after={found['next']}" if found["next"] else None,
        first=f"/writes?{query}" if after else None,
    )
    return render(request, "writes/list.html", page)


@router.post("/writes/causes")
async def mend(request: Request, who: Annotated[User, needs(acts.MEND_WRITES)]) -> Response:
    """Retry or give up all writes of a cause."""
    hub = state_of(request).hub
    form = await form_of(request)
    cause = CauseName(*(text_of(form, name) for name in ("system", "stream", "state", "code", "message")))
    insist_on(hub, who, acts.MEND_WRITES, cause.system)
    ngettext = say_of(request).say_many
    if text_of(form, "act") == "dismiss":
        reason = reason_in(text_of(form, "reason"))
        done = await in_thread(lambda: dismiss_all(hub, cause, author=who.name, reason=reason), wait=ACT_WAIT)
        said = ngettext("%(num)s write is given up.", "%(num)s writes are given up.", done)
    else:
        done = await in_thread(retry_all, hub, cause, wait=ACT_WAIT)
        said = ngettext("%(num)s write is planned anew.", "%(num)s writes are planned anew.", done)
    return go_to(request, "/writes", Toast(said % {"num": done}))


@router.post("/writes/{write_id}")
async def mend_one(write_id: str, request: Request, who: Annotated[User, needs(acts.MEND_WRITES)]) -> Response:
    """Retry a write, or give it up; giving up is taken back by retrying."""
    hub = state_of(request).hub
    form = await form_of(request)
    write = await in_thread(outbox_acts.write_of, hub, write_id)
    if write is None:
        raise HTTPException(404, N_("There is no write of this id."))
    insist_on(hub, who, acts.MEND_WRITES, write.system)
    texts = say_of(request)
    if text_of(form, "act") == "dismiss":
        reason = reason_in(text_of(form, "reason"))
        await in_thread(lambda: outbox_acts.dismiss(hub, write_id, author=who.name, reason=reason))
        return go_to(request, "/writes", Toast(texts.say(N_("The write is given up.")), undo=f"/writes/{write_id}"))
    await in_thread(outbox_acts.retry, hub, write_id)
    return go_to(request, "/writes", Toast(texts.say(N_("The write is planned anew by the next sync."))))


def _writes(hub: Hub, who: User, items: Sequence[Mapping[str, Any]]) -> list[WriteShown]:
    return [
        WriteShown(one, diffs(one["fields"], may_reveal(hub, who, one["entity"], [one["system"]]))) for one in items
    ]


def _by_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"
