"""The state of one simulated Zendesk account: the record book, its indexes, tokens, jobs, identities, webhooks."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.sandboxes.book import RecordBook, Stored
from connectors.zendesk.sandbox.order import ChangeOrder
from connectors.zendesk.sandbox.switches import with_defaults
from connectors.zendesk.sandbox.wire import Json

if TYPE_CHECKING:
    from connectors.sandboxes.contract import Change, SandboxOptions

USERS, ORGANIZATIONS = "users", "organizations"
FIRST_ID = 360_000_000_001
SUFFIX = 8
"""Digits at a number's end by which the phone index files it."""


@dataclass
class Job:
    """One bulk job: its rows are done when it is taken in, and shown once it was polled often enough."""

    job_id: str
    job_type: str
    verb: str
    rows: list[Json]
    total: int
    taken_at: float
    polls: int = 0
    finished: bool = False


@dataclass
class Account:
    """Everything that one simulated account holds; one event loop uses it."""

    options: SandboxOptions
    switches: dict[str, str] = field(init=False)
    book: RecordBook = field(init=False)
    orders: dict[str, ChangeOrder] = field(default_factory=lambda: defaultdict(ChangeOrder))
    jobs: dict[str, Job] = field(default_factory=dict)
    hooks: dict[str, Json] = field(default_factory=dict)
    secret_resets: int = 0
    verification_mails: int = 0
    staff_writes: int = 0
    me_id: str = ""

    def __post_init__(self) -> None:
        self.switches = with_defaults(self.options.switches)
        self.chance = random.Random(self.options.seed)  # noqa: S311 (a repeatable simulator)
        self.clock = self.options.clock
        self.book = RecordBook(self.clock, self._new_id)
        self.book.listeners.append(self._note)
        self._last_id = FIRST_ID + self.chance.randrange(10**6)
        self._loading = True
        self._index: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._filed: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        self._alive: dict[str, list[str]] = {}
        self._identity_ids: dict[tuple[str, str, str], int] = {}

    def loaded(self) -> None:
        """End the loading of the population: from now on a change counts from when it arrives."""
        self._loading = False

    def number(self) -> int:
        """Return a fresh id of the account, greater than all before."""
        self._last_id += 20 + self.chance.randrange(20)
        return self._last_id

    def seconds(self) -> float:
        """Return the virtual time in epoch seconds."""
        return self.clock.now().timestamp()

    def identity_id(self, user_id: str, kind: str, value: str) -> int:
        """Return the lasting id of one of a user's identities."""
        key = (user_id, kind, value.lower())
        if key not in self._identity_ids:
            self._identity_ids[key] = self.number()
        return self._identity_ids[key]

    def live(self, stream: str, record_id: object) -> Stored | None:
        """Return a record that is not deleted."""
        stored = self.book.get(stream, str(record_id))
        return stored if stored is not None and stored.deleted_at is None else None

    def by(self, kind: str, value: object) -> list[str]:
        """Return the live records filed under a key, in order of filing: kinds as `keys_of` makes them."""
        return list(self._index.get((kind, str(value).strip().lower()), ()))

    def by_phone(self, number: object) -> list[str]:
        """Return the users whose number ends as *number* does."""
        wanted = digits(number)
        return [
            user_id
            for user_id in self.by("phone", wanted[-SUFFIX:])
            if any(
                one.endswith(wanted) or wanted.endswith(one) for one in phones_of(self.book.get(USERS, user_id)) if one
            )
        ]

    def alive(self, stream: str) -> list[str]:
        """Return the ids of live records in order of id."""
        if stream not in self._alive:
            self._alive[stream] = sorted(
                (one.record_id for one in self.book.all(stream) if not one.deleted_at), key=int
            )
        return self._alive[stream]

    def changed_since(self, stream: str, second: int) -> list[str]:
        """Return the live records changed at *second* or later, in order of their change."""
        found, _ = self.orders[stream].after((second, 0), int(self.seconds()), len(self.alive(stream)))
        return [record_id for _, record_id in found if self.live(stream, record_id)]

    def keep(self) -> Json:
        """Return the counters and ids that the book does not hold."""
        identities = [[*key, value] for key, value in self._identity_ids.items()]
        return {"last_id": self._last_id, "me_id": self.me_id, "identities": identities}

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Take back what `keep` gave, and file the book's records anew."""
        self._last_id, self.me_id = kept["last_id"], kept["me_id"]
        self._identity_ids = {(user, kind, value): number for user, kind, value, number in kept["identities"]}
        self._index.clear()
        self._filed.clear()
        self._alive.clear()
        for stream in self.book.streams():
            for stored in self.book.all(stream):
                self._file(stored)

    def _new_id(self, stream: str) -> str:
        del stream
        return str(self.number())

    def _note(self, change: Change) -> None:
        stored = self.book.get(change.stream, change.record_id)
        if stored is None:
            return
        moment = stored.modified_at if self._loading else self.clock.now()
        self.orders[change.stream].note(change.record_id, int(moment.timestamp()))
        self._file(stored)
        if change.kind != "update":
            self._alive.pop(change.stream, None)

    def _file(self, stored: Stored) -> None:
        place = (stored.stream, stored.record_id)
        keys = () if stored.deleted_at else tuple(dict.fromkeys(keys_of(stored)))
        for key in self._filed.get(place, ()):
            if key not in keys:
                self._index[key].pop(stored.record_id, None)
        for key in keys:
            self._index[key].setdefault(stored.record_id, None)
        self._filed[place] = keys


def digits(text: object) -> str:
    """Return the digits of a text."""
    return re.sub(r"\D", "", str(text or ""))


def texts(value: object) -> Iterable[str]:
    """Yield the texts of a list that may be missing or hold anything."""
    return (one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def phones_of(stored: Stored | None) -> list[str]:
    """Return a user's numbers as digits."""
    values: Mapping[str, Any] = stored.values if stored else {}
    return [digits(one) for one in (values.get("phone"), *texts(values.get("other_phones")))]


def keys_of(stored: Stored) -> Iterable[tuple[str, str]]:
    """Yield the keys under which a live record is found; texts in lower case."""
    values = stored.values
    if values.get("external_id"):
        yield f"{stored.stream}:external_id", str(values["external_id"]).lower()
    if stored.stream == ORGANIZATIONS:
        yield "organizations:name", str(values.get("name") or "").strip().lower()
    if stored.stream == USERS:
        for mail in (values.get("email"), *texts(values.get("other_emails"))):
            if mail:
                yield "mail", str(mail).strip().lower()
        for number in phones_of(stored):
            if number:
                yield "phone", number[-SUFFIX:]


def first(found: Iterable[str]) -> str | None:
    """Return the first of some ids, or None."""
    return next(islice(found, 1), None)
