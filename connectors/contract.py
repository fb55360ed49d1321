"""What every system's folder offers, and the words in which it talks to `flows`.

A system's folder is a package with these modules (a test walks the folders):

    settings.py   Settings          a pydantic model: what the operator fills in
    client.py     Client            sign-in, paging, limits; built on connectors.http (absent where nothing is called)
    failures.py   FAILURES          a table: their answer -> our action (likewise)
    source.py     Source            a connectors.source.HubSource (an airbyte-cdk source)
    writer.py     Writer            a connectors.contract.Writer; absent where nothing can be written
    webhook.py    receive()         verify and parse what the system posts; absent where nothing is ever posted
    sandbox.py    build()           a simulator of the system's API (connectors.sandboxes); absent where there is no API
    grant.py     CONSENT            how the vendor lets an owner agree (connectors.consent); absent where it does not
    README.md                       credentials, scopes, limits with units, oddities

A third party's package registers the same modules through the entry-point group `crmhub.connectors`
(name -> package). `connectors.registry` finds both.

Reserved keys in a record's data, beside the system's own fields:
`_ab_cdc_deleted_at` (ISO time, Airbyte's term) marks a deleted record, of which only the key may be known;
`_merged_into` (the winner's id) marks a record that its own system merged or converted away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = Mapping[str, Any]
"""One record of a stream as its system gives it: JSON values under the system's own field names."""

DELETED_AT = "_ab_cdc_deleted_at"
MERGED_INTO = "_merged_into"


SKIPPED = "crmhub-record-skipped"
"""How a `Skipped` travels from source to hub: the type of an Airbyte analytics trace, which fails no other reader."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that could not be read; the others go on.

    *place* is where people find it (`data/shops.csv, line 7`) or its id: never a value. *count* is more than one where
    this stands for others like it that are not named one by one.
    """

    place: str
    code: str
    what: str
    cure: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """Records that arrived together.

    *state* is the stream's cursor once these records (and all pages before) are kept; None where a
    restart must begin before this page. A state never runs ahead of the records that it covers.
    *skipped* names what stood among them and could not be read.
    """

    records: Sequence[Record]
    state: Mapping[str, Any] | None = None
    skipped: Sequence[Skipped] = ()


class StreamReader(Protocol):
    """One stream of one configured system.

    A reader whose `fetch` has to go through the whole stream says so with `reads_through = True`, so that many ids are
    asked for at once.
    """

    name: str
    primary_key: str

    @property
    def cursor_field(self) -> str | None:
        """The field that changes are followed by, or None. May ask the system's metadata on first use."""

    def schema(self) -> Mapping[str, Any]:
        """Return the JSON schema of a record, as discovered (or the static one where nothing can be asked).

        Beside JSON's own types a property may say, where the system tells: `title` (what people call it), `x-choices`
        (word -> label), `x-required` (no record without it), `readOnly`, `maxLength` (characters).
        """

    def read(self, state: Mapping[str, Any] | None) -> Iterator[Page]:
        """Yield pages from *state* (None: everything) to now.

        No record is skipped at a cursor boundary or while it changes during the read; some may come twice.
        Deleted and merged-away records that the API can name come as records with the reserved keys.
        """

    def fetch(self, ids: Sequence[str]) -> Iterator[Record]:
        """Yield just these records; one that is gone comes as {primary_key: id, _ab_cdc_deleted_at: …}."""


@runtime_checkable
class Sweeper(Protocol):
    """A stream reader that can name all its living records; offered where the API may keep quiet about deletions."""

    def sweep(self) -> Iterator[Sequence[str]]:
        """Yield the ids of all living records, page by page, in few calls.

        A whole walk: one that is cut short raises. An id that is missing is only suspected to be gone (it may have
        become invisible, or have moved under the walk): `fetch` tells.
        """


# ---------------------------------------------------------------------------------------------- writing


@dataclass(frozen=True, slots=True)
class WriteRequest:
    """One intended write to one record, in the system's own field names.

    *expected* holds, for each key of *fields*, the value that the hub last saw there (updates only):
    a writer must not overwrite anything else. Where a value is an object, it holds just the keys that the
    hub maps, and only those are compared. *binding_id* is the ULID that a created record carries.

    A `delete` and a `merge` write no fields: *expected* is all that the hub knows of the record, and one that shows
    anything else is left alone. *into* is the record that a merged one disappears into.
    """

    write_id: str
    stream: str
    kind: Literal["create", "update", "delete", "merge"]
    fields: Mapping[str, Any]
    record_id: str | None = None
    expected: Mapping[str, Any] = field(default_factory=dict)
    binding_id: str | None = None
    into: str | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """How a writer can take records out of one stream.

    *delete*: `bin`: its people can have a deleted record back there; `for_good`: nobody can, as far as is known; None:
    the hub deletes nothing. *merge*: the system merges two records itself, with what hangs on them. No API takes that
    back.
    """

    delete: Literal["bin", "for_good"] | None = None
    merge: bool = False


Outcome = Literal["confirmed", "rejected", "stale", "unknown", "try_again"]


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of one write.

    - confirmed: done; *record_id* names the record, *read_back* the values of the written fields (at least)
      as the system now shows them. *others* says whether somebody else saved the record between the look before it
      and the reading back, where the system tells (by version, stamp or user); None: it does not tell. What the record
      shows in place of what was sent is then theirs, and else the system's own form of it.
    - rejected: refused for good; *code*, *message* (the system's words without customers' values) and *cure*.
      *refused* names what was not taken, field -> the values of it, where the system says so: the same values would be
      refused again, while the rest of the write was carried out (what was stored stands in *read_back*) or may be tried
      without them. Empty: the write as a whole. *held_by* is the record that keeps a unique value, where known.
    - stale: not written, since the record no longer showed *expected*; *current* is the record as it is now
      (a full record as `fetch` gives it).
    - unknown: sent, no answer: look it up before anything is tried again.
    - try_again: not written for a passing reason.
    """

    write_id: str
    outcome: Outcome
    record_id: str | None = None
    read_back: Record | None = None
    current: Record | None = None
    code: str = ""
    message: str = ""
    cure: str = ""
    refused: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    held_by: str | None = None
    others: bool | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """A record about to be created: is it there already? By binding id, then by exact mail and phone in *fields*."""

    write_id: str
    stream: str
    binding_id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A record that answers a lookup: *by* tells how it was found; *record* is the full record as `fetch` gives it."""

    write_id: str
    record_id: str
    by: Literal["binding_id", "mail", "phone"]
    record: Record


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a system lacks for records to be made in some streams: *what* in words that follow `creating needs`."""

    streams: tuple[str, ...]
    what: str
    cure: str


class Writer(Protocol):
    """Creates and updates records, with a result per record.

    Batches to the API's size and halves a refused batch until the bad row stands alone. Reads the records
    just before an update (or uses a version precondition) and answers `stale` where *expected* no longer holds.
    One that sends many batches before it waits for them may say so with `at_once`: how many writes it wants at a time.
    One that can delete or merge says so with `removals`: stream -> `Removal`; all else it refuses by name
    (`connectors.removals`).
    """

    def write(self, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Carry out *requests* (any mix of streams and kinds); yield exactly one result for each, in any order.

        Raises:
            StopSystem: nothing more can be written; requests without a result so far were not sent.
        """

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield the records that are there already; used before creates and for writes whose outcome is unknown.

        Must see records written a moment ago (no lagging search index).
        """


# ------------------------------------------------------------------------------------------- webhooks


@dataclass(frozen=True, slots=True)
class Post:
    """An HTTP post as it came in: header names in lower case, *body* the raw bytes, *received_at* aware UTC.

    *vouched*: the hub has found its own key for this system in the address (`?key=`). That is enough where a sender
    cannot sign; a signature that is configured is asked for all the same.
    """

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    received_at: datetime
    vouched: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """A hint that a record changed; `flows` reads it by `fetch`."""

    stream: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified post, parsed.

    *dedupe_key* is equal for every retry of one event. *changes* name records to fetch; *records* carry whole
    records (stream, record) for systems whose post is the record itself (web forms). *problems* are codes (never
    values) of what a verified post held that could not be read: it is taken in all the same, since its sender would
    repeat it for hours, and shown in the error queue. *answer* is the body that the sender's protocol asks for;
    empty: the hub's own 202.
    """

    dedupe_key: str
    changes: tuple[Changed, ...] = ()
    records: tuple[tuple[str, Record], ...] = ()
    problems: tuple[str, ...] = ()
    answer: bytes = b""
    answer_type: str = "application/json"
    answer_status: int = 202


@dataclass(frozen=True, slots=True)
class Channels:
    """What a system posts to the hub of its own accord, as it stands: *streams* it tells of, until *expires_at*.

    *renew_at* (aware) is when it must be looked at again. *problems* are codes of streams that it does not tell of.
    """

    streams: tuple[str, ...]
    expires_at: datetime
    renew_at: datetime
    problems: tuple[tuple[str, str], ...] = ()


class PostRefused(Exception):
    """A post that is not taken in: 401 forged or too old, 413 too large, 415 unknown type."""

    def __init__(self, status: Literal[401, 413, 415], why: str) -> None:
        self.status, self.why = status, why
        super().__init__(f"post refused ({status}): {why}")
