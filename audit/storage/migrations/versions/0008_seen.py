"""What of the evidence was in a reviewer's view."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("reviews", sa.Column("seen", sa.Text))
