"""Notification channels: `/actions/watch`.

Room: connectors/zoho_crm sandbox. A channel lives until the time that was asked for, a week at most; asked for longer,
or for no time, it lives an hour, without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandboxes.answers import Json
from connectors.sandboxes.contract import Change, PostOut
from connectors.zoho_crm.sandbox.answers import BadRow, Refused, empty
from connectors.zoho_crm.sandbox.notifying import OPERATIONS, notification
from connectors.zoho_crm.sandbox.org import Org
from connectors.zoho_crm.times import instant

LONGEST, SHORTEST = timedelta(days=7), timedelta(hours=1)
LONGEST_TOKEN = 50
_EVENT_OF = {"insert": "create", "update": "edit", "delete": "delete"}


@dataclass(frozen=True)
class Channel:
    """One channel; *events* as `Contacts.create`."""

    number: str
    events: tuple[str, ...]
    expiry: datetime
    url: str
    token: str

    def tells_of(self, module: str, operation: str) -> bool:
        """Say whether a change is among its events."""
        return bool({f"{module}.{_EVENT_OF[operation]}", f"{module}.all"} & set(self.events))


class Channels:
    """The channels of one organisation."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.open: dict[str, Channel] = {}

    def enable(self, body: Mapping[str, Any], *, replacing: bool) -> Response:
        """`POST` opens, `PUT` replaces: what is not sent is dropped."""
        elements = []
        for row in _rows(body):
            number = str(row.get("channel_id", ""))
            try:
                self._may_come(number, replacing=replacing)
                channel = self._channel(row)
            except BadRow as bad:
                elements.append(bad.element)
                continue
            self.open[number] = channel
            said = (
                "Successfully updated the subscribe details"
                if replacing
                else "Successfully subscribed for actions-watch of the given module"
            )
            details = {"events": list(self._events(channel))}
            elements.append({"code": "SUCCESS", "message": said, "status": "success", "details": details})
        refused = sum(one["status"] != "success" for one in elements)
        good = 200 if replacing else 201
        return Json({"watch": elements}, good if not refused else 400 if refused == len(elements) else 207)

    def amend(self, body: Mapping[str, Any]) -> Response:
        """`PATCH`: what is sent is changed, the rest stays; with `_delete_events` the events are taken out."""
        elements = []
        for row in _rows(body):
            number = str(row.get("channel_id", ""))
            try:
                elements.append(self._amended(self._held(number), row))
            except BadRow as bad:
                elements.append(bad.element)
        refused = sum(one["status"] != "success" for one in elements)
        return Json({"watch": elements}, 200 if not refused else 400 if refused == len(elements) else 207)

    def _held(self, number: str) -> Channel:
        held = self._living().get(number)
        if held is None:
            raise BadRow("NOT_SUBSCRIBED", "the channel is not subscribed", channel_id=number)
        return held

    def _amended(self, held: Channel, row: Mapping[str, Any]) -> dict[str, Any]:
        sent = [str(one) for one in row.get("events") or ()]
        if row.get("_delete_events") is True:
            kept = tuple(one for one in held.events if one not in sent)
            if kept:
                self.open[held.number] = replace(held, events=kept)
            else:
                del self.open[held.number]
            said = "Successfully removed the subscribe details"
            return {"code": "SUCCESS", "message": said, "status": "success", "details": {}}
        given = {"notify_url": held.url, "token": held.token, "events": list(held.events)}
        given |= {"channel_expiry": held.expiry.isoformat()} | dict(row)
        given["events"] = list(dict.fromkeys([*held.events, *sent]))
        channel = self.open[held.number] = self._channel(given)
        said, details = "Successfully updated the subscribe details", {"events": list(self._events(channel))}
        return {"code": "SUCCESS", "message": said, "status": "success", "details": details}

    def listed(self, request: Request) -> Response:
        """`GET`, one row per module of each channel."""
        wanted = request.query_params.get("channel_id")
        rows = [
            {**event, "notify_url": channel.url, "token": channel.token, "notify_on_related_action": False}
            for channel in self._living().values()
            if wanted in {None, channel.number}
            for event in self._events(channel)
        ]
        info = {"per_page": 200, "count": len(rows), "page": 1, "more_records": False}
        return Json({"watch": rows, "info": info}) if rows else empty()

    def disable(self, request: Request) -> Response:
        """`DELETE ?channel_ids=`."""
        numbers = [one for one in request.query_params.get("channel_ids", "").split(",") if one]
        if not numbers:
            said = "One of the expected parameter is missing"
            raise Refused(400, "REQUIRED_PARAM_MISSING", said, param="channel_ids")
        elements = []
        for number in numbers:
            if self.open.pop(number, None) is None:
                elements.append(BadRow("NOT_SUBSCRIBED", "the channel is not subscribed", channel_id=number).element)
            else:
                said = "Successfully un-subscribed from actions-watch"
                elements.append({"code": "SUCCESS", "message": said, "status": "success", "details": {}})
        refused = sum(one["status"] != "success" for one in elements)
        return Json({"watch": elements}, 200 if not refused else 400 if refused == len(elements) else 207)

    def posts(self, change: Change) -> Sequence[PostOut]:
        """Make the posts of the channels that are told of *change*."""
        operation = OPERATIONS[change.kind]
        return [
            post
            for channel in self._living().values()
            if channel.tells_of(change.stream, operation)
            and (post := notification(self._org, channel.token, channel.url, change, channel.number)) is not None
        ]

    def keep(self) -> list[dict[str, Any]]:
        """Return the channels as JSON, for a saved state."""
        return [{**vars(one), "expiry": one.expiry.isoformat()} for one in self.open.values()]

    def recall(self, kept: Sequence[Mapping[str, Any]]) -> None:
        """Take back what `keep` gave."""
        for one in kept:
            facts = {**one, "events": tuple(one["events"]), "expiry": datetime.fromisoformat(one["expiry"])}
            self.open[one["number"]] = Channel(**facts)

    def _may_come(self, number: str, *, replacing: bool) -> None:
        there = number in self._living()
        if replacing and not there:
            raise BadRow("NOT_SUBSCRIBED", "the channel is not subscribed", channel_id=number)
        if there and not replacing and self._org.switches.watch_again == "refused":
            raise BadRow("ALREADY_SUBSCRIBED", "the channel is subscribed already", channel_id=number)

    def _living(self) -> dict[str, Channel]:
        now = self._org.clock.now()
        return {number: one for number, one in self.open.items() if one.expiry > now}

    def _channel(self, row: Mapping[str, Any]) -> Channel:
        number, url, token = str(row.get("channel_id", "")), str(row.get("notify_url", "")), row.get("token") or ""
        events = tuple(str(one) for one in row.get("events") or ())
        if not number.isdigit():
            raise BadRow("INVALID_DATA", "invalid data", api_name="channel_id", expected_data_type="long")
        if urlsplit(url).scheme not in {"http", "https"}:
            raise BadRow("INVALID_DATA", "invalid data", api_name="notify_url")
        if len(str(token)) > LONGEST_TOKEN:
            raise BadRow("INVALID_DATA", "invalid data", api_name="token", maximum_length=LONGEST_TOKEN)
        for event in events or ("",):
            module, _, what = event.partition(".")
            if module not in self._org.modules or what not in {"create", "edit", "delete", "all"}:
                raise BadRow("INVALID_DATA", "invalid data", api_name="events")
        now = self._org.clock.now()
        asked = instant(row.get("channel_expiry"))
        short = asked is None or asked > now + LONGEST
        made = Channel(number, events, now + SHORTEST, url, str(token))
        return made if short or asked is None else replace(made, expiry=asked)

    def _events(self, channel: Channel) -> Iterator[dict[str, Any]]:
        for module in dict.fromkeys(event.partition(".")[0] for event in channel.events):
            yield {
                "channel_expiry": self._org.shown_time(channel.expiry),
                "resource_uri": f"https://www.zohoapis.com/crm/v2/{module}",
                "resource_id": self._org.layout_ids[module],
                "resource_name": module,
                "channel_id": channel.number,
            }


def _rows(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = body.get("watch")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Refused(400, "INVALID_DATA", "invalid data", expected_data_type="jsonarray", json_path="$.watch")
    return rows
