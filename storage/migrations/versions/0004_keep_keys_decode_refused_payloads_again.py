"""Keep keys of devices; know with what a payload was refused, and what came out when it was decoded again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """See the module's first line."""
    op.create_table(
        "device_keys",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_keys")),
    )
    op.create_table(
        "key_changes",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_key_changes")),
    )
    op.add_column("refused", sa.Column("tried_with", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("refused", sa.Column("arrived", sa.Text(), server_default=sa.text("''"), nullable=False))
    # What a decoder refused is tried again with this program's; what a store rejected would be rejected again.
    op.execute("UPDATE refused SET tried_with = 'earlier' WHERE code LIKE 'decode.%' OR code LIKE 'time.%'")
    op.create_index(
        "ix_refused_tried",
        "refused",
        ["tried_with", "id"],
        sqlite_where=sa.text("tried_with <> ''"),
        postgresql_where=sa.text("tried_with <> ''"),
    )
    op.create_table(
        "understood_later",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("dialect", sa.Text(), nullable=False),
        sa.Column("readings", sa.Integer(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.Column("devices", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["refused.id"], name=op.f("fk_understood_later_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_understood_later")),
    )
