"""`/reviews/bulk`: decide many questions by one rule, a sample first. Room: console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, get_args

from fastapi import APIRouter, Request, Response

from console.access import acts
from console.access.may import Refusal
from console.access.user import User
from console.web.frame.forms import form_of
from console.web.frame.needs import Refused, needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.pages.reviews import words
from console.web.pages.reviews.filters import AGES, KINDS
from console.web.pages.reviews.seeing import ACT_WAIT, LONGEST_REASON, READ_WAIT, label_key, shown_masked
from console.web.state import in_thread, state_of
from flows.bulk_decisions import CEILING, Decision, Rule, decide_all, sample
from flows.hub import Hub
from flows.profile_view import label_of
from golden_record.errors import NotDecidable

router = APIRouter(prefix="/reviews/bulk", include_in_schema=False)

DECISIONS: Final[Mapping[str, str]] = {
    "suggested": N_("as suggested for each"),
    "match": N_("merge"),
    "no_match": N_("not a match"),
    "dismiss": N_("dismiss"),
}
_NAMES: Final = ("kind", "entity", "why", "field", "system", "at_least", "below", "older")


@dataclass(frozen=True, slots=True)
class BulkPage:
    """The context of `reviews/bulk.html`. *found* is None before a rule was tried."""

    said: dict[str, str]
    found: dict[str, Any] | None
    refused: str
    kinds: Sequence[str]
    ages: Sequence[int]
    systems: Sequence[str]
    entities: dict[str, str]
    whys: Mapping[str, str]
    fields: Sequence[tuple[str, str]]
    decisions: Mapping[str, str]
    ceiling: int
    key: str
    words: Any


@router.get("")
async def show(request: Request, who: Annotated[User, needs(acts.DECIDE_REVIEWS)]) -> Response:
    """The form of a rule; with a rule in the address, how many it fits and a sample of them."""
    _all_departments(who)
    hub = state_of(request).hub
    said = {name: request.query_params.get(name, "").strip()[:120] for name in (*_NAMES, "decision", "reason")}
    found, refused = None, ""
    if said["kind"] or said["why"] or request.query_params.get("try"):
        try:
            rule = rule_of(hub, said)
            found = await in_thread(lambda: sample(hub, rule, who.name, shown_masked(hub)), wait=READ_WAIT)
        except ValueError:
            refused = say_of(request).say(N_("The rule cannot be read: bits and days are numbers."))
    return render(request, "reviews/bulk.html", _page(request, hub, said, found, refused))


@router.post("")
async def decide(request: Request, who: Annotated[User, needs(acts.DECIDE_REVIEWS)]) -> Response:
    """Decide all that the rule fits, in one run that is undone as one."""
    _all_departments(who)
    hub = state_of(request).hub
    form = await form_of(request)
    said = {
        name: str(form.get(name, "")).strip()[:LONGEST_REASON] for name in (*_NAMES, "decision", "reason", "fitting")
    }
    say = say_of(request)
    decision = next((one for one in get_args(Decision) if one == said["decision"]), None)
    if decision is None or not said["reason"]:
        refused = say.say(N_("Choose what to decide, and say why."))
        return render(request, "reviews/bulk.html", _page(request, hub, said, None, refused), status=422)
    try:
        rule = rule_of(hub, said)
        # What was looked at is the ceiling: a rule that fits more by now is looked at again.
        ceiling = min(CEILING, int(said["fitting"])) if said["fitting"].isdecimal() else CEILING
        done = await in_thread(
            lambda: decide_all(hub, rule, decision, author=who.name, reason=said["reason"], ceiling=ceiling),
            wait=ACT_WAIT,
        )
    except NotDecidable:
        refused = say.say(
            N_("Nothing was decided: no question fits any more, or more fit than you have looked at. Look again.")
        )
        return render(request, "reviews/bulk.html", _page(request, hub, said, None, refused), status=409)
    except ValueError:
        refused = say.say(N_("The rule cannot be read: bits and days are numbers."))
        return render(request, "reviews/bulk.html", _page(request, hub, said, None, refused), status=422)
    text = say.say(N_("Questions decided: %(num)d.")) % {"num": len(done.ids)}
    if done.left:
        text += " " + say.say(N_("Left open: %(num)d.")) % {"num": len(done.left)}
    return go_to(request, "/reviews", Toast(text, "good", undo=f"/acts/{done.outcome.run_id}/undo"))


def rule_of(hub: Hub, said: Mapping[str, str]) -> Rule:
    """Return the rule that a form states.

    Raises:
        ValueError: a number is none.
    """
    older = said.get("older", "")
    return Rule(
        kind=said.get("kind") or None,
        entity=said.get("entity") or None,
        why=said.get("why") or None,
        field=said.get("field") or None,
        system=said.get("system") or None,
        at_least=float(said["at_least"]) if said.get("at_least") else None,
        below=float(said["below"]) if said.get("below") else None,
        opened_before=hub.now() - timedelta(days=min(int(older), 10_000)) if older else None,
    )


def _all_departments(who: User) -> None:
    """Many at once are decided only by those who work for every department: a rule knows none."""
    if who.departments is not None:
        raise Refused(acts.DECIDE_REVIEWS, Refusal.DEPARTMENT)


def _page(request: Request, hub: Hub, said: dict[str, str], found: dict[str, Any] | None, refused: str) -> BulkPage:
    key = label_key(request)
    profile = hub.project.profile.root
    fields = {name: label_of(hub, entity, name)[key] for entity in profile for name in profile[entity].fields}
    return BulkPage(
        said=said,
        found=found,
        refused=refused,
        kinds=KINDS,
        ages=AGES,
        systems=list(hub.systems),
        entities={name: getattr(one.label, key) if one.label else name for name, one in profile.items()},
        whys=words.WHYS,
        fields=sorted(fields.items(), key=lambda one: one[1]),
        decisions=DECISIONS,
        ceiling=CEILING,
        key=key,
        words=words,
    )
