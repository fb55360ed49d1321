"""Landing is the same however often, in whatever batches and in whatever order the records come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden_record.bodies import Body
from golden_record.landing import Pulled, Stream, land
from golden_record.store import normalised_records as records
from golden_record.store import source_records
from golden_record.store.engine import Store, open_store
from golden_record.store.source_records import ref_of
from golden_record.vault import KeyRing
from mapping.pull import pull
from tests.golden_record.small_hub import mapping_of
from tests.golden_record.test_laws import FIELDS

NOW = datetime(2026, 3, 1, tzinfo=UTC)
IDS = ("1", "2", "3")
fresh = count()
contacts = st.fixed_dictionaries({}, optional=dict(FIELDS["zoho_crm"].items()))
versions = st.lists(st.tuples(st.sampled_from(IDS), contacts), min_size=1, max_size=5, unique_by=lambda one: one[0])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = open_store("sqlite:///crmhub.db", KeyRing.mint(), base=tmp_path_factory.mktemp("landing"))
    yield made
    made.close()


def stream() -> Stream:
    """A stream of a system that nothing was landed of yet."""
    mapping = mapping_of("zoho_crm")
    return Stream(f"s{next(fresh)}", "Contacts", mapping.version, lambda record: pull(mapping, record))


def pulled(record_id: str, values: dict[str, Any]) -> Pulled:
    whole = {"id": record_id, "Last_Name": "王", **values, "Modified_Time": "2026-02-01T10:00:00+08:00"}
    return Pulled(record_id, mapping_of("zoho_crm").mapped_paths(whole), whole)


def kept(store: Store, of: Stream) -> dict[str, tuple[Body, dict[str, Any]]]:
    """Return each record's body and shadow."""
    refs = {ref_of(store.vault, of.system, of.name, record_id): record_id for record_id in IDS}
    with store.read() as connection:
        rows = records.of_sources(connection, store.vault, refs)
        shadows = source_records.shadows(connection, store.vault, refs)
    return {row.record_id: (row.body, dict(shadows[row.source_ref].payload)) for row in rows.values() if row.emit == 0}


few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(versions)
def test_landing_a_batch_twice_is_landing_it_once(store: Store, batch: list[tuple[str, dict[str, Any]]]) -> None:
    of, found = stream(), [pulled(*one) for one in batch]
    land(store, of, found, now=NOW)
    once = kept(store, of)
    again = land(store, of, found, now=NOW.replace(hour=5))
    assert (again.changed, kept(store, of)) == (0, once)


@few
@given(versions, st.randoms(use_true_random=False))
def test_batches_and_order_make_no_difference(
    store: Store, batch: list[tuple[str, dict[str, Any]]], chance: Any
) -> None:
    whole, parts, found = stream(), stream(), [pulled(*one) for one in batch]
    land(store, whole, found, now=NOW)
    chance.shuffle(found)
    for one in found:
        land(store, parts, [one], now=NOW)
    assert kept(store, whole) == kept(store, parts)


@few
@given(contacts, contacts)
def test_of_several_versions_in_one_batch_the_last_counts(
    store: Store, older: dict[str, Any], newer: dict[str, Any]
) -> None:
    both, last = stream(), stream()
    land(store, both, [pulled("1", older), pulled("1", newer)], now=NOW)
    land(store, last, [pulled("1", newer)], now=NOW)
    assert kept(store, both) == kept(store, last)
