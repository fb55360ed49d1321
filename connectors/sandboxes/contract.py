"""What a system's `sandbox.py` builds, and what the kit around it gives.

`build(options: SandboxOptions) -> Sandbox` returns one simulator. The kit serves its ASGI app on a port of its own
behind the fault and counting middleware, and drives it from the control port.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from connectors.population.contract import TypedIn
    from connectors.sandboxes.book import RecordBook, Stored
    from connectors.sandboxes.clock import VirtualClock


@dataclass(frozen=True)
class SandboxOptions:
    """How a simulator is built. *base_url* is known before it starts (the port is bound first).

    *switches* set the named uncertain behaviours of the system's reference page; each simulator documents its own
    with their defaults and serves them at `/__sim/config`.
    """

    base_url: str
    seed: int
    clock: VirtualClock
    population: Sequence[TypedIn]
    limits: Literal["real", "off"] = "off"
    switches: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Sandbox:
    """One running simulator.

    *config* is the whole block that belongs under `systems.<name>` in hub.yaml. *book* holds every record with its
    history. *identity_of(stream, values)* returns the texts by which a person would know whose record it is (mails
    lower-cased, phones as digits), so that the control port can tell the customer of a record that a hub created.
    *expire_tokens* makes every access token invalid now. *writes(method, path)* tells whether a call writes.
    """

    name: str
    app: ASGIApp
    book: RecordBook
    config: Mapping[str, Any]
    identity_of: Callable[[str, Mapping[str, Any]], Sequence[str]]
    expire_tokens: Callable[[], None]
    writes: Callable[[str, str], bool]
    company_streams: frozenset[str] = frozenset()
    """Streams whose records are companies; those of all others are persons, unless the population says more."""
    post_event: Callable[[str, Change], PostOut | None] = lambda _url, _change: None
    """Make the post that this system would send to *url* for a change of one record; None where it sends none."""
    own_posts: Callable[[Change], Sequence[PostOut]] = lambda _change: ()
    """Make the posts that clients have subscribed to over this system's own API, beside those of the control port."""
    save_as_person: Callable[[str, str | None, Mapping[str, Any], datetime], Stored] | None = None
    """(stream, id or None for a new record, values with None for a cleared one, at): save what a person typed, where
    that means more than changing the book (derived streams, other names); must note the change as by `people`."""
    delete_as_person: Callable[[str, str, datetime, str | None], Stored] | None = None
    """(stream, id, at, merged into): delete or merge the way a person in this system does, likewise."""
    error_body: Callable[[int], Any] = lambda status: {"error": "injected fault", "status": status}
    """Return the JSON that this vendor answers with an HTTP *status* of trouble; for faults that name no body."""
    row_refusal: Callable[[str, str], tuple[int, Any] | None] = lambda _method, _path: None
    """(method, path) of a call that writes: status and body with which this system refuses a record, where the
    call takes a single one; for `fail_rows`. Where it takes batches apart, a simulator asks `rows_to_fail` itself."""
    keep: Callable[[], Mapping[str, Any]] = dict
    """Return what must outlive the process beside the book (issued tokens, other tables), as JSON."""
    recall: Callable[[Mapping[str, Any]], None] = lambda _kept: None
    """Take back what `keep` gave, when a saved state is read."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record, as the history keeps it: fields -> (old, new)."""

    at: datetime
    by: str
    """`people` or `hub` (whoever came over the API with credentials)."""
    kind: Literal["create", "update", "delete", "restore", "merge"]
    stream: str
    record_id: str
    fields: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class PostOut:
    """A webhook post that a system sends."""

    url: str
    headers: Mapping[str, str]
    body: bytes
