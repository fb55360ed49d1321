"""Keep keyed hashes of how names begin; every profile waits to be put in, and the next sync does it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import KeyBytes

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "search_keys",
        sa.Column("key", KeyBytes(12), nullable=False),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("key", "profile_id", name=op.f("pk_search_keys")),
    )
    op.create_index(op.f("ix_search_keys_profile_id"), "search_keys", ["profile_id"], unique=False)
    op.add_column("profiles", sa.Column("to_search", sa.SmallInteger(), server_default=sa.text("1"), nullable=False))
    op.create_index(op.f("ix_profiles_to_search_id"), "profiles", ["to_search", "id"], unique=False)
