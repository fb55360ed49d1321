"""Keep what each steward's act did, so that it can be undone; let reviews be due, deferred and in somebody's hands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Encrypted, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "acts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("reason", Encrypted(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("review_id", sa.String(length=26), nullable=True),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acts")),
    )
    op.create_index(op.f("ix_acts_run_id"), "acts", ["run_id"])
    op.create_index(op.f("ix_acts_review_id"), "acts", ["review_id"])
    for column in (
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("deferred_until", Instant(), nullable=True),
        sa.Column("held_by", sa.String(length=120), nullable=True),
        sa.Column("held_until", Instant(), nullable=True),
    ):
        op.add_column("reviews", column)
    op.create_index(op.f("ix_reviews_due_at"), "reviews", ["due_at"])
    op.execute("UPDATE reviews SET due_at = opened_at")
