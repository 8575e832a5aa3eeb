"""Keys with which people sign, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("public_key", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("account_id", "kind", "made_at", "sealed")),
    )
    op.create_index("signing_keys_by_account", "signing_keys", ["account_id", "kind"], unique=True)
