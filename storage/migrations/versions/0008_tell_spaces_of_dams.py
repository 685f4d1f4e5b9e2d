"""Tell tops of a dam's spaces: dead storage, controllable and uncontrollable flood space."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """See the module's first line."""
    for name in ("dead_m", "flood_m", "crest_m"):
        op.add_column("reservoirs", sa.Column(name, sa.Double(), nullable=True))
