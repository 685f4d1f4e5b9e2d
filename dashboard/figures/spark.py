"""Small charts as SVG, coloured by the style sheet: for lists and small multiples, where plotly would be too heavy."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt

from dashboard.figures.outside import runs_outside
from dashboard.figures.timeline import with_breaks
from dashboard.markup import escape
from dashboard.views.inflow import EMPTY_BAND, Band, Line
from models.reading import to_ms

Floats = npt.NDArray[np.float64]
PAD = 2.5


class _Scale:
    """Maps times and values to a box."""

    def __init__(self, start: datetime, end: datetime, low: float, high: float, width: float, height: float) -> None:
        self._start = to_ms(start)
        self._span = max(1, to_ms(end) - self._start)
        self._low, self._range = low, (high - low) or 1.0
        self.width, self.height = width, height

    def x(self, time_ms: npt.NDArray[np.int64]) -> Floats:
        return np.asarray((time_ms - self._start) / self._span * self.width, dtype=np.float64)

    def y(self, value: Floats) -> Floats:
        inner = self.height - 2 * PAD
        return np.asarray(self.height - PAD - (value - self._low) / self._range * inner, dtype=np.float64)


def spark(
    line: Line,
    start: datetime,
    end: datetime,
    label: str,
    band: Band = EMPTY_BAND,
    height: int = 46,
    width: int = 300,
    warn: bool = False,
    stale: bool = False,
    zero: bool = False,
    gap_s: float = 2.5 * 3600,
    dot: bool = False,
    own: bool = False,
) -> str:
    """A line in its band on [start, end) without axes.

    warn : the area outside in amber instead of red; stale : line in grey, hatch from the last value on
    dot : the last value as a dot; label : what it shows, for screen readers
    """
    line, band = _clip(line, start, end), _clip_band(band, start, end)
    values = np.concatenate([line.value, band.lower, band.upper])
    values = values[~np.isnan(values)]
    head = f'<svg class="spk" viewBox="0 0 {width} {height}" preserveAspectRatio="none" style="height:{height}px"'
    head += f' role="img" aria-label="{escape(label)}">'
    if len(values) == 0:
        return f'{head}<rect class="gap" x="0" y="0" width="{width}" height="{height}"/></svg>'
    low = min(0.0, float(values.min())) if zero else float(values.min())
    scale = _Scale(start, end, low, float(values.max()), width, height)
    parts = [head]
    if len(band.time_ms) > 1:
        parts.append(f'<path class="band" d="{_area(scale, band.time_ms, band.upper, band.lower)}"/>')
    if len(line.time_ms) == 0:
        parts.append(f'<rect class="gap" x="0" y="0" width="{width}" height="{height}"/>')
        return "".join(parts) + "</svg>"
    if stale:
        last = float(scale.x(line.time_ms[-1:])[0])
        parts.append(f'<rect class="gap" x="{last:.1f}" y="0" width="{max(0.0, width - last):.1f}" height="{height}"/>')
    for run, edge in runs_outside(line, band):
        shape = _area(scale, run.time_ms, run.value, edge)
        parts.append(f'<path class="dev{" w" if warn else ""}" d="{shape}"/>')
    kind = "stale" if stale else "obs own" if own else "obs"
    parts.append(f'<path class="{kind}" d="{_path(scale, with_breaks(line, gap_s))}"/>')
    svg = "".join(parts) + "</svg>"
    if not dot:
        return svg
    x, y = float(scale.x(line.time_ms[-1:])[0]), float(scale.y(line.value[-1:])[0])
    place = f"left:{x / width * 100:.1f}%;top:{y:.1f}px"
    return f'<span class="spk-box">{svg}<i class="dot" style="{place}"></i></span>'


def _clip(line: Line, start: datetime, end: datetime) -> Line:
    keep = (line.time_ms >= to_ms(start)) & (line.time_ms < to_ms(end)) & ~np.isnan(line.value)
    return Line(line.time_ms[keep], line.value[keep])


def _clip_band(band: Band, start: datetime, end: datetime) -> Band:
    # One point more on either side, so that the band reaches the edges.
    keep = (band.time_ms >= to_ms(start) - 3_600_000) & (band.time_ms < to_ms(end) + 3_600_000)
    keep &= ~np.isnan(band.lower) & ~np.isnan(band.upper)
    return Band(band.time_ms[keep], band.lower[keep], band.expected[keep], band.upper[keep])


def _points(x: Floats, y: Floats) -> str:
    return "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def _area(scale: _Scale, time_ms: npt.NDArray[np.int64], upper: Floats, lower: Floats) -> str:
    x = scale.x(time_ms)
    return f"M{_points(x, scale.y(upper))}L{_points(x[::-1], scale.y(lower)[::-1])}Z"


def _path(scale: _Scale, line: Line) -> str:
    broken = np.flatnonzero(np.isnan(line.value))
    parts = []
    for run in np.split(np.arange(len(line.value)), broken):
        run = run[~np.isnan(line.value[run])]
        if len(run):
            parts.append("M" + _points(scale.x(line.time_ms[run]), scale.y(line.value[run])))
    return "".join(parts)
