"""Adapters of the store: SQLite, InfluxDB 2, and the SQL records beside them."""
