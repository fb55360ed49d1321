"""`/deletions`: customers who ask to be deleted, and a second person's answer. Room: console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import acts
from console.access.may import may
from console.access.user import User
from console.web.departments import by_sources, filled, insist_on_profile, theirs
from console.web.frame.area import Area, NavEntry
from console.web.frame.bearer import bearer
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.ops_page import reason_in
from console.web.pages.reviews.answer import refusal_text
from console.web.pages.reviews.seeing import ACT_WAIT, READ_WAIT, shown_masked
from console.web.state import in_thread, state_of
from console.web.values import shown_to
from flows.deletion_requests import answer_request, reopen_request, requests_page
from flows.stewards import Outcome
from golden_record.errors import NotDecidable

router = APIRouter(prefix="/deletions", include_in_schema=False)
api = APIRouter(prefix="/api/deletions", dependencies=[bearer], tags=["deletions"])
AREA = Area(
    (router, api),
    (NavEntry("/deletions", N_("Deletions"), acts.SEE_DELETIONS, order=85, key="d", icon="empty"),),
)
PAGE = 20
Answer = Literal["confirm", "refuse", "reopen"]
DONE = {
    "confirm": N_("Confirmed. The customer is kept as it is until it is erased."),
    "refuse": N_("Refused. The customer stays."),
    "reopen": N_("The request waits for an answer again."),
}


@dataclass(frozen=True, slots=True)
class DeletionsPage:
    """The context of `deletions/list.html`."""

    items: Sequence[dict[str, Any]]
    following: str
    first: str
    may_answer: bool
    me: str


class Why(BaseModel):
    """Why it is answered so."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=2000, pattern=r"\S")


@router.get("")
async def deletions(
    request: Request,
    who: Annotated[User, needs(acts.SEE_DELETIONS)],
    after: Annotated[str | None, Query(max_length=26)] = None,
) -> Response:
    """The standing requests, the newest first, with where the customer's records are."""
    hub = state_of(request).hub
    show = shown_masked(hub)

    def read() -> dict[str, Any]:
        return filled(
            hub,
            who,
            lambda begun: requests_page(hub, after=begun, limit=PAGE, show=show),
            by_sources,
            after=after,
            limit=PAGE,
            name="id",
        )

    found = await in_thread(read, wait=READ_WAIT)
    page = DeletionsPage(
        items=found["items"],
        following=f"/deletions?after={found['next']}" if found["next"] else "",
        first="/deletions" if after else "",
        may_answer=may(who, acts.ANSWER_DELETIONS),
        me=who.name,
    )
    return render(request, "deletions/list.html", page)


@router.post("/{profile_id}/{answer}")
async def answered(
    profile_id: str, answer: Answer, request: Request, who: Annotated[User, needs(acts.ANSWER_DELETIONS)]
) -> Response:
    """Confirm or refuse a request, or take that answer back."""
    await insist_on_profile(request, who, acts.ANSWER_DELETIONS, profile_id)
    reason = reason_in(text_of(await form_of(request), "reason"))
    try:
        await _answer(request, who, profile_id, answer, reason)
    except NotDecidable as why:
        return go_to(request, "/deletions", Toast(refusal_text(request, why), "bad"))
    return go_to(request, "/deletions", Toast(say_of(request).say(DONE[answer])))


@api.get("", summary="Customers who ask to be deleted, the newest request first")
async def listed(
    request: Request,
    who: Annotated[User, needs(acts.SEE_DELETIONS)],
    after: Annotated[str | None, Query(max_length=26)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = PAGE,
    mask: Annotated[bool, Query(description="Hide the personal core of values")] = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """`state` is asked, confirmed or refused; nothing is deleted by any of them."""
    hub = state_of(request).hub
    show = shown_to(hub, who, mask=mask)
    found = await in_thread(lambda: requests_page(hub, after=after, limit=limit, show=show), wait=READ_WAIT)
    return theirs(hub, who, found, by_sources)


@api.post(
    "/{profile_id}/{answer}", summary="Confirm or refuse a request, or take that answer back", responses={409: {}}
)
async def answer_(
    profile_id: str, answer: Answer, why: Why, request: Request, who: Annotated[User, needs(acts.ANSWER_DELETIONS)]
) -> dict[str, Any]:
    """409: nobody asks for it, you asked for it yourself, or it is answered already."""
    await insist_on_profile(request, who, acts.ANSWER_DELETIONS, profile_id)
    return (await _answer(request, who, profile_id, answer, why.reason.strip())).to_json()


async def _answer(request: Request, who: User, profile_id: str, answer: Answer, reason: str) -> Outcome:
    hub = state_of(request).hub
    if answer == "reopen":
        return await in_thread(lambda: reopen_request(hub, profile_id, author=who.name, reason=reason), wait=ACT_WAIT)
    return await in_thread(
        lambda: answer_request(hub, profile_id, confirmed=answer == "confirm", author=who.name, reason=reason),
        wait=ACT_WAIT,
    )
