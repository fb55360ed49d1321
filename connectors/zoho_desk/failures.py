"""What Zoho Desk answers when it refuses, and what the hub does then.

`{"errorCode", "message", "errors": [{"fieldName", "errorType", "errorMessage"}]}`; the accounts host says
`{"error": "invalid_code"}` under HTTP 200. Only codes are taken from them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connectors.failures import Action, Failure, FailureTable
from connectors.one_by_one import TAKEN

if TYPE_CHECKING:
    from connectors.http import Reply

GONE, NOT_JSON = "URL_NOT_FOUND", "not-json"
_MISSING = 404
_CODE = re.compile(r"[A-Za-z][A-Za-z_]{1,39}")


def code_of(reply: Reply) -> str:
    """Return the code in an answer, "" for a success; bears any body."""
    body = reply.body if isinstance(reply.body, dict) else {}
    if reply.ok:
        code = body.get("error")
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
        return "" if reply.is_json or not reply.content else NOT_JSON
    if reply.status == _MISSING:
        return GONE
    errors = body.get("errors")
    kinds = {one.get("errorType") for one in errors if isinstance(one, dict)} if isinstance(errors, list) else set()
    if "duplicate" in kinds:
        return TAKEN
    code = body.get("errorCode") or body.get("error")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


_GRANT = "Sign in anew and put the new refresh token into `refresh_token`."
FAILURES = FailureTable(
    rows=(
        Failure(Action.RETRY, "the answer is not JSON", "Check base_url and data_centre.", 200, NOT_JSON),
        Failure(Action.STOP, "the refresh token was refused", _GRANT, code="invalid_code"),
        Failure(Action.STOP, "the refresh token was refused", _GRANT, code="invalid_grant"),
        Failure(
            Action.STOP,
            "the OAuth client was refused",
            "Check client_id, client_secret and data_centre: a client belongs to one data centre.",
            code="invalid_client",
        ),
        Failure(
            Action.PAUSE,
            "the day's credits are used up",
            "Nothing to do: the hub goes on when they are renewed.",
            status=429,
            code="THRESHOLD_EXCEEDED",
            wait_seconds=3600.0,
        ),
        Failure(
            Action.RETRY, "too many calls at a time", "Nothing to do: the hub waits.", status=429, wait_seconds=1.0
        ),
        Failure(
            Action.STOP, "the organization is another one's", "Check org_id and data_centre.", code="OAUTH_ORG_MISMATCH"
        ),
        Failure(
            Action.STOP,
            "the token lacks a scope",
            "Consent with the scopes that the README names, Desk.search.READ among them.",
            code="SCOPE_MISMATCH",
        ),
        Failure(
            Action.STOP,
            "the user or the edition may not do this",
            "Let the consenting user see and edit contacts and accounts; see whether the edition has the API.",
            status=403,
        ),
        Failure(Action.SKIP, "no such record", "Nothing to do: the next sweep shows it as deleted.", _MISSING),
        Failure(
            Action.SKIP,
            "another record has this value",
            "Merge the two in Zoho Desk, or let the hub match them after the next pull.",
            code=TAKEN,
        ),
        Failure(
            Action.SKIP,
            "Zoho Desk refused the values",
            "Correct the record, or the mapping: an unknown field, a missing last name, a value that is too long.",
            status=422,
        ),
    ),
    code_of=code_of,
)
