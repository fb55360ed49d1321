"""What stewards do with a profile: make one, edit and pin, merge, split, keep apart, ask for deletion. Room: console.

Each act shows first what it would come to, and is taken back with one click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request, Response

from console.access import acts
from console.access.user import User
from console.web.departments import insist_on_profile
from console.web.frame.forms import form_of
from console.web.frame.needs import needs
from console.web.frame.render import render, say_of
from console.web.frame.texts import N_
from console.web.frame.toast import Toast, go_to
from console.web.pages.reviews import words
from console.web.pages.reviews.answer import EffectPart, refusal_text
from console.web.pages.reviews.posted import LONGEST, Unreadable, until_of
from console.web.pages.reviews.seeing import (
    ACT_WAIT,
    LONGEST_REASON,
    READ_WAIT,
    found,
    label_key,
    shown_masked,
)
from console.web.state import in_thread, state_of
from flows.deletion_requests import request_deletion
from flows.hub import Hub
from flows.profile_acts import (
    edit,
    effect_of_edit,
    effect_of_merge,
    effect_of_split,
)
from flows.profile_edits import Edit, WrongValue, create_profile, read_values
from flows.profile_page import profile_seen
from flows.profile_view import label_of
from flows.stewards import Outcome, keep_apart, keep_customer, merge, split, unmerge
from golden_record.errors import NotDecidable

router = APIRouter(prefix="/profiles", include_in_schema=False)

MOST_VALUES = 20
"""Values of one field that a form holds."""


@dataclass(frozen=True, slots=True)
class EditPage:
    """The context of `profiles/edit.html`: the fields with what they hold, and what was wrong with what was typed."""

    profile: dict[str, Any] | None
    entity: str
    entities: dict[str, str]
    fields: list[dict[str, Any]]
    reason: str
    refused: str
    wrong: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SplitPage:
    """The context of `profiles/split.html`."""

    profile: dict[str, Any]
    refused: str
    back: str
    words: Any


@dataclass(frozen=True, slots=True)
class MergePage:
    """The context of `profiles/merge.html`."""

    left: dict[str, Any]
    right: dict[str, Any]
    labels: dict[str, str]
    effect: dict[str, Any]
    key: str
    decision: str
    refused: str
    label: Callable[[str, str], str]
    words: Any


Form = dict[str, list[str]]


async def _form(request: Request) -> Form:
    form = await form_of(request)
    said: Form = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            said.setdefault(name, []).append(value[:LONGEST])
    return said


def _one(form: Form, name: str) -> str:
    return form.get(name, [""])[0].strip()


def _reason(form: Form) -> str:
    return _one(form, "reason")[:LONGEST_REASON]


# ------------------------------------------------------------------------------------------------- create


@router.get("/new")
async def new(
    request: Request,
    _who: Annotated[User, needs(acts.EDIT_PROFILES)],
    entity: Annotated[str, Query(max_length=120)] = "person",
) -> Response:
    """The form of a profile that no system has yet."""
    hub = state_of(request).hub
    return render(request, "profiles/edit.html", _edit_page(request, hub, None, entity, {}, "", {}, ""))


@router.post("/new")
async def create(request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """Make it; where its values say that the customer is known, it joins that profile."""
    hub = state_of(request).hub
    form = await _form(request)
    entity, reason = _one(form, "entity") or "person", _reason(form)
    typed = typed_of(form, clear=False)
    wrong = await in_thread(_mistakes, hub, entity, typed)
    refused = "" if reason and typed else say_of(request).say(N_("Give at least one value, and say why."))
    if wrong or refused:
        page = _edit_page(request, hub, None, entity, typed, reason, wrong, refused)
        return render(request, "profiles/edit.html", page, status=422)
    made = await in_thread(lambda: create_profile(hub, entity, typed, author=who.name, reason=reason), wait=ACT_WAIT)
    text = N_("Made.") if made.created else N_("The customer is known already: your values joined this profile.")
    return go_to(request, f"/profiles/{made.profiles[0]}", Toast(say_of(request).say(text), "good"))


# --------------------------------------------------------------------------------------------------- edit


@router.get("/{profile_id}/edit")
async def editing(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """The form of an edit: empty fields stay as they are."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    seen = found(await in_thread(lambda: profile_seen(hub, profile_id, shown_masked(hub), raw=False), wait=READ_WAIT))
    return render(request, "profiles/edit.html", _edit_page(request, hub, seen, seen["entity"], {}, "", {}, ""))


@router.post("/{profile_id}/edit")
async def edited(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """Keep an edit: a contribution of the steward's own, with author and reason."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    form = await _form(request)
    reason = _reason(form)
    say = say_of(request)
    seen = found(await in_thread(lambda: profile_seen(hub, profile_id, shown_masked(hub), raw=False), wait=READ_WAIT))
    typed = typed_of(form, clear=True)
    wrong = await in_thread(_mistakes, hub, seen["entity"], typed)
    refused = ""
    if not reason or not typed:
        refused = say.say(N_("Change something, and say why."))
    if not wrong and not refused:
        try:
            change = change_of(hub, form, typed)
            stamp = _one(form, "stamp") or None
            done = await in_thread(
                lambda: edit(hub, profile_id, change, author=who.name, reason=reason, stamp=stamp), wait=ACT_WAIT
            )
            return _on(request, done, say.say(N_("Kept. The systems get it with the next sync.")))
        except NotDecidable as why:
            refused = refusal_text(request, why)
        except (WrongValue, Unreadable):
            refused = say.say(words.REFUSALS["wrong_value"])
    page = _edit_page(request, hub, seen, seen["entity"], typed, reason, wrong, refused)
    return render(request, "profiles/edit.html", page, status=422)


@router.post("/{profile_id}/edit/effect")
async def edit_effect(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """What an edit would come to; nothing is kept."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    form = await _form(request)
    typed = typed_of(form, clear=True)
    if not typed:
        return Response("")
    return await _tried(
        request,
        lambda: effect_of_edit(hub, profile_id, change_of(hub, form, typed), author=who.name, show=shown_masked(hub)),
        "edit",
    )


# -------------------------------------------------------------------------------------------------- split


@router.get("/{profile_id}/split")
async def splitting(
    profile_id: str,
    request: Request,
    who: Annotated[User, needs(acts.EDIT_PROFILES)],
    back: Annotated[str, Query(max_length=26)] = "",
) -> Response:
    """The records of a profile, to choose those that leave."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    seen = found(await in_thread(lambda: profile_seen(hub, profile_id, shown_masked(hub), raw=False), wait=READ_WAIT))
    return render(request, "profiles/split.html", SplitPage(seen, "", back if back.isalnum() else "", words))


@router.post("/{profile_id}/split/effect")
async def split_effect(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """What a split would come to; nothing is kept."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    names = (await _form(request)).get("record", [])
    if not names:
        return Response("")
    return await _tried(
        request,
        lambda: effect_of_split(hub, profile_id, names, author=who.name, show=shown_masked(hub)),
        "split",
    )


@router.post("/{profile_id}/split")
async def split_(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """Take records out of a profile as one customer of their own."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    form = await _form(request)
    names, say = form.get("record", []), say_of(request)
    reason = _reason(form) or say.say(N_("other people"))
    if not names:
        seen = found(await in_thread(lambda: profile_seen(hub, profile_id, shown_masked(hub), raw=False)))
        page = SplitPage(seen, say.say(N_("Choose the records that leave; one at least stays.")), "", words)
        return render(request, "profiles/split.html", page, status=422)
    return await _kept(
        request,
        profile_id,
        lambda: split(hub, profile_id, names, author=who.name, reason=reason),
        say.say(N_("Split. The pair will not be merged again by itself.")),
        here=f"/profiles/{profile_id}/split",
    )


@router.post("/{profile_id}/unmerge")
async def unmerge_(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """Give the records of a profile that was merged into this one their own profile and its id back."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    form = await _form(request)
    former, say = _one(form, "former"), say_of(request)
    await insist_on_profile(request, who, acts.EDIT_PROFILES, former)
    reason = _reason(form) or say.say(N_("not one customer after all"))
    return await _kept(
        request,
        profile_id,
        lambda: unmerge(hub, former, author=who.name, reason=reason),
        say.say(N_("Parted again.")),
    )


# -------------------------------------------------------------------------------------------------- merge


@router.get("/{profile_id}/merge")
async def merging(
    profile_id: str,
    request: Request,
    who: Annotated[User, needs(acts.EDIT_PROFILES)],
    other: Annotated[str, Query(max_length=400, alias="with")],
) -> Response:
    """Two profiles side by side, and what joining them would come to."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    other = other.strip()
    await insist_on_profile(request, who, acts.EDIT_PROFILES, other)
    show = shown_masked(hub)
    key = label_key(request)

    def read() -> MergePage | None:
        left, right = (profile_seen(hub, one, show, raw=False) for one in (profile_id, other.upper()))
        if left is None or right is None:
            return None
        refused, effect = "", {"profiles": [], "systems": [], "opened": 0}
        try:
            effect = effect_of_merge(hub, profile_id, other, author=who.name, show=show)
        except NotDecidable as why:
            refused = refusal_text(request, why)
        names = list(dict.fromkeys([*left["fields"], *right["fields"]]))
        labels = {name: label_of(hub, left["entity"], name)[key] for name in names}
        return MergePage(left, right, labels, effect, key, "match", refused, _labels(request), words)

    return render(request, "profiles/merge.html", found(await in_thread(read, wait=READ_WAIT)))


@router.post("/{profile_id}/merge")
async def merge_(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """Join two profiles, or keep them apart for good, as the button says."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    form = await _form(request)
    other, say = _one(form, "with"), say_of(request)
    await insist_on_profile(request, who, acts.EDIT_PROFILES, other)
    apart = _one(form, "act") == "apart"
    reason = _reason(form) or say.say(N_("seen side by side"))
    do = keep_apart if apart else merge
    text = N_("They are kept apart for good.") if apart else N_("Merged.")
    return await _kept(
        request, profile_id, lambda: do(hub, profile_id, other, author=who.name, reason=reason), say.say(text)
    )


# ----------------------------------------------------------------------------------------------- deletion


@router.post("/{profile_id}/keep")
async def keep(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """Archive a customer no longer, whatever of its records people deleted."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    form, say = await _form(request), say_of(request)
    reason = _reason(form) or say.say(N_("still a customer"))
    return await _kept(
        request,
        profile_id,
        lambda: keep_customer(hub, profile_id, author=who.name, reason=reason),
        say.say(N_("The customer is kept.")),
    )


@router.post("/{profile_id}/delete")
async def delete(profile_id: str, request: Request, who: Annotated[User, needs(acts.EDIT_PROFILES)]) -> Response:
    """Ask for the deletion; nothing is deleted by it."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    reason, say = _reason(await _form(request)), say_of(request)
    if not reason:
        raise HTTPException(422, say.say(N_("Say why.")))
    return await _kept(
        request,
        profile_id,
        lambda: request_deletion(hub, profile_id, author=who.name, reason=reason),
        say.say(N_("The request is kept. Whoever may erase sees it on the profile.")),
    )


# ------------------------------------------------------------------------------------------------- shared


def typed_of(form: Mapping[str, Sequence[str]], *, clear: bool) -> dict[str, list[str]]:
    """Return field -> typed values, those that were left alone out; `clear.<field>` empties one."""
    found_: dict[str, list[str]] = {}
    for name, values in form.items():
        if name.startswith("set."):
            texts = [text.strip() for text in values if text.strip()][:MOST_VALUES]
            if texts:
                found_[name.removeprefix("set.")] = texts
        elif clear and name.startswith("clear.") and values and values[0] == "yes":
            found_.setdefault(name.removeprefix("clear."), [])
    return found_


def change_of(hub: Hub, form: Form, typed: Mapping[str, Sequence[str]]) -> Edit:
    """Return the edit that a form states.

    Raises:
        Unreadable: its date is none.
    """
    pinned = _one(form, "pin") == "yes"
    until = until_of(_one(form, "until"), hub.now()) if pinned else None
    return Edit(typed, pinned, until)


def _mistakes(hub: Hub, entity: str, typed: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return field -> what is wrong with what was typed; never the value itself."""
    wrong: dict[str, str] = {}
    for name, texts in typed.items():
        try:
            read_values(hub, entity, name, texts)
        except WrongValue:
            wrong[name] = "wrong"
    return wrong


def _edit_page(  # noqa: PLR0913 (what the form shows)
    request: Request,
    hub: Hub,
    profile: dict[str, Any] | None,
    entity: str,
    typed: Mapping[str, Sequence[str]],
    reason: str,
    wrong: Mapping[str, str],
    refused: str,
) -> EditPage:
    key = label_key(request)
    shapes = hub.project.profile.root
    shape = shapes.get(entity) or shapes[next(iter(shapes))]
    return EditPage(
        profile=profile,
        entity=entity,
        entities={
            name: getattr(one.label, key) if one.label else name
            for name, one in shapes.items()
            if name != "interaction"
        },
        fields=[
            {
                "name": name,
                "label": label_of(hub, entity, name)[key],
                "many": one.many,
                "type": one.type,
                "choices": {word: getattr(label, key) for word, label in one.values.items()}
                if isinstance(one.values, dict)
                else {word: word for word in one.values},
                "now": (profile or {}).get("fields", {}).get(name),
                "typed": list(typed.get(name, ())),
                "cleared": name in typed and not typed[name],
                "wrong": name in wrong,
            }
            for name, one in shape.fields.items()
        ],
        reason=reason,
        refused=refused,
        wrong=dict(wrong),
    )


async def _tried(request: Request, work: Callable[[], dict[str, Any]], decision: str) -> Response:
    made, refused = None, ""
    try:
        made = await in_thread(work, wait=READ_WAIT)
    except NotDecidable as why:
        refused = refusal_text(request, why)
    except (WrongValue, Unreadable):
        refused = say_of(request).say(words.REFUSALS["wrong_value"])
    part = EffectPart(made, refused, label_key(request), decision, _labels(request), words)
    return render(request, "reviews/effect.html", part)


async def _kept(
    request: Request, profile_id: str, work: Callable[[], Outcome], text: str, *, here: str | None = None
) -> Response:
    try:
        done = await in_thread(work, wait=ACT_WAIT)
    except NotDecidable as why:
        return go_to(request, here or f"/profiles/{profile_id}", Toast(refusal_text(request, why), "bad"))
    return _on(request, done, text, profile_id)


def _on(request: Request, done: Outcome, text: str, profile_id: str = "") -> Response:
    there = profile_id if profile_id in done.profiles or not done.profiles else done.profiles[0]
    return go_to(
        request, f"/profiles/{there}", Toast(text, "good", undo=f"/acts/{done.run_id}/undo?back=/profiles/{there}")
    )


def _labels(request: Request) -> Callable[[str, str], str]:
    hub, key = state_of(request).hub, label_key(request)
    return lambda entity, name: label_of(hub, entity, name)[key]
