"""What the tests' own databases let pass."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from golden_record.store.tables import profiles, source_records


def test_the_least_of_bytes_fails_on_every_store_as_it_does_on_older_servers() -> None:
    with pytest.raises(AssertionError, match="PostgreSQL 15"):
        str(sa.select(sa.func.min(source_records.c.ref)))


def test_the_least_of_a_text_is_asked_for_as_ever() -> None:
    assert "min(profiles.id)" in str(sa.select(sa.func.min(profiles.c.id)))
