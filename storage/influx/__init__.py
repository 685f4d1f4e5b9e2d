"""Readings and rollups in InfluxDB 2."""

from storage.influx.store import InfluxStore

__all__ = ["InfluxStore"]
