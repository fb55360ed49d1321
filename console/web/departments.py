"""What a user of single departments may reach: one place that every route about one thing asks. Room: console.

The rule itself stands in `console.access.may`; here it is applied to profiles, reviews, records, acts, plans, events.
Each looks into the store only for users whom it could refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from fastapi import Request

from console.access import acts
from console.access.acts import Act
from console.access.may import Refusal, concerns, may
from console.access.user import User
from console.web.frame.needs import Refused, insist
from console.web.state import in_thread, state_of
from flows.deletion_requests import answers_deletion
from flows.departments import (
    departments_of,
    departments_of_acts,
    departments_of_profile,
    departments_of_record,
    departments_of_review,
    system_of_event,
    systems_of_plan,
)
from flows.hub import Hub

Item = dict[str, Any]


async def insist_on_review(request: Request, who: User, act: Act, review_id: str) -> None:
    """Refuse an act on a question about other departments' customers."""
    if who.departments is not None:
        insist(who, act, about=await in_thread(departments_of_review, state_of(request).hub, review_id))


async def insist_on_profile(request: Request, who: User, act: Act, name: str) -> None:
    """Refuse an act on a customer of other departments, by whatever name: an id, or a record."""
    if who.departments is not None:
        insist(who, act, about=await in_thread(departments_of_profile, state_of(request).hub, name))


async def insist_on_record(request: Request, who: User, act: Act, record: tuple[str, str, str]) -> None:
    """Refuse an act on a record of another department about a customer of other departments."""
    if who.departments is not None:
        insist(who, act, about=await in_thread(departments_of_record, state_of(request).hub, *record))


async def insist_on_acts(request: Request, who: User, names: Iterable[str]) -> None:
    """Refuse to take acts back where one of them was about other departments' customers, or is an administrator's."""
    if not may(who, acts.ANSWER_DELETIONS):
        for name in names:
            if await in_thread(answers_deletion, state_of(request).hub, name):
                raise Refused(acts.ANSWER_DELETIONS, Refusal.ROLE)
    if who.departments is None:
        return
    for name in names:
        for about in await in_thread(departments_of_acts, state_of(request).hub, name):
            insist(who, acts.UNDO_ACTS, about=about)


async def insist_on_plan(request: Request, who: User, act: Act, plan_id: str) -> None:
    """Refuse an act on a plan that writes to a system of another department."""
    if who.departments is not None:
        hub = state_of(request).hub
        insist_on_systems(hub, who, act, await in_thread(systems_of_plan, hub, plan_id))


async def insist_on_event(request: Request, who: User, act: Act, event_id: str) -> None:
    """Refuse an act on what another department's system posted."""
    if who.departments is not None:
        hub = state_of(request).hub
        system = await in_thread(system_of_event, hub, event_id)
        insist_on_systems(hub, who, act, [system] if system else [])


def insist_on_systems(hub: Hub, who: User, act: Act, systems: Iterable[str]) -> None:
    """Refuse an act on several systems where one of them is another department's."""
    for system in systems:
        insist(who, act, about=departments_of(hub, [system]))


def theirs(hub: Hub, who: User, page: Item, systems_of: Callable[[Item], Iterable[str]]) -> Item:
    """Return a page without the items that do not concern the user; so it may hold fewer and still name a `next`."""
    if who.departments is None:
        return page
    return {**page, "items": [one for one in page["items"] if concerns(who, departments_of(hub, systems_of(one)))]}


MOST_READS = 8
"""Pages that are read for one that is shown: where a department has little, a page may still be short."""


def filled(  # noqa: PLR0913 (whose page of what)
    hub: Hub,
    who: User,
    read: Callable[[str | None], Item],
    systems_of: Callable[[Item], Iterable[str]],
    *,
    after: str | None,
    limit: int,
    name: str,
    keep: Callable[[Item], bool] = lambda _item: True,
) -> Item:
    """Return a page of what concerns the user, read on until it is full; *name*: what a list is in order of.

    Where few items fit it may hold fewer, or none, and still name a `next`.
    """
    found: list[Item] = []
    page: Item = {"items": [], "next": after}
    for _ in range(MOST_READS):
        page = read(page["next"])
        mine = [one for one in theirs(hub, who, page, systems_of)["items"] if keep(one)]
        found += mine
        if len(found) >= limit or page["next"] is None or len(mine) == len(page["items"]):
            break
    following = found[limit - 1][name] if len(found) > limit else page["next"]
    return {**page, "items": found[:limit], "next": following}


def within_theirs(who: User, act: Act, departments: Collection[str]) -> Collection[str]:
    """Return which departments' records a list shows where *departments* (none: all) were asked for.

    Raises:
        Refused: one of them is another one.
    """
    for one in departments:
        insist(who, act, about=[one])
    return departments or sorted(who.departments or ())


def near_theirs(hub: Hub, who: User, near: list[Item]) -> list[Item]:
    """Return those of these profiles that concern the user."""
    return [
        one for one in near if who.departments is None or concerns(who, departments_of_profile(hub, one["profile_id"]))
    ]


def by_sources(item: Mapping[str, Any]) -> list[str]:
    """Return the systems of a profile as lists show it."""
    return [one["system"] for one in item["sources"]]


def by_records(item: Mapping[str, Any]) -> list[str]:
    """Return the systems of a question as lists show it."""
    return [one["system"] for one in item["records"]]


def by_system(item: Mapping[str, Any]) -> list[str]:
    """Return the system of a write."""
    return [item["system"]]
