"""What Zendesk answers when it refuses, and what the hub does then.

Its error bodies come in five forms: `error` as a text, `error` as an object, `errors[]`, plain text, and none
(or HTML). Only codes are taken from them: descriptions carry customers' mails.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectors.failures import Action, Failure, FailureTable

if TYPE_CHECKING:
    from connectors.http import Reply

FORBIDDEN = "forbidden"
GONE = "RecordNotFound"
DUPLICATE = "DuplicateValue"
INVALID_VALUE = "InvalidValue"
INVALID = "RecordInvalid"
REFUSED = 422
"""The status with which Zendesk refuses values where they are not rows of a job."""
BAD_GRANT = "invalid_grant"
NOT_JSON = "not-json"

_FORBIDDEN, _MISSING, _CONFLICT, _INVALID = 403, 404, 409, 422
_BY_STATUS = {_FORBIDDEN: FORBIDDEN, _MISSING: GONE}
_CODE = re.compile(r"[A-Za-z][A-Za-z_ ]{0,39}")
_TAKEN = re.compile(r"already been taken|already being used", re.IGNORECASE)


def code_of(reply: Reply) -> str:
    """Return the code in an answer, "" for a success; bears any body."""
    if reply.ok:
        return "" if reply.is_json or not reply.content else NOT_JSON
    if reply.status in _BY_STATUS:
        return _BY_STATUS[reply.status]
    if not isinstance(reply.body, dict):
        return "" if reply.is_json or not reply.content else NOT_JSON
    return DUPLICATE if is_duplicate(reply.body) else _named(reply.body)


def is_duplicate(body: Any) -> bool:  # noqa: ANN401 (any JSON)
    """Say whether a refusal is about a mail, an external id or a name that another record has."""
    if isinstance(body, dict):
        return body.get("error") == DUPLICATE or any(is_duplicate(part) for part in body.values())
    if isinstance(body, list):
        return any(is_duplicate(part) for part in body)
    return isinstance(body, str) and _TAKEN.search(body) is not None


def _named(body: dict[str, Any]) -> str:
    error = body.get("error")
    errors = body.get("errors")
    if isinstance(error, dict):
        error = error.get("title")
    elif error is None and isinstance(errors, list) and errors and isinstance(errors[0], dict):
        error = errors[0].get("code")
    return error if isinstance(error, str) and _CODE.fullmatch(error) else ""


FAILURES = FailureTable(
    rows=(
        Failure(Action.RETRY, "the answer is not JSON", "Check that base_url is the account's.", 200, NOT_JSON),
        Failure(Action.STOP, "the refresh token was refused", "Sign in anew with `crmhub connect`.", code=BAD_GRANT),
        Failure(
            Action.STOP,
            "the OAuth client was refused",
            "Check client_id and client_secret in Zendesk's Admin Center.",
            code="invalid_client",
        ),
        Failure(
            Action.STOP,
            "the account may not do this",
            "Give the hub's token the scopes read and write, and its user the role admin.",
            status=_FORBIDDEN,
        ),
        Failure(Action.SKIP, "no such record", "Nothing to do: the next pull shows it as deleted.", _MISSING),
        Failure(Action.RETRY, "two changes met", "Nothing to do: the hub tries again.", _CONFLICT),
        Failure(
            Action.SKIP,
            "another record has this mail, external id or name",
            "Merge the two in Zendesk, or let the hub match them after the next pull.",
            code=DUPLICATE,
        ),
        Failure(
            Action.SKIP,
            "Zendesk refused the values",
            "Correct the record, or the mapping of the field that Zendesk names.",
            status=_INVALID,
        ),
    ),
    code_of=code_of,
)
