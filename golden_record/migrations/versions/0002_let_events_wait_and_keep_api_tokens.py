"""Let events of the inbox wait for their next try, and keep API tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Instant, KeyBytes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.add_column("inbox", sa.Column("retry_at", Instant(), nullable=True))
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("digest", KeyBytes(32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
    )
