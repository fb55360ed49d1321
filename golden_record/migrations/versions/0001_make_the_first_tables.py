"""Make the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from golden_record.store.columns import Encrypted, Instant, KeyBytes

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "bindings",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("ref", KeyBytes(16), nullable=True),
        sa.Column("minted_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bindings")),
    )
    op.create_index(op.f("ix_bindings_profile_id"), "bindings", ["profile_id"], unique=False)
    op.create_index(op.f("ix_bindings_ref"), "bindings", ["ref"], unique=False)
    op.create_table(
        "blocks",
        sa.Column("block", KeyBytes(12), nullable=False),
        sa.Column("ref", KeyBytes(17), nullable=False),
        sa.PrimaryKeyConstraint("block", "ref", name=op.f("pk_blocks")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_blocks_ref"), "blocks", ["ref"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("system", "stream", name=op.f("pk_cursors")),
    )
    op.create_table(
        "decrees",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("value", Encrypted(), nullable=False),
        sa.Column("pin", sa.Boolean(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("reason", Encrypted(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decrees")),
    )
    op.create_index(op.f("ix_decrees_profile_id"), "decrees", ["profile_id"], unique=False)
    op.create_table(
        "frequencies",
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("key", KeyBytes(12), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entity", "field", "key", name=op.f("pk_frequencies")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("dedupe", KeyBytes(16), nullable=False),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("system", "dedupe", name=op.f("uq_inbox_system_dedupe")),
    )
    op.create_index(op.f("ix_inbox_state"), "inbox", ["state"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=26), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "links",
        sa.Column("a", KeyBytes(17), nullable=False),
        sa.Column("b", KeyBytes(17), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("a", "b", name=op.f("pk_links")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_links_b"), "links", ["b"], unique=False)
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("value", Encrypted(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "models",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("version", "entity", name=op.f("pk_models")),
    )
    op.create_table(
        "normalised_records",
        sa.Column("ref", KeyBytes(17), nullable=False),
        sa.Column("source_ref", KeyBytes(16), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("emit", sa.Integer(), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("orphaned_at", Instant(), nullable=True),
        sa.Column("profile_id", sa.String(length=26), nullable=True),
        sa.Column("former_profile_id", sa.String(length=26), nullable=True),
        sa.Column("dirty", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_normalised_records")),
    )
    op.create_index(op.f("ix_normalised_records_dirty"), "normalised_records", ["dirty"], unique=False)
    op.create_index(op.f("ix_normalised_records_profile_id"), "normalised_records", ["profile_id"], unique=False)
    op.create_index(op.f("ix_normalised_records_source_ref"), "normalised_records", ["source_ref"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref", KeyBytes(16), nullable=True),
        sa.Column("record_id", sa.String(length=255), nullable=True),
        sa.Column("binding_id", sa.String(length=26), nullable=True),
        sa.Column("emit", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("intent", KeyBytes(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("code", sa.String(length=120), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("cure", sa.Text(), nullable=True),
        sa.Column("run_id", sa.String(length=26), nullable=True),
        sa.Column("planned_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_profile_id"), "outbox", ["profile_id"], unique=False)
    op.create_index(op.f("ix_outbox_ref"), "outbox", ["ref"], unique=False)
    op.create_index(op.f("ix_outbox_system_state"), "outbox", ["system", "state"], unique=False)
    op.create_table(
        "profile_events",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=True),
        sa.Column("detail", Encrypted(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profile_events")),
    )
    op.create_index(op.f("ix_profile_events_profile_id"), "profile_events", ["profile_id"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.String(length=26), nullable=True),
        sa.Column("to_plan", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profiles")),
    )
    op.create_index(op.f("ix_profiles_merged_into"), "profiles", ["merged_into"], unique=False)
    op.create_index(op.f("ix_profiles_to_plan"), "profiles", ["to_plan"], unique=False)
    op.create_table(
        "relations",
        sa.Column("ref", KeyBytes(17), nullable=False),
        sa.Column("relation", sa.String(length=120), nullable=False),
        sa.Column("target", KeyBytes(17), nullable=False),
        sa.Column("pushed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("ref", "relation", name=op.f("pk_relations")),
    )
    op.create_index(op.f("ix_relations_target"), "relations", ["target"], unique=False)
    op.create_table(
        "review_profiles",
        sa.Column("review_id", sa.String(length=26), nullable=False),
        sa.Column("ref", KeyBytes(17), nullable=False),
        sa.PrimaryKeyConstraint("review_id", "ref", name=op.f("pk_review_profiles")),
    )
    op.create_index(op.f("ix_review_profiles_ref"), "review_profiles", ["ref"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("subject", KeyBytes(16), nullable=False),
        sa.Column("evidence", KeyBytes(16), nullable=False),
        sa.Column("entity", sa.String(length=120), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=True),
        sa.Column("weight", sa.Float(), nullable=True),
        sa.Column("body", Encrypted(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.Column("author", sa.String(length=120), nullable=True),
        sa.Column("reason", Encrypted(), nullable=True),
        sa.Column("run_id", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_status"), "reviews", ["status"], unique=False)
    op.create_index(op.f("ix_reviews_subject"), "reviews", ["subject"], unique=False)
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=120), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_started_at"), "runs", ["started_at"], unique=False)
    op.create_table(
        "source_records",
        sa.Column("ref", KeyBytes(16), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("record_id", sa.String(length=255), nullable=False),
        sa.Column("content_hash", KeyBytes(16), nullable=False),
        sa.Column("mapping_version", sa.String(length=40), nullable=False),
        sa.Column("payload", Encrypted(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("merged_into", KeyBytes(16), nullable=True),
        sa.Column("modified_at", Instant(), nullable=True),
        sa.Column("first_seen_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("binding_id", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_source_records")),
    )
    op.create_index(op.f("ix_source_records_system_stream"), "source_records", ["system", "stream"], unique=False)
    op.create_table(
        "spent",
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("bucket", sa.String(length=190), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "bucket", "window", "seconds", name=op.f("pk_spent")),
    )
    op.create_table(
        "steward_links",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("a", KeyBytes(17), nullable=False),
        sa.Column("b", KeyBytes(17), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("reason", Encrypted(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steward_links")),
    )
    op.create_index(op.f("ix_steward_links_a"), "steward_links", ["a"], unique=False)
    op.create_index(op.f("ix_steward_links_b"), "steward_links", ["b"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("account", sa.String(length=120), nullable=False),
        sa.Column("sealed", Encrypted(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_tokens")),
    )
    op.create_table(
        "tombstones",
        sa.Column("profile_id", sa.String(length=26), nullable=False),
        sa.Column("system", sa.String(length=120), nullable=False),
        sa.Column("stream", sa.String(length=120), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "system", "stream", name=op.f("pk_tombstones")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("tombstones")
    op.drop_table("tokens")
    op.drop_index(op.f("ix_steward_links_b"), table_name="steward_links")
    op.drop_index(op.f("ix_steward_links_a"), table_name="steward_links")
    op.drop_table("steward_links")
    op.drop_table("spent")
    op.drop_index(op.f("ix_source_records_system_stream"), table_name="source_records")
    op.drop_table("source_records")
    op.drop_index(op.f("ix_runs_started_at"), table_name="runs")
    op.drop_table("runs")
    op.drop_index(op.f("ix_reviews_subject"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_status"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_review_profiles_ref"), table_name="review_profiles")
    op.drop_table("review_profiles")
    op.drop_index(op.f("ix_relations_target"), table_name="relations")
    op.drop_table("relations")
    op.drop_index(op.f("ix_profiles_to_plan"), table_name="profiles")
    op.drop_index(op.f("ix_profiles_merged_into"), table_name="profiles")
    op.drop_table("profiles")
    op.drop_index(op.f("ix_profile_events_profile_id"), table_name="profile_events")
    op.drop_table("profile_events")
    op.drop_index(op.f("ix_outbox_system_state"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_ref"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_profile_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_normalised_records_source_ref"), table_name="normalised_records")
    op.drop_index(op.f("ix_normalised_records_profile_id"), table_name="normalised_records")
    op.drop_index(op.f("ix_normalised_records_dirty"), table_name="normalised_records")
    op.drop_table("normalised_records")
    op.drop_table("models")
    op.drop_table("meta")
    op.drop_index(op.f("ix_links_b"), table_name="links")
    op.drop_table("links")
    op.drop_table("leases")
    op.drop_index(op.f("ix_inbox_state"), table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("frequencies")
    op.drop_index(op.f("ix_decrees_profile_id"), table_name="decrees")
    op.drop_table("decrees")
    op.drop_table("cursors")
    op.drop_index(op.f("ix_blocks_ref"), table_name="blocks")
    op.drop_table("blocks")
    op.drop_index(op.f("ix_bindings_ref"), table_name="bindings")
    op.drop_index(op.f("ix_bindings_profile_id"), table_name="bindings")
    op.drop_table("bindings")
