"""Every table, whichever module declares it: for what goes over the whole store (migrations, backups, rehearsals).

A module that declares tables of its own is imported here; a test compares the outcome with the migrations.
"""

from __future__ import annotations

from golden_record.store import access_tables, alerts, audit_tables, habits, holds, kept_plans, pauses
from golden_record.store.tables import metadata

BESIDE = (access_tables, alerts, audit_tables, habits, holds, kept_plans, pauses)
"""Modules that declare tables beside golden_record.store.tables."""

__all__ = ["BESIDE", "metadata"]
