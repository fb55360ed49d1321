"""Fxiaoke's answers and what the hub does about them.

HTTP says 200 to almost everything; `errorCode` decides, and only 0 is a success. `errorMessage` is neither branched on
(the vendor changes it) nor repeated (it may quote a customer's values); `traceId` is what their support asks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.failures import Action, Failure, FailureTable
from connectors.http import Reply

NOT_JSON = "not-json"
NO_CODE = "no-code"
DAILY_QUOTA = "30002"
FREQUENCY_WINDOW = 20.0
"""Seconds: the window of the limit of 100 calls per path."""

_ADMIN = "Ask the tenant's administrator"
_GATEWAY = "Check base_url: it must be the API gateway of the tenant's cloud (see the README)."
_CREDENTIALS = "Copy app_id, app_secret and permanent_code again from the self-built app's page."
_WAIT = "Nothing to do: the hub waits and tries again."

ROWS: tuple[Failure, ...] = (
    Failure(Action.REFRESH, "the token is not valid any more", _CREDENTIALS, code="20016"),
    Failure(Action.REFRESH, "the token has expired", _CREDENTIALS, code="20005"),
    *(
        Failure(Action.RETRY, "too many calls in the last 20 seconds", _WAIT, code=code, wait_seconds=FREQUENCY_WINDOW)
        for code in ("30004", "14001")
    ),
    Failure(Action.RETRY, "the gateway is busy", _WAIT, code="-1"),
    Failure(Action.RETRY, "the gateway reports a fault of its own", _WAIT, code="-2", maybe_done=True),
    Failure(Action.RETRY, "the service behind the gateway did not answer", _WAIT, code="50009", maybe_done=True),
    Failure(Action.PAUSE, "today's calls are used up", "Nothing to do: the quota renews at 00:00.", code=DAILY_QUOTA),
    Failure(Action.STOP, "no API calls were bought", f"{_ADMIN} to buy an OpenAPI pack.", code="30003"),
    Failure(Action.STOP, "the app may not use this interface", f"{_ADMIN} to grant it to the app.", code="15003"),
    Failure(Action.STOP, "the app is switched off", f"{_ADMIN} to switch it on (developer mode).", code="20021"),
    Failure(Action.STOP, "the tenant has not authorised the app", f"{_ADMIN} to authorise it.", code="20022"),
    Failure(Action.STOP, "the app has no right to this tenant", f"{_ADMIN} to authorise it.", code="20020"),
    Failure(Action.STOP, "app_id or app_secret is wrong", _CREDENTIALS, code="20006"),
    Failure(Action.STOP, "permanent_code is wrong", _CREDENTIALS, code="20015"),
    Failure(Action.STOP, "the call carried no sign-in", _CREDENTIALS, code="20017"),
    Failure(Action.STOP, "the acting employee is unknown", "Check open_user_id or employee_id.", code="20012"),
    Failure(Action.STOP, "the acting employee is unknown", "Check open_user_id or employee_id.", code="30027"),
    Failure(Action.STOP, "the app may not act as this employee", f"{_ADMIN} to widen the app's scope.", code="20014"),
    *(
        Failure(
            Action.SKIP,
            "a parameter is missing or not allowed",
            "Check that object and field names in the mapping exist in the tenant.",
            code=code,
        )
        for code in ("10006", "15002", "32000")
    ),
    Failure(
        Action.SKIP,
        "a value points to a record that does not exist",
        "Sync the record that it points to first.",
        code="201112011",
    ),
    *(
        Failure(Action.RETRY, "the answer was not the API's", _GATEWAY, status=status, code=NOT_JSON, maybe_done=True)
        for status in (200, 204, 301, 302, 303, 304, 307, 308)
    ),
    Failure(Action.STOP, "the host does not know this path", _GATEWAY, status=404, code=NOT_JSON),
    Failure(Action.RETRY, "the answer carried no errorCode", _GATEWAY, code=NO_CODE, maybe_done=True),
)

TOKEN_ROWS: tuple[Failure, ...] = (
    Failure(Action.STOP, "the sign-in was refused", _CREDENTIALS, code="10006"),
    Failure(Action.STOP, "base_url is no API gateway", _GATEWAY, status=302),
    *ROWS,
)
"""On the token paths 10006 says that the credentials are wrong, and a redirect that the host is."""


def code_of(reply: Reply) -> str:
    """Return the errorCode as text, "" for 0. An answer that is no envelope gets a code of ours."""
    if not isinstance(reply.body, dict):
        return NOT_JSON
    code = reply.body.get("errorCode")
    if isinstance(code, bool) or not isinstance(code, int | str):
        return NO_CODE
    return "" if str(code) == "0" else str(code)


@dataclass(frozen=True)
class FxiaokeFailures(FailureTable):
    """The table, with the trace of each failed call, and a pause that lasts until the quota renews."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def judge(self, reply: Reply) -> Failure | None:
        """Return the row for a failed answer, or None for a success."""
        failure = super().judge(reply)
        if failure is None:
            return None
        if failure.action is Action.PAUSE:
            failure = replace(failure, wait_seconds=seconds_to_renewal(self.now()))
        trace = _trace_of(reply)
        return replace(failure, what=f"{failure.what}, traceId {trace}") if trace else failure


FAILURES = FxiaokeFailures(ROWS, code_of)
TOKEN_FAILURES = FxiaokeFailures(TOKEN_ROWS, code_of)


def seconds_to_renewal(now: datetime) -> float:
    """Seconds until the daily quota renews: midnight in China, where the tenant's day ends."""
    there = now.astimezone(ZoneInfo("Asia/Shanghai"))
    midnight = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight - there).total_seconds()


def _trace_of(reply: Reply) -> str:
    trace = reply.body.get("traceId") if isinstance(reply.body, dict) else None
    return trace if isinstance(trace, str) and re.fullmatch(r"[A-Za-z0-9._/-]{1,120}", trace) else ""
