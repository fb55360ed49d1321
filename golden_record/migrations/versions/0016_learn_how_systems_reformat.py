"""Learn how systems reformat what is written to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Instant, KeyBytes

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "habits",
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("emit", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("habit", sa.String(length=40), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("system", "stream", "emit", "field", "habit", name=op.f("pk_habits")),
    )
    op.create_table(
        "habit_pairs",
        sa.Column("written", KeyBytes(16), nullable=False),
        sa.Column("shown", KeyBytes(16), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("written", "shown", name=op.f("pk_habit_pairs")),
    )
    op.create_index(op.f("ix_habit_pairs_system_stream_field"), "habit_pairs", ["system", "stream", "field"])
