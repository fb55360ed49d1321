"""Keep plans with their writes, to be paged, approved and carried out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Encrypted, Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "kept_plans",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("systems", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_at", sa.String(length=40), nullable=True),
        sa.Column("reason", Encrypted(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.Column("push_run", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_plans")),
    )
    op.create_table(
        "kept_writes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=26), nullable=False),
        sa.Column("write_id", sa.String(length=32), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("record_id", sa.String(length=255), nullable=True),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_writes")),
    )
    op.create_index(
        op.f("ix_kept_writes_plan_id_system_kind"), "kept_writes", ["plan_id", "system", "kind"], unique=False
    )
    op.create_index(op.f("ix_kept_writes_profile_id"), "kept_writes", ["profile_id"], unique=False)
    op.create_table(
        "kept_blocked",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=26), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("record_id", sa.String(length=255), nullable=True),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=True),
        sa.Column("why", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_blocked")),
    )
    op.create_index(op.f("ix_kept_blocked_plan_id_why"), "kept_blocked", ["plan_id", "why"], unique=False)
