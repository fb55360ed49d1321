"""Grade records for data quality, and keep what runs measured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Instant, KeyBytes

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.add_column("normalised_records", sa.Column("grade", KeyBytes(8), nullable=True))
    op.create_index(op.f("ix_normalised_records_grade"), "normalised_records", ["grade"])
    op.create_table(
        "grades",
        sa.Column("id", KeyBytes(8), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grades")),
    )
    op.create_table(
        "quality_measures",
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_quality_measures")),
    )
    op.create_index(op.f("ix_quality_measures_at"), "quality_measures", ["at"])
