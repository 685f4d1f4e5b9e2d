"""A dam as the section of its valley, filled to its level: drawn from the curve of flooded volumes."""

from __future__ import annotations

import numpy as np

from dashboard.markup import escape
from models.registry import Reservoir

WIDTH, HEIGHT = 150.0, 118.0
BOTTOM_SHARE = 0.06


def half_widths(curve: tuple[tuple[float, float], ...]) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    """Height above the bottom and half width at it, both 0–1, of a section whose area has the curve's shape.

    Width at a level is taken as the square root of the flooded area there (the derivative of storage by level).
    """
    level = np.array([point[0] for point in curve])
    storage = np.array([point[1] for point in curve])
    area = np.gradient(storage, level)
    width = np.sqrt(np.maximum(area, 0.0))
    width = width / width.max() if width.max() > 0 else np.linspace(0.1, 1, len(width))
    height = (level - level[0]) / (level[-1] - level[0])
    return height, np.maximum.accumulate(np.maximum(width, BOTTOM_SHARE)) / 2


def valley(
    reservoir: Reservoir, level_m: float | None, label: str, width: float = WIDTH, height: float = HEIGHT
) -> str:
    """The section as SVG; without a level the valley is hatched."""
    if len(reservoir.curve) > 1:
        up, half = half_widths(reservoir.curve)
    else:
        up, half = np.array([0.0, 1.0]), np.array([0.12, 0.5])
    x_left, x_right = width / 2 - half * (width - 4), width / 2 + half * (width - 4)
    y = height - 3 - up * (height - 8)
    outline = _path(x_left[::-1], y[::-1]) + _path(x_right, y).replace("M", "L")
    parts = [
        f'<svg class="valley" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">',
        f'<path class="{"air" if level_m is not None else "gap"}" d="{outline}Z"/>',
    ]
    if level_m is not None:
        # The drawn valley reaches as far as its curve does: for a dam up to its crest, above the full level.
        low, high = (
            (row[0] for row in (reservoir.curve[0], reservoir.curve[-1]))
            if len(reservoir.curve) > 1
            else (reservoir.bottom_m, reservoir.full_m)
        )
        full = (level_m - low) / ((high - low) or 1)
        full = min(1.0, max(0.0, full))
        steps = np.linspace(0, full, 24)
        wide = np.interp(steps, up, half) * (width - 4)
        heights = height - 3 - steps * (height - 8)
        water = _path((width / 2 - wide)[::-1], heights[::-1]) + _path(width / 2 + wide, heights).replace("M", "L")
        top = float(heights[-1])
        parts.append(f'<path class="water" d="{water}Z"/>')
        parts.append(f'<path class="surface" d="M{width / 2 - wide[-1]:.1f} {top:.1f}H{width / 2 + wide[-1]:.1f}"/>')
    parts.append(f'<path class="ground" d="{outline}"/></svg>')
    return "".join(parts)


def _path(x: np.ndarray[tuple[int], np.dtype[np.float64]], y: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))
