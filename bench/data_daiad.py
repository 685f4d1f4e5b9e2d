"""Household meters of Alicante (DAIAD, trial A): intervals against the registers, meter by meter.

Real readings with an exchange, clock changes, falls of some litres, two clocks that answer one after the other. What is
expected of a meter is found here another way than in the models: a reading more than 5 m³ from the median of its 25
neighbours is another counter's; of the rest, the water up to a reading is the highest the register has shown.
Taken in by the product's own import. Assumed, as the data do not say it: Q3 = 2.5 m³/h, registers that count forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from bench.claims import Claim
from bench.imported import imported
from models.calendar import Edges, day_edges, hour_edges
from models.increments import Step
from models.metered import Asked, device_accounts
from models.reading import Series, from_ms
from models.register import increments
from models.registry import Device, Region
from models.rollup import Period

MAPPING = '[columns."reading_l"]\nquantity = "volume_m3"\nunit = "l"\n[columns."diff"]\nquantity = ""\nunit = ""\n'
NEIGHBOURS, FAR_M3 = 25, 5.0
NEAR_M3 = 1e-6

Floats = npt.NDArray[np.float64]


class Line(NamedTuple):
    """What is printed of a meter, volumes in m³.

    registers : highest less first reading of its counter; intervals, hours, days : the models' sums
    worst : largest difference of any interval from what the registers say of it
    fallen : litres of marked reverse flow; others : readings of another counter
    """

    device: str
    readings: int
    others: int
    registers: float
    intervals: float
    hours: float
    days: float
    worst: float
    negative: int
    fallen: float
    marked: int
    unexplained: int

    @property
    def right(self) -> bool:
        """Whether all of it agrees."""
        near = max(abs(one - self.registers) for one in (self.intervals, self.hours, self.days)) < NEAR_M3
        return near and self.worst < NEAR_M3 and self.negative == 0


def report(folder: Path) -> Iterator[str | Claim]:
    """A line a meter, then what holds of all."""
    found, said = imported(folder / "readings.csv.gz", ("--timezone", "Europe/Madrid"), MAPPING)
    yield said
    yield (
        "meter  readings  other  registers   intervals  hours of   days of    worst     neg.  reverse  marked  un-\n"
        "                 counter       m³          m³  a year m³  a year m³  interval              L          known"
    )
    lines = [line_of(device, series) for (device, _), series in sorted(found.items())]
    for line in lines:
        yield (
            f"{line.device:5}  {line.readings:8}  {line.others:7} {line.registers:10.3f}  {line.intervals:10.3f} "
            f"{line.hours:10.3f} {line.days:10.3f}  {line.worst:8.1e}  {line.negative:5}  {line.fallen * 1000:7.0f}  "
            f"{line.marked:6}  {line.unexplained:5}  {'agrees' if line.right else 'DIFFERS'}"
        )
    right = sum(line.right for line in lines)
    yield Claim("46 meters are read", len(lines) == 46, str(len(lines)))
    yield Claim(
        "of each meter every interval is the registers' difference; intervals, hours and days sum to the era's",
        right == len(lines),
        f"{right} of {len(lines)}",
    )
    yield Claim("nothing is negative", not any(line.negative for line in lines))
    yield Claim(
        "each fall of a counter is marked as reverse flow",
        all(line.marked > 0 for line in lines if line.fallen > 0),
        f"{sum(line.fallen > 0 for line in lines)} meters, {sum(line.fallen for line in lines) * 1000:.0f} L",
    )
    others = sum(line.others for line in lines)
    unknown = sum(line.unexplained for line in lines)
    yield Claim(
        "no volume is invented where another counter answers", others > 0 and unknown == 0, f"{others} readings"
    )


def line_of(device: str, series: Series) -> Line:
    """What the models make of a meter beside what its registers say."""
    meter = Device(device, "water_meter", q3_m3h=2.5)
    found = increments(series, [meter])
    own = np.abs(series.value - median_filter(series.value, NEIGHBOURS, mode="nearest")) < FAR_M3
    time, value = series.time_ms[own], series.value[own]
    highest = np.maximum.accumulate(value)
    due = np.interp(found.end_ms, time, highest) - np.interp(found.start_ms, time, highest)
    region = Region("Alicante", ("en",), "Europe/Madrid", False, "EUR", devices=(meter,))
    first, last = from_ms(int(time[0])), from_ms(int(time[-1]))
    edges: dict[Period, Edges] = {"hour": hour_edges(first, last), "day": day_edges(first, last, region.tz)}
    data = {(device, "volume_m3"): series}
    accounts = device_accounts(Asked(region, data, edges, int(time[-1])), device)
    return Line(
        device,
        series.time_ms.size,
        int((~own).sum()),
        float(highest[-1] - value[0]),
        float(np.nansum(found.volume_m3)),
        float(np.nansum(accounts["hour"].volumes.volume_m3)),
        float(np.nansum(accounts["day"].volumes.volume_m3)),
        float(np.nanmax(np.abs(found.volume_m3 - due))),
        int((found.volume_m3 < 0).sum()),
        float(np.maximum(-np.diff(value), 0.0).sum()),
        int((found.step == Step.REVERSE).sum()),
        int(np.isnan(found.volume_m3).sum()),
    )
