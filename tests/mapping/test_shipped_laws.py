"""Laws that hold for every shipped mapping, on records made for it: what was pushed is pulled back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.canonical import canonical
from mapping.changes import Changes, new_fields
from mapping.compile import CompiledEmit, CompiledMapping
from mapping.field_types.registry import field_type, names
from mapping.load import load_mapping
from mapping.profile_fields import read_profile
from mapping.pull import pull
from mapping.push import changes
from mapping.values import Emitted, FieldValue
from tests.mapping.shipped_records import applied, nested, records_of, two_way

CONFIG = Path(__file__).parents[2] / "config"
PROFILE, _ = read_profile(CONFIG / "profile.yaml", types=frozenset(names()))
assert PROFILE is not None
FILES = sorted((CONFIG / "mappings").glob("*/*.yaml"))


def compiled(file: Path) -> CompiledMapping:
    assert PROFILE is not None
    found = load_mapping(file, stream=file.stem, profile=PROFILE, types=field_type).compiled
    assert found is not None
    return found


MAPPINGS = {f"{file.parent.name}/{file.stem}": compiled(file) for file in FILES}
PUSHED = sorted(
    name for name, one in MAPPINGS.items() if any(field.pushed for emit in one.emits for field in emit.fields.values())
)
EMITS = [(name, emit.place) for name in PUSHED for emit in MAPPINGS[name].emits]
THOROUGH = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def key_of(mapping: CompiledMapping, record_id: str) -> dict[str, Any]:
    """A new record's id, and what its conditions ask for (an end user of Zendesk)."""
    return nested({mapping.key.text: record_id, "role": "end-user"}, {})


def emitted_at(mapping: CompiledMapping, record: dict[str, Any], place: int) -> Emitted | None:
    return next((one for one in pull(mapping, record).emits if one.emit == place), None)


def wanted(emitted: Emitted) -> dict[str, tuple[FieldValue, ...]]:
    return {
        name: tuple(slotted.value for slotted in state.values if slotted.value.valid)
        for name, state in emitted.fields.items()
        if state.presence == "value" and any(slotted.value.valid for slotted in state.values)
    }


def shown(emitted: Emitted | None, name: str) -> set[str]:
    state = emitted.fields.get(name) if emitted else None
    return {canonical(one.value.value) for one in state.values if one.value.valid} if state else set()


def named(outcome: Changes, name: str) -> bool:
    """Whether the outcome says that something of a field found no place or has no form there."""
    return name in {item.profile_field for item in outcome.overflow} | {
        item.profile_field for item in outcome.unpushable
    }


@pytest.mark.parametrize(("name", "place"), EMITS)
@given(data=st.data())
@THOROUGH
def test_pull_push_pull_is_the_identity_on_every_two_way_field(name: str, place: int, data: st.DataObject) -> None:
    mapping = MAPPINGS[name]
    emit: CompiledEmit = mapping.emits[place]
    record = data.draw(records_of(mapping, key_of(mapping, "1")))
    emitted = emitted_at(mapping, record, place)
    if emitted is None:
        return
    desired = {one: values for one, values in wanted(emitted).items() if two_way(emit.fields[one])}
    made = changes(mapping, place, desired, None)
    copy = applied(key_of(mapping, "2"), new_fields(made.changes))
    again = emitted_at(mapping, copy, place)
    if again is None:
        assert emit.needs, "only an entity that needs a name may go without"
        assert not any(one in desired for one in emit.needs)
        return
    for field, values in desired.items():
        if not named(made, field):
            assert shown(again, field) == {canonical(value.value) for value in values}, field
    assert changes(mapping, place, desired, copy).changes == ()


@pytest.mark.parametrize(("name", "place"), EMITS)
@given(data=st.data())
@THOROUGH
def test_a_record_that_shows_what_the_profile_says_is_not_touched(name: str, place: int, data: st.DataObject) -> None:
    mapping = MAPPINGS[name]
    record = data.draw(records_of(mapping, key_of(mapping, "1")))
    emitted = emitted_at(mapping, record, place)
    if emitted is not None:
        assert changes(mapping, place, wanted(emitted), record).changes == ()


@pytest.mark.parametrize("name", sorted(MAPPINGS))
@given(data=st.data())
@THOROUGH
def test_what_is_stored_of_a_record_gives_what_the_whole_gave(name: str, data: st.DataObject) -> None:
    mapping = MAPPINGS[name]
    record = data.draw(records_of(mapping, key_of(mapping, "1")))
    kept = mapping.mapped_paths({**record, "never mapped": "x"})
    assert pull(mapping, kept) == pull(mapping, record)
    assert "never mapped" not in kept
