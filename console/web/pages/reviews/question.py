"""`/reviews/ID`: one question with all that speaks for and against its answers. Room: console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from console.access import acts
from console.access.may import may
from console.access.user import FieldClass, User
from console.web.departments import insist_on_review
from console.web.frame.needs import insist, needs
from console.web.frame.render import render, say_of
from console.web.frame.reveal import class_of, reveal
from console.web.frame.texts import Texts
from console.web.pages.reviews import words
from console.web.pages.reviews.filters import Wish, wish_of
from console.web.pages.reviews.seeing import (
    READ_WAIT,
    filter_for,
    found,
    label_key,
    partly_masked,
    shown_masked,
)
from console.web.state import in_thread, state_of
from flows.departments import departments_of_review
from flows.review_list import neighbours
from flows.review_page import review_seen

router = APIRouter(prefix="/reviews", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the waterfall."""

    label: str
    bits: float
    detail: str


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """The context of `reviews/question.html`. *mine*: the user may decide, and nobody else has it in hand."""

    review: dict[str, Any]
    wish: Wish
    before: str
    behind: str
    key: str
    steps: list[Step]
    changes: list[dict[str, Any]]
    mine: bool
    may_decide: bool
    may_reveal: bool
    words: Any


@dataclass(frozen=True, slots=True)
class RecordsPart:
    """The context of `reviews/records.html`: the records side by side."""

    review: dict[str, Any]
    key: str
    mine: bool
    words: Any


@router.get("/{review_id}")
async def question(review_id: str, request: Request, who: Annotated[User, needs(acts.SEE_REVIEWS)]) -> Response:
    """The question."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.SEE_REVIEWS, review_id)
    wish = wish_of(request.query_params)

    def read() -> tuple[dict[str, Any] | None, tuple[str | None, str | None]]:
        shown = review_seen(hub, review_id, shown_masked(hub), raw=False)
        beside = neighbours(hub, filter_for(hub, who, wish), review_id) if shown is not None else (None, None)
        return shown, beside

    shown, (before, behind) = await in_thread(read, wait=READ_WAIT)
    review = found(shown)
    say = say_of(request)
    evidence = review["evidence"] or {"comparisons": [], "changes": []}
    decides = may(who, acts.DECIDE_REVIEWS)
    return render(
        request,
        "reviews/question.html",
        QuestionPage(
            review=review,
            wish=wish,
            before=f"/reviews/{before}{wish.query}" if before else "",
            behind=f"/reviews/{behind}{wish.query}" if behind else "",
            key=label_key(request),
            steps=steps_of(evidence["comparisons"], say),
            changes=changes_of(evidence["changes"], say),
            mine=decides and review["status"] == "open" and review["held_by"] in {None, who.name},
            may_decide=decides,
            may_reveal=may(who, acts.REVEAL_VALUES),
            words=words,
        ),
    )


@router.post("/{review_id}/reveal")
async def revealed(review_id: str, request: Request, who: Annotated[User, needs(acts.REVEAL_VALUES)]) -> Response:
    """The records with their values as they are: what the user may see, each field noted with their name."""
    hub = state_of(request).hub
    about = await in_thread(departments_of_review, hub, review_id)
    insist(who, acts.REVEAL_VALUES, about=about)
    review = found(await in_thread(lambda: review_seen(hub, review_id, shown_masked(hub), raw=False), wait=READ_WAIT))
    entity, asked = review["entity"], set()
    for name in {one["field"] for one in review["fields"]}:
        if may(who, acts.REVEAL_VALUES, about=about, field=class_of(hub, entity, name)):
            asked.add(name)
    if not asked:
        insist(who, acts.REVEAL_VALUES, about=about, field=FieldClass.SENSITIVE)
    for name in sorted(asked):
        for of in review["profiles"] or [review_id]:
            await reveal(request, who, entity=entity, field=name, of=of, about=about)
    show = partly_masked(hub, entity, frozenset(asked))
    shown = found(await in_thread(lambda: review_seen(hub, review_id, show, raw=True), wait=READ_WAIT))
    decides = may(who, acts.DECIDE_REVIEWS)
    mine = decides and shown["status"] == "open" and shown["held_by"] in {None, who.name}
    return render(request, "reviews/records.html", RecordsPart(shown, label_key(request), mine, words))


def steps_of(comparisons: list[dict[str, Any]], say: Texts) -> list[Step]:
    """Return the comparisons that say something, in the reader's language."""
    return [
        Step(
            say.say(words.COMPARED.get(one["field"], one["field"])),
            one["bits"],
            say.say(words.LEVELS.get(one["level"] or one["field"], one["level"])),
        )
        for one in comparisons
        if one["bits"] or one["field"] == "prior"
    ]


def changes_of(changes: list[dict[str, Any]], say: Texts) -> list[dict[str, Any]]:
    """Return what would change the answer, in the reader's language."""
    return [
        {
            "field": say.say(words.COMPARED.get(one["field"], one["field"])),
            "level": say.say(words.LEVELS.get(one["level"], one["level"])),
            "weight": one["weight"],
            "decision": say.say(words.OUTCOMES.get(one["decision"], one["decision"])),
        }
        for one in changes
    ]
