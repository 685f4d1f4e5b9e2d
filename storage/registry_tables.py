"""Tables of the registry: rows that other tools can read.

Every row carries the versions of the registry between which it held: `from_version` inclusive, `to_version`
exclusive, NULL while it holds. Nothing is overwritten, so the registry as it was at any version is a query, and what
a change did is the rows that begin or end at its version. `position` is the row's place in its file.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Double, ForeignKey, Integer, Table

from storage.columns import METADATA, milliseconds, text

registry_changes = Table(
    "registry_changes",
    METADATA,
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    milliseconds("at_ms"),
    text("who"),
    text("why"),
)


def _versioned(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        METADATA,
        Column("id", BigInteger, primary_key=True, autoincrement=False),
        Column("position", Integer, nullable=False),
        Column("from_version", BigInteger, ForeignKey("registry_changes.version"), nullable=False),
        Column("to_version", BigInteger, ForeignKey("registry_changes.version"), nullable=True),
        *columns,
    )


def _list(name: str, parent: Table, key: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        METADATA,
        Column(key, BigInteger, ForeignKey(parent.c.id), primary_key=True, autoincrement=False),
        Column("ordinal", Integer, primary_key=True, autoincrement=False),
        *columns,
    )


def _double(name: str, *, optional: bool = False) -> Column[Any]:
    return Column(name, Double, nullable=optional)


def _integer(name: str, *, optional: bool = False) -> Column[Any]:
    return Column(name, Integer, nullable=optional)


regions = _versioned(
    "regions",
    text("name"),
    text("timezone"),
    Column("simulated", Boolean, nullable=False),
    text("currency"),
    text("boundaries"),
)
region_languages = _list("region_languages", regions, "region_id", text("language"))

municipalities = _versioned(
    "municipalities",
    text("code"),
    text("name"),
    _integer("population"),
    _integer("population_supplied"),
    _double("lat"),
    _double("lon"),
    _double("variable_cost_czk_m3", optional=True),
    _double("retail_czk_m3", optional=True),
)

zones = _versioned(
    "zones",
    text("zone"),
    text("name"),
    text("parent"),
    text("municipality"),
    _double("mains_km"),
    _integer("connections"),
    _double("service_private_km"),
    _integer("properties"),
    _integer("population_served"),
    _double("mean_pressure_m", optional=True),
    text("azp_point"),
    text("critical_point"),
    _double("n1"),
    milliseconds("valid_from_ms", optional=True),
    milliseconds("valid_to_ms", optional=True),
)
zone_inflows = _list("zone_inflows", zones, "zone_id", text("point"))
zone_outflows = _list("zone_outflows", zones, "zone_id", text("point"))

metering_points = _versioned(
    "metering_points",
    text("point"),
    text("municipality"),
    text("zone"),
    text("role"),
    _integer("dwellings"),
    _double("elevation_m", optional=True),
    _double("lat", optional=True),
    _double("lon", optional=True),
    milliseconds("valid_from_ms", optional=True),
    milliseconds("valid_to_ms", optional=True),
)

devices = _versioned(
    "devices",
    text("device"),
    text("kind"),
    text("type"),
    _integer("dn_mm", optional=True),
    _double("q3_m3h", optional=True),
    _double("ratio_r", optional=True),
    text("register_kind"),
    _integer("register_digits", optional=True),
    _double("litres_per_pulse", optional=True),
    _double("multiplier"),
    _double("mounting_height_m", optional=True),
    milliseconds("verified_until_ms", optional=True),
    milliseconds("valid_from_ms", optional=True),
    milliseconds("valid_to_ms", optional=True),
)

assignments = _versioned(
    "assignments",
    text("device"),
    text("point"),
    milliseconds("start_ms"),
    milliseconds("end_ms", optional=True),
    _double("first_index_m3", optional=True),
    _double("final_index_m3", optional=True),
)

reservoirs = _versioned(
    "reservoirs",
    text("reservoir"),
    text("name"),
    text("kind"),
    text("zone"),
    text("municipality"),
    text("level_point"),
    text("inflow_point"),
    text("outflow_point"),
    text("purpose"),
    _double("bottom_m"),
    _double("full_m"),
    text("datum"),
    _double("min_release_m3h", optional=True),
    _double("lat", optional=True),
    _double("lon", optional=True),
    _double("dead_m", optional=True),
    _double("flood_m", optional=True),
    _double("crest_m", optional=True),
)
reservoir_curves = _list("reservoir_curves", reservoirs, "reservoir_id", _double("level_m"), _double("storage_m3"))
reservoir_rule_curves = _list(
    "reservoir_rule_curves", reservoirs, "reservoir_id", _integer("day_of_year"), _double("stage_m")
)

supplies = _versioned(
    "supplies",
    text("source"),
    text("municipality"),
    _double("share"),
    milliseconds("valid_from_ms", optional=True),
    milliseconds("valid_to_ms", optional=True),
)

billing = _versioned(
    "billing",
    milliseconds("start_ms"),
    milliseconds("end_ms"),
    text("zone"),
    text("municipality"),
    text("customer_class"),
    _double("volume_m3"),
    text("method"),
)

balance_inputs = _versioned(
    "balance_inputs",
    text("subject"),
    text("input"),
    _double("value"),
    _double("plus_minus"),
    text("grade"),
    text("source"),
    milliseconds("valid_from_ms", optional=True),
    milliseconds("valid_to_ms", optional=True),
)

operations = _versioned(
    "operations",
    milliseconds("start_ms"),
    milliseconds("end_ms", optional=True),
    text("kind"),
    text("zone"),
    text("place"),
    _double("volume_m3", optional=True),
    text("note"),
)

sources = _versioned(
    "sources",
    text("topic_filter"),
    text("dialect"),
    text("municipality"),
    text("timezone"),
    text("rate_kind"),
    text("rate_stamp"),
    _integer("rate_step_s", optional=True),
    text("device"),
    text("quantity"),
    text("unit"),
    Column("may_request_rebirth", Boolean, nullable=False),
)
source_mappings = _list("source_mappings", sources, "source_id", text("field"), text("quantity"))
