"""Where the last decision of every source lies: the next one goes on from it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "sources",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("source", "weights_sha256", "decision_id")),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("source", "weights_sha256"),
    )
    op.create_index("sources_by_decision", "sources", ["decision_id"])
