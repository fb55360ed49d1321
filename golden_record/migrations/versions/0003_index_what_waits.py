"""Index what waits in the order in which it is taken, and reviews by the records that they are about.

With an index on the mark alone, every batch of a bulk load sorted all that still waited: quadratic.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_index(op.f("ix_normalised_records_dirty_ref"), "normalised_records", ["dirty", "ref"])
    op.drop_index(op.f("ix_normalised_records_dirty"), "normalised_records")
    op.create_index(op.f("ix_profiles_to_plan_entity_id"), "profiles", ["to_plan", "entity", "id"])
    op.drop_index(op.f("ix_profiles_to_plan"), "profiles")
    op.create_index(op.f("ix_review_profiles_ref_review_id"), "review_profiles", ["ref", "review_id"])
    op.drop_index(op.f("ix_review_profiles_ref"), "review_profiles")
