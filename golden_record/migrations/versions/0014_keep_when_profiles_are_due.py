"""Keep when a profile must be looked at again although nothing comes in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "due",
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", name=op.f("pk_due")),
    )
    op.create_index(op.f("ix_due_at"), "due", ["at"], unique=False)
