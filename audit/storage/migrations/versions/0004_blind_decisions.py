"""Which decisions are reviewed blind, by an index: lists ask it of every row, and the column lies behind the long ones."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    blind = sa.text("blind = 1")
    op.create_index("decisions_blind", "decisions", ["id"], sqlite_where=blind, postgresql_where=blind)
