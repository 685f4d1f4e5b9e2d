"""Every reason that an event can give, with the names of its values.

Detectors make their reasons here only, so that a translation can rely on code and names; a test holds the detectors
and the catalogues to this table. Values are in stored units (m³/h, m, s); shares are percent; `name` is the subject's
name in the nominative.
"""

from __future__ import annotations

from models.event import Why

REASONS: dict[str, tuple[str, ...]] = {
    "burst.inflow_above_expected": ("name", "excess_m3h", "inflow_m3h", "expected_m3h", "upper_m3h", "loss_m3"),
    "burst.inflow_returned": ("name", "inflow_m3h", "expected_m3h", "loss_m3"),
    "burst.explained_by_operation": ("name", "operation", "loss_m3"),
    "tank_low.below_limit": ("name", "level_m", "limit_m", "delay_s"),
    "tank_low.below_critical": ("name", "level_m", "limit_m", "delay_s"),
    "tank_low.recovered": ("name", "level_m", "limit_m", "lowest_m"),
    "pressure_low.below_limit": ("name", "pressure_m", "limit_m", "delay_s"),
    "pressure_low.below_critical": ("name", "pressure_m", "limit_m", "delay_s"),
    "pressure_low.recovered": ("name", "pressure_m", "limit_m", "lowest_m"),
    "data_stopped.silent": ("name", "silent_s", "usual_s"),
    "data_stopped.heard_again": ("name", "silent_s"),
    "data_stopped.customers_silent": ("name", "heard_pct", "limit_pct"),
    "data_stopped.customers_heard_again": ("name", "heard_pct"),
}
"""Code → names of its values."""


def because(code: str, **values: float | str) -> Why:
    """The reason of a code; raises ValueError where code or names are not those of REASONS.

    >>> because("data_stopped.heard_again", name="Bynov", silent_s=7200.0).values["silent_s"]
    7200.0
    """
    if set(values) != set(REASONS.get(code, ())) or code not in REASONS:
        raise ValueError(f"why.unknown: {code} with {sorted(values)} is not in models.why.REASONS; add it there")
    return Why(code, dict(values))
