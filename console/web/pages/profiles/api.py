"""`/api/profiles/…`: what the pages of profiles do, for programs. Room: console."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import AwareDatetime, Field, model_validator

from console.access import acts
from console.access.acts import Act
from console.access.may import may
from console.access.user import User
from console.web.departments import insist_on_profile, near_theirs
from console.web.frame.bearer import bearer
from console.web.frame.needs import needs
from console.web.pages.reviews.api import Mask, Name, Reason, RecordName, Strict, Text, fitting_values, view
from console.web.pages.reviews.seeing import ACT_WAIT, READ_WAIT
from console.web.state import in_thread, state_of
from flows import profile_history
from flows.deletion_requests import request_deletion
from flows.interactions import interactions_page
from flows.near_profiles import near_profiles
from flows.profile_acts import edit, effect_of_edit, effect_of_merge, effect_of_split
from flows.profile_at import profile_at
from flows.profile_edits import Edit, create_profile
from flows.profile_page import profile_seen
from flows.profile_story import story
from flows.stewards import keep_apart, keep_customer, merge, split, unmerge

router = APIRouter(prefix="/api/profiles", dependencies=[bearer], tags=["profiles"])

Values = Annotated[dict[Name, list[Text]], Field(max_length=200)]
ProfileId = Annotated[str, Field(min_length=1, max_length=26)]
Limit = Annotated[int, Query(ge=1, le=500)]
Found = TypeVar("Found")
After = Annotated[str | None, Query(max_length=12)]


class Change(Strict):
    """Fields to *set* (a list replaces the whole of a field that holds many), fields to *clear*, and a pin."""

    set: Values = Field(default_factory=dict)
    clear: list[Name] = Field([], max_length=200)
    pin: bool = False
    until: AwareDatetime | None = None

    @model_validator(mode="after")
    def _fits(self) -> Change:
        if not self.set and not self.clear:
            raise ValueError("nothing is set or cleared")
        if self.until is not None and not self.pin:
            raise ValueError("`until` goes with `pin`")
        return self

    def edit(self) -> Edit:
        """Return it as the services take it."""
        until: datetime | None = self.until
        return Edit({**self.set, **{name: [] for name in self.clear}}, self.pin, until)


class Edited(Change):
    """An edit to be kept. *stamp*: of what was looked at; where the profile has changed since, it is refused."""

    reason: Reason
    stamp: str | None = Field(None, max_length=64)


class Made(Strict):
    """A profile that no system has yet."""

    entity: Name = "person"
    values: Values
    reason: Reason


class Other(Strict):
    """The other profile."""

    other: ProfileId
    reason: Reason


class Leaving(Strict):
    """The records that leave."""

    records: list[RecordName] = Field(min_length=1, max_length=500)
    reason: Reason

    def names(self) -> list[str]:
        """Return them as people write them."""
        return [f"{one.system}/{one.stream}/{one.id}" for one in self.records]


class Former(Strict):
    """The id of a profile that was merged into this one."""

    former: ProfileId
    reason: Reason


class Why(Strict):
    """Why."""

    reason: Reason


@router.post("", status_code=201, summary="Make a profile by hand")
async def create(wish: Made, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request) -> dict[str, Any]:
    """What `crmhub profiles create` prints; where the customer is known, the values join that profile."""
    hub = state_of(request).hub

    def work() -> dict[str, Any]:
        made = create_profile(hub, wish.entity, wish.values, author=who.name, reason=wish.reason)
        return {**made.to_json(), "profile_id": made.profiles[0], "created": made.created}

    return await fitting_values(work, ACT_WAIT)


@router.get("/{profile_id}/page", summary="A profile with its records side by side")
async def page(
    profile_id: str,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """Values and lineage, what lost, records, relations, words that stand, and the `stamp` for an edit."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.SEE_PROFILES, profile_id)
    plain = not mask and may(who, acts.SEE_VALUES)
    show = view(hub, who, mask=mask)
    return there(await in_thread(lambda: profile_seen(hub, profile_id, show, raw=plain), wait=READ_WAIT))


@router.get("/{profile_id}/at", summary="What a profile showed at a time")
async def at_(
    profile_id: str,
    at: AwareDatetime,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """Its fields as they stood, and which of them show something else now."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.SEE_PROFILES, profile_id)
    show = view(hub, who, mask=mask)
    return there(await in_thread(lambda: profile_at(hub, profile_id, at, show), wait=READ_WAIT))


@router.get("/{profile_id}/history", summary="What happened to a profile, oldest first")
async def history(  # noqa: PLR0913 (what can be asked for)
    profile_id: str,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    limit: Limit = 100,
    after: After = None,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """What `crmhub profiles history` prints."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.SEE_PROFILES, profile_id)
    show = view(hub, who, mask=mask)
    return there(
        await in_thread(
            lambda: profile_history.history(hub, profile_id, after=after, limit=limit, show=show), wait=READ_WAIT
        )
    )


@router.get("/{profile_id}/story", summary="Which records came when and why, who decided what, which values lost")
async def story_(
    profile_id: str,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """What `crmhub profiles story` prints."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.SEE_PROFILES, profile_id)
    show = view(hub, who, mask=mask)
    return there(await in_thread(lambda: story(hub, profile_id, show), wait=READ_WAIT))


@router.get("/{profile_id}/interactions", summary="What a customer did, the newest first")
async def interactions(  # noqa: PLR0913 (what can be asked for)
    profile_id: str,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    limit: Limit = 50,
    after: After = None,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """Purchases, cases, ratings."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.SEE_PROFILES, profile_id)
    start = int(after) if after and after.isdecimal() else 0
    show = view(hub, who, mask=mask)
    return there(
        await in_thread(lambda: interactions_page(hub, profile_id, start=start, limit=limit, show=show), wait=READ_WAIT)
    )


@router.get("/{profile_id}/duplicates", summary="Profiles that may be the same customer")
async def duplicates(
    profile_id: str,
    who: Annotated[User, needs(acts.SEE_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """The strongest evidence first."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.SEE_PROFILES, profile_id)
    show = view(hub, who, mask=mask)
    near = there(await in_thread(lambda: near_profiles(hub, profile_id, show), wait=READ_WAIT))
    return {"items": await in_thread(near_theirs, hub, who, near), "next": None}


@router.post("/{profile_id}/edit", summary="Set, clear or pin fields")
async def edit_(
    profile_id: str, wish: Edited, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request
) -> dict[str, Any]:
    """The systems get it with the next sync."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    return await fitting_values(
        lambda: edit(hub, profile_id, wish.edit(), author=who.name, reason=wish.reason, stamp=wish.stamp).to_json(),
        ACT_WAIT,
    )


@router.post("/{profile_id}/edit/effect", summary="What an edit would come to; nothing is kept")
async def edit_effect(
    profile_id: str,
    wish: Change,
    who: Annotated[User, needs(acts.EDIT_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """The profile after it, and per system the fields that it would receive."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    show = view(hub, who, mask=mask)
    return await fitting_values(
        lambda: effect_of_edit(hub, profile_id, wish.edit(), author=who.name, show=show), READ_WAIT
    )


@router.get("/{profile_id}/merge/effect", summary="What joining two profiles would come to; nothing is kept")
async def merge_effect(
    profile_id: str,
    other: Annotated[str, Query(min_length=1, max_length=26)],
    who: Annotated[User, needs(acts.EDIT_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """The joined profile, and per system the fields that it would receive."""
    hub = state_of(request).hub
    await both(request, who, acts.EDIT_PROFILES, profile_id, other)
    show = view(hub, who, mask=mask)
    return await in_thread(lambda: effect_of_merge(hub, profile_id, other, author=who.name, show=show), wait=READ_WAIT)


@router.post("/{profile_id}/merge", summary="Join two profiles")
async def merge_(
    profile_id: str, wish: Other, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request
) -> dict[str, Any]:
    """What `crmhub merge` prints."""
    hub = state_of(request).hub
    await both(request, who, acts.EDIT_PROFILES, profile_id, wish.other)
    done = await in_thread(
        lambda: merge(hub, profile_id, wish.other, author=who.name, reason=wish.reason), wait=ACT_WAIT
    )
    return done.to_json()


@router.post("/{profile_id}/apart", summary="Keep two profiles apart for good")
async def apart(
    profile_id: str, wish: Other, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request
) -> dict[str, Any]:
    """What `crmhub apart` prints."""
    hub = state_of(request).hub
    await both(request, who, acts.EDIT_PROFILES, profile_id, wish.other)
    done = await in_thread(
        lambda: keep_apart(hub, profile_id, wish.other, author=who.name, reason=wish.reason), wait=ACT_WAIT
    )
    return done.to_json()


@router.post("/{profile_id}/split/effect", summary="What a split would come to; nothing is kept")
async def split_effect(
    profile_id: str,
    wish: Leaving,
    who: Annotated[User, needs(acts.EDIT_PROFILES)],
    request: Request,
    mask: Mask = False,  # noqa: FBT002 (a query parameter)
) -> dict[str, Any]:
    """The profiles after it, and per system the fields that it would receive."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    show = view(hub, who, mask=mask)
    return await in_thread(
        lambda: effect_of_split(hub, profile_id, wish.names(), author=who.name, show=show), wait=READ_WAIT
    )


@router.post("/{profile_id}/split", summary="Take records out of a profile")
async def split_(
    profile_id: str, wish: Leaving, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request
) -> dict[str, Any]:
    """What `crmhub split` prints."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    done = await in_thread(
        lambda: split(hub, profile_id, wish.names(), author=who.name, reason=wish.reason), wait=ACT_WAIT
    )
    return done.to_json()


@router.post("/{profile_id}/unmerge", summary="Part a profile that was merged into this one")
async def unmerge_(
    profile_id: str, wish: Former, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request
) -> dict[str, Any]:
    """What `crmhub unmerge` prints."""
    hub = state_of(request).hub
    await both(request, who, acts.EDIT_PROFILES, profile_id, wish.former)
    done = await in_thread(lambda: unmerge(hub, wish.former, author=who.name, reason=wish.reason), wait=ACT_WAIT)
    return done.to_json()


@router.post("/{profile_id}/keep", summary="Archive a customer no longer, whatever people deleted")
async def keep(
    profile_id: str, wish: Why, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request
) -> dict[str, Any]:
    """What `crmhub profiles keep` prints."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    done = await in_thread(lambda: keep_customer(hub, profile_id, author=who.name, reason=wish.reason), wait=ACT_WAIT)
    return done.to_json()


@router.post("/{profile_id}/delete-request", summary="Ask for a profile's deletion; nothing is deleted by it")
async def delete_request(
    profile_id: str, wish: Why, who: Annotated[User, needs(acts.EDIT_PROFILES)], request: Request
) -> dict[str, Any]:
    """The request is an act: undo withdraws it."""
    hub = state_of(request).hub
    await insist_on_profile(request, who, acts.EDIT_PROFILES, profile_id)
    done = await in_thread(
        lambda: request_deletion(hub, profile_id, author=who.name, reason=wish.reason), wait=ACT_WAIT
    )
    return done.to_json()


async def both(request: Request, who: User, act: Act, one: str, other: str) -> None:
    """Refuse an act on two profiles where one is another department's."""
    for name in (one, other):
        await insist_on_profile(request, who, act, name)


def there(what: Found | None) -> Found:
    """Return *what* was looked for; 404 where there is no such profile."""
    if what is None:
        raise HTTPException(404, "there is no profile of this id")
    return what
