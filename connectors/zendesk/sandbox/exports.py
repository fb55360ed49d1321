"""Incremental exports: by cursor (users, tickets), by time (organizations and both)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlencode

from connectors.zendesk.sandbox import render
from connectors.zendesk.sandbox.account import ORGANIZATIONS, USERS, Account
from connectors.zendesk.sandbox.order import Place
from connectors.zendesk.sandbox.wire import Answer, Ask, Handler, Json, Refusal, bad_request

MOST = 1000
SAMPLE = 50
HIDDEN_SECONDS = 60
"""Records changed so lately are left out, where limits are real."""


def by_cursor(stream: str) -> Handler:
    """Return the handler of `GET /incremental/{stream}/cursor`."""

    def handle(account: Account, ask: Ask) -> Answer:
        place = _decoded(ask.query["cursor"]) if "cursor" in ask.query else start(account, ask)
        found, at_end = account.orders[stream].after(place, until(account), ask.number("per_page", MOST, MOST))
        last = found[-1][0] if found else place
        cursor = base64.b64encode(f"{last[0]}.0||{last[1]}|".encode()).decode()
        query = urlencode({"cursor": cursor, "per_page": ask.number("per_page", MOST, MOST)})
        body = _rows(account, ask, stream, [record_id for _, record_id in found]) | {
            "after_url": f"{account.options.base_url}/api/v2/incremental/{stream}/cursor.json?{query}",
            "before_url": None,
            "after_cursor": cursor,
            "before_cursor": None,
            "end_of_stream": at_end,
        }
        return Answer(body=body)

    return handle


def sample(stream: str) -> Handler:
    """Return the handler of `GET /incremental/{stream}/sample`: the export by time, 50 records a page."""
    return by_time(stream, SAMPLE)


def by_time(stream: str, most: int = MOST) -> Handler:
    """Return the handler of `GET /incremental/{stream}`: inclusive, whole seconds, repeats between pages."""

    def handle(account: Account, ask: Ask) -> Answer:
        place, order = start(account, ask), account.orders[stream]
        # The first second came with the page before: it is given again, and must not fill the page.
        size = ask.number("per_page", most, most) + len(order.same_second(place))
        found, at_end = order.after(place, until(account), size)
        ids = [record_id for _, record_id in found]
        if found and not at_end:
            ids += order.same_second(found[-1][0])
            at_end = not order.after((found[-1][0][0] + 1, 0), until(account), 1)[0]
        end = found[-1][0][0] if found else None
        hidden = account.switches["deleted_organizations"] == "hidden" and stream == ORGANIZATIONS
        live = [one for one in ids if not hidden or account.live(stream, one)]
        link = f"{account.options.base_url}/api/v2/incremental/{stream}.json?start_time={end}"
        body = _rows(account, ask, stream, live) | {
            "next_page": link if end is not None else None,
            "count": len(live),
            "end_of_stream": at_end,
            "end_time": end,
        }
        return Answer(body=body)

    return handle


def _rows(account: Account, ask: Ask, stream: str, ids: list[str]) -> Json:
    stored = [one for one in (account.book.get(stream, record_id) for record_id in ids) if one]
    body: Json = {stream: [render.record(account, one) for one in stored]}
    if stream == USERS and "identities" in ask.query.get("include", ""):
        body["identities"] = [one for user in stored for one in render.identities(account, user)]
    if stream == "tickets" and "metric_sets" in ask.query.get("include", ""):
        told = {int(one.record_id): render.metrics(account, one) for one in stored}
        body[stream] = [one | {"metric_set": told[one["id"]]} for one in body[stream]]
    return body


def start(account: Account, ask: Ask) -> Place:
    """Return where the asked start time is."""
    try:  # clients send whole seconds or Python's own 1577836800.0
        start = int(float(ask.query.get("start_time", "")))
    except ValueError:
        raise bad_request("Invalid parameter", "start_time or cursor is required") from None
    least = int(account.switches["too_recent_seconds"])
    if account.options.limits == "real" and start > account.seconds() - least:
        said = f"Too recent start_time. Use a start_time older than {least // 60} minutes"
        raise Refusal(422, {"error": "InvalidValue", "description": said})
    return start, 0


def until(account: Account) -> int:
    """Return the second up to which an export shows changes."""
    hidden = HIDDEN_SECONDS if account.options.limits == "real" else 0
    return int(account.seconds()) - hidden


def _decoded(cursor: str) -> Place:
    try:
        second, _, number = base64.b64decode(cursor).decode().removesuffix("|").partition("||")
        return int(float(second)), int(number)
    except (ValueError, binascii.Error):
        raise Refusal(422, {"error": "InvalidValue", "description": "Invalid cursor"}) from None
