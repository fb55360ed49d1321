"""Keep what was taken back in records; find the writes of a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Encrypted, Instant, KeyBytes

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "holds",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("ref", KeyBytes(16), nullable=False),
        sa.Column("emit", sa.Integer(), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("record_id", sa.String(length=255), nullable=False),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("reason", Encrypted(), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_ref"), "holds", ["ref"])
    op.create_index(op.f("ix_holds_run_id"), "holds", ["run_id"])
    op.create_index(op.f("ix_outbox_run_id"), "outbox", ["run_id"])
