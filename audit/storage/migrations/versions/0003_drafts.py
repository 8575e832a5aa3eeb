"""Drafts: what reviewers have filled in and not sent yet outlives a reload of the page."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "drafts",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("decision_id", "actor", "at", "content")),
        sa.PrimaryKeyConstraint("decision_id", "actor"),
    )
