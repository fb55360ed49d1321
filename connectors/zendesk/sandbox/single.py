"""Writes to one record at a time: users, organizations, tags, merges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.zendesk.sandbox import render, rules
from connectors.zendesk.sandbox.account import USERS, Account, texts
from connectors.zendesk.sandbox.wire import Answer, Ask, Handler, Json, bad_request, not_found

if TYPE_CHECKING:
    from connectors.sandboxes.book import Stored


def create(stream: str) -> Handler:
    """Return the handler of `POST /{stream}`: 201 with its place."""

    def handle(account: Account, ask: Ask) -> Answer:
        given = ask.part(_noun(stream))
        return _told(account, rules.create(account, stream, given), given, status=201)

    return handle


def update(stream: str) -> Handler:
    """Return the handler of `PUT /{stream}/{id}`."""

    def handle(account: Account, ask: Ask) -> Answer:
        given = ask.part(_noun(stream))
        return _told(account, rules.update(account, stream, ask.ids["id"], given), given, status=200)

    return handle


def create_or_update(stream: str) -> Handler:
    """Return the handler of `POST /{stream}/create_or_update`: 200 if it was there, 201 if it is new."""

    def handle(account: Account, ask: Ask) -> Answer:
        given = ask.part(_noun(stream))
        stored, new = rules.create_or_update(account, stream, given)
        return _told(account, stored, given, status=201 if new else 200, place=True)

    return handle


def delete(stream: str) -> Handler:
    """Return the handler of `DELETE /{stream}/{id}`: 200 with the user, 204 for an organization."""

    def handle(account: Account, ask: Ask) -> Answer:
        stored = rules.delete(account, stream, ask.ids["id"])
        return Answer(body={"user": render.user(account, stored)}) if stream == USERS else Answer(204)

    return handle


def merge(account: Account, ask: Ask) -> Answer:
    """`PUT /users/{loser}/merge`: the path's user disappears into the body's."""
    winner = rules.merge(account, ask.ids["id"], ask.part("user").get("id"))
    return Answer(body={"user": render.user(account, winner)})


def tags(account: Account, ask: Ask) -> Answer:
    """`GET|PUT|POST|DELETE /users/{id}/tags`: PUT adds, POST sets, DELETE removes."""
    stored = account.live(USERS, ask.ids["id"])
    if stored is None:
        raise not_found()
    held = list(texts(stored.values.get("tags")))
    if ask.method == "GET":
        return Answer(body={"tags": held})
    given = ask.body.get("tags") if isinstance(ask.body, dict) else None
    if not isinstance(given, list):
        raise bad_request("Invalid parameter", "Parameter tags must be an array")
    kept = {
        "PUT": [*held, *(one for one in given if one not in held)],
        "POST": given,
        "DELETE": [one for one in held if one not in given],
    }[ask.method]
    rules.update(account, USERS, stored.record_id, {"tags": kept})
    return Answer(body={"tags": kept})


def _told(account: Account, stored: Stored, given: Json, *, status: int, place: bool = False) -> Answer:
    shown = render.record(account, stored)
    headers = {"Location": str(shown["url"])} if place or status == 201 else {}  # noqa: PLR2004 (HTTP's own number)
    ignored = rules.unknown(stored.stream, given)
    if ignored:
        headers["X-Zendesk-API-Warn"] = f"Removed restricted keys {ignored} from parameters according to allow list"
    return Answer(status, {_noun(stored.stream): shown}, headers)


def _noun(stream: str) -> str:
    return stream.removesuffix("s")
