"""Make the plan of what waits: gather what it rests on, and put it into the outbox in the same transaction.

Room: flows. The profiles' mark `to_plan` was set in the transaction that changed them, so that no killed run loses an
intent to write. Planning for real takes the lease `resolve`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from ulid import ULID

from flows.hub import ConfiguredSystem, Hub
from flows.in_force import edited_since_sync
from flows.plan import (
    OSCILLATES,
    Blocked,
    Customer,
    Intended,
    Member,
    Plan,
    Target,
    contactable,
    plan_customer,
)
from flows.tally import Tally, Trouble
from golden_record.binding_ids import mint
from golden_record.held import held_fields, is_released
from golden_record.store import holds, matching_index, outbox, profiles, relations, source_records
from golden_record.store import normalised_records as records
from golden_record.store.holds import Hold
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.outbox import Binding, Write
from golden_record.store.profiles import Profile
from golden_record.store.source_records import Shadow
from golden_record.vault import Vault, dump

PAGE = 200
"""Profiles planned in one transaction."""
NOT_REREAD = "mapping_not_applied"
"""The record was last read under an earlier version of its mapping: what it shows now is not known."""
HELD = frozenset({"ceiling", "fuse", "on_its_way", "retry_later", NOT_REREAD})
"""Reasons for which a profile stays waiting to be planned."""
ABOVE_CEILING = (
    "Keep it with `crmhub plan --out FILE`, let a second person say `crmhub plan approve FILE`, and carry it out with "
    "`crmhub push --plan FILE`. The rest waits."
)
_FUSE_WINDOW = timedelta(hours=1)


def targets_of(hub: Hub, systems: Iterable[ConfiguredSystem]) -> list[Target]:
    """Return those of *systems* that take pushes (in `report` mode too: planned, not sent)."""
    policies = {entity: rules.policies for entity, rules in hub.rules.entities.items()}
    return [
        Target(system.name, system.config.department, system.config.push, system.mappings, policies, hub.rules.cleared)
        for system in systems
        if system.config.push is not None and system.connector.writer is not None
    ]


def plan_waiting(hub: Hub, systems: Sequence[ConfiguredSystem], entity: str, tally: Tally) -> int:
    """Plan every waiting profile of *entity* and put the writes into the outbox; the caller holds `resolve`.

    Returns how many writes were planned. Systems in `report` mode are planned as well, but nothing of theirs is put
    into the outbox. One page is held in memory at a time, however large the base.
    """
    targets = targets_of(hub, systems)
    sending = [target for target in targets if target.push.mode != "report"]
    with hub.store.write() as connection:
        for target in sending:
            profiles.set_to_plan(connection, outbox.discard_planned(connection, target.name, hub.now()), waiting=True)
        ceilings = ceilings_of(connection, sending, tally)
    names = {target.name for target in sending}
    planned = 0
    after = ""
    while True:
        with hub.store.write() as connection:
            ids = profiles.waiting_for_plan(connection, entity, after, PAGE)
            if not ids:
                break
            after = ids[-1]
            page = Planner(hub, connection).plan(ids, targets)
            planned += len(page.writes)
            refused = put_out(hub, connection, page.writes, sending, tally, ceilings.allow)
            tally.blocked.update(blocked.why for blocked in (*page.blocked, *refused))
            for one in page.blocked:
                if one.why == OSCILLATES:
                    tally.trouble(_oscillation(one))
            left = (*page.blocked, *refused)
            held = {one.profile_id for one in left if one.why in HELD}
            reported = {write.profile_id for write in page.writes if write.system not in names}
            profiles.set_to_plan(connection, set(ids) - held, waiting=False)
            profiles.set_differing(connection, ({one.profile_id for one in left} | reported) - held)
    return planned


def _oscillation(one: Blocked) -> Trouble:
    what = f"{one.profile_field} was turned back to the same value each of the last times that the hub wrote it"
    cure = (
        "Find what else writes there (a workflow, an import, another sync) and stop it; or say which value holds: "
        f"`crmhub profiles edit {one.profile_id} --set …`."
    )
    return Trouble(one.system, one.stream, one.record_id, OSCILLATES, what, cure)


def plan_now(hub: Hub, systems: Sequence[ConfiguredSystem], *, every: bool = False) -> Plan:
    """Return what would be written now; changes nothing. *every*: look at every profile, whatever its mark says."""
    whole = Plan()
    for planned, _looked_at in plan_pages(hub, systems, every=every):
        whole.add(planned)
    return whole


def plan_pages(hub: Hub, systems: Sequence[ConfiguredSystem], *, every: bool = False) -> Iterator[tuple[Plan, int]]:
    """Plan a page of profiles at a time: (what would be written now, profiles looked at). Changes nothing.

    Looked at are the profiles that changed since they were last planned and those of which something was left then:
    the others show everywhere what they say. Where hub.yaml, profile.yaml or a mapping was edited since the last sync,
    every profile is.
    """
    targets = targets_of(hub, systems)
    pages = _every_page(hub) if every or edited_since_sync(hub) else _marked_pages(hub, targets)
    for ids in pages if targets else ():
        with hub.store.read() as connection:
            planned = plan_these(hub, connection, ids, targets)
        yield planned, len(ids)


def _every_page(hub: Hub) -> Iterator[list[str]]:
    after: str | None = None
    while True:
        with hub.store.read() as connection:
            page = profiles.page(connection, hub.store.vault, after, PAGE, None)
        if not page:
            return
        yield [one.profile_id for one in page]
        after = page[-1].profile_id


def _marked_pages(hub: Hub, targets: Sequence[Target]) -> Iterator[list[str]]:
    with hub.store.read() as connection:
        waiting = outbox.waiting_profiles(connection, [target.name for target in targets])
        living = profiles.resolve_redirects(connection, waiting)
    left = set(living.values())
    for mark in (profiles.WAITS, profiles.DIFFERS):
        for entity in hub.rules.entities:
            after = ""
            while True:
                with hub.store.read() as connection:
                    ids = profiles.waiting_for_plan(connection, entity, after, PAGE, mark)
                if not ids:
                    break
                left.difference_update(ids)
                yield ids
                after = ids[-1]
    yield from source_records.chunks(sorted(left), PAGE)


def plan_these(hub: Hub, connection: sa.Connection, ids: Sequence[str], targets: Sequence[Target]) -> Plan:
    """Return what would be written now for these living profiles; changes nothing."""
    return _as_it_would_go(hub, connection, Planner(hub, connection).plan(ids, targets), targets)


def _as_it_would_go(hub: Hub, connection: sa.Connection, plan: Plan, targets: Sequence[Target]) -> Plan:
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


def _not_reread(target: Target, shadow: Shadow) -> bool:
    mapping = target.mappings.get(shadow.stream)
    return mapping is not None and mapping.version != shadow.mapping_version


class Planner:
    """Gathers what planning rests on, for a page of profiles at a time."""

    def __init__(self, hub: Hub, connection: sa.Connection) -> None:
        self.hub, self.connection, self.vault = hub, connection, hub.store.vault

    def plan(self, ids: Sequence[str], targets: Sequence[Target]) -> Plan:
        """Plan these profiles in these systems."""
        found = profiles.load(self.connection, self.vault, ids)
        rows = records.of_profiles(self.connection, self.vault, ids)
        by_profile: dict[str, list[NormalisedRow]] = {}
        for row in sorted(rows.values(), key=lambda row: row.key):
            by_profile.setdefault(row.profile_id or "", []).append(row)
        names = {target.name for target in targets}
        live = [row for row in rows.values() if row.state == "live" and row.system in names]
        shadows = source_records.shadows(self.connection, self.vault, {row.source_ref for row in live})
        related = self._related(by_profile)
        plan = Plan()
        onward = profiles.redirected_to(self.connection, ids)
        doubtful = self._doubtful(rows)
        refused = outbox.refused_in_records(self.connection, self.vault, {row.source_ref for row in live})
        unmakable = outbox.refused_in_creates(self.connection, self.vault, ids)
        held = holds.of_records(self.connection, self.vault, {row.source_ref for row in live})
        for target in targets:
            buried = self._buried(ids, onward, target.name)
            there = self._records_there({one for ties in related.values() for one in ties.values()}, target.name)
            for profile_id in ids:
                profile = found[profile_id]
                here = [
                    row
                    for row in by_profile.get(profile_id, ())
                    if row.state == "live" and row.system == target.name and row.source_ref in shadows
                ]
                unread = [row for row in here if _not_reread(target, shadows[row.source_ref])]
                if unread:
                    plan.blocked += [
                        Blocked(profile_id, target.name, row.stream, row.record_id, None, NOT_REREAD) for row in unread
                    ]
                    continue
                # What the record could not be made with, it does not take afterwards either.
                made_without = _of_creates(unmakable, profile_id, target.name)
                members = [
                    _member(
                        row,
                        shadows[row.source_ref],
                        target,
                        _joined(refused.get((row.source_ref, row.emit), {}), made_without),
                    )
                    for row in here
                ]
                members = [
                    _with_holds(one, held[key], profile, by_profile[profile_id])
                    if (key := (one.row.source_ref, one.row.emit)) in held
                    else one
                    for one in members
                ]
                ties = {name: there.get(other, {}) for name, other in related.get(profile_id, {}).items()}
                # Deleted before it was known whose it is, a record has no tombstone; it is an orphan all the same.
                orphans = {
                    row.stream
                    for row in by_profile.get(profile_id, ())
                    if row.state == "orphan" and row.system == target.name
                }
                graves = frozenset(orphans | buried.get(profile_id, set()))
                plan.add(
                    plan_customer(
                        target,
                        Customer(
                            profile,
                            members,
                            ties,
                            graves,
                            contactable(profile),
                            target.name in doubtful.get(profile_id, ()),
                            made_without,
                        ),
                    )
                )
        return plan

    def _related(self, by_profile: Mapping[str, Sequence[NormalisedRow]]) -> dict[str, dict[str, str]]:
        """Return profile -> relation -> the related profile that most of its records state (ties: the smaller id)."""
        stated = relations.of(self.connection, [row.ref for rows in by_profile.values() for row in rows])
        targets = records.profiles_of(self.connection, {ref for ties in stated.values() for ref in ties.values()})
        found: dict[str, dict[str, str]] = {}
        for profile_id, rows in by_profile.items():
            votes: dict[str, Counter[str]] = {}
            for row in rows:
                for name, target in stated.get(row.ref, {}).items():
                    if target in targets:
                        votes.setdefault(name, Counter())[targets[target]] += 1
            found[profile_id] = {name: min(count, key=lambda one: (-count[one], one)) for name, count in votes.items()}
        return found

    def _records_there(self, ids: set[str], system: str) -> dict[str, dict[str, str]]:
        """Return profile -> stream -> the id of its (first) living record there."""
        found: dict[str, dict[str, str]] = {}
        rows = sorted(records.heads_of_profiles(self.connection, ids, system), key=lambda row: row.record_id)
        for row in rows:
            found.setdefault(row.profile_id, {}).setdefault(row.stream, row.record_id)
        return found

    def _buried(self, ids: Sequence[str], onward: Mapping[str, str], system: str) -> dict[str, set[str]]:
        """Return profile -> streams in which its record was deleted; redirected ids count for who they lead to."""
        found: dict[str, set[str]] = {}
        for profile_id, stream in outbox.buried(self.connection, [*ids, *onward], system):
            found.setdefault(onward.get(profile_id, profile_id), set()).add(stream)
        return found

    def _doubtful(self, rows: Mapping[bytes, NormalisedRow]) -> dict[str, set[str]]:
        """Return profile -> the systems where a record for it might be a second one for a customer.

        Another profile that may be the same customer (near enough by weight, and no steward has said otherwise) has a
        record there; or has none either, and its turn comes first (the smaller id).
        """
        near = self._near(rows)
        systems = records.systems_of_profiles(self.connection, {other for others in near.values() for other in others})
        every = set(self.hub.systems)
        found: dict[str, set[str]] = {}
        for mine, others in near.items():
            for other in others:
                known = systems.get(other, set())
                found.setdefault(mine, set()).update(every if other < mine else known)
        return found

    def _near(self, rows: Mapping[bytes, NormalisedRow]) -> dict[str, set[str]]:
        """Return profile -> the other profiles that may be the same customer."""
        links = matching_index.links_of(self.connection, rows)
        words = [one for one in matching_index.steward_links_of(self.connection, rows) if one.kind == "cannot"]
        ends = {ref for link in links for ref in (link.a, link.b)} | {ref for word in words for ref in (word.a, word.b)}
        profile_of = records.profiles_of(self.connection, ends)
        apart = {frozenset((profile_of.get(word.a, ""), profile_of.get(word.b, ""))) for word in words}
        found: dict[str, set[str]] = {}
        for link in links:
            a, b = profile_of.get(link.a, ""), profile_of.get(link.b, "")
            if a and b and a != b and frozenset((a, b)) not in apart:
                found.setdefault(a, set()).add(b)
                found.setdefault(b, set()).add(a)
        return found


def _of_creates(
    refused: Mapping[tuple[str, str, str], outbox.Refused], profile_id: str, system: str
) -> dict[str, set[str]]:
    """Return the values with which a system would not make a profile's record; it makes it in one stream only."""
    return _joined(
        *(values for (whose, where, _stream), values in refused.items() if (whose, where) == (profile_id, system))
    )


def _joined(*refused: Mapping[str, AbstractSet[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in refused:
        for name, keys in one.items():
            found.setdefault(name, set()).update(keys)
    return found


def _with_holds(member: Member, standing: Sequence[Hold], profile: Profile, rows: Sequence[NormalisedRow]) -> Member:
    mine, theirs = member.row.body.histories, [row.body.histories for row in rows]
    found = held_fields(standing, mine, theirs, profile.sources)
    return replace(member, held=found, released=is_released(standing))


def _member(row: NormalisedRow, shadow: Shadow, target: Target, refused: Mapping[str, AbstractSet[str]]) -> Member:
    mapping = target.mappings.get(row.stream)
    read_as_now = mapping is not None and shadow.mapping_version == mapping.version
    return Member(row, shadow.payload, read_as_now, refused)


# --------------------------------------------------------------------------------------------- the outbox


class Ceilings:
    """Counts what one run plans against each system's ceilings; names the first that is passed."""

    def __init__(self, tally: Tally, records: Mapping[str, int]) -> None:
        """*records*: how many living records each system has, for ceilings that are a share of them."""
        self._tally, self._records = tally, records
        self._planned: Counter[tuple[str, str]] = Counter()

    def allow(self, target: Target, kind: str) -> bool:
        """Count one write; False above the ceiling."""
        ceiling = target.push.ceilings.limit(kind, self._records.get(target.name, 0))
        self._planned[target.name, kind] += 1
        if ceiling is None or self._planned[target.name, kind] <= ceiling:
            return True
        if self._planned[target.name, kind] == ceiling + 1:
            what = f"more than {ceiling} {kind}s are planned, which is the ceiling of one run"
            self._tally.trouble(Trouble(target.name, None, None, "ceiling", what, ABOVE_CEILING))
        return False


def ceilings_of(connection: sa.Connection, targets: Sequence[Target], tally: Tally) -> Ceilings:
    """Return the ceilings of one run."""
    names = [target.name for target in targets if target.push.ceilings.by_share]
    return Ceilings(tally, {name: source_records.count_living(connection, name) for name in names})


Allow = Callable[[Target, str], bool]
"""Whether one more write of a kind may go out; counts it."""


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
            reason = "ceiling"
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
