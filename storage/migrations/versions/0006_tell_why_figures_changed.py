"""Tell why a quoted figure changed, and find what changed since a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """See the module's first line."""
    op.add_column("figures", sa.Column("causes", sa.JSON(), nullable=True))
    op.create_index("ix_figures_known_from", "figures", ["level", "known_from_ms"])
    op.create_index(
        "ix_figures_known_to",
        "figures",
        ["level", "known_to_ms"],
        sqlite_where=sa.text("known_to_ms IS NOT NULL"),
        postgresql_where=sa.text("known_to_ms IS NOT NULL"),
    )
    op.create_table(
        "recomputations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("month_first_ms", sa.BigInteger(), nullable=False),
        sa.Column("month_last_ms", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("says", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recomputations")),
    )
    op.create_index("ix_recomputations_subject", "recomputations", ["level", "subject", "month_first_ms"])
    op.create_index("ix_recomputations_at_ms", "recomputations", ["at_ms"])
