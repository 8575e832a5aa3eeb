"""Each fact once: decisions and reviews are what their entries say, and their tables become caches.

Until now the tables held everything a second time. A row that is not what its entry recorded refuses the upgrade: afterwards it
could not be found.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from audit.errors import InvalidRecord, Tampered
from audit.records.canonical import parse

revision = "0009"
down_revision = "0008"

SEQ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
AT_ONCE = 500


def text(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def upgrade() -> None:
    connection = op.get_bind()
    for kind, parts, key, inner in (
        ("decision", "selections", "decision_id", "selections"),
        ("review", "pair_reviews", "review_id", "pairs"),
    ):
        for seq in _changed(connection, kind, parts, key, inner):
            raise Tampered(
                f"the record cannot be upgraded: what is stored of entry {seq} is not what was recorded; verify it with the "
                "version that wrote it"
            )
    for table in ("pair_reviews", "reviews", "selections", "decisions", "controls", "sources"):
        op.drop_table(table)
        if connection.dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION IF EXISTS {table}_refuse_delete()")
    _make_caches()


def _changed(connection: sa.Connection, kind: str, parts: str, key: str, inner: str) -> Iterator[Any]:
    """Yield the numbers of entries whose rows are not what was recorded, and of rows without an entry."""
    table, child = (sa.Table(name, sa.MetaData(), autoload_with=connection) for name in (f"{kind}s", parts))
    log, payloads = (sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("log", "payloads"))
    recorded = sa.select(log.c.seq, payloads.c.payload).join(payloads, payloads.c.seq == log.c.seq).where(log.c.type == kind)
    yield from connection.scalars(sa.select(table.c.seq).where(table.c.seq.not_in(recorded.with_only_columns(log.c.seq))))
    yield from connection.scalars(sa.select(child.c[key]).where(child.c[key].not_in(sa.select(table.c.id))))
    last = 0
    while page := connection.execute(recorded.where(log.c.seq > last).order_by(log.c.seq).limit(AT_ONCE)).all():
        first, last = page[0].seq, page[-1].seq
        span = table.c.seq.between(first, last)
        rows = {row["seq"]: dict(row) for row in connection.execute(sa.select(table).where(span)).mappings()}
        owned: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        joined = sa.select(child).join(table, table.c.id == child.c[key]).where(span).order_by(child.c.position)
        for part in connection.execute(joined).mappings():
            own = owned[part[key]]
            # The place says nothing of its own, unless it is not the next one.
            left_out = (key, "position") if part["position"] == len(own) else (key,)
            own.append({name: value for name, value in part.items() if name not in left_out})
        for seq, payload in page:
            row = rows.get(seq)
            if row is None or not _same(row | {inner: owned.get(row["id"], [])}, payload, inner):
                yield seq


def _same(row: Mapping[str, Any], payload: str, inner: str) -> bool:
    try:
        content = parse(payload)
        return all(_value(row[name], content.get(name), name == inner) for name in {*row, *content} - {"seq"})
    except (InvalidRecord, AttributeError, KeyError, TypeError):
        return False


def _value(stored: Any, recorded: Any, parts: bool) -> bool:
    if parts:
        given = [{name: value for name, value in part.items() if value is not None} for part in recorded]
        return given == [{name: value for name, value in part.items() if value is not None} for part in stored]
    if isinstance(recorded, dict | list) and isinstance(stored, str):
        return bool(parse(stored) == recorded)
    return type(stored) is not bool and stored == recorded


def _make_caches() -> None:
    op.create_table(
        "decisions",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *text("started_at", "ended_at", "weights_sha256", "input_name", "input_sha256"),
        sa.Column("event_count", sa.BigInteger, nullable=False),
        *text("label", "sampling_route", "gate"),
        *(sa.Column(name, sa.Double, nullable=False) for name in ("score", "inclusion_probability")),
        *text("warnings"),
        sa.Column("required_reviews", sa.BigInteger, nullable=False),
        sa.Column("blind", sa.Integer, nullable=False),
        *text("due_at", "retention"),
        *text("source", "instead_of", "edge_sha256", nullable=True),
        *(sa.Column(name, sa.Double) for name in ("selected_per_query", "memory_mb")),
    )
    op.create_table("decision_files", sa.Column("seq", SEQ), *text("sha256"), sa.PrimaryKeyConstraint("seq", "sha256"))
    op.create_table(
        "reviews",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *text("decision_id", "reviewer_id", "reviewer_name", "opened_at", "submitted_at", "kind", "verdict"),
        *text("reason", "corrected_label", "supersedes", nullable=True),
    )
    op.create_table(
        "doubted_pairs",
        *(sa.Column("seq", SEQ), sa.Column("position", sa.Integer)),
        *text("verdict"),
        *text("signature", nullable=True),
        sa.PrimaryKeyConstraint("seq", "position"),
    )
    op.create_table(
        "controls",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        *text("decision_id", "expected"),
    )
    blind = sa.text("blind = 1")
    op.create_index("decisions_blind", "decisions", ["id"], sqlite_where=blind, postgresql_where=blind)
    for index, table, columns in (
        ("decisions_by_input", "decisions", ["input_sha256"]),
        ("decisions_by_source", "decisions", ["source", "weights_sha256", "seq"]),
        ("decision_files_by_sha256", "decision_files", ["sha256"]),
        ("reviews_by_decision", "reviews", ["decision_id", "seq"]),
        ("reviews_by_reviewer", "reviews", ["reviewer_id", "seq"]),
        ("reviews_by_superseded", "reviews", ["supersedes"]),
        ("doubted_pairs_by_signature", "doubted_pairs", ["signature"]),
    ):
        op.create_index(index, table, columns)
