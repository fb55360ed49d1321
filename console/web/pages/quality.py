"""`/quality`: how well each department's fields are filled, and the records to work through. Room: console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response

from console.access import acts
from console.access.may import concerns
from console.access.user import User
from console.web.departments import within_theirs
from console.web.diffs import text_of
from console.web.frame.area import Area, NavEntry
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.frame.visit import visit_of
from console.web.ops_page import OpsPage, words_of
from console.web.state import in_thread, state_of
from flows.hub import Hub
from flows.profile_view import view_of
from flows.quality_lists import Filter, quality_list
from flows.quality_report import quality_kept
from flows.quality_run import ask_for_measure

router = APIRouter(include_in_schema=False)
AREA = Area((router,), (NavEntry("/quality", N_("Data quality"), acts.SEE_QUALITY, order=80, key="q", icon="quality"),))

ON_A_PAGE = 40
LOOKS = {"mend": 15, "verify": 3}
"""Looks into the store that one page of a list may take, of 60 records or profiles; to verify, a look opens each."""
LIST_WAIT = 20.0
Text = Annotated[str, Query(max_length=255)]


@dataclass(frozen=True, slots=True)
class FieldShown:
    """One field of a stream, as shares of 1: *filled* of all records, *valid* of the filled ones; None: of nothing."""

    place: str
    label: str
    filled: float | None
    valid: float | None
    change: float | None
    counts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Department:
    """One department's fields, and how many of its records' values are to be mended, verified, decided."""

    name: str
    fields: Sequence[FieldShown]
    invalid: int
    stale: int | None
    disputed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityPage(OpsPage):
    """The context of `quality/report.html`. *shown*: whose fields are listed."""

    measured_at: str | None
    compared_with: str | None
    departments: Sequence[Department]
    shown: Department | None


@dataclass(frozen=True, slots=True)
class ToDo:
    """One value to mend or to verify: *what* is wrong with it, in the visitor's language; *value* masked."""

    facts: Mapping[str, Any]
    label: str
    what: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage(OpsPage):
    """The context of `quality/list.html`. *wanted*: name of a filter -> what was chosen."""

    items: Sequence[ToDo]
    wanted: Mapping[str, str]
    departments: Sequence[str]
    systems: Sequence[str]
    fields: Mapping[str, str]
    following: str | None
    first: str | None


@router.get("/quality")
async def report(request: Request, _who: Annotated[User, needs(acts.SEE_QUALITY)], department: Text = "") -> Response:
    """The report, from the last measure: every department in numbers, one of them field by field."""
    hub = state_of(request).hub
    visit = await visit_of(request)
    found = await in_thread(quality_kept, hub)
    by_department: dict[str, list[FieldShown]] = {}
    for one in found["fields"]:
        if one["system"] in hub.systems:
            whose = hub.systems[one["system"]].config.department
            by_department.setdefault(whose, []).append(_field(hub, one, visit.language))
    departments = [_department(name, fields) for name, fields in sorted(by_department.items())]
    page = QualityPage(
        words=words_of(request),
        measured_at=found["measured_at"],
        compared_with=found["compared_with"],
        departments=departments,
        shown=next((one for one in departments if one.name == department), departments[0] if departments else None),
    )
    return render(request, "quality/report.html", page)


@router.post("/quality")
async def measure(request: Request, _who: Annotated[User, needs(acts.SYNC_SYSTEMS)]) -> Response:
    """Have everything measured, what is stale too."""
    state = state_of(request)
    run_id = await in_thread(ask_for_measure, state.hub)
    state.ring()
    return go_to(request, f"/runs/{run_id}", Toast(say_of(request).say(N_("The measure was asked for."))))


@router.get("/quality/list")
async def to_do(  # noqa: PLR0913 (what the list can be sifted by)
    request: Request,
    who: Annotated[User, needs(acts.SEE_QUALITY)],
    kind: Literal["mend", "verify"] = "mend",
    department: Text = "",
    system: Text = "",
    owner: Text = "",
    field: Text = "",
    after: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The records to work through, a page at a time; values are masked."""
    hub = state_of(request).hub
    visit = await visit_of(request)
    named = {"department": department, "system": system, "owner": owner.strip(), "field": field}
    chosen = {name: [text] if text else [] for name, text in named.items()}
    mine = within_theirs(who, acts.SEE_QUALITY, chosen["department"])
    wanted = Filter((kind,), chosen["system"], mine, chosen["owner"], chosen["field"])
    show = view_of(hub, mask=True)
    try:
        found = await in_thread(
            lambda: quality_list(hub, wanted, show, after=after or None, limit=ON_A_PAGE, most_looks=LOOKS[kind]),
            wait=LIST_WAIT,
        )
    except ValueError:
        raise HTTPException(404, N_("There is no such page of the list.")) from None
    here = f"/quality/list?{urlencode({'kind': kind, **{name: text for name, text in named.items() if text}})}"
    page = ListPage(
        words=words_of(request),
        items=[_to_do(hub, one, visit.language) for one in found["items"]],
        wanted={"kind": kind, **named},
        departments=sorted(one for one in hub.project.hub.departments() if concerns(who, [one])),
        systems=sorted(hub.systems),
        fields={name: label_of(hub, entity, name, visit.language) for entity, name, _ in hub.project.profile.walk()},
        following=f"{here}&after={found['next']}" if found["next"] else None,
        first=here if after else None,
    )
    return render(request, "quality/list.html", page)


def label_of(hub: Hub, entity: str, name: str, language: str) -> str:
    """Return what a profile's field is called in a language."""
    shape = hub.project.profile.field(entity, name)
    if shape is None or shape.label is None:
        return name
    return str(shape.label.model_dump()["zh" if language == "zh_CN" else "en"] or name)


def _entity(hub: Hub, entity: str, language: str) -> str:
    shape = hub.project.profile.entity(entity)
    said = shape.label.model_dump() if shape is not None and shape.label is not None else {}
    return str(said.get("zh" if language == "zh_CN" else "en") or entity)


def _field(hub: Hub, one: Mapping[str, Any], language: str) -> FieldShown:
    label = (one["label"] or {}).get("zh" if language == "zh_CN" else "en") or one["field"]
    valid, before = _share(one["valid"], one["filled"]), one["before"]
    was = _share(before["valid"], before["filled"]) if before else None
    change = valid - was if valid is not None and was is not None else None
    place = f"{one['system']}/{one['stream']} · {_entity(hub, one['entity'], language)}"
    return FieldShown(place, label, _share(one["filled"], one["records"]), valid, change, one)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _department(name: str, fields: Sequence[FieldShown]) -> Department:
    stale = [one.counts["stale"] for one in fields if one.counts["stale"] is not None]
    invalid, disputed = (sum(one.counts[key] for one in fields) for key in ("invalid", "disputed"))
    return Department(name, fields, invalid, sum(stale) if stale else None, disputed)


def _to_do(hub: Hub, one: Mapping[str, Any], language: str) -> ToDo:
    what = one["what_zh"] if language == "zh_CN" else one["what_en"]
    return ToDo(one, label_of(hub, one["entity"], one["field"], language), what, text_of(one["value"]))
