"""What stewards do with a question: try an answer, give it, take it in hand, put it off, comment. Room: console."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request, Response

from console.access import acts
from console.access.user import User
from console.web.departments import insist_on_review
from console.web.frame.forms import form_of
from console.web.frame.needs import needs
from console.web.frame.render import formats_of, render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.pages.reviews import words
from console.web.pages.reviews.filters import Wish, wish_of
from console.web.pages.reviews.posted import Unreadable, decision_of, until_of
from console.web.pages.reviews.seeing import (
    ACT_WAIT,
    LONGEST_REASON,
    READ_WAIT,
    filter_for,
    label_key,
    shown_masked,
)
from console.web.state import in_thread, state_of
from flows.decisions import decide
from flows.effect import effect_of_decision
from flows.profile_edits import WrongValue
from flows.profile_view import label_of
from flows.review_list import neighbours
from flows.review_page import review_columns
from flows.stewards import (
    comment_review,
    defer_review,
    give_back_review,
    take_review,
)
from golden_record.errors import NotDecidable

router = APIRouter(include_in_schema=False)

DONE: Mapping[str, str] = {
    "match": N_("Merged."),
    "no_match": N_("Not a match; it will not be asked again."),
    "pick": N_("The value stands."),
    "value": N_("The value stands."),
    "restore": N_("The record may be made again."),
    "accept": N_("Nothing follows from the deletion."),
    "archive": N_("The customer is archived."),
    "propagate": N_("Archived; what is deleted elsewhere waits for a second person."),
    "dismiss": N_("Dismissed."),
}
DEFAULT_REASON = N_("seen side by side")


@dataclass(frozen=True, slots=True)
class EffectPart:
    """The context of `reviews/effect.html`."""

    effect: dict[str, Any] | None
    refused: str
    key: str
    decision: str
    labels: Callable[[str, str], str]
    words: Any


@dataclass(frozen=True, slots=True)
class HeldPart:
    """The context of `reviews/held.html`."""

    review_id: str
    until: str
    wish: Wish


async def _text_form(request: Request) -> dict[str, str]:
    form = await form_of(request)
    return {name: value for name, value in form.items() if isinstance(value, str)}


@router.post("/reviews/{review_id}/effect")
async def effect(review_id: str, request: Request, who: Annotated[User, needs(acts.SEE_REVIEWS)]) -> Response:
    """What an answer would come to; nothing is kept."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.SEE_REVIEWS, review_id)
    form = await _text_form(request)
    form.setdefault("decision", "match")

    def tried() -> dict[str, Any]:
        columns, field = review_columns(hub, review_id)
        decision = decision_of(form, columns, field, hub.now())
        return effect_of_decision(hub, review_id, decision, author=who.name, show=shown_masked(hub))

    made, refused = None, ""
    try:
        made = await in_thread(tried, wait=READ_WAIT)
    except NotDecidable as why:
        refused = refusal_text(request, why)
    except (WrongValue, Unreadable):
        refused = say_of(request).say(words.REFUSALS["wrong_value"])
    key = label_key(request)
    return render(
        request,
        "reviews/effect.html",
        EffectPart(made, refused, key, form["decision"], _labels(request), words),
    )


@router.post("/reviews/{review_id}/decide")
async def answer(review_id: str, request: Request, who: Annotated[User, needs(acts.DECIDE_REVIEWS)]) -> Response:
    """Keep an answer, and go on to the next question; what does not fit is explained on the question's page."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    form = await _text_form(request)
    wish = wish_of(request.query_params)
    say = say_of(request)
    reason = form.get("reason", "").strip()[:LONGEST_REASON] or say.say(DEFAULT_REASON)

    def work() -> tuple[str, str]:
        behind = neighbours(hub, filter_for(hub, who, wish.with_(free="yes")), review_id)[1]
        columns, field = review_columns(hub, review_id)
        decision = decision_of(form, columns, field, hub.now())
        done = decide(hub, review_id, decision, author=who.name, reason=reason, stamp=form.get("stamp") or None)
        return f"/reviews/{behind}{wish.query}" if behind else f"/reviews{wish.query}", done.run_id

    try:
        path, run_id = await in_thread(work, wait=ACT_WAIT)
    except NotDecidable as why:
        return go_to(request, f"/reviews/{review_id}{wish.query}", Toast(refusal_text(request, why), "bad"))
    except (WrongValue, Unreadable):
        said = say.say(words.REFUSALS["wrong_value"])
        return go_to(request, f"/reviews/{review_id}{wish.query}", Toast(said, "bad"))
    text = say.say(DONE.get(form["decision"], DONE["pick"]))
    return go_to(request, path, Toast(text, "good", undo=f"/acts/{run_id}/undo?back=/reviews/{review_id}"))


@router.post("/reviews/{review_id}/take")
async def take(review_id: str, request: Request, who: Annotated[User, needs(acts.DECIDE_REVIEWS)]) -> Response:
    """Take a question in hand while its page is open; silent where somebody else was quicker."""
    state = state_of(request)
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    held = timedelta(minutes=30)

    def work() -> str:
        take_review(state.hub, review_id, held_for=held, author=who.name)
        return (state.hub.now() + held).isoformat()

    try:
        until = await in_thread(work)
    except NotDecidable:
        return Response(status_code=204)
    return render(request, "reviews/held.html", HeldPart(review_id, until, wish_of(request.query_params)))


@router.post("/reviews/{review_id}/release")
async def release(review_id: str, request: Request, who: Annotated[User, needs(acts.DECIDE_REVIEWS)]) -> Response:
    """Let others take it, and go back to the queue."""
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    return await _done(
        request,
        review_id,
        lambda: give_back_review(state_of(request).hub, review_id, author=who.name),
        N_("It is free for others again."),
        onward=False,
    )


@router.post("/reviews/{review_id}/defer")
async def defer(review_id: str, request: Request, who: Annotated[User, needs(acts.DECIDE_REVIEWS)]) -> Response:
    """Put a question off."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    form = await _text_form(request)
    reason = form.get("reason", "").strip()[:LONGEST_REASON] or say_of(request).say(N_("not now"))

    def work() -> str:
        until = until_of(form.get("until", "") or "+1", hub.now()) or hub.now() + timedelta(days=1)
        return defer_review(hub, review_id, until, author=who.name, reason=reason).run_id

    return await _done(request, review_id, work, N_("Put off."), onward=True, who=who)


@router.post("/reviews/{review_id}/comment")
async def comment(review_id: str, request: Request, who: Annotated[User, needs(acts.DECIDE_REVIEWS)]) -> Response:
    """Say something about a question."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    said = (await _text_form(request)).get("words", "").strip()[:LONGEST_REASON]
    if not said:
        raise HTTPException(422)
    return await _done(
        request,
        review_id,
        lambda: comment_review(hub, review_id, author=who.name, words=said).run_id,
        N_("Your comment stands beside the question."),
        onward=False,
        stay=True,
    )


def refusal_text(request: Request, why: NotDecidable) -> str:
    """Say in the user's language why an act was refused."""
    say, formats = say_of(request), formats_of(request)
    text = words.REFUSALS.get(why.why)
    if text is None:
        return say.say(N_("This cannot be done as things stand now. Load the page again; nothing of yours was kept."))
    facts = {name: formats.moment(value) if name in {"at", "until"} else value for name, value in why.facts.items()}
    if "decision" in facts:
        facts["decision"] = say.say(words.DECISIONS.get(facts["decision"], facts["decision"]))
    return say.say(text) % facts if facts else say.say(text)


async def _done(  # noqa: PLR0913 (what was done, and where to go on)
    request: Request,
    review_id: str,
    work: Callable[[], str | None],
    text: str,
    *,
    onward: bool,
    stay: bool = False,
    who: User | None = None,
) -> Response:
    hub = state_of(request).hub
    wish = wish_of(request.query_params)
    here = f"/reviews/{review_id}{wish.query}"

    def do() -> tuple[str, str | None]:
        behind = None
        if onward and who is not None:
            behind = neighbours(hub, filter_for(hub, who, wish.with_(free="yes")), review_id)[1]
        path = here if stay else f"/reviews/{behind}{wish.query}" if behind else f"/reviews{wish.query}"
        return path, work()

    try:
        path, run_id = await in_thread(do, wait=ACT_WAIT)
    except NotDecidable as why:
        return go_to(request, here, Toast(refusal_text(request, why), "bad"))
    except Unreadable:
        raise HTTPException(422) from None
    undo = f"/acts/{run_id}/undo?back=/reviews/{review_id}" if run_id and not stay else ""
    return go_to(request, path, Toast(say_of(request).say(text), "good", undo=undo))


def _labels(request: Request) -> Callable[[str, str], str]:
    hub, key = state_of(request).hub, label_key(request)
    return lambda entity, name: label_of(hub, entity, name)[key]
