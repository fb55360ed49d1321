"""Keep the pauses of systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Encrypted, Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "pauses",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("reason", Encrypted(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index(op.f("ix_pauses_system_ended_at"), "pauses", ["system", "ended_at"], unique=False)
