"""The area between an observed line and the band that it left; assets/chart.js does the same as points arrive."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dashboard.views.inflow import Band, Line

Floats = npt.NDArray[np.float64]


def edges_at(band: Band, time_ms: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Lower and upper edge of a band at given times, between its points; NaN outside of it and in its gaps."""
    if len(band.time_ms) == 0:
        nothing = np.full(len(time_ms), np.nan)
        return nothing, nothing.copy()
    return (
        np.interp(time_ms, band.time_ms, band.lower, left=np.nan, right=np.nan),
        np.interp(time_ms, band.time_ms, band.upper, left=np.nan, right=np.nan),
    )


def runs_outside(line: Line, band: Band, below: bool = False) -> list[tuple[Line, Floats]]:
    """Unbroken runs of at least two values above the band (or below it), each with the edge that was crossed.

    A single value outside makes no area.
    """
    lower, upper = edges_at(band, line.time_ms)
    edge = lower if below else upper
    with np.errstate(invalid="ignore"):
        out = line.value < edge if below else line.value > edge
    borders = np.flatnonzero(np.diff(np.concatenate(([0], out.astype(np.int8), [0]))))
    return [
        (Line(line.time_ms[first:last], line.value[first:last]), edge[first:last])
        for first, last in zip(borders[::2], borders[1::2], strict=True)
        if last - first > 1
    ]


def closed_shape(runs: list[tuple[Line, Floats]]) -> tuple[list[int | None], list[float | None]]:
    """One polygon a run, forward along the line and back along the edge, nothing between them."""
    times: list[int | None] = []
    values: list[float | None] = []
    for line, edge in runs:
        if times:
            times.append(None)
            values.append(None)
        forward = [int(at) for at in line.time_ms]
        times += [*forward, *reversed(forward), forward[0]]
        values += [*line.value.tolist(), *edge[::-1].tolist(), float(line.value[0])]
    return times, values
