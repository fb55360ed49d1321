"""What must hold when all is quiet: every record shows what its profile says, and people's last words stand."""

from __future__ import annotations

from flows.hub import ConfiguredSystem, Hub
from flows.planning import plan_now
from golden_record.history import replay
from golden_record.store import normalised_records as records
from golden_record.store import profiles
from golden_record.store.normalised_records import NormalisedRow
from golden_record.store.profiles import Profile
from mapping.canonical import canonical
from mapping.pull import pull
from mapping.values import FieldState
from tests.system.laws.cast import DESKS
from tests.system.laws.diary import Diary, Where

ROUGHLY = {"address", "marketing_consent", "company_name"}
"""Fields that some systems show only in part, or beside a look-up."""

Found = dict[Where, tuple[NormalisedRow, Profile]]
"""Every living person's record with its profile."""


def found_in(hub: Hub) -> Found:
    """Return every living person's record with its profile, by system and id."""
    vault = hub.store.vault
    with hub.store.read() as connection:
        page = profiles.page(connection, vault, None, 500, "person")
        by_id = {one.profile_id: one for one in page}
        rows = records.of_profiles(connection, vault, list(by_id))
    return {
        (row.system, row.record_id): (row, by_id[row.profile_id or ""]) for row in rows.values() if row.state == "live"
    }


def all_agree(hub: Hub, found: Found) -> None:
    """Law 1: nothing is left to write, and each record shows its profile's values, or the plan names why not."""
    plan = plan_now(hub, list(hub.systems.values()), every=True)
    assert not plan.writes, f"law 1: unwritten at rest: {[(one.system, sorted(one.fields)) for one in plan.writes]}"
    blocked = {(one.system, one.record_id, one.profile_field) for one in plan.blocked}
    for (system, record_id), (row, profile) in found.items():
        states = _shown(hub.systems[system], record_id) if system in DESKS else None
        if states is None:
            continue
        for name, state in states.items():
            excused = {(system, record_id, name), (system, record_id, None)} & blocked
            wanted = _wanted(hub, row, profile, name)
            if wanted and not excused and name not in profile.frozen:
                shown = {canonical(one.value.value) for one in state.values if one.value.valid}
                assert shown == wanted, (
                    f"law 1: {system}/{record_id} {name}: {shown} for {wanted}; {_histories(found, profile, name)}"
                )


def last_words_stand(diary: Diary, found: Found) -> None:
    """Law 2: the last word that people wrote in a followed field is what its profile shows."""
    if diary.clocks_wrong:
        return
    for (customer, name), said in diary.said.items():
        if said.contended or said.where not in found or (customer, name) in diary.pinned:
            continue
        now = _values(found, said.where, name)
        assert now == [said.value], f"law 2: {customer} {name} at {said.where}: {now} for {said.value}"


def stewards_words_stand(diary: Diary, found: Found) -> None:
    """Law 5: what a steward parted stays apart, and what a steward pinned stays."""
    for customer, (one, other) in diary.apart.items():
        if one in found and other in found:
            assert found[one][1].profile_id != found[other][1].profile_id, f"law 5: {customer} {one} joined {other}"
    for (customer, name), (where, value) in diary.pinned.items():
        if where in found:
            assert _values(found, where, name) == [value], f"law 5: {customer} {name} is not as pinned"


def _histories(found: Found, profile: Profile, name: str) -> dict[Where, object]:
    """Return what each record of a profile has gone through in a field, to tell what went wrong."""
    return {
        where: row.body.histories.get(name)
        for where, (row, theirs) in found.items()
        if theirs.profile_id == profile.profile_id
    }


def _values(found: Found, where: Where, name: str) -> list[object]:
    _row, profile = found[where]
    return [element.value for element in profile.fields.get(name, ())]


def _wanted(hub: Hub, row: NormalisedRow, profile: Profile, name: str) -> set[str]:
    compiled = hub.systems[row.system].mappings[row.stream].emits[row.emit].fields[name]
    if not compiled.pushed or compiled.only_if_empty or name in ROUGHLY:
        return set()
    policy = hub.rules.entities["person"].policies[name]
    keep = compiled.cleared != "clear"
    refused = replay(row.body.histories.get(name, ()), many=policy.many, keep_cleared=keep).refused
    return {element.key for element in profile.fields.get(name, ())} - refused


def _shown(system: ConfiguredSystem, record_id: str) -> dict[str, FieldState] | None:
    """Return what a record shows now, by the system's own API and the hub's own mapping."""
    stream = DESKS[system.name].stream
    (record,) = system.fetch(stream, [record_id])
    emitted = pull(system.mappings[stream], dict(record)).emits
    return dict(emitted[0].fields) if emitted else None
