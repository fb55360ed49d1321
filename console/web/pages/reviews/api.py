"""`/api/reviews/…`: what the pages of reviews do, for programs. Room: console.

Values are shown as they are only to a token that is good for them. A refusal is 409 and says who decided what.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from console.access import acts
from console.access.may import Refusal, may
from console.access.user import User
from console.web.departments import insist_on_acts, insist_on_review
from console.web.frame.bearer import bearer
from console.web.frame.needs import Refused, needs
from console.web.pages.reviews.filters import Wish
from console.web.pages.reviews.seeing import ACT_WAIT, READ_WAIT, filter_for
from console.web.state import in_thread, state_of
from flows.bulk_decisions import CEILING, Rule, decide_all, sample
from flows.decisions import Decision, FieldWord, decide
from flows.effect import effect_of_decision
from flows.hub import Hub
from flows.profile_edits import WrongValue
from flows.profile_view import Show, view_of
from flows.review_list import queue_page
from flows.review_page import review_seen
from flows.stewards import comment_review, defer_review, give_back_review, take_review, undo_acts
from flows.undo_effect import effect_of_undo

router = APIRouter(prefix="/api", dependencies=[bearer], tags=["reviews"])

Reason = Annotated[str, Field(min_length=1, max_length=2000, description="Why; kept with the act")]
Text = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Mask = Annotated[bool, Query(description="Hide the personal core of values")]


class Strict(BaseModel):
    """Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class RecordName(Strict):
    """One record of one stream of one system."""

    system: Name
    stream: Name
    id: str = Field(min_length=1, max_length=255)


class Word(Strict):
    """A word on one field: what a *record* of the question shows there, or typed *values* (none: it is emptied)."""

    record: RecordName | None = None
    values: list[Text] = Field([], max_length=50)


class Answer(Strict):
    """An answer: `pick` takes *n*, `value` the word on the field in question, `match` words on any fields."""

    decision: Literal["match", "no_match", "pick", "value", "restore", "accept", "archive", "propagate", "dismiss"]
    n: int | None = Field(None, ge=1, le=1000)
    words: dict[Name, Word] = Field({}, max_length=200)
    pin: bool = False
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _fits(self) -> Answer:
        if (self.decision == "pick") != (self.n is not None):
            raise ValueError("`n` goes with the decision `pick`")
        if self.until is not None and not self.pin:
            raise ValueError("`until` goes with `pin`")
        return self

    def decision_(self) -> Decision:
        """Return it as the services take it."""
        words = {
            name: FieldWord(
                (one.record.system, one.record.stream, one.record.id) if one.record else None, tuple(one.values)
            )
            for name, one in self.words.items()
        }
        return Decision(self.decision, self.n, words, self.pin, self.until)


class Decided(Answer):
    """An answer to be kept. *stamp*: of what was looked at; where it has changed since, the answer is refused."""

    reason: Reason
    stamp: str | None = Field(None, max_length=64)


class Taken(Strict):
    """For how long."""

    minutes: int = Field(30, ge=1, le=1440)


class Deferral(Strict):
    """Until when, and why."""

    until: AwareDatetime
    reason: Reason


class Comment(Strict):
    """What is said."""

    words: str = Field(min_length=1, max_length=2000)


class RuleOf(Strict):
    """Which open questions are meant: all that fit every part that is given."""

    kind: Name | None = None
    entity: Name | None = None
    why: Name | None = None
    field: Name | None = None
    system: Name | None = None
    at_least: float | None = None
    below: float | None = None
    opened_before: AwareDatetime | None = None

    def rule(self) -> Rule:
        """Return it as the services take it."""
        return Rule(**self.model_dump())


class Bulk(Strict):
    """A rule, and what to decide for all that it fits; refused above *ceiling*."""

    rule: RuleOf
    decision: Literal["match", "no_match", "dismiss", "suggested"]
    reason: Reason
    ceiling: int = Field(CEILING, ge=1, le=CEILING)


class UndoTried(Strict):
    """Ids of acts, or of runs: then every act that was done in them."""

    ids: list[Annotated[str, Field(min_length=1, max_length=26)]] = Field(min_length=1, max_length=500)


class Undo(UndoTried):
    """The same, and why they are taken back."""

    reason: Reason


def view(hub: Hub, who: User, *, mask: bool) -> Show:
    """Return how values are shown to whoever asks."""
    return view_of(hub, mask=mask or not may(who, acts.SEE_VALUES))


@router.get("/queue", summary="The steward's queue, filtered, the most pressing first")
async def queue(  # noqa: PLR0913 (what can be asked for)
    who: Annotated[User, needs(acts.SEE_REVIEWS)],
    request: Request,
    kind: Annotated[str, Query(max_length=20)] = "",
    entity: Annotated[str, Query(max_length=120)] = "",
    field: Annotated[str, Query(max_length=120)] = "",
    system: Annotated[str, Query(max_length=120)] = "",
    department: Annotated[str, Query(max_length=120)] = "",
    at_least: Annotated[float | None, Query(description="Bits")] = None,
    below: Annotated[float | None, Query(description="Bits")] = None,
    older: Annotated[int | None, Query(ge=0, le=9999, description="Opened more than so many days ago")] = None,
    free: Annotated[bool, Query(description="In nobody else's hands")] = False,  # noqa: FBT002 (a query parameter)
    deferred: Annotated[bool, Query(description="Those put off, instead of those that wait")] = False,  # noqa: FBT002
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(max_length=64)] = None,
    mask: Mask = False,  # noqa: FBT002 (likewise)
) -> dict[str, Any]:
    """A page: `{"items", "next", "total", "counts"}`."""
    hub = state_of(request).hub
    wish = Wish(
        kind,
        entity,
        field,
        system,
        department,
        "" if at_least is None else str(at_least),
        "" if below is None else str(below),
        "" if older is None else str(older),
        "yes" if free else "",
        "yes" if deferred else "",
    )
    show = view(hub, who, mask=mask)
    return await in_thread(
        lambda: queue_page(hub, filter_for(hub, who, wish), after=after, limit=limit, show=show), wait=READ_WAIT
    )


@router.get("/reviews/{review_id}/page", summary="One question with all that speaks for and against its answers")
async def page(
    review_id: str,
    who: Annotated[User, needs(acts.SEE_REVIEWS)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """Records side by side, the proposed profile, evidence, earlier decisions, and the `stamp` for an answer."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.SEE_REVIEWS, review_id)
    plain = not mask and may(who, acts.SEE_VALUES)
    found = await in_thread(lambda: review_seen(hub, review_id, view(hub, who, mask=mask), raw=plain), wait=READ_WAIT)
    if found is None:
        raise HTTPException(404, "there is no review of this id")
    return found


@router.post("/reviews/{review_id}/effect", summary="What an answer would come to; nothing is kept")
async def effect(
    review_id: str,
    answer: Answer,
    who: Annotated[User, needs(acts.SEE_REVIEWS)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """The profiles after it, and per system the fields that it would receive."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.SEE_REVIEWS, review_id)
    show = view(hub, who, mask=mask)
    return await fitting_values(
        lambda: effect_of_decision(hub, review_id, answer.decision_(), author=who.name, show=show), READ_WAIT
    )


@router.post("/reviews/{review_id}/decide", summary="Decide a question")
async def decide_(
    review_id: str, answer: Decided, who: Annotated[User, needs(acts.DECIDE_REVIEWS)], request: Request
) -> dict[str, Any]:
    """What `crmhub review decide` prints; `acts` and `run_id` are what undo takes."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    return await fitting_values(
        lambda: decide(
            hub, review_id, answer.decision_(), author=who.name, reason=answer.reason, stamp=answer.stamp
        ).to_json(),
        ACT_WAIT,
    )


@router.post("/reviews/take", summary="Take the most pressing free question in hand")
async def take_next(wish: Taken, who: Annotated[User, needs(acts.DECIDE_REVIEWS)], request: Request) -> dict[str, Any]:
    """Its id."""
    hub = state_of(request).hub
    if who.departments is not None:
        raise Refused(acts.DECIDE_REVIEWS, Refusal.DEPARTMENT)
    held = timedelta(minutes=wish.minutes)
    return {"id": await in_thread(lambda: take_review(hub, None, held_for=held, author=who.name))}


@router.post("/reviews/{review_id}/take", summary="Take a question in hand")
async def take(
    review_id: str, wish: Taken, who: Annotated[User, needs(acts.DECIDE_REVIEWS)], request: Request
) -> dict[str, Any]:
    """Its id; until the time has passed nobody else decides it."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    held = timedelta(minutes=wish.minutes)
    return {"id": await in_thread(lambda: take_review(hub, review_id, held_for=held, author=who.name))}


@router.post("/reviews/{review_id}/release", summary="Let others take a question")
async def release(review_id: str, who: Annotated[User, needs(acts.DECIDE_REVIEWS)], request: Request) -> dict[str, Any]:
    """Its id."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    await in_thread(lambda: give_back_review(hub, review_id, author=who.name))
    return {"id": review_id}


@router.post("/reviews/{review_id}/defer", summary="Put a question off")
async def defer(
    review_id: str, wish: Deferral, who: Annotated[User, needs(acts.DECIDE_REVIEWS)], request: Request
) -> dict[str, Any]:
    """It leaves the queue until then."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    until: datetime = wish.until
    done = await in_thread(
        lambda: defer_review(hub, review_id, until, author=who.name, reason=wish.reason), wait=ACT_WAIT
    )
    return done.to_json()


@router.post("/reviews/{review_id}/comment", summary="Say something about a question")
async def comment(
    review_id: str, wish: Comment, who: Annotated[User, needs(acts.DECIDE_REVIEWS)], request: Request
) -> dict[str, Any]:
    """Open or closed."""
    hub = state_of(request).hub
    await insist_on_review(request, who, acts.DECIDE_REVIEWS, review_id)
    done = await in_thread(lambda: comment_review(hub, review_id, author=who.name, words=wish.words), wait=ACT_WAIT)
    return done.to_json()


@router.post("/reviews/bulk/sample", summary="Which questions a rule fits, and a sample of them")
async def bulk_sample(
    rule: RuleOf,
    who: Annotated[User, needs(acts.DECIDE_REVIEWS)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """`{"fitting", "sample"}`; nothing is changed."""
    for_all_departments(who)
    hub = state_of(request).hub
    show = view(hub, who, mask=mask)
    return await in_thread(lambda: sample(hub, rule.rule(), who.name, show), wait=READ_WAIT)


@router.post("/reviews/bulk", summary="Decide all questions that a rule fits, in one run that is undone as one")
async def bulk(wish: Bulk, who: Annotated[User, needs(acts.DECIDE_REVIEWS)], request: Request) -> dict[str, Any]:
    """What was decided, and what was left open with the reason."""
    for_all_departments(who)
    hub = state_of(request).hub
    done = await in_thread(
        lambda: decide_all(
            hub, wish.rule.rule(), wish.decision, author=who.name, reason=wish.reason, ceiling=wish.ceiling
        ),
        wait=ACT_WAIT,
    )
    return done.to_json()


@router.post("/undo/effect", summary="What taking stewards' acts back would come to")
async def undo_effect(
    wish: UndoTried,
    who: Annotated[User, needs(acts.UNDO_ACTS)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """`acts` and what each system would receive; nothing is changed. Of more than 40 acts `effect` is null."""
    hub = state_of(request).hub
    await insist_on_acts(request, who, wish.ids)
    show = view(hub, who, mask=mask)
    return await in_thread(lambda: effect_of_undo(hub, wish.ids, author=who.name, show=show), wait=READ_WAIT)


@router.post("/undo", summary="Take stewards' acts back")
async def undo(wish: Undo, who: Annotated[User, needs(acts.UNDO_ACTS)], request: Request) -> dict[str, Any]:
    """What `crmhub undo` prints: the newest act is undone first."""
    hub = state_of(request).hub
    await insist_on_acts(request, who, wish.ids)
    done = await in_thread(lambda: undo_acts(hub, wish.ids, author=who.name, reason=wish.reason), wait=ACT_WAIT)
    return done.to_json()


def for_all_departments(who: User) -> None:
    """Refuse somebody of single departments what knows no department.

    Raises:
        Refused: they work for some departments only.
    """
    if who.departments is not None:
        raise Refused(acts.DECIDE_REVIEWS, Refusal.DEPARTMENT)


async def fitting_values(work: Any, wait: float) -> dict[str, Any]:  # noqa: ANN401 (a callable that gives JSON)
    """Do *work*; a value that is none of its field is 422, told without the value."""
    try:
        made: dict[str, Any] = await in_thread(work, wait=wait)
    except WrongValue as wrong:
        raise HTTPException(422, str(wrong)) from None
    return made
