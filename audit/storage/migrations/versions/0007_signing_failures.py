"""Wrong passwords at a signature, counted apart from those at the sign-in."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("credentials", sa.Column("signing_failures", sa.Integer, nullable=False, server_default="0"))
    op.add_column("credentials", sa.Column("signing_locked_until", sa.Text))
