"""A simulator of a system that nobody sells: enough of an API to try the kit on."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.book import RecordBook
from connectors.sandboxes.contract import Change, PostOut, Sandbox, SandboxOptions
from connectors.sandboxes.faults import rows_to_fail
from connectors.sandboxes.limits import SlidingWindow

STREAM = "people"


class Tiny:
    """Lists, creates and updates people; one token; ten calls a minute where limits are real."""

    def __init__(self, options: SandboxOptions) -> None:
        counter = itertools.count(1)
        self.book = RecordBook(options.clock, lambda _stream: f"{next(counter):06d}")
        self.window = SlidingWindow(options.clock, 10, 60) if options.limits == "real" else None
        self.token, self.issued = "t0", 0
        for typed in options.population:
            self.book.create(STREAM, dict(typed.values), by="people", at=typed.created_at, customers=typed.customers)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/people", self.list, methods=["GET"]),
                Route("/people", self.create, methods=["POST"]),
                Route("/people/{id}", self.update, methods=["PUT"]),
                Route("/token", self.sign_in, methods=["POST"]),
            ]
        )

    def refused(self, request: Request) -> Json | None:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return Json({"error": "token"}, 401)
        if self.window is not None and (wait := self.window.take()):
            return Json({"error": "slow down"}, 429, {"Retry-After": str(wait)})
        return None

    async def sign_in(self, _request: Request) -> Json:
        return Json({"token": self.token})

    async def list(self, request: Request) -> Json:
        shown = [{"id": one.record_id, **one.values} for one in self.book.all(STREAM) if one.deleted_at is None]
        return self.refused(request) or Json({"people": shown})

    async def create(self, request: Request) -> Json:
        if (refused := self.refused(request)) is not None:
            return refused
        rows = orjson.loads(await request.body())
        failing = rows_to_fail(len(rows))
        return Json(
            [None if n in failing else self.book.create(STREAM, row, by="hub").record_id for n, row in enumerate(rows)]
        )

    async def update(self, request: Request) -> Json:
        if (refused := self.refused(request)) is not None:
            return refused
        changed = self.book.update(STREAM, request.path_params["id"], orjson.loads(await request.body()), by="hub")
        return Json({"id": changed.record_id, **changed.values})

    def expire(self) -> None:
        self.issued += 1
        self.token = f"t{self.issued}"


def build(options: SandboxOptions) -> Sandbox:
    tiny = Tiny(options)

    def recall(kept: Mapping[str, Any]) -> None:
        tiny.token = kept["token"]

    return Sandbox(
        name="tiny",
        app=tiny.app(),
        book=tiny.book,
        config={"connector": "tiny", "department": "sales", "config": {"base_url": options.base_url}},
        identity_of=lambda _stream, values: [
            str(values[key]).lower() for key in ("email", "mobile") if values.get(key)
        ],
        expire_tokens=tiny.expire,
        writes=lambda method, path: method in {"POST", "PUT"} and path != "/token",
        post_event=_event,
        error_body=lambda status: {"tiny_error": status},
        keep=lambda: {"token": tiny.token},
        recall=recall,
    )


def _event(url: str, change: Change) -> PostOut | None:
    body = orjson.dumps({"id": change.record_id, "kind": change.kind, "by": change.by})
    return PostOut(url, {"Content-Type": "application/json"}, body)
