"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = "${up_revision}"
down_revision = ${repr(down_revision).replace("'", chr(34))}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """See the module's first line."""
    ${upgrades if upgrades else "pass"}
