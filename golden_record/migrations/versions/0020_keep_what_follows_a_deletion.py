"""Keep with a deleted record what its stream said of deletions then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.add_column("normalised_records", sa.Column("on_delete", sa.String(10), nullable=True))
