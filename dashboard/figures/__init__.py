"""Figures: pure functions of the dataclasses in dashboard/views."""
