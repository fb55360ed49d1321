"""Zoho CRM's answers and what the hub does about each.

Room: connectors/zoho_crm; pure. Codes: Zoho's API v8 status-code pages. Two tables, since the accounts host
answers trouble with 200 and another shape.
"""

from __future__ import annotations

from typing import Any

from connectors.failures import Action, Failure, FailureTable
from connectors.http import Reply

CREDITS_PAUSE = 900.0
"""Seconds for which the hub leaves the account alone when Zoho goes on answering 429: credits come back by and by."""
ZIP = b"PK"
"""What the results of bulk jobs begin with: the only answers that are no JSON."""
BINDING_REFUSED = "BINDING_FIELD"
"""Our code for a write whose `duplicate_check_fields` Zoho refuses."""

_RENEW = "Renew the credentials with `crmhub connect`."
_SCOPES = (
    "Make a new refresh token with the scopes ZohoCRM.modules.ALL, ZohoCRM.settings.READ and ZohoCRM.coql.READ; "
    "the connector's README lists them."
)
_WAIT = "Nothing to do: the hub waits."


class ApiFailures(FailureTable):
    """As any table, but an answer with a result per record is an answer, whatever its status (207, 400, 412)."""

    def judge(self, reply: Reply) -> Failure | None:
        """Return the row for a failed answer; None for a success and for a list of results."""
        if results(reply.body) is not None and reply.status < 500 and reply.status not in {401, 429}:  # noqa: PLR2004
            return None
        return super().judge(reply)


def results(body: Any) -> list[dict[str, Any]] | None:  # noqa: ANN401 (any body may arrive)
    """Return the results per record of a write (or per channel), or None where the body holds none."""
    for root in ("data", "watch"):
        data = body.get(root) if isinstance(body, dict) else None
        if isinstance(data, list) and data and all(isinstance(one, dict) and "status" in one for one in data):
            return data
    return None


def _api_code(reply: Reply) -> str:
    if reply.status in {204, 304}:
        return ""
    if not isinstance(reply.body, dict):
        if reply.ok and reply.content.startswith(ZIP):
            return ""
        return "" if reply.is_json and not reply.ok else "NOT_JSON"
    if reply.body.get("status") != "error" and reply.ok:
        return ""
    details = reply.body.get("details")
    path = str(details.get("json_path", "")) if isinstance(details, dict) else ""
    if "duplicate_check_fields" in path:
        return BINDING_REFUSED
    return str(reply.body.get("code") or "")


API_FAILURES = ApiFailures(
    (
        Failure(Action.REFRESH, "the access token was refused", _RENEW, code="INVALID_TOKEN"),
        Failure(Action.REFRESH, "the sign-in was refused", _RENEW, code="AUTHENTICATION_FAILURE"),
        Failure(Action.STOP, "the refresh token lacks a scope", _SCOPES, code="OAUTH_SCOPE_MISMATCH"),
        Failure(
            Action.STOP,
            "the hub's user lacks a permission",
            "Give the user's profile in Zoho access to this module and to the API.",
            code="NO_PERMISSION",
        ),
        Failure(
            Action.STOP,
            "the host is not an API host",
            "Set base_url to the data centre's zohoapis host.",
            code="INVALID_HOST",
        ),
        Failure(
            Action.STOP,
            "the module does not exist",
            "Correct `modules` in the connector's settings: API names, case counts.",
            code="INVALID_MODULE",
        ),
        Failure(
            Action.STOP,
            "the binding field is missing or not unique",
            "Create a unique text field (64) for the binding id in this module and name it in `binding_field`.",
            code=BINDING_REFUSED,
        ),
        # Credits and concurrency are not told apart; what outlasts the retries is taken for the day's credits.
        Failure(
            Action.RETRY, "too many calls", _WAIT, code="TOO_MANY_REQUESTS", wait_seconds=2.0, pause_after=CREDITS_PAUSE
        ),
        Failure(Action.RETRY, "Zoho is in trouble", "Nothing to do: the hub tries again.", code="INTERNAL_ERROR"),
        Failure(
            Action.RETRY,
            "the answer was no JSON",
            "Check base_url; a proxy or a maintenance page may stand before Zoho. The hub tries again.",
            status=200,
            code="NOT_JSON",
        ),
    ),
    _api_code,
)


def _accounts_code(reply: Reply) -> str:
    if not isinstance(reply.body, dict):
        return "NOT_JSON"
    if isinstance(reply.body.get("access_token"), str) and reply.body["access_token"]:
        return ""
    return str(reply.body.get("error") or "no_access_token")


ACCOUNTS_FAILURES = FailureTable(
    (
        # Ten tokens per refresh token and ten minutes; asking on keeps the door shut.
        Failure(Action.PAUSE, "too many sign-ins", _WAIT, code="Access Denied", wait_seconds=600.0),
        Failure(Action.RETRY, "the accounts host gave no JSON", "Check accounts_url.", status=200, code="NOT_JSON"),
        Failure(
            Action.STOP,
            "the refresh token is unknown or revoked",
            f"{_RENEW} Client, token and organisation must be in one data centre.",
            code="invalid_code",
        ),
        Failure(Action.STOP, "the client is unknown", f"Check client_id and the data centre. {_RENEW}", status=200),
        Failure(Action.STOP, "the accounts host refused the credentials", _RENEW, status=400),
        Failure(Action.STOP, "the accounts host refused the credentials", _RENEW, status=401),
    ),
    _accounts_code,
)
