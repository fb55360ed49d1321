"""Keep what reports and tried mappings found, and index posted events by system.

With the indexes, how the hub stands is known without counting all that ever came.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Encrypted, Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "findings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("about", sa.String(length=255), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", Encrypted(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_kind_about_id"), "findings", ["kind", "about", "id"], unique=False)
    op.create_index(op.f("ix_inbox_system_state"), "inbox", ["system", "state"], unique=False)
    op.create_index(op.f("ix_inbox_system_received_at"), "inbox", ["system", "received_at"], unique=False)
