"""What Freshdesk answers when it refuses, and what the hub does then.

`{"description", "errors": [{"field", "message", "code"}]}` for values, `{"code", "message"}` for credentials, an empty
body for a record that is not there. Only codes are taken from them: messages may carry customers' values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connectors.failures import Action, Failure, FailureTable
from connectors.one_by_one import TAKEN

if TYPE_CHECKING:
    from connectors.http import Reply

GONE, NOT_JSON = "not-found", "not-json"
_CONFLICT, _MISSING = 409, 404
_CODE = re.compile(r"[a-z][a-z_]{1,39}")


def code_of(reply: Reply) -> str:
    """Return the code in an answer, "" for a success; bears any body."""
    if reply.ok:
        return "" if reply.is_json or not reply.content else NOT_JSON
    if reply.status == _MISSING:
        return GONE
    body = reply.body if isinstance(reply.body, dict) else {}
    errors = body.get("errors")
    codes = [one.get("code") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    if reply.status == _CONFLICT or "duplicate_value" in codes:
        return TAKEN
    code = next(iter(codes), body.get("code"))
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


FAILURES = FailureTable(
    rows=(
        Failure(Action.RETRY, "the answer is not JSON", "Check that base_url is the account's.", 200, NOT_JSON),
        Failure(Action.STOP, "the API key was refused", "Put an agent's API key into `api_key`.", status=401),
        Failure(
            Action.STOP,
            "the agent may not do this",
            "Let the key's agent view and edit all contacts and companies, and see whether the plan has the API.",
            status=403,
        ),
        Failure(Action.SKIP, "no such record", "Nothing to do: the next pull shows it as deleted.", _MISSING),
        Failure(
            Action.SKIP,
            "another record has this mail, number, name or external id",
            "Merge the two in Freshdesk, or let the hub match them after the next pull.",
            code=TAKEN,
        ),
        Failure(
            Action.SKIP,
            "Freshdesk refused the values",
            "Correct the record, or the mapping: an unknown custom field, a missing name, a wrong choice.",
            status=400,
        ),
    ),
    code_of=code_of,
)
