"""How far a Typeform form was read: the cursor of a pull, form by form.

Pure. Responses come newest first, so a form's cursor may move only when its last page was read. Until then the state
says where to go on (`before`), from where the read began (`since`) and what the cursor will be (`newest`):

    {"forms": {"F1": {"until": "2026-01-02T03:04:05Z"},
               "F2": {"since": null, "before": "tok7", "newest": "2026-01-02T03:04:05Z"}}}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Progress:
    """One form's place: *until* is the source's own text of the newest submission read, the others a read under way."""

    until: str | None = None
    since: str | None = None
    before: str | None = None
    newest: str | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Progress:
        """Read a form's place; anything unreadable there means: from the beginning."""
        found = {name: kept.get(name) for name in ("until", "since", "before", "newest")}
        return cls(**{name: text for name, text in found.items() if isinstance(text, str) and text})

    def as_state(self) -> dict[str, str | None]:
        """Return the JSON of this place, without what is empty."""
        named = {"until": self.until, "since": self.since, "before": self.before, "newest": self.newest}
        return {name: text for name, text in named.items() if text is not None}

    def begin(self, start: datetime | None, lookback: int) -> Progress:
        """Return where a read begins: further on in one that was broken off, else a little before the cursor."""
        if self.before is not None:
            return self
        at = moment(self.until)
        if at is not None:
            reached = at - timedelta(seconds=lookback)
            start = max(start, reached) if start else reached
        return Progress(until=self.until, since=_as_text(start) if start else None)

    def after(self, submitted: Iterable[str], last_token: str | None, now: datetime) -> Progress:
        """Return the place after a page; *last_token* None: it was the last one.

        The cursor never passes *now*: a submission with a time ahead of ours must not hide the next ones.
        """
        newest = self.newest or _latest(submitted, now)
        if last_token is None:
            return Progress(until=max((newest, self.until), key=lambda text: moment(text) or _BEFORE_ALL))
        return Progress(until=self.until, since=self.since, before=last_token, newest=newest)


def moment(text: str | None) -> datetime | None:
    """Read an ISO time; None where it is none. A time without zone is UTC, as the API's are."""
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


def _latest(submitted: Iterable[str], now: datetime) -> str | None:
    timed = [(at, text) for text in submitted if (at := moment(text)) is not None]
    if not timed:
        return None
    at, text = max(timed)
    return text if at <= now else _as_text(now)


def _as_text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
