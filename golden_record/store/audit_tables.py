"""The tables of what is noted for good, entry by entry, in chains (golden_record.chain)."""

from __future__ import annotations

import sqlalchemy as sa

from golden_record.chain import HASH_BYTES
from golden_record.store.columns import Encrypted, Instant, KeyBytes
from golden_record.store.tables import SOURCE_REF, metadata

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("chain", sa.String(20), nullable=False),  # writes, acts
    sa.Column("number", sa.BigInteger, nullable=False),  # 1, 2, 3 … without a gap
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject", KeyBytes(SOURCE_REF)),  # keyed hash of what it is about: a record's ref
    sa.Column("run_id", sa.String(26)),
    sa.Column("fingerprint", KeyBytes(HASH_BYTES), nullable=False),  # of the body, salted
    sa.Column("hash", KeyBytes(HASH_BYTES), nullable=False),  # of all this and of the entry before
    sa.Column("body", Encrypted),  # null: a person's data was erased from it
    sa.UniqueConstraint("chain", "number"),
    sa.Index(None, "subject", "chain"),
)

audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("chain", sa.String(20), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", KeyBytes(HASH_BYTES), nullable=False),
)
