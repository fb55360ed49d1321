"""`/matching`: what agreement is worth, where the thresholds lie, and which version of the model is in force.

Room: console.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.user import User
from console.web.frame.area import Area, NavEntry
from console.web.frame.bearer import bearer
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.ops_page import OpsPage, reason_in, words_of
from console.web.state import in_thread, state_of, take_in_edits
from flows.match_reports import reports_json
from flows.matching_view import matching_json, thresholds_json
from flows.train_model import WRITTEN, use_version

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/matching", dependencies=[bearer])
AREA = Area(
    (router, api), (NavEntry("/matching", N_("Matching"), acts.SEE_MATCHING, order=70, key="c", icon="matching"),)
)

COUNT_WAIT = 60.0
"""Seconds that counting all scored pairs may take: a part of the page, asked for when it stands."""
LEAST_MOVED = 0.1
"""Bits by which a level must have moved to be listed."""
Entity = Annotated[str, Query(max_length=120)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingPage(OpsPage):
    """The context of `matching/model.html`. *most*: the largest weight of a level, either way, in bits."""

    entity: str
    said: Mapping[str, Any]
    model: Mapping[str, Any]
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdsPart(OpsPage):
    """The context of `matching/thresholds.html`."""

    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsPart(OpsPage):
    """The context of `matching/reports.html`. *changed*: the levels that training moved most, the largest first."""

    said: Mapping[str, Any]
    changed: Sequence[Mapping[str, Any]]


class Use(BaseModel):
    """Which version (a number, or `yaml` for the file) of an entity's model is put in force, and why."""

    model_config = ConfigDict(extra="forbid")

    entity: str = Field(max_length=120)
    version: int | str = WRITTEN
    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


@router.get("/matching")
async def show(request: Request, _who: Annotated[User, needs(acts.SEE_MATCHING)], entity: Entity = "") -> Response:
    """The model of one entity."""
    said = await in_thread(matching_json, state_of(request).hub)
    if not said["models"]:
        raise HTTPException(404, N_("No entity is matched: config/matching.yaml names none."))
    chosen = entity or next(iter(said["models"]))
    if chosen not in said["models"]:
        raise HTTPException(404, N_("No model matches this entity."))
    model = said["models"][chosen]
    most = max(abs(level["bits"]) for one in model["comparisons"] for level in one["levels"])
    page = MatchingPage(words=words_of(request), entity=chosen, said=said, model=model, most=max(most, 1.0))
    return render(request, "matching/model.html", page)


@router.get("/matching/thresholds")
async def thresholds(request: Request, _who: Annotated[User, needs(acts.SEE_MATCHING)], entity: Entity) -> Response:
    """The part that counts the pairs."""
    said = await in_thread(thresholds_json, state_of(request).hub, entity, wait=COUNT_WAIT)
    return render(request, "matching/thresholds.html", ThresholdsPart(words=words_of(request), said=said))


@router.get("/matching/reports")
async def reports(request: Request, _who: Annotated[User, needs(acts.SEE_MATCHING)], entity: Entity) -> Response:
    """The part that shows the last trainings and evaluations."""
    said = await in_thread(reports_json, state_of(request).hub, entity)
    levels = said["trained"][0]["report"]["levels"] if said["trained"] else []
    part = ReportsPart(words=words_of(request), said=said, changed=_most_moved(levels))
    return render(request, "matching/reports.html", part)


def _most_moved(levels: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    moved = [one for one in levels if abs(one["bits"]["new"] - one["bits"]["old"]) >= LEAST_MOVED]
    return sorted(moved, key=lambda one: -abs(one["bits"]["new"] - one["bits"]["old"]))


@router.post("/matching/use")
async def use(request: Request, who: Annotated[User, needs(acts.CHANGE_MATCHING)]) -> Response:
    """Put a version in force, or the file itself."""
    hub = state_of(request).hub
    form = await form_of(request)
    entity, version = text_of(form, "entity"), text_of(form, "version")
    reason = reason_in(text_of(form, "reason"))
    await in_thread(lambda: use_version(hub, entity, _number(version), author=who.name, reason=reason))
    await in_thread(take_in_edits, state_of(request))
    said = say_of(request).say(N_("It is in force: the next sync weighs every pair anew."))
    return go_to(request, f"/matching?entity={entity}", Toast(said))


@api.get("", summary="The matching models in force, their versions, and who chose them")
async def models(request: Request, _who: Annotated[User, needs(acts.SEE_MATCHING)]) -> dict[str, Any]:
    """Weights in bits, thresholds, blocking; nobody's data."""
    return await in_thread(matching_json, state_of(request).hub)


@api.get("/thresholds", summary="Scored pairs by weight, and what another threshold would move")
async def pairs(request: Request, _who: Annotated[User, needs(acts.SEE_MATCHING)], entity: Entity) -> dict[str, Any]:
    """Counts over all pairs that were scored."""
    return await in_thread(thresholds_json, state_of(request).hub, entity, wait=COUNT_WAIT)


@api.get("/reports", summary="The last trainings and evaluations of a model")
async def kept(request: Request, _who: Annotated[User, needs(acts.SEE_MATCHING)], entity: Entity) -> dict[str, Any]:
    """What `match train` and `match evaluate` printed; ids and bits, nobody's data."""
    return await in_thread(reports_json, state_of(request).hub, entity)


@api.post("/use", summary="Put a version of a model in force")
async def choose(wish: Use, request: Request, who: Annotated[User, needs(acts.CHANGE_MATCHING)]) -> dict[str, Any]:
    """What `crmhub match use` does: the next sync weighs every pair anew."""
    hub = state_of(request).hub
    version = _number(str(wish.version))
    await in_thread(lambda: use_version(hub, wish.entity, version, author=who.name, reason=wish.reason.strip()))
    await in_thread(take_in_edits, state_of(request))
    return {"entity": wish.entity, "version": wish.version}


def _number(said: str) -> int | None:
    """Return a version's number; None for the file.

    Raises:
        HTTPException: 422, it is neither.
    """
    if said == WRITTEN:
        return None
    if not said.isdecimal() or len(said) > 9:  # noqa: PLR2004 (no store counts so far)
        raise HTTPException(422, N_("This is no version of a model."))
    return int(said)
