"""The pull API's answers and what the hub does about them (Typeform)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.failures import Action, Failure, FailureTable

if TYPE_CHECKING:
    from connectors.http import Reply

NOT_JSON = "not-json"


def code_of(reply: Reply) -> str:
    """Return the error's code, from `{"code", "description"}`; a success that is no JSON object is one, too."""
    if reply.ok:
        return "" if isinstance(reply.body, dict) else NOT_JSON
    code = reply.body.get("code") if isinstance(reply.body, dict) else None
    return code if isinstance(code, str) else ""


FAILURES = FailureTable(
    rows=(
        Failure(
            Action.RETRY,
            "the answer was no JSON, as from a proxy or a maintenance page",
            "Check base_url; the hub tries again.",
            code=NOT_JSON,
        ),
        Failure(
            Action.STOP,
            "the access token was refused",
            "Make a new personal access token in the account's settings and put it into `token`.",
            status=401,
        ),
        Failure(
            Action.STOP,
            "the token may not read forms and responses",
            "Give the token the scopes forms:read and responses:read.",
            status=403,
        ),
        Failure(
            Action.SKIP,
            "there is no such form, or the token's account cannot see it",
            "Correct the id under `forms`, or use a token of the account that owns the form.",
            status=404,
        ),
        Failure(Action.RETRY, "too many calls", "Nothing to do: the hub waits.", status=429, wait_seconds=1.0),
    ),
    code_of=code_of,
)
