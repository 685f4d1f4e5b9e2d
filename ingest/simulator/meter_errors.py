"""By how much each simulated meter counts too much or too little. The product must find its way without knowing.

A meter's error has a part that all meters of its kind, type and year share (the maker's adjustment, the wear of those
years) and a small one of its own. Both stay as long as the meter hangs. What all share is anywhere within the largest
error that the type's approval permits, alike likely: rectangular, as the GUM (JCGM 100:2008, 4.3.7) takes a limit of
which no more is known. Of static meters no drift with age is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.simulator.chance import normal, stream, uniform
from models.registry import Device

PERMITTED_PCT = {"flow_meter": 1.0, "water_meter": 2.0}
"""Maximum permissible error between Q2 and Q4 in cold water: class 1 at zones' inflows, class 2 at customers.
Source: ISO 4064-1:2014, 4.2.2 and 4.2.3."""

OWN_PCT = 0.3
"""Standard deviation of one meter's error among meters of its type and year."""


@dataclass(frozen=True)
class MeterErrors:
    """One draw of the errors of a region's meters. Devices without a permitted error (level, pressure) are exact.

    fault_seed : draws silences and lost readings anew too; those of the waterworks' seed where not given
    """

    seed: int
    fault_seed: int | None = None

    def relative(self, device: Device, year: int) -> float:
        """What a meter counts too much, as a share of what passed it; year: in which it was first hung."""
        permitted = PERMITTED_PCT.get(device.kind, 0.0)
        if not permitted:
            return 0.0
        shared = 2.0 * float(uniform(stream(self.seed, "adjusted", device.kind, device.type, str(year)), _ONE)[0]) - 1.0
        own = float(normal(stream(self.seed, "own error", device.device), _ONE)[0])
        return (permitted * shared + OWN_PCT * own) / 100.0


_ONE = np.zeros(1, dtype=np.int64)
