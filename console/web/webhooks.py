"""`POST /webhooks/<system>`: read with a limit, verify, keep, answer. Room: console."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import anyio
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from connectors.contract import Post, PostRefused
from console.web.state import State, in_thread, state_of
from flows.inbox import LARGEST, NothingPosted, Receipt, take_in
from golden_record.errors import GoldenRecordError

log = logging.getLogger(__name__)
router = APIRouter()

READ_WAIT = 10.0
"""Seconds within which a post's body must have come."""
RETRY_AFTER = 30
"""Seconds after which a sender may post again while the store is away."""
_TEXTS = {401: "not verified", 413: "too large", 415: "this type of post is not taken"}


@router.post("/webhooks/{system}", summary="Take in what a system posts", responses={202: {}, 401: {}, 503: {}})
async def webhook(system: str, request: Request) -> Response:
    """Answered as soon as the event is kept; `X-Crmhub-Event` names it. The same event twice is answered the same."""
    state = state_of(request)
    answer = await _answer(state, system, request)
    state.posts[system if system in state.hub.systems else "", answer.status_code] += 1
    return answer


@router.get("/webhooks/{system}", summary="Say that posts are taken here", responses={200: {}, 404: {}})
async def try_out(system: str, request: Request) -> Response:
    """Some senders (Zoho Desk) call the address of a new webhook once before they post to it; nothing is told."""
    known = system in state_of(request).hub.systems
    return JSONResponse({"posts": "taken"}) if known else _said(404, "there is no such system here")


async def _answer(state: State, name: str, request: Request) -> Response:  # noqa: PLR0911 (a table of answers)
    if name not in state.hub.systems:
        return _said(404, "there is no such system here")
    try:
        body = await _body(request)
        headers = {key.lower(): value for key, value in request.headers.items()}
        post = Post(headers, dict(request.query_params), body, datetime.now(UTC))
        receipt = await in_thread(take_in, state.hub, state.hub.systems[name], post)
    except PostRefused as refused:
        log.info("%s: a post was refused (%d %s)", name, refused.status, refused.why)
        return _said(refused.status, _TEXTS[refused.status])
    except NothingPosted:
        return _said(415, "this system takes no posts")
    except TimeoutError:
        return _said(408, "the post did not end")
    except ClientDisconnect:
        return _said(400, "the post was cut off")
    except GoldenRecordError as error:
        log.warning("%s: a post could not be kept: %s", name, error)
        return _said(503, "not kept; post it again", {"Retry-After": str(RETRY_AFTER)})
    except Exception as error:  # noqa: BLE001 (the sender posts again; the text may hold a customer's data)
        log.error("%s: a post broke its connector (%s)", name, type(error).__name__)  # noqa: TRY400 (no values)
        return _said(500, "not kept; post it again", {"Retry-After": str(RETRY_AFTER)})
    if receipt.new:
        state.ring()
    return _receipt(receipt)


async def _body(request: Request) -> bytes:
    """Read the raw body; what is too large is refused before it is held.

    Raises:
        PostRefused: 413.
        TimeoutError: it did not end in time.
    """
    said = request.headers.get("content-length", "")
    if said.isdigit() and int(said) > LARGEST:
        raise PostRefused(413, "size")
    parts: list[bytes] = []
    size = 0
    with anyio.fail_after(READ_WAIT):
        async for part in request.stream():
            size += len(part)
            if size > LARGEST:
                raise PostRefused(413, "size")
            parts.append(part)
    return b"".join(parts)


def _receipt(receipt: Receipt) -> Response:
    headers = {"X-Crmhub-Event": receipt.event_id}
    delivery = receipt.delivery
    content = delivery.answer or json.dumps({"event": receipt.event_id}).encode()
    return Response(content, delivery.answer_status, headers, delivery.answer_type)


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": text}, status, headers)
