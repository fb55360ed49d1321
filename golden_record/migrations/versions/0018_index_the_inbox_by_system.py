"""Index posted events by system, so that how the hub stands is known without counting all that ever came."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_index(op.f("ix_inbox_system_state"), "inbox", ["system", "state"], unique=False)
    op.create_index(op.f("ix_inbox_system_received_at"), "inbox", ["system", "received_at"], unique=False)
