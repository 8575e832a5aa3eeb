"""The queue, people, erasure, and the log's head; guards on both databases; the place of earlier decisions in the queue."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from audit.errors import Tampered
from audit.log.merkle_tree import Frontier
from audit.storage.triggers import guard, unguard

revision = "0002"
down_revision = "0001"

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
NEW_COLUMNS: dict[str, tuple[sa.Column[Any], ...]] = {
    "decisions": (
        sa.Column("required_reviews", sa.BigInteger),
        sa.Column("blind", sa.Integer),
        *(sa.Column(name, sa.Text) for name in ("due_at", "retention", "input_location", "weights_blob")),
    ),
    "reviews": tuple(sa.Column(name, sa.Text) for name in ("kind", "authenticated_at", "assigned_at", "lease")),
    "pair_reviews": (sa.Column("signature", sa.Text),),
}


def text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    for table, columns in NEW_COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "erased_entries",
        sa.Column("target", SEQ, primary_key=True, autoincrement=False),
        sa.Column("seq", SEQ, sa.ForeignKey("log.seq"), nullable=False),
    )
    op.create_table(
        "erased_blobs",
        *text("sha256"),
        sa.Column("seq", SEQ, sa.ForeignKey("log.seq"), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "seq"),
    )
    _working_state()
    for index, on, keys in (
        ("log_by_subject", "log", ["subject", "type", "seq"]),
        ("log_by_type", "log", ["type", "seq"]),
        ("decisions_by_input", "decisions", ["input_sha256"]),
        ("selections_by_blob", "selections", ["sha256"]),
        ("reviews_by_reviewer", "reviews", ["reviewer_id", "seq"]),
        ("pair_reviews_by_signature", "pair_reviews", ["signature"]),
    ):
        op.create_index(index, on, keys)
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        unguard(connection)
    guard(connection)
    _take_over(connection)


def _working_state() -> None:
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        *text("last_hash", "ts", "peaks"),
    )
    op.create_table(
        "queue",
        sa.Column("decision_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False, unique=True),
        sa.Column("priority", sa.Integer, nullable=False),
        *text("due_at"),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("required", "accepted", "free")),
        *text("state", "gate"),
    )
    free = sa.text("free > 0")
    op.create_index("queue_to_claim", "queue", ["state", "priority", "due_at", "seq"], sqlite_where=free, postgresql_where=free)
    op.create_index("queue_by_standing", "queue", ["state", "gate", "seq"])
    op.create_index("queue_by_gate", "queue", ["gate", "seq"])
    op.create_table(
        "leases",
        *text("decision_id", "actor", "token", "kind", "granted_at", "renewed_at", "expires_at"),
        sa.PrimaryKeyConstraint("decision_id", "actor"),
    )
    op.create_index("leases_by_actor", "leases", ["actor"])
    op.create_index("leases_by_expiry", "leases", ["expires_at"])
    op.create_table("skips", *text("decision_id", "actor", "at"), sa.PrimaryKeyConstraint("decision_id", "actor"))
    op.create_table(
        "controls",
        sa.Column("decision_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        *text("expected"),
    )
    op.create_table(
        "credentials",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.Text),
    )
    op.create_table(
        "sessions",
        sa.Column("token_sha256", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        *text("account_id", "authentication", "created_at", "seen_at", "expires_at"),
        sa.Column("ended_at", sa.Text),
    )
    op.create_index("sessions_by_account", "sessions", ["account_id"])


def _take_over(connection: sa.Connection) -> None:
    """The head and the queue as they follow from what is there."""
    tree, last, ts = Frontier(), "0" * 64, ""
    for last, ts in connection.execute(sa.text("SELECT hash, ts FROM log ORDER BY seq")):  # noqa: B007 - the last row counts
        try:
            tree.append(bytes.fromhex(last))
        except (TypeError, ValueError) as error:
            raise Tampered(f"the record cannot be upgraded: the hash of entry {tree.size + 1} is no hash") from error
    connection.execute(
        sa.text("INSERT INTO log_head (id, size, last_hash, ts, peaks) VALUES (1, :size, :last, :ts, :peaks)"),
        {"size": tree.size, "last": last, "ts": ts, "peaks": tree.peaks()},
    )
    # Until now one review settled a decision, and every decision without one was waiting.
    connection.execute(
        sa.text(
            """INSERT INTO queue (decision_id, seq, priority, due_at, required, accepted, free, state, gate)
            SELECT d.id, d.seq, CASE WHEN d.gate = 'held' THEN 0 ELSE 1 END, '9999-12-31T23:59:59.999Z', 1,
              CASE WHEN r.id IS NULL THEN 0 ELSE 1 END, CASE WHEN r.id IS NULL THEN 1 ELSE 0 END,
              CASE WHEN r.id IS NULL THEN 'open' ELSE 'settled' END,
              CASE r.verdict WHEN 'approve' THEN 'released' WHEN 'flag' THEN 'rejected' ELSE d.gate END
            FROM decisions d LEFT JOIN reviews r ON r.decision_id = d.id AND r.seq =
              (SELECT max(seq) FROM reviews WHERE decision_id = d.id)"""
        )
    )
