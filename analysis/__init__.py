"""Schedules what models compute, and catches up after downtime. Holds no formula and no threshold."""
