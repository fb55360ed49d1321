"""`/update/<link>`: a customer sees what the hub has of them, masked, and corrects it. Room: console.

Whoever has the link may use it; nothing else opens it, and nothing of it is logged. Only a page that was shown can be
sent back, from the same origin (CSRF); a GET changes nothing, so that a mail scanner may follow the link.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, urlsplit

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.requests import ClientDisconnect

from console.web.self_update_page import HEADERS, Language, form_page, language_of, message_page
from console.web.state import State, in_thread, state_of
from flows.self_update import MOST_NEW, Answer, questions, take_answer
from flows.self_update_link import PATH, Link, LinkRefused, form_holds, form_key, read_link
from golden_record.errors import GoldenRecordError

log = logging.getLogger(__name__)
router = APIRouter()

LARGEST: Final = 16 * 1024
"""Bytes of an answer; twenty fields of 500 characters are less."""
READ_WAIT: Final = 10.0
"""Seconds within which an answer must have come."""
_MOST_FIELDS: Final = 100


class _TooLarge(Exception):
    """More than an answer can hold."""


@router.get(PATH + "{token}", include_in_schema=False)
async def show(token: str, request: Request) -> HTMLResponse:
    """The page. 404 for a link that does not hold, whatever the reason."""
    state, language = state_of(request), _language(request)
    try:
        link = read_link(state.hub.store.vault, token, state.hub.now())
        return _page(await in_thread(_form, state, language, token, link))
    except LinkRefused:
        return _page(message_page(language, "gone", good=False), 404)
    except GoldenRecordError as error:
        log.warning("a self-update page could not be shown (%s)", error.code)
        return _page(message_page(language, "away", good=False), 503)


@router.post(PATH + "{token}", include_in_schema=False)
async def send(token: str, request: Request) -> HTMLResponse:
    """Keep an answer. 400 comes with the page again, what was typed still in it; 403 for a post from elsewhere."""
    state, language = state_of(request), _language(request)
    try:
        link = read_link(state.hub.store.vault, token, state.hub.now())
        if not _same_origin(request):
            return _page(message_page(language, "gone", good=False), 403)
        sent = parse_qs((await _body(request)).decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
        return await _answered(state, language, token, link, sent)
    except LinkRefused:
        return _page(message_page(language, "gone", good=False), 404)
    except (ValueError, _TooLarge, TimeoutError, ClientDisconnect):
        return _page(message_page(language, "refused", good=False), 413)
    except GoldenRecordError as error:
        log.warning("a customer's answer could not be kept (%s)", error.code)
        return _page(message_page(language, "away", good=False), 503)


async def _answered(
    state: State, language: Language, token: str, link: Link, sent: Mapping[str, list[str]]
) -> HTMLResponse:
    typed = {name: texts[:MOST_NEW] for name, texts in sent.items() if name not in ("form", "verified")}
    if not form_holds(state.hub.store.vault, token, sent.get("form", [""])[0], state.hub.now()):
        return _page(await in_thread(lambda: _form(state, language, token, link, typed, {}, "late")), 400)
    answer = Answer(typed, verified="verified" in sent)
    taken = await in_thread(take_answer, state.hub, link, answer)
    if taken.refused:
        return _page(await in_thread(lambda: _form(state, language, token, link, typed, taken.refused, "refused")), 400)
    if taken.changed:
        state.ring()
    return _page(message_page(language, "thanks", good=True))


def _form(  # noqa: PLR0913 (what the page shows)
    state: State,
    language: Language,
    token: str,
    link: Link,
    typed: Mapping[str, list[str]] | None = None,
    refused: Mapping[str, tuple[str, ...]] | None = None,
    message: str = "",
) -> str:
    asked = questions(state.hub, link)
    key = form_key(state.hub.store.vault, token, state.hub.now())
    return form_page(language, asked, key, typed=typed, refused=refused, message=message)


def _page(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, HEADERS)


def _language(request: Request) -> Language:
    return language_of(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))


def _same_origin(request: Request) -> bool:
    """Whether the browser says that the post comes from our own page; old browsers say nothing."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


async def _body(request: Request) -> bytes:
    """Read the raw body; what is too large is refused before it is held.

    Raises:
        TimeoutError: it did not end in time.
    """
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise _TooLarge
    parts: list[bytes] = []
    size = 0
    with anyio.fail_after(READ_WAIT):
        async for part in request.stream():
            size += len(part)
            if size > LARGEST:
                raise _TooLarge
            parts.append(part)
    return b"".join(parts)
