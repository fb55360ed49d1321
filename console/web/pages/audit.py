"""`/audit`: what people did in the hub, noted for good; and whether it is whole. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from console.access import acts
from console.access.user import User
from console.web.frame.area import Area, NavEntry
from console.web.frame.bearer import bearer
from console.web.frame.needs import needs
from console.web.frame.notes import note
from console.web.frame.render import render
from console.web.frame.texts import N_
from console.web.state import in_thread, state_of
from flows.audit_view import check_chains, verdict_json
from flows.hub import Hub
from flows.profile_view import instant
from golden_record.store import act_notes
from golden_record.store.audit import ACTS, WRITES, Kept, Verdict

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/audit", dependencies=[bearer])
AREA = Area((router, api), (NavEntry("/audit", N_("Audit trail"), acts.SEE_AUDIT, order=95, key="a", icon="audit"),))

KINDS: Final = (
    "sign_in",
    "sign_out",
    "refused",
    "forged",
    "value",
    "steward",
    "plan",
    "system",
    "mapping",
    "user",
    "token",
)
"""The groups of acts that can be asked for; each kind begins with one."""
PAGE: Final = 50
CHECK_WAIT: Final = 300.0
"""Seconds that checking the chains may take: every entry is looked at."""

Day = Annotated[str, Query(max_length=10, pattern=r"^(\d{4}-\d\d-\d\d)?$")]


@dataclass(frozen=True, slots=True)
class Row:
    """One act as the page shows it; *of*: what it was done to, name by name."""

    number: int
    at: datetime
    kind: str
    who: str
    of: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The context of `audit/trail.html`."""

    rows: tuple[Row, ...]
    kinds: tuple[str, ...]
    who: str
    kind: str
    since: str
    until: str
    following: str | None
    first: str | None
    verdicts: tuple[Verdict, ...]


@router.get("/audit", dependencies=[needs(acts.SEE_AUDIT)])
async def trail(  # noqa: PLR0913 (what can be asked for)
    request: Request,
    who: Annotated[str, Query(max_length=120)] = "",
    kind: Annotated[str, Query(max_length=40)] = "",
    since: Day = "",
    until: Day = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """The trail, newest first."""
    return await _page(request, who.strip(), kind, since, until, before)


@router.post("/audit/check")
async def check(request: Request, _who: Annotated[User, needs(acts.SEE_AUDIT)]) -> Response:
    """Check that nothing that was noted was changed or taken out; that it was checked is noted, too."""
    hub = state_of(request).hub
    verdicts = await in_thread(check_chains, hub, (ACTS, WRITES), wait=CHECK_WAIT)
    await note(request, "audit.checked", sound=all(one.sound for one in verdicts))
    return await _page(request, "", "", "", "", None, tuple(verdicts))


@api.get("", summary="What people did in the hub, newest first", dependencies=[needs(acts.SEE_AUDIT)])
async def trail_json(  # noqa: PLR0913 (what can be asked for)
    request: Request,
    who: Annotated[str | None, Query(max_length=120)] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    since: Annotated[datetime | None, Query()] = None,
    until: Annotated[datetime | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before")] = None,
) -> dict[str, Any]:
    """Who did what to what, and when; never a customer's value."""
    hub = state_of(request).hub

    def read() -> list[Kept]:
        return _entries(hub, who or "", kind or "", since, until, after, limit + 1)

    found = await in_thread(read)
    items = [
        {
            "number": one.number,
            "at": instant(one.at),
            "kind": one.kind,
            "hash": one.head.hash.hex(),
            **(one.content or {}),
        }
        for one in found[:limit]
    ]
    return {"items": items, "next": found[limit - 1].number if len(found) > limit else None}


@api.get("/check", summary="Is what was noted whole?", dependencies=[needs(acts.SEE_AUDIT)])
async def check_json(request: Request) -> dict[str, Any]:
    """What `crmhub audit verify --json` prints."""
    verdicts = await in_thread(check_chains, state_of(request).hub, (WRITES, ACTS), wait=CHECK_WAIT)
    return {"sound": all(one.sound for one in verdicts), "chains": [verdict_json(one) for one in verdicts]}


async def _page(  # noqa: PLR0913 (what can be asked for)
    request: Request,
    who: str,
    kind: str,
    since: str,
    until: str,
    before: int | None,
    verdicts: tuple[Verdict, ...] = (),
) -> Response:
    hub = state_of(request).hub
    zone = ZoneInfo(hub.project.hub.console.timezone)
    begin, end = _day(since, zone), _day(until, zone)

    def read() -> list[Kept]:
        last = end + timedelta(days=1) if end is not None else None
        return _entries(hub, who, kind, begin, last, before, PAGE + 1)

    found = await in_thread(read)
    wanted = {
        name: value for name, value in (("who", who), ("kind", kind), ("since", since), ("until", until)) if value
    }
    following = "/audit?" + urlencode(wanted | {"before": found[PAGE - 1].number}) if len(found) > PAGE else None
    first = "/audit?" + urlencode(wanted) if before is not None else None
    rows = tuple(_row(one) for one in found[:PAGE])
    return render(
        request, "audit/trail.html", AuditPage(rows, KINDS, who, kind, since, until, following, first, verdicts)
    )


def _entries(  # noqa: PLR0913 (what can be asked for)
    hub: Hub, who: str, kind: str, since: datetime | None, until: datetime | None, before: int | None, limit: int
) -> list[Kept]:
    with hub.store.read() as connection:
        return act_notes.page(
            connection,
            hub.store.vault,
            who=who,
            kind=kind,
            since=_aware(since),
            until=_aware(until),
            before=before,
            limit=limit,
        )


def _row(one: Kept) -> Row:
    said = dict(one.content or {})
    who = str(said.pop("who", ""))
    of = tuple(
        (name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)) for name, value in said.items()
    )
    return Row(one.number, one.at, one.kind, who, of)


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), zone) if text else None
    except ValueError:
        return None


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
