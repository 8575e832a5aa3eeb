"""The tables: evidence, which is append-only, caches, and working state.

Evidence is the log, the content of its entries, and the files that they name. Caches are rows made from entries
(`audit.storage.caches`), for lists, search and figures; each carries the `seq` of its entry. They may be thrown away and made
again. Truth values are 0 or 1.

Working state makes the queue fast and people's sessions possible. `log_head` and `queue` follow from the evidence, and
verification derives them again. Leases, skips, drafts, credentials, keys and sessions prove nothing and grant nothing
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


def _seq_of_cached() -> Column[int]:
    return Column("seq", _SEQ, primary_key=True, autoincrement=False)


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

APPEND_ONLY = (log, payloads, blobs, erased_entries, erased_blobs)

# Of each decision what lists, filters and figures need. The last five are from its details; None where these do not say.
decisions = Table(
    "decisions",
    METADATA,
    _seq_of_cached(),
    Column("id", Text, nullable=False, unique=True),
    *map(_text, ("started_at", "ended_at", "weights_sha256", "input_name", "input_sha256")),
    Column("event_count", BigInteger, nullable=False),
    *map(_text, ("label", "sampling_route", "gate")),
    *(Column(name, Double, nullable=False) for name in ("score", "inclusion_probability")),
    _text("warnings"),
    Column("required_reviews", BigInteger, nullable=False),
    Column("blind", Integer, nullable=False),
    *map(_text, ("due_at", "retention")),
    *(Column(name, Text) for name in ("source", "instead_of", "edge_sha256")),
    *(Column(name, Double) for name in ("selected_per_query", "memory_mb")),
    Index("decisions_by_input", "input_sha256"),
    Index("decisions_by_source", "source", "weights_sha256", "seq"),
)
_blind = decisions.c.blind == 1
Index("decisions_blind", decisions.c.id, sqlite_where=_blind, postgresql_where=_blind)

# The files that a decision names: its input, its selections, its weights.
decision_files = Table(
    "decision_files",
    METADATA,
    Column("seq", _SEQ, nullable=False),
    _text("sha256"),
    PrimaryKeyConstraint("seq", "sha256"),
    Index("decision_files_by_sha256", "sha256"),
)

reviews = Table(
    "reviews",
    METADATA,
    _seq_of_cached(),
    Column("id", Text, nullable=False, unique=True),
    *map(_text, ("decision_id", "reviewer_id", "reviewer_name", "opened_at", "submitted_at", "kind", "verdict")),
    *(Column(name, Text) for name in ("reason", "corrected_label", "supersedes")),
    Index("reviews_by_decision", "decision_id", "seq"),
    Index("reviews_by_reviewer", "reviewer_id", "seq"),
    Index("reviews_by_superseded", "supersedes"),
)

# The pairs that a review calls spurious or missing.
doubted_pairs = Table(
    "doubted_pairs",
    METADATA,
    Column("seq", _SEQ, nullable=False),
    Column("position", Integer, nullable=False),
    _text("verdict"),
    Column("signature", Text),
    PrimaryKeyConstraint("seq", "position"),
    Index("doubted_pairs_by_signature", "signature"),
)

# Decisions whose right verdict is known, given to measure reviewers; of several rows of one the last counts.
controls = Table("controls", METADATA, _seq_of_cached(), *map(_text, ("decision_id", "expected")))

CACHES = (decisions, decision_files, reviews, doubted_pairs, controls)

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

WORKING = (log_head, queue, leases, skips, drafts, credentials, sessions, signing_keys)
