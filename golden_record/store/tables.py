"""The tables. Migrations in golden_record/migrations make them; a test keeps the two alike.

Words: *ref* is the keyed hash that names a source record (16 bytes); a normalised record's ref is that plus one byte,
its place among the entities that the record emits. Texts in the clear hold ids, names of systems and fields, counts.
"""

from __future__ import annotations

import sqlalchemy as sa

from golden_record.store.columns import Encrypted, Instant, KeyBytes

SOURCE_REF = 16
RECORD_REF = 17
GRADE = 8
BLOCK_KEY = 12

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

_NAME = sa.String(120)
_ULID = sa.String(26)

meta = sa.Table("meta", metadata, sa.Column("name", _NAME, primary_key=True), sa.Column("value", Encrypted))

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("kind", _NAME, nullable=False),
    sa.Column("status", _NAME, nullable=False),  # waiting running ok partial failed paused
    sa.Column("started_at", Instant, nullable=False, index=True),
    sa.Column("ended_at", Instant),
    sa.Column("summary", sa.Text),  # JSON of interfaces.md section 2: ids and counts only
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("system", _NAME, primary_key=True),
    sa.Column("stream", _NAME, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),  # JSON of the Airbyte stream state
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("completed_at", Instant),
)

tokens = sa.Table(
    "tokens", metadata, sa.Column("account", _NAME, primary_key=True), sa.Column("sealed", Encrypted, nullable=False)
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", _NAME, primary_key=True),
    sa.Column("holder", sa.String(26), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("process", sa.String(80), nullable=False),  # pid and start time
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("beat_at", Instant, nullable=False),
    sa.Column("since", Instant, nullable=False),
)

spent = sa.Table(
    "spent",
    metadata,
    sa.Column("account", _NAME, primary_key=True),
    sa.Column("bucket", sa.String(190), primary_key=True),
    sa.Column("window", sa.BigInteger, primary_key=True),  # which window of the limit's length since 1970
    sa.Column("seconds", sa.Integer, primary_key=True),
    sa.Column("calls", sa.BigInteger, nullable=False),
)

source_records = sa.Table(
    "source_records",
    metadata,
    sa.Column("ref", KeyBytes(SOURCE_REF), primary_key=True),
    sa.Column("system", _NAME, nullable=False),
    sa.Column("stream", _NAME, nullable=False),
    sa.Column("record_id", sa.String(255), nullable=False),  # or "#" + hash, where the id is itself a personal value
    sa.Column("content_hash", KeyBytes(16), nullable=False),
    sa.Column("mapping_version", sa.String(40), nullable=False),
    sa.Column("payload", Encrypted, nullable=False),  # the mapped paths as last seen: the shadow
    sa.Column("state", sa.String(10), nullable=False),  # live deleted merged
    sa.Column("merged_into", KeyBytes(SOURCE_REF)),
    sa.Column("modified_at", Instant),
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("binding_id", _ULID),  # where the hub created the record
    sa.Index(None, "system", "stream"),
)

normalised_records = sa.Table(
    "normalised_records",
    metadata,
    sa.Column("ref", KeyBytes(RECORD_REF), primary_key=True),
    sa.Column("source_ref", KeyBytes(SOURCE_REF), nullable=False, index=True),
    sa.Column("system", _NAME, nullable=False),
    sa.Column("stream", _NAME, nullable=False),
    sa.Column("emit", sa.Integer, nullable=False),
    sa.Column("entity", _NAME, nullable=False),
    sa.Column("body", Encrypted, nullable=False),  # per field: the history of contributions and pushes
    sa.Column("state", sa.String(10), nullable=False),  # live orphan merged
    sa.Column("orphaned_at", Instant),
    sa.Column("profile_id", _ULID, index=True),
    sa.Column("former_profile_id", _ULID),  # the id it had before its profile was merged away
    sa.Column("dirty", sa.SmallInteger, nullable=False),  # 0 resolved, 1 to be indexed, 2 scored, 3 settled; 4 in hand
    sa.Column("grade", KeyBytes(GRADE), index=True),  # of a living record; null: not graded yet, or gone
    sa.Column("on_delete", sa.String(10)),  # hold archive propagate: what its stream, or a steward, said when it went
    sa.Index(None, "dirty", "ref"),  # in the order in which those that wait are taken
)

grades = sa.Table(
    "grades",
    metadata,
    sa.Column("id", KeyBytes(GRADE), primary_key=True),  # of all that follows: equal grades are kept once
    sa.Column("system", _NAME, nullable=False),
    sa.Column("stream", _NAME, nullable=False),
    sa.Column("entity", _NAME, nullable=False),
    sa.Column("marks", sa.Text, nullable=False),  # how each field is filled, never with what
)

quality_measures = sa.Table(
    "quality_measures",
    metadata,
    sa.Column("run_id", _ULID, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),
    sa.Column("counts", sa.Text, nullable=False),  # JSON: system/stream/entity -> field -> counts
)

relations = sa.Table(
    "relations",
    metadata,
    sa.Column("ref", KeyBytes(RECORD_REF), primary_key=True),
    sa.Column("relation", _NAME, primary_key=True),
    sa.Column("target", KeyBytes(RECORD_REF), nullable=False, index=True),
    sa.Column("pushed", sa.Boolean, nullable=False),  # the hub wrote it: no evidence of anything
)

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column("block", KeyBytes(BLOCK_KEY), primary_key=True),
    sa.Column("ref", KeyBytes(RECORD_REF), primary_key=True),
    sa.Index(None, "ref"),
    sqlite_with_rowid=False,
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("a", KeyBytes(RECORD_REF), primary_key=True),  # the smaller ref
    sa.Column("b", KeyBytes(RECORD_REF), primary_key=True),
    sa.Column("weight", sa.Float, nullable=False),  # bits
    sa.Index(None, "b"),
    sqlite_with_rowid=False,
)

steward_links = sa.Table(
    "steward_links",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("a", KeyBytes(RECORD_REF), nullable=False, index=True),
    sa.Column("b", KeyBytes(RECORD_REF), nullable=False, index=True),
    sa.Column("kind", sa.String(10), nullable=False),  # must cannot
    sa.Column("author", _NAME, nullable=False),
    sa.Column("reason", Encrypted),
    sa.Column("at", Instant, nullable=False),
    sa.Column("undone_at", Instant),
)

models = sa.Table(
    "models",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("entity", _NAME, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),  # of matching.yaml's part
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

trained_models = sa.Table(
    "trained_models",
    metadata,
    sa.Column("entity", _NAME, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("model", sa.Text, nullable=False),  # JSON: fields, tests and probabilities, nobody's data
    sa.Column("written", sa.String(64), nullable=False),  # digest of matching.yaml's part that it was trained from
    sa.Column("report", sa.Text, nullable=False),  # JSON: on how much it rests
    sa.Column("author", _NAME, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

model_choices = sa.Table(
    "model_choices",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("entity", _NAME, nullable=False, index=True),
    sa.Column("version", sa.Integer),  # null: matching.yaml itself
    sa.Column("written", sa.String(64), nullable=False),  # what matching.yaml said then: an edit takes precedence
    sa.Column("author", _NAME, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

frequencies = sa.Table(
    "frequencies",
    metadata,
    sa.Column("entity", _NAME, primary_key=True),
    sa.Column("field", _NAME, primary_key=True),
    sa.Column("key", KeyBytes(BLOCK_KEY), primary_key=True),
    sa.Column("records", sa.BigInteger, nullable=False),
)

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("entity", _NAME, nullable=False),
    sa.Column("body", Encrypted, nullable=False),  # surviving values with parts, lineage, disputed fields
    sa.Column("plain", sa.Text),  # JSON of the fields marked `protect: plain`
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("merged_into", _ULID, index=True),
    sa.Column(
        "to_plan", sa.SmallInteger, nullable=False
    ),  # 1: to be planned; 2: planned, but not all of it is written; 0: neither
    sa.Column("to_search", sa.SmallInteger, nullable=False, server_default=sa.text("1")),  # 1: to be indexed by name
    sa.Index(None, "to_plan", "entity", "id"),  # in the order in which those that wait are taken
    sa.Index(None, "to_search", "id"),
)

search_keys = sa.Table(
    "search_keys",
    metadata,
    sa.Column("key", KeyBytes(12), primary_key=True),  # of how a word of a name begins
    sa.Column("profile_id", _ULID, primary_key=True, index=True),
)

profile_events = sa.Table(
    "profile_events",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("profile_id", _ULID, nullable=False, index=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("kind", _NAME, nullable=False),
    sa.Column("run_id", _ULID),
    sa.Column("detail", Encrypted),
)

decrees = sa.Table(
    "decrees",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("profile_id", _ULID, nullable=False, index=True),
    sa.Column("field", _NAME, nullable=False),
    sa.Column("value", Encrypted, nullable=False),
    sa.Column("pin", sa.Boolean, nullable=False),
    sa.Column("until", Instant),
    sa.Column("author", _NAME, nullable=False),
    sa.Column("reason", Encrypted),
    sa.Column("at", Instant, nullable=False),
    sa.Column("undone_at", Instant),
)

due = sa.Table(
    "due",
    metadata,
    sa.Column("profile_id", _ULID, primary_key=True),
    sa.Column("at", Instant, nullable=False, index=True),  # look at the profile again then, though nothing came in
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),  # duplicate value write returned deleted
    sa.Column("status", sa.String(20), nullable=False, index=True),  # open decided dismissed obsolete
    sa.Column("subject", KeyBytes(16), nullable=False, index=True),  # what it is about: equal for the same question
    sa.Column("evidence", KeyBytes(16), nullable=False),  # what it rests on; of a pair see review_grounds, too
    sa.Column("entity", _NAME, nullable=False),
    sa.Column("field", _NAME),
    sa.Column("weight", sa.Float),
    sa.Column("body", Encrypted, nullable=False),  # records and candidates
    sa.Column("opened_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("decision", sa.String(40)),
    sa.Column("author", _NAME),
    sa.Column("reason", Encrypted),
    sa.Column("run_id", _ULID),
    sa.Column("due_at", Instant, index=True),  # when it should be decided: the queue's order
    sa.Column("deferred_until", Instant),
    sa.Column("held_by", _NAME),  # who works on it now
    sa.Column("held_until", Instant),
)

acts = sa.Table(
    "acts",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("kind", _NAME, nullable=False),
    sa.Column("author", _NAME, nullable=False),
    sa.Column("reason", Encrypted),
    sa.Column("at", Instant, nullable=False),
    sa.Column("run_id", _ULID, nullable=False, index=True),
    sa.Column("review_id", _ULID, index=True),
    sa.Column("body", Encrypted, nullable=False),  # what it did, so that it can be undone
    sa.Column("undone_at", Instant),
    sa.Column("undone_by", _NAME),
)

review_profiles = sa.Table(
    "review_profiles",
    metadata,
    sa.Column("review_id", _ULID, primary_key=True),
    sa.Column("ref", KeyBytes(RECORD_REF), primary_key=True),
    sa.Index(None, "ref", "review_id"),
)

review_grounds = sa.Table(
    "review_grounds",
    metadata,
    sa.Column("review_id", _ULID, primary_key=True),
    sa.Column("ref", KeyBytes(RECORD_REF), primary_key=True),
    sa.Column("side", sa.SmallInteger, nullable=False),  # which of the two customers the record is of: 0 or 1
    sa.Column("stands", sa.Boolean, nullable=False),  # it is the record that was compared for its side
    sa.Column("said", sa.Text, nullable=False),  # JSON: field -> keyed digest of what people gave there
    sa.Index(None, "ref", "review_id"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("profile_id", _ULID, nullable=False, index=True),
    sa.Column("system", _NAME, nullable=False),
    sa.Column("stream", _NAME, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),  # create update
    sa.Column("ref", KeyBytes(SOURCE_REF), index=True),
    sa.Column("record_id", sa.String(255)),
    sa.Column("binding_id", _ULID),
    sa.Column("emit", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("body", Encrypted, nullable=False),  # field -> old, new, profile field
    sa.Column("intent", KeyBytes(16), nullable=False),  # of what it would write: an equal rejected one is not repeated
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("retry_at", Instant),
    sa.Column("code", _NAME),
    sa.Column("message", sa.Text),
    sa.Column("cure", sa.Text),
    sa.Column("run_id", _ULID, index=True),
    sa.Column("planned_at", Instant, nullable=False),
    sa.Column("sent_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Index(None, "system", "state"),
)

bindings = sa.Table(
    "bindings",
    metadata,
    sa.Column("id", _ULID, primary_key=True),  # the ULID that the created record carries; never rewritten
    sa.Column("profile_id", _ULID, nullable=False, index=True),
    sa.Column("system", _NAME, nullable=False),
    sa.Column("stream", _NAME, nullable=False),
    sa.Column("ref", KeyBytes(SOURCE_REF), index=True),
    sa.Column("minted_at", Instant, nullable=False),
)

tombstones = sa.Table(
    "tombstones",
    metadata,
    sa.Column("profile_id", _ULID, primary_key=True),
    sa.Column("system", _NAME, primary_key=True),
    sa.Column("stream", _NAME, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("lifted_at", Instant),  # what was deleted until then counts no more; null: it stands
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("system", _NAME, nullable=False),
    sa.Column("dedupe", KeyBytes(16), nullable=False),
    sa.Column("body", Encrypted, nullable=False),
    sa.Column("state", sa.String(10), nullable=False, index=True),  # waiting done failed
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("note", sa.Text),
    sa.Column("retry_at", Instant),  # not before then; null: at once
    sa.UniqueConstraint("system", "dedupe"),
    sa.Index(None, "system", "state"),
    sa.Index(None, "system", "received_at"),
)

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("digest", KeyBytes(32), nullable=False, unique=True),  # keyed hash: the token itself is kept nowhere
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("scopes", sa.Text),  # JSON list of what it is good for; null: made before tokens had scopes
    sa.Column("ends_at", Instant),  # null: never
)

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", _ULID, primary_key=True),
    sa.Column("kind", _NAME, nullable=False),
    sa.Column("about", sa.String(255), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("body", Encrypted, nullable=False),  # what was wanted and what was found
    sa.Index(None, "kind", "about", "id"),
)
