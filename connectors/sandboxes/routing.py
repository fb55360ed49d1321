"""Calls to handlers, for simulators of plain JSON APIs: what comes in, what goes back, and which call goes where."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandboxes.answers import Json

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True)
class Ask:
    """One call: *ids* are the parts of the path that its route names; *body* is None where it is no JSON."""

    method: str
    path: str
    headers: Mapping[str, str]
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes = b""

    def number(self, key: str, usual: int, most: int) -> int:
        """Return a number of the query, held between 1 and *most*."""
        text = self.query.get(key, "")
        return max(1, min(most, int(text))) if text.isdigit() else usual


@dataclass(frozen=True)
class Answer:
    """What goes back; *body* None is an empty one."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> None:  # noqa: ANN401 (any JSON)
        self.answer = Answer(body, status, headers or {})
        super().__init__(str(status))


Handler = Callable[[Ask], Answer]
Route = tuple[str, str, Handler]
"""Method, path with `{names}` for its variable parts, handler."""


def routed(
    routes: Sequence[Route], guard: Callable[[Ask], Mapping[str, str]], nothing: Callable[[], Refusal], state: Handler
) -> ASGIApp:
    """Return the app.

    Args:
        routes: the first one that fits takes the call.
        guard: looks at every call first; raises a `Refusal`, or returns headers to be added to the answer.
        nothing: makes the refusal of a path that nobody serves.
        state: answers `/__sim/config`, unguarded.
    """
    compiled = [
        (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), handler) for method, path, handler in routes
    ]

    def answer(ask: Ask) -> Answer:
        if ask.path == "/__sim/config":
            return state(ask)
        told = guard(ask)
        for method, pattern, handler in compiled:
            match = pattern.fullmatch(ask.path) if method == ask.method else None
            if match:
                given = handler(_with_ids(ask, match.groupdict()))
                return Answer(given.body, given.status, {**told, **given.headers})
        raise nothing()

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        ask = _asked(request, await request.body())
        try:
            given = answer(ask)
        except Refusal as refused:
            given = refused.answer
        await _response(given)(scope, receive, send)

    return run


def _asked(request: Request, raw: bytes) -> Ask:
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = None
    many = parse_qs(request.url.query, keep_blank_values=True)
    query = {key: values[-1] for key, values in many.items()}
    return Ask(request.method, request.url.path, request.headers, {}, query, body, raw)


def _with_ids(ask: Ask, ids: dict[str, str]) -> Ask:
    return Ask(ask.method, ask.path, ask.headers, ids, ask.query, ask.body, ask.raw)


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(b"", answer.status, dict(answer.headers))
    return Json(answer.body, answer.status, dict(answer.headers))
