"""Whatever a system holds, a record is read within bounds: kept, marked, counted, and its other fields come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mapping.field_types.registry import field_type, names
from mapping.load import load_mapping
from mapping.profile_fields import read_profile
from mapping.pull import pull
from mapping.push import changes
from mapping.read_values import MAX_ELEMENTS
from mapping.values import FieldValue

CONFIG = Path(__file__).parents[2] / "config"


def nested(depth: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


def test_a_record_beyond_all_measure_is_read_and_compared_within_bounds() -> None:
    profile, _ = read_profile(CONFIG / "profile.yaml", types=frozenset(names()))
    assert profile is not None
    file = CONFIG / "mappings" / "zoho_crm" / "Contacts.yaml"
    mapping = load_mapping(file, stream="Contacts", profile=profile, types=field_type).compiled
    assert mapping is not None
    phones = [f"138{n:08d}" for n in range(10_000)]
    record = {
        "id": "1",
        "Last_Name": "王" * 1_000_000,
        "Mobile": phones,
        "Phone": ", ".join(phones),
        "Email": "\ud800@\x00\u202e.cn",
        "Title": nested(500),
        "Department": {"a": {"b": nested(500)}},
        "Rating": "A",
    }
    made = pull(mapping, record)
    states = made.emits[0].fields
    assert "phones:too_many_values" in made.issues
    assert len(states["phones"].values) <= MAX_ELEMENTS
    assert [one.value.value for one in states["tier"].values] == ["vip"]
    for name in ("emails", "job_title", "department"):
        assert not any(one.value.valid for one in states[name].values), name
    outcome = changes(mapping, 0, {"tier": (FieldValue("vip"),), "emails": (FieldValue("a@acme.cn"),)}, record)
    assert [one.system_field for one in outcome.changes] == ["Secondary_Email"], "what nobody can read is people's"
