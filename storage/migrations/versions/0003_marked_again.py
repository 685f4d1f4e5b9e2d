"""Tell work that was marked again from work that is done; find events and past figures without reading them all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """See the module's first line."""
    # Hours that wait already were marked once: they start at the default.
    op.add_column("dirty_hours", sa.Column("generation", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_events_detected_ms", "events", ["detected_ms"])
    op.create_index("ix_events_subject", "events", ["subject", "kind", "detected_ms"])
    op.create_index("ix_figures_key", "figures", ["level", "period", "quantity", "subject", "time_ms"])
