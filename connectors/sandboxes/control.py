"""The control port: what a test or a person may ask of all sandboxes, and do to them.

`/_truth /_stats /_stats/reset /_record /_edit /_faults /_clock /_webhooks`; a wrong request is answered 400 or 404
with one sentence.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.clock import put_off
from connectors.sandboxes.edits import Edit, NoSuchRecord, carry_out
from connectors.sandboxes.faults import FaultBoard, FaultRule
from connectors.sandboxes.truth import truth

if TYPE_CHECKING:
    from starlette.requests import Request

    from connectors.sandboxes.book import Stored
    from connectors.sandboxes.clock import VirtualClock
    from connectors.sandboxes.contract import Sandbox
    from connectors.sandboxes.stats import Stats
    from connectors.sandboxes.webhooks import Subscriptions

Handler = Callable[["Request"], Awaitable[Json]]

_RULES = TypeAdapter(list[FaultRule])


class Advance(BaseModel):
    """Body of `/_clock`."""

    model_config = ConfigDict(extra="forbid")
    advance: float


class Subscribe(BaseModel):
    """Body of `/_webhooks`; `url` null ends all subscriptions of the system."""

    model_config = ConfigDict(extra="forbid")
    system: str
    url: str | None


class NoSuchSystem(LookupError):
    """A request names a system that is not served here."""


class ControlPort:
    """The handlers, over what the sandboxes share."""

    def __init__(
        self,
        sandboxes: Mapping[str, Sandbox],
        stats: Mapping[str, Stats],
        subscriptions: Mapping[str, Subscriptions],
        board: FaultBoard,
        clock: VirtualClock,
    ) -> None:
        self.sandboxes, self.stats, self.subscriptions = sandboxes, stats, subscriptions
        self.board, self.clock = board, clock

    def app(self) -> Starlette:
        """Return the ASGI app."""
        routes: list[tuple[str, str, Handler]] = [
            ("GET", "/_truth", self.truth),
            ("GET", "/_stats", self.show_stats),
            ("POST", "/_stats/reset", self.reset_stats),
            ("GET", "/_record", self.record),
            ("POST", "/_edit", self.edit),
            ("GET", "/_faults", self.show_faults),
            ("POST", "/_faults", self.set_faults),
            ("GET", "/_clock", self.show_clock),
            ("POST", "/_clock", self.advance),
            ("GET", "/_webhooks", self.show_webhooks),
            ("POST", "/_webhooks", self.subscribe),
        ]
        return Starlette(routes=[Route(path, _said(handler), methods=[method]) for method, path, handler in routes])

    async def truth(self, request: Request) -> Json:
        """Every record's true customers; `?deleted=1` names the deleted ones too."""
        deleted = request.query_params.get("deleted", "") in {"1", "true"}
        return Json({"records": truth(self.sandboxes.values(), deleted=deleted)})

    async def show_stats(self, _request: Request) -> Json:
        """Counters per system."""
        return Json({name: stats.shown() for name, stats in self.stats.items()})

    async def reset_stats(self, request: Request) -> Json:
        """Start all counters again."""
        for stats in self.stats.values():
            stats.reset()
        return await self.show_stats(request)

    async def record(self, request: Request) -> Json:
        """One record as stored, with its history."""
        system, stream, record_id = (request.query_params.get(key, "") for key in ("system", "stream", "id"))
        stored = self._sandbox(system).book.get(stream, record_id)
        if stored is None:
            raise NoSuchRecord(f"{system} has no {stream} record {record_id}")
        return Json(_shown(system, stored))

    async def edit(self, request: Request) -> Json:
        """Do what a person does; answers with the record."""
        edit = _edit_of(await request.body())
        put_off(self.board.clock_of(edit.system))
        return Json(_shown(edit.system, carry_out(edit, self._sandbox(edit.system))))

    async def show_faults(self, _request: Request) -> Json:
        """Rules in force, each with how often it struck."""
        rules = zip(self.board.rules, self.board.struck, strict=True)
        return Json([{**rule.model_dump(exclude_unset=True), "struck": struck} for rule, struck in rules])

    async def set_faults(self, request: Request) -> Json:
        """Replace all rules."""
        rules = _RULES.validate_json(await request.body())
        for rule in rules:
            if rule.system is not None:
                self._sandbox(rule.system)
        self.board.replace(rules)
        return await self.show_faults(request)

    async def show_clock(self, _request: Request) -> Json:
        """The time that the sandboxes believe in."""
        return Json({"now": self.clock.now()})

    async def advance(self, request: Request) -> Json:
        """Let time pass."""
        self.clock.advance(Advance.model_validate_json(await request.body()).advance)
        return await self.show_clock(request)

    async def show_webhooks(self, _request: Request) -> Json:
        """Receivers per system, and what became of the posts."""
        return Json({name: subscriptions.shown() for name, subscriptions in self.subscriptions.items()})

    async def subscribe(self, request: Request) -> Json:
        """Add a receiver of a system's change events; a URL given twice is posted to once."""
        wish = Subscribe.model_validate_json(await request.body())
        self._sandbox(wish.system)
        urls = self.subscriptions[wish.system].urls
        if wish.url is None:
            urls.clear()
        elif wish.url not in urls:
            urls.append(wish.url)
        return await self.show_webhooks(request)

    def _sandbox(self, system: str) -> Sandbox:
        try:
            return self.sandboxes[system]
        except KeyError:
            raise NoSuchSystem(f"no sandbox {system!r} here; there are: {', '.join(self.sandboxes)}") from None


def _said(handler: Handler) -> Handler:
    """Turn a wrong request into an answer that says what is wrong."""

    async def said(request: Request) -> Json:
        try:
            return await handler(request)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors())
            return Json({"error": wrong}, 400)
        except (NoSuchSystem, NoSuchRecord) as error:
            return Json({"error": str(error)}, 404)

    return said


def _edit_of(body: bytes) -> Edit:
    """Read an edit; a text may hold what JSON bears and UTF-8 does not (a lone surrogate), as people's systems do."""
    try:
        said = json.loads(body)
    except ValueError:
        return Edit.model_validate_json(body)  # says what is wrong with it
    return Edit.model_validate(said)


def _shown(system: str, stored: Stored) -> dict[str, Any]:
    return {
        "system": system,
        "stream": stored.stream,
        "id": stored.record_id,
        "values": stored.values,
        "created_at": stored.created_at,
        "modified_at": stored.modified_at,
        "deleted_at": stored.deleted_at,
        "merged_into": stored.merged_into,
        "version": stored.version,
        "history": [
            {
                "at": change.at,
                "by": change.by,
                "kind": change.kind,
                "fields": {name: {"old": old, "new": new} for name, (old, new) in change.fields.items()},
            }
            for change in stored.history
        ],
    }
