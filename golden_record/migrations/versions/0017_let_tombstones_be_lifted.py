"""Let a tombstone be lifted: the customer is back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.add_column("tombstones", sa.Column("lifted_at", Instant(), nullable=True))
