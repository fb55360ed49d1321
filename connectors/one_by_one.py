"""Writing to a system that takes one record a call and has no upsert: read, compare, write, see what came of it.

Room: connectors. A system's folder says in a `Desk` how its records are read, written and found; the order of the
steps, and what may be concluded from an answer, is the same for all and stands here.

Where the answer to a write shows the whole record, that is the record read back. It is read by a call of its own where
the answer does not, or where it does not show what was wanted: nothing is refused or doubted on an answer's word. An
answer may lie, so that the first record of each kind in a call of `write` is read in any case; one that is not as its
answer said makes the next ones be read, too.

A create that is refused because another record has a unique value (a mail) makes no second record. Its answer may be
lost: then the record is looked up by its binding id before anything is said. An update that is refused for such a value
is made without it: all other fields are written, and the result names those that were refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

from connectors import results
from connectors.contract import DELETED_AT, Found, Lookup, Record, Removal, WriteRequest, WriteResult
from connectors.errors import ConnectorError, OutcomeUnknown, SkipRecord, StopSystem
from connectors.removals import REMOVING, remove

CREATE, UPDATE = "create", "update"
TAKEN = "taken"
"""The code with which a system's failure table names a refusal for a value that another record has."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Desk(Protocol):
    """What differs between systems. Every method raises the errors of `connectors.http`."""

    @property
    def streams(self) -> Sequence[str]:
        """Those that can be written, parents before children."""

    def fetch(self, stream: str, record_id: str) -> Record:
        """Return one record as a pull gives it, with the deletion mark where it is gone."""

    def create(self, stream: str, fields: Mapping[str, Any], binding_id: str) -> Record | str | None:
        """Make a record that carries *binding_id*; return it as `fetch` does, where the answer shows it whole.

        Else return its id, or None where the answer does not even name that.
        """

    def update(self, record: Record, stream: str, fields: Mapping[str, Any]) -> Record | None:
        """Change *fields* of a record, which is given as it was read a moment ago.

        Return it as `fetch` does, where the answer shows it whole.
        """

    def unique(self, stream: str) -> Sequence[frozenset[str]]:
        """Return the fields whose values no two records may share, in groups that are refused together."""

    def same(self, name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
        """Say whether two filled values of a field are one."""

    def binding_of(self, stream: str, record: Record) -> str:
        """Return the binding id that a record carries; empty where it carries none."""

    def candidates(self, lookup: Lookup, by: Literal["binding_id", "mail", "phone"]) -> Iterator[Record]:
        """Yield records that may be the one looked up, whole; *by* says which way to look."""


class OneByOne:
    """A `connectors.contract.Writer` over a `Desk`."""

    removals: ClassVar[Mapping[str, Removal]] = {}

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._believed: set[str] = set()
        """Kinds of write whose answers were found true in this call of `write`."""
        self._stopped: StopSystem | None = None
        """What stopped the account after a write had been sent: the result of that write comes first."""

    def write(self, requests: Sequence[WriteRequest]) -> Iterator[WriteResult]:
        """Carry out *requests*, parents first; see `connectors.contract.Writer`."""
        self._believed.clear()
        self._stopped = None
        for request in requests:
            if request.stream not in self._desk.streams:
                cure = f"Push to {' or '.join(self._desk.streams)}."
                yield results.rejected(request, "read-only", f"{request.stream} is only read", cure)
        for stream in self._desk.streams:
            for request in [one for one in requests if one.stream == stream]:
                try:
                    yield self._carried_out(request)
                except StopSystem:
                    raise
                except ConnectorError as error:
                    yield results.of_error(request, error)
                if self._stopped is not None:
                    raise self._stopped

    def _carried_out(self, request: WriteRequest) -> WriteResult:
        if request.kind in REMOVING:
            return remove(self, self.removals, request)
        return self._create(request) if request.kind == CREATE else self._update(request)

    # ------------------------------------------------------------------------------------------- removals

    def fetch(self, stream: str, record_id: str) -> Record:
        """Return one record as a pull gives it."""
        return self._desk.fetch(stream, record_id)

    def shows(self, record: Record, expected: Mapping[str, Any]) -> bool:
        """Say whether a record shows all of *expected*."""
        return not self._differing(record, expected, expected)

    def remove(self, request: WriteRequest) -> None:
        """Delete or merge; only a writer that says so in `removals` is asked."""
        raise NotImplementedError(request.kind)

    def find(self, lookups: Sequence[Lookup]) -> Iterator[Found]:
        """Yield the records that are there already, each lookup at most once."""
        for lookup in lookups:
            if lookup.stream in self._desk.streams:
                found = self._find(lookup)
                if found is not None:
                    yield found

    def _find(self, lookup: Lookup) -> Found | None:
        ways: tuple[Literal["binding_id", "mail", "phone"], ...] = ("binding_id", "mail", "phone")
        for by in ways:
            held = [one for one in self._desk.candidates(lookup, by) if DELETED_AT not in one]
            if by == "binding_id":
                held = [one for one in held if self._is_own(lookup.stream, one, lookup.binding_id)]
            if by == "phone" and len(held) > 1:  # a switchboard says nothing about who it is
                continue
            if held:
                return Found(lookup.write_id, str(held[0]["id"]), by, held[0])
        return None

    # -------------------------------------------------------------------------------------------- creates

    def _create(self, request: WriteRequest) -> WriteResult:
        if not request.binding_id:
            cure = "Report this: a create has to carry its binding id."
            return results.rejected(request, "no-binding-id", "the create carries no binding id", cure)
        try:
            made = self._desk.create(request.stream, request.fields, request.binding_id)
        except OutcomeUnknown:
            made = None
        except SkipRecord as refused:
            if refused.code != TAKEN:
                raise
            return self._taken(request, refused)
        if isinstance(made, str):
            return self._made(request, made)
        if made is not None:
            return results.confirmed(request, made) if CREATE in self._believed else self._proved(request, made)
        return self._unanswered(request)

    def _unanswered(self, request: WriteRequest) -> WriteResult:
        """Look for what a create without an answer made; where it cannot be looked for now, that says nothing."""
        try:
            own = self._own(request)
        except ConnectorError as error:
            return self._unread(request, "no answer to the create, and it could not be looked up", error)
        if own is not None:
            return results.confirmed(request, own)
        return results.unknown(request, "no answer to the create, and the record is not found")

    def _made(self, request: WriteRequest, record_id: str) -> WriteResult:
        """Read back what was made; where that fails, the record is there all the same."""
        try:
            record = self._desk.fetch(request.stream, record_id)
        except ConnectorError as error:
            return self._unread(request, "made, but it could not be read back", error)
        return results.stale(request, record) if DELETED_AT in record else results.confirmed(request, record)

    def _proved(self, request: WriteRequest, made: Record) -> WriteResult:
        """Read what an answer says was made; where nothing is there, nothing is concluded but that it is not known."""
        try:
            record = self._desk.fetch(request.stream, str(made["id"]))
        except ConnectorError as error:
            return self._unread(request, "made, but it could not be read back", error)
        if DELETED_AT in record:
            return results.unknown(request, "the system said that it made the record, and does not have it")
        self._believed.add(CREATE)
        return results.confirmed(request, record)

    def _unread(self, request: WriteRequest, why: str, error: ConnectorError) -> WriteResult:
        """Settle what was sent and cannot be read; what stops the account stops it once this result is given."""
        if isinstance(error, StopSystem):
            self._stopped = error
        return results.unknown(request, why)

    def _taken(self, request: WriteRequest, refused: SkipRecord) -> WriteResult:
        """Settle a create in whose way another record is: the hub's own from an earlier try, or a person's."""
        own = self._own(request)
        if own is not None:
            return results.confirmed(request, own)
        holder = self._holder(request, request.fields)
        facts = {"record_id": str(holder["id"]), "held_by": str(holder["id"]), "current": holder} if holder else {}
        return results.rejected(request, "duplicate", refused.what, refused.cure, **facts)

    def _own(self, request: WriteRequest) -> Record | None:
        lookup = Lookup(request.write_id, request.stream, request.binding_id or "", request.fields)
        found = self._desk.candidates(lookup, "binding_id")
        return next((one for one in found if self._is_own(request.stream, one, lookup.binding_id)), None)

    def _is_own(self, stream: str, record: Record, binding_id: str) -> bool:
        return bool(binding_id) and self._desk.binding_of(stream, record).upper() == binding_id.upper()

    def _holder(self, request: WriteRequest, fields: Mapping[str, Any]) -> Record | None:
        """Return the record that has a unique value, where it can be found."""
        lookup = Lookup(request.write_id, request.stream, "", fields)
        for by in ("mail", "phone"):
            found = self._desk.candidates(lookup, "mail" if by == "mail" else "phone")
            other = next((one for one in found if str(one["id"]) != request.record_id), None)
            if other is not None:
                return other
        return None

    # -------------------------------------------------------------------------------------------- updates

    def _update(self, request: WriteRequest) -> WriteResult:
        if not request.record_id:
            cure = "Report this: an update has to name its record."
            return results.rejected(request, "no-id", "the write names no record", cure)
        before = self._desk.fetch(request.stream, request.record_id)
        if DELETED_AT in before:
            return results.stale(request, before)
        wanted = request.fields
        if not self._differing(before, wanted, wanted):
            return results.confirmed(request, before)
        if self._differing(before, wanted, request.expected):
            return results.stale(request, before)
        refused: SkipRecord | None = None
        for wanted in self._attempts(request):
            try:
                after = self._written(before, request.stream, wanted)
            except SkipRecord as error:
                if error.code != TAKEN:
                    raise
                refused = refused or error
                continue
            return self._settled(request, wanted, refused, after)
        return self._settled(request, {}, refused)

    def _written(self, before: Record, stream: str, wanted: Mapping[str, Any]) -> Record | None:
        """Write; return the record where the answer shows it with all that was wanted. None: it has to be read."""
        try:
            after = self._desk.update(before, stream, wanted) if wanted else None
        except OutcomeUnknown:
            return None
        if after is None or DELETED_AT in after or self._differing(after, wanted, wanted):
            return None
        return after if UPDATE in self._believed else None

    def _attempts(self, request: WriteRequest) -> Iterator[dict[str, Any]]:
        """Yield what to write: everything, then all but one group of what another record may have, then all but all."""
        groups = [one for one in self._desk.unique(request.stream) if one & request.fields.keys()]
        left_out = [frozenset[str](), *groups, *([frozenset[str]().union(*groups)] if len(groups) > 1 else [])]
        for names in left_out:
            yield {name: value for name, value in request.fields.items() if name not in names}

    def _settled(
        self,
        request: WriteRequest,
        wanted: Mapping[str, Any],
        refused: SkipRecord | None,
        shown: Record | None = None,
    ) -> WriteResult:
        try:
            after = shown if shown is not None else self._desk.fetch(request.stream, str(request.record_id))
        except ConnectorError as error:
            return self._unread(request, "written, but it could not be read back", error)
        missing = self._differing(after, wanted, wanted)
        (self._believed.discard if missing else self._believed.add)(UPDATE)
        if missing and not self._differing(after, missing, request.expected):
            if refused is None:
                what = f"the system took the write but did not store {', '.join(missing)}"
                cure = (
                    "Check the mapping: the account has no such field, it is read-only, or a value cannot be removed."
                )
                left = self._lacking(after, {name: wanted[name] for name in missing})
                return results.rejected(request, "not-stored", what, cure, read_back=after, refused=left)
            missing = ()
        if refused is None:
            return results.confirmed(request, after)
        left_out = {name: value for name, value in request.fields.items() if name not in wanted}
        try:
            holder = self._holder(request, left_out)
        except ConnectorError:  # it is only named, and the rest is written
            holder = None
        held_by = str(holder["id"]) if holder else None
        what = f"{refused.what}; record {held_by} has it" if held_by else refused.what
        facts: dict[str, Any] = {"read_back": after, "refused": _each_value(left_out), "held_by": held_by}
        return results.rejected(request, refused.code, what, refused.cure, **facts)

    def _lacking(self, record: Record, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Return the values that a record was to show and does not; a value that was to go is none of them."""
        shown = {name: value_of(record, name) for name in wanted}
        lacking = {
            name: [one for one in values if not (isinstance(shown[name], list) and one in shown[name])]
            for name, values in _each_value(wanted).items()
        }
        return {name: values for name, values in lacking.items() if values}

    def _differing(self, record: Record, names: Any, wanted: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ANN401
        return tuple(name for name in names if not self._is_same(name, value_of(record, name), wanted.get(name)))

    def _is_same(self, name: str, held: Any, wanted: Any) -> bool:  # noqa: ANN401 (any JSON)
        """Say whether two values are one: empty ones are; of an object only the keys of *wanted* are compared."""
        if isinstance(wanted, Mapping):
            inner = held if isinstance(held, Mapping) else {}
            return all(self._is_same(f"{name}.{key}", inner.get(key), value) for key, value in wanted.items())
        if held in _EMPTY or wanted in _EMPTY:
            return held in _EMPTY and wanted in _EMPTY
        return self._desk.same(name, held, wanted)


def _each_value(fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: list(value) if isinstance(value, list | tuple) else [value] for name, value in fields.items()}


def value_of(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 (any JSON)
    """Return a field's value; `group.key` is a key of an object.

    >>> value_of({"cf": {"cf_tier": "vip"}}, "cf.cf_tier"), value_of({"cf": None}, "cf.x")
    ('vip', None)
    """
    group, _, key = name.partition(".")
    held = record.get(group)
    return (held.get(key) if isinstance(held, Mapping) else None) if key else held


def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields named `group.key` as objects.

    >>> nested({"name": "Wang", "cf.cf_tier": "vip", "cf": {"cf_city": "x"}})
    {'name': 'Wang', 'cf': {'cf_tier': 'vip', 'cf_city': 'x'}}
    """
    row: dict[str, Any] = {}
    for name, value in fields.items():
        group, _, key = name.partition(".")
        if key:
            row.setdefault(group, {})[key] = value
        elif isinstance(value, Mapping):
            row.setdefault(group, {}).update(value)
        else:
            row[name] = value
    return row


def texts(value: object) -> list[str]:
    """Return the texts of a list-like field; one text counts as a list of one."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    return [one for one in value if isinstance(one, str) and one.strip()] if isinstance(value, list | tuple) else []


def folded_mail(value: object) -> str:
    """Return a mail as two of them are compared."""
    return str(value).strip().lower()
