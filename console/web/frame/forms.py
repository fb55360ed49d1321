"""Forms that only our own pages can send, and that come in within limits. Room: console.

A post counts only from the same origin, as the browser says, and with the token that our page carried for this very
session: as the field `form_token`, or as the header `X-Form-Token` (htmx sends it on every page).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import FormData

from console.web.frame.visit import Visit
from console.web.state import state_of

FIELD: Final = "form_token"
HEADER: Final = "X-Form-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_FIELDS: Final = 2000


class Forged(Exception):
    """A post that does not come from a page of ours, or from one of another session."""


async def check_form(request: Request, visit: Visit) -> None:
    """Let a request through that changes nothing, or that one of our pages sent.

    Raises:
        Forged: it was sent from elsewhere, or the page was of another session.
    """
    if request.method in SAFE:
        return
    if not _same_origin(request):
        raise Forged
    shown = request.headers.get(HEADER) or text_of(await form_of(request), FIELD)
    if not visit.form_token or not hmac.compare_digest(shown.encode(), visit.form_token.encode()):
        raise Forged


async def form_of(request: Request) -> FormData:
    """Return the posted form, empty where something else was posted; read once."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return FormData()
    return await request.form(max_fields=MOST_FIELDS, max_files=10)


def text_of(form: Mapping[str, object], name: str, default: str = "") -> str:
    """Return one field's text; a file or nothing is *default*."""
    value = form.get(name, default)
    return value if isinstance(value, str) else default


def _same_origin(request: Request) -> bool:
    """Whether the browser says that the post comes from our own page; old browsers say nothing."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    public = state_of(request).hub.project.hub.public_url or ""
    return urlsplit(origin).netloc in {request.headers.get("host", ""), urlsplit(public).netloc} - {""}
