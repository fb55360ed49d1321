"""A simulated Bazaar, as its page describes it, and hostile in all that the page leaves open."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.book import RecordBook, Stored
from connectors.sandboxes.contract import Sandbox, SandboxOptions
from connectors.sandboxes.faults import rows_to_fail

STREAM, KEY = "people", "bazaar-key-geheim"
PAGE = 5
PAGES_OF_A_TOKEN = 2
"""Pages that a token is good for: the third is refused."""


class Bazaar:
    """Keeps people in a book; the number of a change is its place among all changes."""

    def __init__(self, options: SandboxOptions) -> None:
        counter = itertools.count(1)
        self.book = RecordBook(options.clock, lambda _stream: f"p{next(counter)}")
        self.tokens: dict[str, int] = {}
        self.issued, changes = itertools.count(1), itertools.count(1)
        self.numbers: dict[str, int] = {}
        self.book.listeners.append(lambda change: self.numbers.update({change.record_id: next(changes)}))
        for one in options.population:
            values = {"name": f"{one.values.get('full_name', '')} 🐘", "email": one.values.get("email")}
            self.book.create(STREAM, values, by="people", at=one.created_at, customers=one.customers)

    def app(self) -> Starlette:
        """Return the API."""
        return Starlette(
            routes=[
                Route("/token", self.sign_in, methods=["POST"]),
                Route("/people", self.people, methods=["GET"]),
                Route("/people/batch", self.write, methods=["POST"]),
            ]
        )

    async def sign_in(self, request: Request) -> Json:
        """Give a token for the key."""
        if orjson.loads(await request.body()).get("key") != KEY:
            return Json({"error": "key"}, 403)
        token = f"token-geheim-{next(self.issued)}"
        self.tokens[token] = PAGES_OF_A_TOKEN
        return Json({"token": token})

    async def people(self, request: Request) -> Json:
        """Return a page behind a change, with the last record of the page before, or empty; or those that are found."""
        if (refused := self._refused(request)) is not None:
            return refused
        asked = dict(request.query_params)
        if "after" not in asked:
            return Json({"people": [self._shown(one) for one in self._all() if self._is(one, asked)]})
        after = int(asked["after"])
        if after == 2 * PAGE:
            return Json({"people": [], "next": after + 1, "more": True})
        changed = sorted(self._all(), key=lambda one: self.numbers[one.record_id])
        behind = [one for one in changed if self.numbers[one.record_id] > after // 2]
        repeated = [one for one in changed if self.numbers[one.record_id] <= after // 2][-1:]
        shown = [*repeated, *behind[:PAGE]]
        reached = 2 * self.numbers[shown[-1].record_id] if behind else after
        return Json({"people": [self._shown(one) for one in shown], "next": reached, "more": len(behind) > PAGE})

    async def write(self, request: Request) -> Json:
        """Carry rows out one by one."""
        if (refused := self._refused(request, pages=0)) is not None:
            return refused
        rows = orjson.loads(await request.body())
        failing = rows_to_fail(len(rows))
        return Json([{"error": "bad day"} if place in failing else self._row(row) for place, row in enumerate(rows)])

    def _row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        if "ref" in row:
            mine = next((one for one in self._all() if one.values.get("ref") == row["ref"]), None)
            made = mine or self.book.create(STREAM, {"ref": row["ref"], **row["set"]}, by="hub")
            return {"person": self._shown(made)}
        held = self.book.get(STREAM, str(row["id"]))
        if held is None or held.deleted_at is not None:
            return {"now": {"id": row["id"], "_ab_cdc_deleted_at": "1970-01-01T00:00:00Z"}}
        if any(held.values.get(name) != value for name, value in row["if"].items()):
            return {"now": self._shown(held)}
        return {"person": self._shown(self.book.update(STREAM, held.record_id, row["set"], by="hub"))}

    def _refused(self, request: Request, pages: int = 1) -> Json | None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        left = self.tokens.get(token, 0)
        self.tokens[token] = left - pages
        return None if left > 0 else Json({"error": "token"}, 401)

    def _all(self) -> list[Stored]:
        return list(self.book.all(STREAM))

    def _is(self, one: Stored, asked: Mapping[str, str]) -> bool:
        if "id" in asked:
            return one.record_id == asked["id"]
        return one.deleted_at is None and all(one.values.get(name) == value for name, value in asked.items())

    def _shown(self, one: Stored) -> dict[str, Any]:
        gone = {"deleted": one.deleted_at.isoformat()} if one.deleted_at is not None else {}
        return {"id": one.record_id, **one.values, "changed": self.numbers[one.record_id], **gone}


def build(options: SandboxOptions) -> Sandbox:
    """Return a simulated account."""
    bazaar = Bazaar(options)
    return Sandbox(
        name="bazaar",
        app=bazaar.app(),
        book=bazaar.book,
        config={"connector": "bazaar", "department": "sales", "config": {"base_url": options.base_url, "key": KEY}},
        identity_of=lambda _stream, values: [str(values["email"])] if values.get("email") else [],
        expire_tokens=bazaar.tokens.clear,
        writes=lambda method, path: method == "POST" and path != "/token",
    )
