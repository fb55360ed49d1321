"""Everything that can go wrong with an outside system, grouped by what the run does next.

    ConnectorError
    ├── TryAgain            passing trouble: network, 5xx, rate limit; retried, then the stream ends incomplete
    │   └── OutcomeUnknown  a write was sent and no answer came: look it up before anything is tried again
    ├── SkipRecord          this record cannot be read or written; counted and named, the others go on
    ├── StopSystem          nothing more can be done with this system now; the other systems go on
    │   ├── QuotaPaused     the account's calls are used up; not a failure: continues at a known time
    │   └── NotAnswering    the system has let calls wait in vain: given up for the run at hand
    └── AskSteward          a person must decide about this record

Texts carry ids, codes and cures; never a customer's values, a token or a whole reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ConnectorError(Exception):
    """Something went wrong with one system; says what, to which record, and what to do next."""

    def __init__(  # noqa: PLR0913 (the facts of an error, all named)
        self,
        what: str,
        *,
        system: str,
        code: str,
        cure: str,
        stream: str | None = None,
        record_id: str | None = None,
    ) -> None:
        self.what, self.system, self.code, self.cure = what, system, code, cure
        self.stream, self.record_id = stream, record_id
        place = "/".join(part for part in (system, stream, record_id) if part)
        super().__init__(f"{place}: {what} [{code}]. {cure}")


class TryAgain(ConnectorError):
    """Passing trouble that outlasted the retries."""


class OutcomeUnknown(TryAgain):
    """A write was sent and its answer never arrived."""


class SkipRecord(ConnectorError):
    """One record cannot be read or written as it is."""


class StopSystem(ConnectorError):
    """Nothing more can be done with this system until a person acts."""


class QuotaPaused(StopSystem):
    """The account's calls are used up until *continues_at* (aware, UTC)."""

    def __init__(self, *, system: str, bucket: str, continues_at: datetime) -> None:
        self.bucket, self.continues_at = bucket, continues_at
        super().__init__(
            f"paused by quota, continues at {continues_at:%Y-%m-%dT%H:%M:%SZ}",
            system=system,
            code="quota",
            cure=f"Nothing to do: the next run after that time goes on. Bucket: {bucket}.",
        )


class NotAnswering(StopSystem):
    """The system lets calls wait in vain since *since* (aware, UTC): nobody waits for it again in the run at hand."""

    CODE = "not_answering"

    def __init__(self, *, system: str, since: datetime) -> None:
        self.since = since
        super().__init__(
            f"no answer since {since:%Y-%m-%d %H:%M} UTC; given up for this run",
            system=system,
            code=self.CODE,
            cure=f"See that it is up and can be reached (crmhub check {system}). The next run tries it once more; "
            "what was left goes on then.",
        )


class AskSteward(ConnectorError):
    """A person must decide what happens to this record."""
