"""A word to the user after an act: at once in an htmx answer, on the next page after a redirect. Room: console."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote, unquote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from console.web.frame.visit import set_cookie

COOKIE: Final = "crmhub_toast"
LONGEST: Final = 600
_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Toast:
    """*text* in the user's language (translate it first); *undo*: where a post takes the act back."""

    text: str
    kind: Literal["good", "bad", "info"] = "good"
    undo: str = ""

    def to_json(self) -> dict[str, str]:
        """Return what the browser's script reads."""
        return {"text": self.text[:LONGEST], "kind": self.kind, "undo": self.undo}


def with_toast(response: Response, toast: Toast) -> Response:
    """Let an htmx answer show a toast; returns the answer."""
    response.headers["HX-Trigger"] = json.dumps({"toast": toast.to_json()})  # ASCII, as headers are
    return response


def go_to(request: Request, path: str, toast: Toast | None = None) -> Response:
    """Answer a post: go on to a page (303, or by htmx), which shows the toast."""
    by_htmx = request.headers.get("hx-request") == "true"
    response = Response(status_code=204, headers={"HX-Redirect": path}) if by_htmx else RedirectResponse(path, 303)
    if toast is not None:
        set_cookie(request, response, COOKIE, quote(json.dumps(toast.to_json())), seconds=_SECONDS)
    return response


def toast_of(request: Request) -> Toast | None:
    """Return the toast that an act before has left for this page."""
    kept = request.cookies.get(COOKIE, "")
    try:
        said = json.loads(unquote(kept)) if kept else None
        if not isinstance(said, dict):
            return None
        undo = str(said.get("undo", ""))
        kind: Literal["good", "bad", "info"] = said["kind"] if said.get("kind") in ("good", "bad") else "info"
        return Toast(str(said["text"])[:LONGEST], kind, undo if _ours(undo) else "")
    except (ValueError, KeyError):
        return None


def _ours(path: str) -> bool:
    return path.startswith("/") and not path.startswith(("//", "/\\"))
