"""Plan every profile once: their marks now tell, too, of what a system does not get."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.execute("UPDATE profiles SET to_plan = 1 WHERE merged_into IS NULL")
