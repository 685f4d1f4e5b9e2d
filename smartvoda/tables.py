"""Files that the commands over tables read: sensors over time, and what a site says of them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd

from models.errors import VodaError
from models.sensor_table import SensorTable, sensor_table
from models.site import Site, site_of


def read_sensor_table(path: Path) -> SensorTable:
    """A CSV file of sensors, packed or not.

    Raises VodaError table.unreadable, or what models.sensor_table says of its cells.
    """
    try:
        raw = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig", compression="infer")
    except (OSError, EOFError, UnicodeDecodeError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise VodaError(
            "table.unreadable", f"{path}: {reason}; give a CSV file in UTF-8, or one packed as .csv.gz"
        ) from None
    return sensor_table(raw, path.name)


def read_site(path: Path) -> Site:
    """A site's file. Raises VodaError site.unreadable, site.invalid."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VodaError("site.unreadable", f"{path}: {error}; give a TOML file, see docs/tables.md") from None
    return site_of(said, path.name)
