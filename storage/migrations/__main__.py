"""Draft the revision that brings a database to storage.schema: python -m storage.migrations "What changes"."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script, ScriptDirectory

from storage.engine import open_engine
from storage.migrate import config

VERSIONS = Path(__file__).parent / "versions"


def draft(title: str, versions: Path = VERSIONS) -> Path:
    """Write the next revision after those in `versions`, for a person to read, complete and give its data migration.

    title : what changes; the revision's first line
    """
    configuration = config()
    configuration.set_main_option("version_locations", str(versions).replace("%", "%%"))
    head = ScriptDirectory.from_config(configuration).get_current_head()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/records.db")
        with engine.begin() as connection:
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
            number = f"{int(head or 0) + 1:04}"
            script = command.revision(configuration, title, autogenerate=True, rev_id=number)
        engine.dispose()
    assert isinstance(script, Script)  # One title gives one revision.
    return Path(script.path)


if __name__ == "__main__":
    print(draft(sys.argv[1]))
