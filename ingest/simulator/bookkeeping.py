"""What a simulated waterworks writes down of what really happened: bills, and volumes of flushing judged by eye.

Households that nobody reads remotely hang on meters of a few batches a zone, each batch wrong by anything within what
is permitted; an estimated month differs from what its meters would have shown; nobody measures what runs out of a
hydrant. The files of the sample region hold the true volumes: this is what stands in them in one draw of the errors.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ingest.simulator.chance import Ints, normal, stream, uniform
from ingest.simulator.meter_errors import PERMITTED_PCT
from models.registry import Billing, Operation, Region

BATCHES = 24
"""Batches of hand-read meters in the region: some makes, each of some years."""
BATCHES_OF_ZONE = 4
ESTIMATED_SD = 0.025
"""Of an estimated month, relative to what the meters would have shown."""
OPERATION_SD = 0.15
"""Of a volume written down by eye, relative to the true one."""


def registered(zone: str, seed: int) -> float:
    """What a zone's hand-read meters register, as a share of what passes them."""
    drawn: Ints = np.arange(BATCHES_OF_ZONE)
    batches = (uniform(stream(seed, "batches of", zone), drawn) * BATCHES).astype(np.int64)
    errors = 2.0 * uniform(stream(seed, "hand-read"), batches) - 1.0
    return 1.0 + float(errors.mean()) * PERMITTED_PCT["water_meter"] / 100.0


def booked(region: Region, seed: int) -> Region:
    """The region with bills and operations as they would be written down in a draw of the errors."""
    billing = tuple(_billed(row, seed) for row in region.billing)
    return replace(region, billing=billing, operations=tuple(_logged(item, seed) for item in region.operations))


def _billed(row: Billing, seed: int) -> Billing:
    volume = row.volume_m3 * registered(row.zone or row.municipality, seed)
    if row.method == "estimated":
        volume *= 1.0 + ESTIMATED_SD * _normal(seed, "estimated", row.zone, row.start.isoformat())
    return replace(row, volume_m3=volume)


def _logged(item: Operation, seed: int) -> Operation:
    if item.volume_m3 is None:
        return item
    error = OPERATION_SD * _normal(seed, "by eye", item.zone, item.kind, item.start.isoformat())
    return replace(item, volume_m3=item.volume_m3 * max(1.0 + error, 0.0))


def _normal(seed: int, *words: str) -> float:
    return float(normal(stream(seed, *words), np.zeros(1, dtype=np.int64))[0])
