"""Customers who ask to be deleted: the request, a second person's answer to it, and the list of all.

Room: flows. A request is kept as an act and deletes nothing; undone, it is withdrawn. Whoever answers is never who
asked. A confirmed one waits: erasing a person from the store and its history is a capability of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from flows.hub import Hub
from flows.profile_view import Show, profiles_json
from flows.stewards import Outcome, act_json, acted, living, undo_acts
from flows.web_links import link_to
from golden_record.deed import Act, Deed
from golden_record.errors import NotDecidable
from golden_record.store import acts, profiles
from golden_record.store.acts import KeptAct

DELETION: Final = "deletion_requested"
"""The act by which somebody asks for a profile's deletion; undone, the request is withdrawn."""
CONFIRMED: Final = "deletion_confirmed"
REFUSED: Final = "deletion_refused"
ANSWERS: Final = (CONFIRMED, REFUSED)
ASKED: Final = "asked"
STATES: Final = {None: ASKED, CONFIRMED: "confirmed", REFUSED: "refused"}
"""Kind of the answer that stands -> how the request is called."""


def request_deletion(hub: Hub, profile_id: str, *, author: str, reason: str) -> Outcome:
    """Note that a customer asks to be deleted. Undo withdraws it; one that was refused may be made anew.

    Raises:
        NotDecidable: there is no such profile, or it was asked for already.
    """
    profile = living(hub, profile_id)

    def look(asked: KeptAct | None, answer: KeptAct | None) -> dict[str, object]:
        if asked is not None and (answer is None or answer.kind != REFUSED):
            raise NotDecidable(
                f"{asked.author} has asked for the deletion of profile {profile.profile_id} already",
                "Undo that request to withdraw it",
                why="asked_already",
                by=asked.author,
            )
        return {}

    return _kept(hub, DELETION, profile.profile_id, look, author=author, reason=reason)


def deletion_asked(hub: Hub, profile_id: str) -> KeptAct | None:
    """Return the standing request for a profile's deletion that nobody has refused."""
    with hub.store.read() as connection:
        asked, answer = _standing(hub, connection, profile_id)
    return None if answer is not None and answer.kind == REFUSED else asked


def answer_request(hub: Hub, profile_id: str, *, confirmed: bool, author: str, reason: str) -> Outcome:
    """Confirm or refuse the request for a profile's deletion, as another person than who asked. It deletes nothing.

    Raises:
        NotDecidable: nobody asks for it, the same person did, or it is answered already.
    """
    profile = living(hub, profile_id)

    def look(asked: KeptAct | None, answer: KeptAct | None) -> dict[str, object]:
        if asked is None:
            raise NotDecidable(
                f"nobody asks for the deletion of profile {profile.profile_id}", "Look again", why="not_asked"
            )
        if answer is not None:
            raise NotDecidable(
                f"{answer.author} has answered the request for the deletion of profile {profile.profile_id} already",
                "Take that answer back to give another one",
                why="answered_already",
                by=answer.author,
            )
        if asked.author == author:
            raise NotDecidable(
                f"{author} has asked for the deletion of profile {profile.profile_id}",
                "Let another person answer",
                why="own_request",
            )
        return {"request": asked.act_id}

    kind = CONFIRMED if confirmed else REFUSED
    return _kept(hub, kind, profile.profile_id, look, author=author, reason=reason)


def reopen_request(hub: Hub, profile_id: str, *, author: str, reason: str) -> Outcome:
    """Take the answer to a request back: it waits for one again.

    Raises:
        NotDecidable: there is no answer.
    """
    profile = living(hub, profile_id)
    with hub.store.read() as connection:
        _asked, answer = _standing(hub, connection, profile.profile_id)
    if answer is None:
        raise NotDecidable(
            f"nobody has answered a request for the deletion of profile {profile.profile_id}",
            "Look again",
            why="not_asked",
        )
    return undo_acts(hub, [answer.act_id], author=author, reason=reason).outcome


def requests_page(hub: Hub, *, after: str | None, limit: int, show: Show) -> dict[str, Any]:
    """Return the standing requests, the newest first: `{"items", "next"}`.

    Each with the profile as lists show it, its records with their addresses, `state` (asked, confirmed, refused), the
    `request` and the `answer` (null: none yet) as acts. One whose profile is gone is left out.
    """
    with hub.store.read() as connection:
        found = acts.page_of(connection, hub.store.vault, DELETION, after, limit + 1)
        items = [one for kept in found[:limit] if (one := _item(hub, connection, kept, show)) is not None]
    return {"items": items, "next": found[limit - 1].act_id if len(found) > limit else None}


def request_of(hub: Hub, profile_id: str) -> dict[str, Any] | None:
    """Return the request for a profile's deletion and its answer, as the list shows them; refused ones too."""
    with hub.store.read() as connection:
        asked, answer = _standing(hub, connection, profile_id)
    return None if asked is None else _answered(asked, answer)


def answers_deletion(hub: Hub, name: str) -> bool:
    """Whether the act of this id, or one of the run of this id, answers such a request."""
    with hub.store.read() as connection:
        return any(one.kind in ANSWERS for one in acts.named(connection, hub.store.vault, name.upper()))


def _item(hub: Hub, connection: sa.Connection, kept: KeptAct, show: Show) -> dict[str, Any] | None:
    noted = profiles.noted_in(connection, hub.store.vault, kept.act_id, kept.run_id)
    now = sorted(set(profiles.resolve_redirects(connection, noted).values()))
    found = profiles.load(connection, hub.store.vault, now)
    if not found:
        return None
    profile = found[now[0]]
    answer = _answer_to(hub, connection, [*noted, profile.profile_id], kept)
    [shown] = profiles_json(hub, connection, [profile], show)
    sources = [{**one, "link": link_to(hub, one["system"], one["stream"], one["id"])} for one in shown["sources"]]
    return {**shown, "sources": sources, **_answered(kept, answer)}


def _answered(asked: KeptAct, answer: KeptAct | None) -> dict[str, Any]:
    return {
        "id": asked.act_id,
        "state": STATES[answer.kind if answer is not None else None],
        "request": act_json(asked),
        "answer": act_json(answer) if answer is not None else None,
    }


def _standing(hub: Hub, connection: sa.Connection, profile_id: str) -> tuple[KeptAct | None, KeptAct | None]:
    """Return the newest request for a profile's deletion that was not withdrawn, and the answer to it."""
    events = profiles.events_of(connection, hub.store.vault, [profile_id])
    ids = [str(one.detail["act"]) for one in events if one.kind == DELETION]
    asked = next(
        (one for one in reversed(acts.of_ids(connection, hub.store.vault, ids)) if one.undone_at is None), None
    )
    return asked, None if asked is None else _answer_to(hub, connection, [profile_id], asked)


def _answer_to(hub: Hub, connection: sa.Connection, profile_ids: Sequence[str], asked: KeptAct) -> KeptAct | None:
    events = profiles.events_of(connection, hub.store.vault, sorted(set(profile_ids)))
    ids = [
        str(one.detail["act"]) for one in events if one.kind in ANSWERS and one.detail.get("request") == asked.act_id
    ]
    found = acts.of_ids(connection, hub.store.vault, ids)
    return next((one for one in reversed(found) if one.undone_at is None), None)


Look = Callable[[KeptAct | None, KeptAct | None], dict[str, object]]
"""Takes the standing request and its answer; returns what the new act is to say, or raises NotDecidable."""


def _kept(hub: Hub, kind: str, profile_id: str, look: Look, *, author: str, reason: str) -> Outcome:  # noqa: PLR0913 (the facts of an act)
    """Keep an act if *look* has nothing against it, in one transaction: two people may press at the same moment."""

    def do(act: Act) -> Sequence[str]:
        with hub.store.write() as connection:
            profiles.hold(connection, profile_id)
            detail = look(*_standing(hub, connection, profile_id))
            Deed(connection, hub.store.vault, act).keep(kind, [profile_id], detail)
        return [profile_id]

    return acted(hub, "edit", do, author=author, reason=reason)
