"""Values of a table in our units, and those that no meter can have measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ingest.decoders.value import is_no_value
from models.quantity import QUANTITIES
from models.units import find_unit

Floats = npt.NDArray[np.float64]

_NO_REGISTER = (-1, 0xFFFFFFFF, 0x7FFFFFFF, -0x80000000, 4294967.295, 2147483.647, 0xFFFF, 0x7FFF, -0x8000)
_NO_SENSOR = (-9999, -999, -127, 127, 327.67, 3276.7, -273.15, 6553.5)
_MARKS = np.array([*_NO_REGISTER, *_NO_SENSOR])
"""All that may stand for "no value"; whether it does depends on the quantity (see ingest.decoders.value)."""


_MILLIMETRE = 1e-3
"""In metres."""


def to_stored(quantity: str, unit: str, raw: Floats) -> Floats:
    """Values of a unit in the quantity's own unit.

    >>> to_stored("flow_m3h", "l/s", np.array([1.0])).tolist(), to_stored("rain_mm", "cm", np.array([1.5])).tolist()
    ([3.6], [15.0])
    """
    found = find_unit(unit)
    result = raw
    if quantity.endswith("_mm") and found is not None and found.factor == _MILLIMETRE:
        return raw
    if found is not None and (found.factor != 1.0 or found.offset):
        result = np.array([found.stored(value) for value in raw.tolist()], dtype=np.float64)
    if quantity.endswith("_mm"):
        result = np.array([float(f"{value * 1000:.12g}") for value in result.tolist()], dtype=np.float64)
    return result


def unbelievable(quantity: str, raw: Floats, stored: Floats) -> npt.NDArray[np.bool_]:
    """Marks for "no value", and what lies outside of the quantity's range."""
    limits = QUANTITIES[quantity]
    with np.errstate(invalid="ignore"):
        result = (stored < limits.minimum) | (stored > limits.maximum)
    for place in np.flatnonzero(np.isin(raw, _MARKS)).tolist():
        result[place] = result[place] or is_no_value(float(raw[place]), quantity)
    return np.asarray(result, dtype=np.bool_)
