"""A system's failure table: their answer, our action.

Each system's `failures.py` holds one `FailureTable`; `connectors.http` asks it about every answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.http import Reply


class Action(Enum):
    """What the client does with an answer."""

    RETRY = "retry"  # wait (Retry-After, else backoff with full jitter), then the same call again
    REFRESH = "refresh"  # sign in again once, then the same call once more; then STOP
    SKIP = "skip"  # this record only: raises SkipRecord
    STOP = "stop"  # raises StopSystem
    PAUSE = "pause"  # quota used up: raises QuotaPaused
    ASK = "ask"  # raises AskSteward


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the table: the first row whose given parts all match decides.

    *status* None matches any status, *code* None any code. *wait_seconds* is the least wait before a retry,
    or how long a pause lasts. *maybe_done* marks an answer after which the call may have been carried out all the
    same (a gateway's timeout): a call that is not repeatable is then not made again but becomes OutcomeUnknown.
    """

    action: Action
    what: str
    cure: str
    status: int | None = None
    code: str | None = None
    wait_seconds: float = 0.0
    maybe_done: bool = False
    pause_after: float = 0.0
    """Of a passing failure that outlasts the retries: seconds for which the system pauses, as by quota; 0: none."""

    def matches(self, status: int, code: str) -> bool:
        """Say whether this row is about such an answer."""
        return (self.status is None or self.status == status) and (self.code is None or self.code == code)


@dataclass(frozen=True)
class FailureTable:
    """Rows in order, and how this system's answers are read.

    *code_of* returns the system's error code of an answer, or "" for a success (a system may answer 200 with
    an error inside). It must bear any body: HTML, an empty one, a list where a map was due.
    """

    rows: tuple[Failure, ...]
    code_of: Callable[[Reply], str]

    def judge(self, reply: Reply) -> Failure | None:
        """Return the row for a failed answer, or None for a success."""
        code = self.code_of(reply)
        return None if reply.ok and not code else self.of(reply.status, code)

    def of(self, status: int, code: str) -> Failure:
        """Return the row for a failure that is named; a row of a batch has a status only in the table's terms."""
        for row in (*self.rows, *COMMON):
            if row.matches(status, code):
                return row
        return Failure(
            Action.SKIP,
            f"the system refused the call ({status})",
            "Look the code up in the system's API documentation.",
            code=code,
        )


COMMON: tuple[Failure, ...] = (
    Failure(Action.RETRY, "too many calls", "Nothing to do: the hub waits.", status=429),
    Failure(Action.REFRESH, "the sign-in was refused", "Renew the credentials with `crmhub connect`.", status=401),
    Failure(
        Action.STOP,
        "the account may not do this",
        "Give the hub's user or token this permission.",
        status=403,
    ),
    *(
        Failure(
            Action.RETRY,
            f"the system is in trouble ({status})",
            "Nothing to do: the hub tries again.",
            status=status,
            maybe_done=status in {408, 500, 502, 504},
        )
        for status in (408, 425, 500, 502, 503, 504)
    ),
)
"""What HTTP itself means; each system's own rows come first."""
