"""Keep what is noted for good: chains of entries, and their heads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Encrypted, Instant, KeyBytes

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("chain", sa.String(length=20), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", KeyBytes(16), nullable=True),
        sa.Column("run_id", sa.String(length=26), nullable=True),
        sa.Column("fingerprint", KeyBytes(32), nullable=False),
        sa.Column("hash", KeyBytes(32), nullable=False),
        sa.Column("body", Encrypted(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("chain", "number", name=op.f("uq_audit_chain_number")),
    )
    op.create_index(op.f("ix_audit_subject_chain"), "audit", ["subject", "chain"])
    op.create_table(
        "audit_heads",
        sa.Column("chain", sa.String(length=20), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", KeyBytes(32), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_audit_heads")),
    )
