"""Put planned writes into the outbox: those that may go out now, each create under its binding id.

Room: flows. The caller's transaction holds the marks of the profiles as well, so that no intent to write is lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from ulid import ULID

from connectors.removals import REMOVING
from flows.ceilings import NOT_APPROVED, Allow
from flows.hub import Hub
from flows.plan import Blocked, Intended, Plan, Target
from flows.tally import Tally
from golden_record.binding_ids import mint
from golden_record.store import outbox
from golden_record.store.outbox import Binding, Write
from golden_record.vault import Vault, dump

_FUSE_WINDOW = timedelta(hours=1)


def put_out(  # noqa: PLR0913 (one step of planning)
    hub: Hub,
    connection: sa.Connection,
    intended: Sequence[Intended],
    sending: Sequence[Target],
    tally: Tally,
    allow: Allow,
    authority: Mapping[str, str] | None = None,
) -> list[Blocked]:
    """Put writes to the *sending* systems into the outbox, as *tally*'s run; return those that may not, and why.

    *authority*: on whose word they are written, beyond the rules.
    """
    targets = {target.name: target for target in sending}
    now = hub.now()
    made = [
        (one, replace(_write(hub.store.vault, one, tally.run_id, now), authority=authority or {}))
        for one in intended
        if one.system in targets
    ]
    why = _obstacles(connection, made, targets, now)
    out: list[Write] = []
    blocked: list[Blocked] = []
    for one, write in made:
        reason = why.get(write.write_id, "")
        if not reason and not allow(targets[one.system], one.kind):
            reason = NOT_APPROVED if one.kind in REMOVING else "ceiling"
        if reason:
            blocked.append(Blocked(one.profile_id, one.system, one.stream, one.record_id, None, reason))
        else:
            out.append(write)
            tally.passed(one.system, one.stream, "planned")
    outbox.add(connection, hub.store.vault, list(_with_bindings(connection, hub.store.vault, out, now)))
    return blocked


def _obstacles(
    connection: sa.Connection,
    made: Sequence[tuple[Intended, Write]],
    targets: Mapping[str, Target],
    now: datetime,
) -> dict[str, str]:
    """Return write id -> why it may not go out now, whatever the ceilings say."""
    refused = outbox.rejected_intents(connection, [write.intent for _, write in made], targets)
    written = outbox.writes_since(connection, {one.ref for one, _ in made if one.ref}, now - _FUSE_WINDOW)
    on_way = {name: _on_way(connection, name, {one.profile_id for one, _ in made}) for name in targets}
    found: dict[str, str] = {}
    for one, write in made:
        if write.intent in refused:
            found[write.write_id] = "rejected_before"
        elif one.ref is not None and written.get(one.ref, 0) >= targets[one.system].push.fuse:
            found[write.write_id] = "fuse"
        elif (state := on_way[one.system].get((one.profile_id, one.record_id))) is not None:
            found[write.write_id] = "retry_later" if state == outbox.RETRY else "on_its_way"
    return found


def _on_way(connection: sa.Connection, system: str, profile_ids: set[str]) -> dict[tuple[str, str | None], str]:
    """Return (profile, record id) -> state of writes that must end, or wait their time, before another is planned."""
    begun = outbox.begun_writes(connection, system, profile_ids)
    return {(one.profile_id, one.record_id): one.state for one in begun}


def _write(vault: Vault, one: Intended, run_id: str, now: datetime) -> Write:
    content = {name: write.new for name, write in one.fields.items()}
    place = f"{one.system}/{one.stream}/{one.record_id or one.profile_id}/{one.kind}"
    return Write(
        str(ULID()),
        one.profile_id,
        one.system,
        one.stream,
        one.kind,
        one.emit,
        one.fields,
        one.sent,
        vault.digest_bytes(place.encode() + b"\0" + dump(content)),
        ref=one.ref,
        record_id=one.record_id,
        run_id=run_id,
        planned_at=now,
    )


def _with_bindings(connection: sa.Connection, vault: Vault, writes: Sequence[Write], now: datetime) -> Iterator[Write]:
    """Give each create the binding id of its profile: the one minted before, where a create was tried already."""
    creates = [write for write in writes if write.kind == "create"]
    known: dict[tuple[str, str, str], str] = {}
    for system in sorted({write.system for write in creates}):
        ids = [write.profile_id for write in creates if write.system == system]
        for binding in outbox.bindings_of(connection, ids, system):
            if binding.ref is None:
                known[binding.profile_id, binding.system, binding.stream] = binding.binding_id
    minted = []
    for write in writes:
        if write.kind != "create":
            yield write
            continue
        key = (write.profile_id, write.system, write.stream)
        if key not in known:
            known[key] = mint(vault.digest_bytes)
            minted.append(Binding(known[key], *key, None))
        yield replace(write, binding_id=known[key])
    outbox.mint(connection, minted, now)


def as_it_would_go(hub: Hub, connection: sa.Connection, plan: Plan, targets: Sequence[Target]) -> Plan:
    """Return the plan with the writes that may not go out among what is blocked."""
    by_name = {target.name: target for target in targets}
    now = hub.now()
    made = [(one, _write(hub.store.vault, one, "", now)) for one in plan.writes]
    why = _obstacles(connection, made, by_name, now)
    refused = [
        Blocked(one.profile_id, one.system, one.stream, one.record_id, None, why[write.write_id])
        for one, write in made
        if write.write_id in why
    ]
    return Plan([one for one, write in made if write.write_id not in why], [*plan.blocked, *refused])
