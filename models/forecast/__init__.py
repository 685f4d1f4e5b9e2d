"""Hourly demand some days ahead, with intervals."""
