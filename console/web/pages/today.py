"""`/today`: is all well, what happened, what needs a person. Room: console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from console.access import acts
from console.access.user import User
from console.pictures.trend import trend_points
from console.web.departments import insist_on_systems
from console.web.frame.area import Area, NavEntry
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.ops_page import OpsPage, words_of
from console.web.ops_words import NEEDS
from console.web.state import in_thread, state_of
from flows.on_demand import ask
from flows.today import today

router = APIRouter(include_in_schema=False)
AREA = Area((router,), (NavEntry("/today", N_("Today"), acts.SEE_TODAY, order=10, key="t", icon="today"),))

READ_WAIT = 20.0
URGENT = frozenset({"mapping_broken", "file_broken", "system_failing", "stream_stale", "writes_unknown"})
"""Needs that keep customers' values from getting where they belong."""
_PATHS = {
    "mapping_broken": "/systems/%(system)s",
    "file_broken": "/systems",
    "hub_yaml": "/systems",
    "system_failing": "/systems/%(system)s",
    "stream_stale": "/systems/%(system)s",
    "writes_refused": "/writes",
    "writes_unknown": "/writes",
    "events_failed": "/systems/%(system)s",
    "drift": "/systems/%(system)s",
    "plan_to_approve": "/plans/%(name)s",
    "reviews_overdue": "/reviews",
    "posts_stopped": "/systems/%(system)s",
    "paused": "/systems/%(system)s",
    "quota_low": "/systems/%(system)s",
}


@dataclass(frozen=True, slots=True)
class NeedShown:
    """One thing that needs a person: words, where to go, and whether it presses."""

    text: str
    path: str
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPage(OpsPage):
    """The context of `today/today.html`. *said*: what `GET /api/today` answers; *trend*: points of the valid share."""

    said: Mapping[str, Any]
    needs: Sequence[NeedShown]
    trend: str
    valid: float | None
    valid_before: float | None


@router.get("/today")
async def show(request: Request, _who: Annotated[User, needs(acts.SEE_TODAY)]) -> Response:
    """The page."""
    said = await in_thread(today, state_of(request).hub, wait=READ_WAIT)
    texts = say_of(request)
    shares = [one["valid"] / one["filled"] for one in said["quality"] if one["filled"]]
    found = [
        NeedShown(
            texts.say(NEEDS[one["kind"]])
            % {"system": one["system"] or "", "name": one["name"] or "", "number": f"{one['number']:,}"},
            _PATHS[one["kind"]] % {"system": one["system"] or "", "name": one["name"] or ""},
            one["kind"] in URGENT,
        )
        for one in said["needs"]
    ]
    page = TodayPage(
        words=words_of(request),
        said=said,
        needs=found,
        trend=trend_points(shares),
        valid=shares[-1] if shares else None,
        valid_before=shares[0] if len(shares) > 1 else None,
    )
    return render(request, "today/today.html", page)


@router.post("/today/sync")
async def sync_now(request: Request, who: Annotated[User, needs(acts.SYNC_SYSTEMS)]) -> Response:
    """Ask for a sync, of one system or all, and go to its run."""
    state = state_of(request)
    name = text_of(await form_of(request), "system")
    systems = [name] if name in state.hub.systems else []
    insist_on_systems(state.hub, who, acts.SYNC_SYSTEMS, systems or state.hub.systems)
    run_id = await in_thread(ask, state.hub, systems, [])
    state.ring()
    return go_to(request, f"/runs/{run_id}", Toast(say_of(request).say(N_("The sync was asked for."))))
