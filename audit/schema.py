"""The tables. Each business row carries the `seq` of the entry that committed it; no state is cached.

Structured fields (runtime, warnings, details) are canonical JSON text, truth values are 0 or 1: verification
must see exactly what is stored, and richer column types would repair a forged value on the way out.
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

__all__ = [
    "APPEND_ONLY",
    "METADATA",
    "blobs",
    "decisions",
    "log",
    "migrations",
    "pair_reviews",
    "payloads",
    "reviews",
    "selections",
]

METADATA = MetaData()

# INTEGER, not BIGINT, on SQLite: only that makes the key the row id itself.
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
)

# Apart from the log, so that personal data can be erased one day while entries and their hashes stay.
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
)

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
    Index("reviews_by_decision", "decision_id", "seq"),
)

pair_reviews = Table(
    "pair_reviews",
    METADATA,
    Column("review_id", Text, ForeignKey("reviews.id"), nullable=False),
    Column("position", Integer, nullable=False),
    # A missing pair has no head: none selected it.
    *(Column(name, BigInteger) for name in ("layer", "head")),
    *(Column(name, BigInteger, nullable=False) for name in ("query", "key")),
    _text("verdict"),
    _text("comment"),
    PrimaryKeyConstraint("review_id", "position"),
)

migrations = Table("schema_migrations", METADATA, Column("name", Text, primary_key=True), _text("applied_at"))

APPEND_ONLY = (log, payloads, blobs, decisions, selections, reviews, pair_reviews)
