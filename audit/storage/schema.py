"""The tables: evidence, which is append-only and which the log commits to, and working state.

Each row of evidence carries the `seq` of the entry that committed it. Structured fields (runtime, warnings, details) are
canonical JSON text, truth values are 0 or 1: verification must see exactly what is stored, and richer column types would
repair a forged value when it is read.

Working state makes the queue fast and people's sessions possible. `log_head` and `queue` follow from the evidence, and
verification derives them again. Leases, skips, drafts, credentials, keys, sessions and sources prove nothing and grant nothing
that the log does not say: roles are read from the log.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)

METADATA = MetaData()
NO_DUE_DATE = "9999-12-31T23:59:59.999Z"  # sorts last on every database; NULL does not

# INTEGER, not BIGINT, on SQLite: only INTEGER makes the key the row id itself.
_SEQ = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _seq_of_entry() -> Column[int]:
    return Column("seq", _SEQ, ForeignKey("log.seq"), nullable=False, unique=True)


log = Table(
    "log",
    METADATA,
    Column("seq", _SEQ, primary_key=True, autoincrement=False),
    *map(_text, ("ts", "actor", "type", "subject", "commitment", "prev", "hash")),
    Index("log_by_subject", "subject", "type", "seq"),
    Index("log_by_type", "type", "seq"),
)

# Separate from the log, so that content can be erased while entries and their hashes stay.
payloads = Table(
    "payloads",
    METADATA,
    Column("seq", _SEQ, ForeignKey("log.seq"), primary_key=True, autoincrement=False),
    _text("salt"),
    _text("payload"),
)

blobs = Table(
    "blobs",
    METADATA,
    Column("sha256", Text, primary_key=True),
    _text("encoding"),
    Column("data", LargeBinary, nullable=False),
)

decisions = Table(
    "decisions",
    METADATA,
    Column("id", Text, primary_key=True),
    _seq_of_entry(),
    *map(_text, ("started_at", "ended_at", "caller", "intended_use", "model_id", "weights_sha256")),
    *map(_text, ("config_sha256", "code_revision", "runtime")),
    Column("seed", BigInteger, nullable=False),
    Column("deterministic", Integer, nullable=False),
    _text("input_name"),
    Column("input_sha256", Text, ForeignKey("blobs.sha256"), nullable=False),
    _text("sequence_sha256"),
    Column("event_count", BigInteger, nullable=False),
    _text("label"),
    Column("score", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    *map(_text, ("policy", "explanation_method", "sampling_route")),
    Column("inclusion_probability", Double, nullable=False),
    *map(_text, ("gate", "warnings", "details")),
    # Added by the second migration: NULL in rows that are older.
    Column("required_reviews", BigInteger),
    Column("blind", Integer),
    *(Column(name, Text) for name in ("due_at", "retention", "input_location", "weights_blob")),
    Index("decisions_by_input", "input_sha256"),
)
_blind = decisions.c.blind == 1
Index("decisions_blind", decisions.c.id, sqlite_where=_blind, postgresql_where=_blind)

selections = Table(
    "selections",
    METADATA,
    Column("decision_id", Text, ForeignKey("decisions.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("layer", BigInteger, nullable=False),
    Column("sha256", Text, ForeignKey("blobs.sha256"), nullable=False),
    Column("pair_count", BigInteger, nullable=False),
    Column("certified_share", Double, nullable=False),
    PrimaryKeyConstraint("decision_id", "position"),
    Index("selections_by_blob", "sha256"),
)

reviews = Table(
    "reviews",
    METADATA,
    Column("id", Text, primary_key=True),
    _seq_of_entry(),
    Column("decision_id", Text, ForeignKey("decisions.id"), nullable=False),
    *map(_text, ("reviewer_id", "reviewer_name", "role", "authentication", "opened_at", "submitted_at")),
    _text("shown_sha256"),
    Column("suggestion_visible", Integer, nullable=False),
    _text("verdict"),
    Column("reason", Text),
    _text("comment"),
    Column("corrected_label", Text),
    Column("supersedes", Text, ForeignKey("reviews.id"), unique=True),
    *(Column(name, Text) for name in ("kind", "authenticated_at", "assigned_at", "lease", "seen")),
    Index("reviews_by_decision", "decision_id", "seq"),
    Index("reviews_by_reviewer", "reviewer_id", "seq"),
)

pair_reviews = Table(
    "pair_reviews",
    METADATA,
    Column("review_id", Text, ForeignKey("reviews.id"), nullable=False),
    Column("position", Integer, nullable=False),
    # A missing pair has no head: no head selected it.
    *(Column(name, BigInteger) for name in ("layer", "head")),
    *(Column(name, BigInteger, nullable=False) for name in ("query", "key")),
    _text("verdict"),
    _text("comment"),
    Column("signature", Text),
    PrimaryKeyConstraint("review_id", "position"),
    Index("pair_reviews_by_signature", "signature"),
)

# Entries whose rows may be deleted, because an entry of type "erasure" says so; without a row here the triggers refuse.
erased_entries = Table(
    "erased_entries",
    METADATA,
    Column("target", _SEQ, primary_key=True, autoincrement=False),
    Column("seq", _SEQ, ForeignKey("log.seq"), nullable=False),
)

erased_blobs = Table(
    "erased_blobs",
    METADATA,
    _text("sha256"),
    Column("seq", _SEQ, ForeignKey("log.seq"), nullable=False),
    PrimaryKeyConstraint("sha256", "seq"),
)

APPEND_ONLY = (log, payloads, blobs, decisions, selections, reviews, pair_reviews, erased_entries, erased_blobs)

# One row, locked by every append: it orders the log. `peaks` are the Merkle tree's full subtrees
# (`audit.log.frontier`).
log_head = Table(
    "log_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    *map(_text, ("last_hash", "ts", "peaks")),
)

# One row per decision. `priority`: 0 when its gate is or was held, else 1. `accepted`: reviews that count. `free`: reviews that
# can still be claimed: the required ones without those given and those under a claim.
queue = Table(
    "queue",
    METADATA,
    Column("decision_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    Column("priority", Integer, nullable=False),
    _text("due_at"),
    *(Column(name, Integer, nullable=False) for name in ("required", "accepted", "free")),
    *map(_text, ("state", "gate")),
)
Index(
    "queue_to_claim",
    queue.c.state,
    queue.c.priority,
    queue.c.due_at,
    queue.c.seq,
    sqlite_where=queue.c.free > 0,
    postgresql_where=queue.c.free > 0,
)
Index("queue_by_standing", queue.c.state, queue.c.gate, queue.c.seq)
Index("queue_by_gate", queue.c.gate, queue.c.seq)

leases = Table(
    "leases",
    METADATA,
    *map(_text, ("decision_id", "actor", "token", "kind", "granted_at", "renewed_at", "expires_at")),
    PrimaryKeyConstraint("decision_id", "actor"),
    Index("leases_by_actor", "actor"),
    Index("leases_by_expiry", "expires_at"),
)

skips = Table("skips", METADATA, *map(_text, ("decision_id", "actor", "at")), PrimaryKeyConstraint("decision_id", "actor"))

# Reviews that people have begun and not sent yet.
drafts = Table(
    "drafts",
    METADATA,
    *map(_text, ("decision_id", "actor", "at", "content")),
    PrimaryKeyConstraint("decision_id", "actor"),
)

# Decisions whose right verdict is known, given to measure reviewers (an entry of type "control" names decision and verdict).
controls = Table(
    "controls",
    METADATA,
    Column("decision_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    _text("expected"),
)

credentials = Table(
    "credentials",
    METADATA,
    Column("account_id", Text, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("password_hash", Text),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Text),
    # Counted apart from failures at the sign-in: anybody can reach the sign-in, and must not lock a person's signing by it.
    Column("signing_failures", Integer, nullable=False, server_default="0"),
    Column("signing_locked_until", Text),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("token_sha256", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    *map(_text, ("account_id", "authentication", "created_at", "seen_at", "expires_at")),
    Column("ended_at", Text),
    Index("sessions_by_account", "account_id"),
)

# Private keys of people, sealed; which of the public keys count, the log says.
signing_keys = Table(
    "signing_keys",
    METADATA,
    Column("public_key", Text, primary_key=True),
    *map(_text, ("account_id", "kind", "made_at", "sealed")),
    Index("signing_keys_by_account", "account_id", "kind", unique=True),
)

# The last decision of each source, by the weights that made it.
sources = Table(
    "sources",
    METADATA,
    *map(_text, ("source", "weights_sha256", "decision_id")),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("source", "weights_sha256"),
    Index("sources_by_decision", "decision_id"),
)

WORKING = (log_head, queue, leases, skips, drafts, controls, credentials, sessions, signing_keys, sources)
