"""The CSV files of a region: which columns each has, of which kind, and what an empty cell means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from models.registry import (
    Assignment,
    BalanceInput,
    Billing,
    Device,
    MeteringPoint,
    Municipality,
    Operation,
    RegisterKind,
    Role,
    Supply,
    Zone,
)

CellKind = Literal["text", "device", "integer", "number", "time", "list", "choice"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a CSV file.

    name : as in the header; field : the dataclass' attribute, the same where not given
    required : an empty cell is a problem; else it means `empty`
    optional : the header may lack it, and it is written only where a row uses it
    """

    name: str
    kind: CellKind = "text"
    field: str = ""
    required: bool = False
    optional: bool = False
    empty: Any = ""
    choices: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """The dataclass' attribute that holds it."""
        return self.field or self.name


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file of a region.

    attribute : the Region's tuple that holds its rows
    key : columns that name a row, in the order in which rows are written
    """

    file: str
    attribute: str
    make: Callable[..., Any]
    columns: tuple[Column, ...]
    key: tuple[str, ...]


def _text(name: str, field: str = "", required: bool = False) -> Column:
    return Column(name, "text", field, required)


def _number(name: str, required: bool = False, empty: float | None = None) -> Column:
    return Column(name, "number", required=required, empty=empty)


def _integer(name: str, empty: int | None = None) -> Column:
    return Column(name, "integer", empty=empty)


def _time(name: str, field: str = "", required: bool = False) -> Column:
    return Column(name, "time", field, required, empty=None)


def _choice(name: str, of: object, empty: str = "", required: bool = False) -> Column:
    return Column(name, "choice", required=required, empty=empty, choices=get_args(of))


_VALIDITY = (
    Column("valid_from", "time", optional=True, empty=None),
    Column("valid_to", "time", optional=True, empty=None),
)
_DEVICE = Column("device", "device", required=True)

MUNICIPALITIES = Table(
    "municipalities.csv",
    "municipalities",
    Municipality,
    (
        _text("code", required=True),
        _text("name", required=True),
        _integer("population", 0),
        _integer("population_supplied", 0),
        _number("lat", required=True),
        _number("lon", required=True),
        _number("variable_cost_czk_m3"),
        _number("retail_czk_m3"),
    ),
    ("code",),
)

ZONES = Table(
    "zones.csv",
    "zones",
    Zone,
    (
        _text("zone", required=True),
        Column("name", optional=True),
        _text("parent"),
        _text("municipality", required=True),
        _number("mains_km", empty=0.0),
        _integer("connections", 0),
        _number("service_private_km", empty=0.0),
        _integer("properties", 0),
        _integer("population_served", 0),
        _number("mean_pressure_m"),
        _text("azp_point"),
        _text("critical_point"),
        _number("n1", empty=1.0),
        Column("inflows", "list", empty=()),
        Column("outflows", "list", empty=()),
        *_VALIDITY,
    ),
    ("zone", "valid_from"),
)

POINTS = Table(
    "metering_points.csv",
    "points",
    MeteringPoint,
    (
        _text("point", required=True),
        _text("municipality", required=True),
        _text("zone"),
        _choice("role", Role, required=True),
        _integer("dwellings", 0),
        _number("elevation_m"),
        _number("lat"),
        _number("lon"),
        *_VALIDITY,
    ),
    ("point", "valid_from"),
)

DEVICES = Table(
    "devices.csv",
    "devices",
    Device,
    (
        _DEVICE,
        _text("kind", required=True),
        _text("type"),
        _integer("dn_mm"),
        _number("q3_m3h"),
        _number("ratio_r"),
        _choice("register_kind", RegisterKind, "forward"),
        _integer("register_digits"),
        _number("litres_per_pulse"),
        _number("multiplier", empty=1.0),
        _number("mounting_height_m"),
        _time("verified_until"),
        *_VALIDITY,
    ),
    ("device", "valid_from"),
)

ASSIGNMENTS = Table(
    "assignments.csv",
    "assignments",
    Assignment,
    (
        _DEVICE,
        _text("point", required=True),
        _time("from", "start", required=True),
        _time("to", "end"),
        _number("first_index_m3"),
        _number("final_index_m3"),
    ),
    ("device", "from", "point"),
)

SUPPLIES = Table(
    "supplies.csv",
    "supplies",
    Supply,
    (_text("source", required=True), _text("municipality", required=True), _number("share", required=True), *_VALIDITY),
    ("source", "municipality", "valid_from"),
)

BILLING = Table(
    "billing.csv",
    "billing",
    Billing,
    (
        _time("from", "start", required=True),
        _time("to", "end", required=True),
        _text("zone"),
        _text("municipality"),
        _text("class", "customer_class", required=True),
        _number("volume_m3", required=True),
        _text("method"),
    ),
    ("zone", "municipality", "from", "class", "to"),
)

BALANCE_INPUTS = Table(
    "balance_inputs.csv",
    "balance_inputs",
    BalanceInput,
    (
        _text("subject", required=True),
        _text("input", required=True),
        _number("value", required=True),
        _number("plus_minus", empty=0.0),
        _text("grade"),
        _text("source"),
        *_VALIDITY,
    ),
    ("subject", "input", "valid_from"),
)

OPERATIONS = Table(
    "operations.csv",
    "operations",
    Operation,
    (
        _time("from", "start", required=True),
        _time("to", "end"),
        _text("kind", required=True),
        _text("zone"),
        _text("place"),
        _number("volume_m3"),
        Column("note", optional=True),
    ),
    ("from", "zone", "kind", "place", "to"),
)

TABLES = (
    MUNICIPALITIES,
    ZONES,
    POINTS,
    DEVICES,
    ASSIGNMENTS,
    SUPPLIES,
    BILLING,
    BALANCE_INPUTS,
    OPERATIONS,
)
