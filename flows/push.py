"""Push one system's outbox: look before creating, write in batches, take each result into the store.

Room: flows. The caller holds the system's lease. A write is marked `sending` before it goes out and confirmed only by
what was read back; where no answer came it is `unknown`, and looked up before anything is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from connectors.contract import Found, Lookup, Writer, WriteRequest, WriteResult
from connectors.errors import ConnectorError, QuotaPaused, StopSystem
from connectors.removals import REMOVING
from flows.edited_meanwhile import edited_meanwhile
from flows.hub import ConfiguredSystem, Hub
from flows.kept_values import as_shown, lacking, still_shows, unkept, without
from flows.other_hubs import heed_other_hub
from flows.partial_writes import refused_part, stored_part
from flows.pauses import SystemPaused, heed, held_of
from flows.pull import land_records
from flows.removed import confirm_removed, is_gone, merged_into, removing_request
from flows.tally import Tally, Trouble
from golden_record.landing import Confirmed, confirm_writes
from golden_record.store import outbox, profiles
from golden_record.store.outbox import Write
from mapping.changes import FieldChange, new_fields, old_fields

BATCH = 200
"""Writes claimed at a time: what a kill leaves to be looked up, at most. A writer may want more (`at_once`)."""
_RETRY_AFTER = timedelta(minutes=15)
"""How long a write that its system would not take now is left alone."""
LOOK_THERE = (
    "Look at the record: a rule there, or a person in the same moment, changed the value. "
    "`crmhub outbox retry` sends it again."
)

Progress = Callable[[str, int], None]
"""Told (system, writes done so far)."""


def silent(_system: str, _done: int) -> None:
    """Tell nobody."""


def push_system(
    hub: Hub, system: ConfiguredSystem, tally: Tally, *, progress: Progress = silent, of_run: str | None = None
) -> bool:
    """Send every waiting write of one system, or just those that the run *of_run* has planned.

    Returns:
        Whether there is news: records landed on the way (found before a create, changed before an update) that must
        be resolved, or the rest of a write to plan, of which a part was refused.
    """
    writer = system.writer()
    if writer is None:
        return False
    pushing = _Pushing(hub, system, writer, tally)
    before = system.budget.calls
    done = 0
    try:
        size = getattr(writer, "at_once", BATCH)
        while writes := _next_batch(hub, system, size, of_run):
            pushing.send(writes)
            done += len(writes)
            progress(system.name, done)
    except SystemPaused as error:
        tally.hold(held_of(error))
    except ConnectorError as error:
        tally.error(error, system.name)
    finally:
        tally.system(system.name).calls += system.budget.calls - before
    return pushing.news


def recover_system(hub: Hub, system: ConfiguredSystem, tally: Tally) -> bool:
    """Look up the writes whose outcome is unknown: confirm what is there, plan the rest anew.

    Returns:
        Whether records were landed that must be resolved.
    """
    with hub.store.read() as connection:
        writes = outbox.in_state(connection, hub.store.vault, outbox.UNDECIDED, system=system.name, limit=100_000)
    writer = system.writer() if writes else None
    if writer is None:
        return False
    pushing = _Pushing(hub, system, writer, tally)
    before = system.budget.calls
    try:
        for start in range(0, len(writes), BATCH):
            pushing.recover(writes[start : start + BATCH])
    except ConnectorError as error:
        tally.error(error, system.name)
    finally:
        tally.system(system.name).calls += system.budget.calls - before
    return pushing.news


def _next_batch(hub: Hub, system: ConfiguredSystem, size: int, of_run: str | None) -> list[Write]:
    heed(hub, system.name)
    heed_other_hub(hub, system.name)
    system.budget.breaker.heed()  # before writes are claimed: what is not sent need not be put back
    now = hub.now()
    with hub.store.write() as connection:
        vault, which = hub.store.vault, {"system": system.name, "run_id": of_run}
        waiting = outbox.in_state(connection, vault, [outbox.PLANNED], **which, limit=size)
        claimed = outbox.claim(connection, [write.write_id for write in waiting], now)
    return [replace(write, sent_at=now) for write in waiting if write.write_id in claimed]


class _Pushing:
    """One system's push."""

    def __init__(self, hub: Hub, system: ConfiguredSystem, writer: Writer, tally: Tally) -> None:
        self.hub, self.system, self.writer, self.tally = hub, system, writer, tally
        self.news = False
        self._edited: dict[str, list[str]] = {}  # stream -> records in which people were faster than the reading back

    # ------------------------------------------------------------------------------------------ sending

    def send(self, writes: Sequence[Write]) -> None:
        """Send one claimed batch and take in every result."""
        left = {write.write_id: write for write in writes}
        confirmed: list[Confirmed] = []
        removed: list[Write] = []
        try:
            for write_id in self._already_there([write for write in writes if write.kind == "create"]):
                left.pop(write_id)
            waiting = dict(left)
            for result in self.writer.write([_request(self.system, write) for write in waiting.values()]):
                write = left.pop(result.write_id)
                self.tally.passed(self.system.name, write.stream, "written")
                if result.outcome == "confirmed" and write.kind in REMOVING:
                    removed.append(write)
                elif result.outcome == "confirmed" and (result.record_id or write.record_id):
                    kept = self._kept(write, result)
                    if kept is not None:
                        confirmed.append(self._confirmed(kept, result.record_id, self._own(kept, result)))
                else:
                    self._not_confirmed(write, result)
        except StopSystem as error:
            self._put_back(left.values(), error)
            raise
        finally:
            self._confirm(confirmed)
            for write in removed:
                self._removed(write)
        self._take_in_edited()

    def _kept(self, write: Write, result: WriteResult) -> Write | None:
        """Return the write as far as its record shows it; None where that settled it: its system did not do as it said.

        Of a create what is not there as sent is nobody's word, and written anew by the next plan. Of an update it is
        refused and named, and not sent again by itself: whatever changes it there would change it again.
        """
        mapping = self.system.mappings[write.stream]
        shown = dict(result.read_back or {})
        odd = unkept(write, mapping, shown, others=result.others) if shown else {}
        if not odd:
            return write
        if write.kind == "create":
            self.news = True
            with self.hub.store.write() as connection:
                profiles.set_to_plan(connection, {write.profile_id}, waiting=True)
            return without(write, odd)
        otherwise = {name: one for name, one in odd.items() if not still_shows(one.old, shown, name)}
        if otherwise:
            self._is_the_hubs(as_shown(without(write, odd.keys() - otherwise.keys()), otherwise, mapping, shown), shown)
        what = "another value" if otherwise else "the old value"
        self._rejected(
            write,
            replace(
                result,
                outcome="rejected",
                code="stored_otherwise" if otherwise else "not_stored",
                message=f"{self.system.name} took the write and shows {what} in {', '.join(sorted(odd))}",
                cure=LOOK_THERE,
                refused=lacking(odd, shown),
                read_back=None if otherwise else result.read_back,
            ),
        )
        return None

    def _already_there(self, creates: Sequence[Write]) -> list[str]:
        """Find records that are there already; return the writes that this settles."""
        if not creates:
            return []
        lookups = [Lookup(write.write_id, write.stream, write.binding_id or "", _payload(write)) for write in creates]
        by_id = {write.write_id: write for write in creates}
        settled: dict[str, None] = {}
        confirmed: list[Confirmed] = []
        for found in self.writer.find(lookups):
            write = by_id[found.write_id]
            if found.write_id in settled:
                continue
            if found.by == "binding_id":
                confirmed.append(self._confirmed(write, found.record_id, found.record))
                settled[found.write_id] = None
            elif land_records(self.hub, self.system, write.stream, [dict(found.record)], self.tally):
                self.news = True
                self._end(
                    [write], outbox.SUPERSEDED, code="found", message=f"{found.by} is in use by {found.record_id}"
                )
                settled[found.write_id] = None
            elif found.by == "mail":
                # The hub knows that record and takes it for somebody else's; still, one mailbox is not made two people.
                self.tally.blocked["mail_in_use"] += 1
                message = f"its mail is in use by {found.record_id}"
                cure = "If they are one customer, merge the profiles; else give this one a mail of its own."
                self._end([write], outbox.REJECTED, code="mail_in_use", message=message, cure=cure, replan=False)
                settled[found.write_id] = None
        self._confirm(confirmed)
        return list(settled)

    def _own(self, write: Write, result: WriteResult) -> Mapping[str, Any] | None:
        """Return what was read back, or None where that is somebody's newer edit: it is taken in as a pulled one."""
        mapping, shown = self.system.mappings[write.stream], result.read_back
        if shown is None or not edited_meanwhile(write, mapping, _payload(write), shown, others=result.others):
            return shown
        self._edited.setdefault(write.stream, []).append(str(result.record_id or write.record_id))
        return None

    def _take_in_edited(self) -> None:
        """Read the records in which people were faster; what cannot be read now, the next pull brings."""
        edited, self._edited = self._edited, {}
        for stream, ids in edited.items():
            records = [dict(record) for record in self.system.fetch(stream, ids)]
            self.news |= bool(land_records(self.hub, self.system, stream, records, self.tally))

    def _confirmed(self, write: Write, record_id: str | None, read_back: Mapping[str, Any] | None) -> Confirmed:
        mapping = self.system.mappings[write.stream]
        shown = dict(read_back) if read_back is not None else _payload(write)
        key = mapping.key.text
        mapped = mapping.mapped_paths({key: record_id or write.record_id, **shown})
        if write.kind == "update" and key not in shown:
            mapped.pop(key, None)  # the shadow has it as its system writes it, which may be a number
        whole = write.kind == "create" and read_back is not None
        return Confirmed(write, str(record_id or write.record_id), mapped, whole)

    def _removed(self, write: Write) -> None:
        """Take in that a record is gone by the hub's own doing: from that nothing else follows anywhere."""
        confirm_removed(self.hub, self.system, write, self.tally)
        self.tally.passed(self.system.name, write.stream, "confirmed")
        self.tally.system(self.system.name).writes.update([write.kind])
        self.news = True
        into = merged_into(self.system, write)
        if into is not None:  # it may have been given what hung on the other
            self._edited.setdefault(write.stream, []).append(into)

    def _confirm(self, confirmed: Sequence[Confirmed]) -> None:
        by_stream: dict[str, list[Confirmed]] = {}
        for one in confirmed:
            by_stream.setdefault(one.write.stream, []).append(one)
        for stream, mine in by_stream.items():
            confirm_writes(self.hub.store, self.system.landing(stream), mine, now=self.hub.now())
            self.tally.passed(self.system.name, stream, "confirmed", len(mine))
        self.tally.system(self.system.name).writes.update(one.write.kind for one in confirmed)

    def _not_confirmed(self, write: Write, result: WriteResult) -> None:
        if result.outcome == "stale" and result.current is not None:
            self.news = True
            land_records(self.hub, self.system, write.stream, [dict(result.current)], self.tally)
            self._end([write], outbox.SUPERSEDED, code="stale", message="the record had changed before the write")
        elif result.outcome == "rejected":
            self._rejected(write, result)
        elif result.outcome in {"unknown", "confirmed"}:
            with self.hub.store.write() as connection:
                outbox.move(connection, [write.write_id], outbox.UNKNOWN, code=result.code or "no_answer")
        else:
            self.tally.system(self.system.name).writes["failed"] += 1
            self._trouble(write, result.code or "try_again", result.message or "not written now", result.cure)
            values = {"code": result.code or "try_again", "message": result.message, "cure": result.cure}
            later = self.hub.now() + _RETRY_AFTER
            with self.hub.store.write() as connection:
                outbox.move(connection, [write.write_id], outbox.RETRY, retry_at=later, **values)

    def _rejected(self, write: Write, result: WriteResult) -> None:
        """Name what was refused, and see to it that the rest is not lost with it."""
        mapping = self.system.mappings[write.stream]
        if result.read_back and write.kind == "update":
            self._half_done(write, result.read_back)
        self.tally.system(self.system.name).writes["failed"] += 1
        self._trouble(write, result.code or "rejected", result.message or "the system refused the write", result.cure)
        refused = refused_part(write, mapping, result.refused)
        if refused is not None:
            with self.hub.store.write() as connection:
                outbox.cut_down(connection, self.hub.store.vault, refused)
            self.news = True  # the rest is planned anew, without what was refused
        facts = {"code": result.code, "message": result.message, "cure": result.cure}
        self._end([write], outbox.REJECTED, **facts, replan=refused is not None)

    def _half_done(self, write: Write, read_back: Mapping[str, Any]) -> None:
        """Part of it was written before the rest was refused: that part is the hub's doing, no person's."""
        stored = stored_part(write, self.system.mappings[write.stream], read_back)
        if stored is not None:
            self._is_the_hubs(stored, read_back)

    def _is_the_hubs(self, stored: Write, read_back: Mapping[str, Any]) -> None:
        """Take what an update's fields show for the hub's doing."""
        shown = {name: read_back[name] for name in {path.split(".")[0] for path in stored.fields} if name in read_back}
        confirmed = [self._confirmed(stored, stored.record_id, shown)]
        confirm_writes(self.hub.store, self.system.landing(stored.stream), confirmed, now=self.hub.now())

    # --------------------------------------------------------------------------------------- recovering

    def recover(self, writes: Sequence[Write]) -> None:
        """Look up writes whose outcome is unknown."""
        creates = [write for write in writes if write.kind == "create"]
        lookups = [Lookup(write.write_id, write.stream, write.binding_id or "", _payload(write)) for write in creates]
        there = {found.write_id: found for found in self.writer.find(lookups) if found.by == "binding_id"}
        by_id = {write.write_id: write for write in creates}
        self._recover_creates([(by_id[key], found) for key, found in there.items()])
        self._end([write for write in creates if write.write_id not in there], outbox.SUPERSEDED, code="not_stored")
        by_stream: dict[str, list[Write]] = {}
        for write in writes:
            if write.kind == "update":
                by_stream.setdefault(write.stream, []).append(write)
        for stream, mine in by_stream.items():
            self._recover_updates(stream, mine)
        self._recover_removals([write for write in writes if write.kind in REMOVING])

    def _recover_removals(self, writes: Sequence[Write]) -> None:
        """Take a record that is gone for removed as was sent; one that is still there needs a new plan."""
        for write in writes:
            mapping = self.system.mappings[write.stream]
            shown = [dict(one) for one in self.system.fetch(write.stream, [str(write.record_id)])]
            if all(is_gone(mapping, one) for one in shown):
                self._removed(write)
            else:
                self._end([write], outbox.SUPERSEDED, code="not_stored")
                self.news |= bool(land_records(self.hub, self.system, write.stream, shown, self.tally))
        self._take_in_edited()

    def _recover_creates(self, made: Sequence[tuple[Write, Found]]) -> None:
        """Take what the hub wrote for written; the record then comes in as a pulled one: people may have edited it."""
        self._confirm([self._confirmed(write, found.record_id, None) for write, found in made])
        by_stream: dict[str, list[dict[str, Any]]] = {}
        for write, found in made:
            by_stream.setdefault(write.stream, []).append(dict(found.record))
        for stream, records in by_stream.items():
            self.news |= bool(land_records(self.hub, self.system, stream, records, self.tally))

    def _recover_updates(self, stream: str, writes: Sequence[Write]) -> None:
        """Take what the hub wrote for written, and everything else in the record for what people did."""
        mapping = self.system.mappings[stream]
        records: dict[str, dict[str, Any]] = {}
        for record in self.system.fetch(stream, sorted({write.record_id for write in writes if write.record_id})):
            records[str(record.get(mapping.key.text))] = dict(record)
        confirmed: list[Confirmed] = []
        ended: list[Write] = []
        for write in writes:
            found = records.get(write.record_id or "")
            stored = stored_part(write, mapping, found) if found is not None else None
            if stored is None:
                ended.append(write)
            else:
                confirmed.append(self._confirmed(stored, write.record_id, _payload(stored)))
        self._confirm(confirmed)
        self._end(ended, outbox.SUPERSEDED, code="not_stored")
        if records:
            self.news |= bool(land_records(self.hub, self.system, stream, list(records.values()), self.tally))

    # ------------------------------------------------------------------------------------------- ending

    def _put_back(self, writes: Iterable[Write], error: StopSystem) -> None:
        """The system was stopped before these were sent: they are planned anew when it goes on."""
        later = self.hub.now() + _RETRY_AFTER
        at = error.continues_at if isinstance(error, QuotaPaused) else later
        ids = [write.write_id for write in writes]
        with self.hub.store.write() as connection:
            outbox.move(connection, ids, outbox.RETRY, retry_at=at, code=error.code)

    def _end(  # noqa: PLR0913 (how a write ended)
        self,
        writes: Sequence[Write],
        state: str,
        *,
        code: str = "",
        message: str = "",
        cure: str = "",
        replan: bool = True,
    ) -> None:
        if not writes:
            return
        for write in writes if state == outbox.REJECTED else ():
            self.tally.passed(self.system.name, write.stream, "rejected")
        values = {"code": code, "message": message, "cure": cure, "ended_at": self.hub.now()}
        with self.hub.store.write() as connection:
            outbox.move(connection, [write.write_id for write in writes], state, **values)
            if replan:
                profiles.set_to_plan(connection, {write.profile_id for write in writes}, waiting=True)

    def _trouble(self, write: Write, code: str, message: str, cure: str) -> None:
        where = write.record_id or f"profile {write.profile_id}"
        self.tally.trouble(Trouble(self.system.name, write.stream, where, code, message, cure))


def _request(system: ConfiguredSystem, write: Write) -> WriteRequest:
    if write.kind in REMOVING:
        return removing_request(system, write)
    found = _changes(write)
    return WriteRequest(
        write.write_id,
        write.stream,
        "create" if write.kind == "create" else "update",
        new_fields(found),
        write.record_id,
        old_fields(found) if write.kind == "update" else {},
        write.binding_id,
    )


def _payload(write: Write) -> dict[str, Any]:
    return new_fields(_changes(write))


def _changes(write: Write) -> list[FieldChange]:
    return [FieldChange(one.profile_field, name, one.old, one.new) for name, one in write.fields.items()]
