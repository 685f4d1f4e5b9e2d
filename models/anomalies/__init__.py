"""Detectors of conditions that are no leak: levels, pressures, silence."""
