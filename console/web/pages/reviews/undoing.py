"""`/acts/ID/undo`: take a steward's act back, after a look at what each system would receive. Room: console."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from console.access import acts
from console.access.user import User
from console.web.departments import insist_on_acts
from console.web.frame.forms import form_of, text_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.pages.reviews import words
from console.web.pages.reviews.seeing import ACT_WAIT, LONGEST_REASON, READ_WAIT, label_key, shown_masked
from console.web.state import in_thread, state_of
from flows.profile_view import label_of
from flows.stewards import undo_acts
from flows.undo_effect import effect_of_undo
from golden_record.errors import NotDecidable

router = APIRouter(include_in_schema=False)
Id = Annotated[str, Path(max_length=64)]


@dataclass(frozen=True, slots=True)
class UndoingPage:
    """The context of `reviews/undo.html`, and of the effect in it. *refused*: why there is nothing to take back."""

    name: str
    back: str
    said: Sequence[dict[str, Any]]
    total: int
    effect: dict[str, Any] | None
    refused: str
    key: str
    decision: str
    labels: Callable[[str, str], str]
    words: Any


@router.get("/acts/{name}/undo")
async def look(
    name: Id,
    request: Request,
    who: Annotated[User, needs(acts.UNDO_ACTS)],
    back: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The act, or all acts of a run, and what taking them back would come to; nothing is changed."""
    hub = state_of(request).hub
    await insist_on_acts(request, who, [name])
    found: dict[str, Any] = {"acts": [], "total": 0, "effect": None}
    refused = ""
    try:
        found = await in_thread(
            lambda: effect_of_undo(hub, [name], author=who.name, show=shown_masked(hub)), wait=READ_WAIT
        )
    except NotDecidable:
        refused = say_of(request).say(N_("This was taken back already, or is no act."))
    key = label_key(request)
    page = UndoingPage(
        name=name,
        back=safe_back(back),
        said=found["acts"],
        total=found["total"],
        effect=found["effect"],
        refused=refused,
        key=key,
        decision="undo",
        labels=lambda entity, field: label_of(hub, entity, field)[key],
        words=words,
    )
    return render(request, "reviews/undo.html", page, status=409 if refused else 200)


@router.post("/acts/{name}/undo")
async def undo(name: Id, request: Request, who: Annotated[User, needs(acts.UNDO_ACTS)]) -> Response:
    """Take an act back, or all acts of a run."""
    hub = state_of(request).hub
    await insist_on_acts(request, who, [name])
    back = safe_back(request.query_params.get("back", ""))
    say = say_of(request)
    reason = text_of(await form_of(request), "reason").strip()[:LONGEST_REASON] or say.say(N_("taken back on its page"))
    try:
        await in_thread(lambda: undo_acts(hub, [name], author=who.name, reason=reason), wait=ACT_WAIT)
    except NotDecidable:
        return go_to(request, back, Toast(say.say(N_("This was taken back already, or is no act.")), "bad"))
    return go_to(request, back, Toast(say.say(N_("Taken back. The systems follow with the next sync.")), "good"))


def safe_back(path: str) -> str:
    """Return the page to go back to: a review or a profile, else the queue."""
    kind, _, rest = path.removeprefix("/").partition("/")
    fits = path.startswith("/") and kind in {"reviews", "profiles"} and rest.isalnum() and len(rest) <= 26  # noqa: PLR2004 (a ULID)
    return path if fits else "/reviews"
