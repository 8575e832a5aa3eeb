"""The log, its payloads, decisions and reviews, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")  # only INTEGER makes the key the row id itself


def text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    op.create_table(
        "log",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        *text("ts", "actor", "type", "subject", "commitment", "prev", "hash"),
    )
    op.create_table(
        "payloads",
        sa.Column("seq", SEQ, sa.ForeignKey("log.seq"), primary_key=True, autoincrement=False),
        *text("salt", "payload"),
    )
    op.create_table(
        "blobs",
        sa.Column("sha256", sa.Text, primary_key=True),
        *text("encoding"),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", SEQ, sa.ForeignKey("log.seq"), nullable=False, unique=True),
        *text("started_at", "ended_at", "caller", "intended_use", "model_id", "weights_sha256"),
        *text("config_sha256", "code_revision", "runtime"),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("deterministic", sa.Integer, nullable=False),
        *text("input_name"),
        sa.Column("input_sha256", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False),
        *text("sequence_sha256"),
        sa.Column("event_count", sa.BigInteger, nullable=False),
        *text("label"),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        *text("policy", "explanation_method", "sampling_route"),
        sa.Column("inclusion_probability", sa.Double, nullable=False),
        *text("gate", "warnings", "details"),
    )
    op.create_table(
        "selections",
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("layer", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, sa.ForeignKey("blobs.sha256"), nullable=False),
        sa.Column("pair_count", sa.BigInteger, nullable=False),
        sa.Column("certified_share", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("decision_id", "position"),
    )
    op.create_table(
        "reviews",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("seq", SEQ, sa.ForeignKey("log.seq"), nullable=False, unique=True),
        sa.Column("decision_id", sa.Text, sa.ForeignKey("decisions.id"), nullable=False),
        *text("reviewer_id", "reviewer_name", "role", "authentication", "opened_at", "submitted_at", "shown_sha256"),
        sa.Column("suggestion_visible", sa.Integer, nullable=False),
        *text("verdict"),
        sa.Column("reason", sa.Text),
        *text("comment"),
        sa.Column("corrected_label", sa.Text),
        sa.Column("supersedes", sa.Text, sa.ForeignKey("reviews.id"), unique=True),
    )
    op.create_index("reviews_by_decision", "reviews", ["decision_id", "seq"])
    op.create_table(
        "pair_reviews",
        sa.Column("review_id", sa.Text, sa.ForeignKey("reviews.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in ("layer", "head")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("query", "key")),
        *text("verdict", "comment"),
        sa.PrimaryKeyConstraint("review_id", "position"),
    )
