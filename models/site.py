"""A site of sensors in one table: kinds and units of its columns, its time step and zone (SITE.toml, or by suffix)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from models.errors import VodaError

SUFFIXES = {"_m": "m", "_lps": "L/s", "_m3h": "m³/h", "_m3d": "m³/d", "_lph": "L/h", "_m3": "m³"}
"""Units that a column's name may end with."""
FLOW_M3H = {"L/s": 3.6, "m³/h": 1.0, "m3/h": 1.0, "m³/d": 1 / 24, "m3/d": 1 / 24, "L/h": 0.001}
"""m³/h of one of each unit of flow."""
UNITS = frozenset({*FLOW_M3H, "m", "m³", "m3", "bar", "kPa", "°C", "mm", "%", ""})


@dataclass(frozen=True, slots=True)
class Column:
    """What a column is.

    kind, asset, role : words of the site's file, empty where nothing says them; unit : one of UNITS
    """

    name: str
    kind: str = ""
    unit: str = ""
    asset: str = ""
    role: str = ""


@dataclass(frozen=True)
class Site:
    """A site.

    step_minutes, timezone : None where only the table says them; country : ISO 3166, whose public holidays count as
    Sundays, "" for none
    """

    name: str = ""
    step_minutes: float | None = None
    timezone: str | None = None
    country: str = ""
    columns: Mapping[str, Column] = field(default_factory=dict)

    @property
    def tz(self) -> ZoneInfo | None:
        """The site's time zone, None where only the table's offsets say it."""
        return ZoneInfo(self.timezone) if self.timezone else None

    def column(self, name: str) -> Column:
        """A column as the file says, else by its name's suffix.

        >>> Site().column("Q_DMA1_lps").unit, Site().column("S_PU1").unit
        ('L/s', '')
        """
        if name in self.columns:
            return self.columns[name]
        unit = next((unit for suffix, unit in SUFFIXES.items() if name.lower().endswith(suffix)), "")
        return Column(name, unit=unit)


class _Column(BaseModel):
    model_config = ConfigDict(extra="allow")

    kind: str = ""
    unit: str = ""
    asset: str = ""
    role: str = ""

    @field_validator("unit")
    @classmethod
    def _known(cls, unit: str) -> str:
        if unit not in UNITS:
            raise ValueError(f"the unit {unit!r} is not known; write one of {', '.join(sorted(UNITS - {''}))}")
        return unit


class _Site(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str = ""
    time_step_minutes: float | None = Field(default=None, gt=0)
    timezone: str | None = None
    country: str = ""
    columns: dict[str, _Column] = Field(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _zone(cls, zone: str | None) -> str | None:
        try:
            return zone if zone is None or ZoneInfo(zone) else None
        except (ValueError, KeyError, OSError):
            raise ValueError(f"there is no time zone {zone!r}; write one like Europe/Prague") from None

    @field_validator("country")
    @classmethod
    def _country(cls, country: str) -> str:
        if country and country not in holidays.list_supported_countries():
            raise ValueError(f"no holidays of a country {country!r} are known; write two letters like CZ")
        return country


def site_of(said: Mapping[str, Any], where: str) -> Site:
    """A site from what its file says.

    said : the parsed TOML; where : the file's name, for errors
    Raises VodaError site.invalid, which names the entry.
    """
    try:
        read = _Site.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise VodaError("site.invalid", f"{where}: {entry}: {first['msg'].removeprefix('Value error, ')}") from None
    columns = {name: Column(name, one.kind, one.unit, one.asset, one.role) for name, one in read.columns.items()}
    return Site(read.name, read.time_step_minutes, read.timezone, read.country, columns)


def unknown_columns(site: Site, names: Sequence[str]) -> list[str]:
    """Columns that the site's file describes and the table does not have."""
    return [name for name in site.columns if name not in set(names)]
