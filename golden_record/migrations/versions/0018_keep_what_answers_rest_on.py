"""Keep what people had given in the records of a pair when a steward answered.

Of earlier answers the weight alone was kept, in steps. They stand: the next time that one of their records is looked
at, what it says then is taken for what the answer rested on (an evidence of zeros says so).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import KeyBytes

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NOT_KEPT = bytes(16)


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "review_grounds",
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("ref", KeyBytes(17), nullable=False),
        sa.Column("side", sa.SmallInteger(), nullable=False),
        sa.Column("stands", sa.Boolean(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("review_id", "ref", name=op.f("pk_review_grounds")),
    )
    op.create_index(op.f("ix_review_grounds_ref_review_id"), "review_grounds", ["ref", "review_id"], unique=False)
    reviews = sa.table("reviews", sa.column("kind", sa.String), sa.column("evidence", KeyBytes(16)))
    op.execute(reviews.update().where(reviews.c.kind == "duplicate").values(evidence=_NOT_KEPT))
