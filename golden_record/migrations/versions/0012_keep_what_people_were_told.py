"""Keep what is wrong and what people were told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "alerts",
        sa.Column("name", sa.String(length=190), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=190), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alerts")),
    )
