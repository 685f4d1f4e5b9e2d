"""Dots with intervals on one scale, and what may explain a difference as a scatter: HTML placed in per cent.

No plotly: the page is there at once, prints sharply and is read as a table by a screen reader.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.i18n import Words
from dashboard.markup import escape
from models.comparison_ranges import Range


@dataclass(frozen=True)
class Dot:
    """A town on the scale. said : its figure and range written; aside : further columns, each already written."""

    name: str
    href: str
    value: float
    span: Range
    said: tuple[str, str]
    aside: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True)
class Scale:
    """From a value to its place [% of the width]."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Where a value stands, held at the ends."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return 100 * min(1.0, max(0.0, share))


def scale_of(low: float, high: float, ticks: int = 4) -> Scale:
    """A scale from a little below to a little above, with about so many round ticks.

    >>> scale_of(80.0, 217.0).ticks
    (100.0, 150.0, 200.0)
    """
    room = (high - low) * 0.06 or max(abs(high) * 0.1, 1.0)
    low, high = max(0.0, low - room) if low >= 0 else low - room, high + room
    raw = (high - low) / ticks
    power = 10.0 ** np.floor(np.log10(raw))
    step = float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw))
    first = int(np.ceil(low / step))
    return Scale(low, high, tuple(k * step for k in range(first, int(np.floor(high / step)) + 1)))


def ladder(
    groups: Sequence[tuple[str, Sequence[Dot]]], scale: Scale, heads: Sequence[str], words: Words, own: Range | None
) -> str:
    """Groups of dots under their words; our own interval as a pale column through all rows.

    heads : words over the columns right of the dots: figure, then further ones
    """
    digits = tick_digits(scale.ticks)
    lines = "".join(f'<i style="left:{scale.place(tick):.2f}%"></i>' for tick in scale.ticks)
    if own is not None:
        left, right = scale.place(own.lower), scale.place(own.upper)
        lines += f'<i class="bnd" style="left:{left:.2f}%;width:{right - left:.2f}%"></i>'
    labels = "".join(
        f'<span style="left:{scale.place(tick):.2f}%">{words.number(tick, digits)}</span>' for tick in scale.ticks
    )
    columns = "".join(f'<span class="c minor">{escape(head)}</span>' for head in heads[1:])
    parts = [
        f'<div class="lg"><div class="gl">{lines}</div><div class="lr axr" aria-hidden="true"><span></span>',
        f'<span class="pl">{labels}</span><span class="v">{escape(heads[0])}</span>{columns}</div>',
    ]
    for word, dots in groups:
        if not dots:
            continue
        if word:
            parts.append(f'<h3 class="g"><span>{escape(word)}</span></h3>')
        parts.append(f'<div class="rows">{"".join(_row(dot, scale) for dot in dots)}</div>')
    return "".join(parts) + "</div>"


def tick_digits(ticks: Sequence[float]) -> int:
    """Decimals that ticks need to differ."""
    step = min((b - a for a, b in itertools.pairwise(ticks)), default=1.0)
    return 0 if step >= 1 else 1 if step >= 0.1 else 2


def _row(dot: Dot, scale: Scale) -> str:
    left, right = scale.place(dot.span.lower), scale.place(dot.span.upper)
    figure, around = dot.said
    aside = "".join(f'<span class="c minor">{escape(text)}</span>' for text in dot.aside)
    return (
        f'<a class="lr{" me" if dot.own else ""}" href="{escape(dot.href)}"><span class="n">{escape(dot.name)}</span>'
        f'<span class="pl"><i class="ci" style="left:{left:.2f}%;width:{max(0.2, right - left):.2f}%"></i>'
        f'<i class="pt" style="left:{scale.place(dot.value):.2f}%"></i></span>'
        f'<span class="v"><b>{escape(figure)}</b><small>{escape(around)}</small></span>{aside}</a>'
    )


@dataclass(frozen=True)
class Spot:
    """A town in the scatter; label : written beside it, empty for most."""

    x: float
    y: float
    said: str
    label: str = ""
    own: bool = False


def scatter(spots: Sequence[Spot], words: Words, label: str, x_unit: str) -> str:
    """Spots on two scales, the value axis on the right."""
    if len(spots) < 2:
        return ""
    x_scale = scale_of(min(s.x for s in spots), max(s.x for s in spots))
    y_scale = scale_of(min(s.y for s in spots), max(s.y for s in spots))
    x_digits, y_digits = tick_digits(x_scale.ticks), tick_digits(y_scale.ticks)
    parts = [f'<div class="sc" role="img" aria-label="{escape(label)}">']
    for tick in y_scale.ticks:
        top = 100 - y_scale.place(tick)
        parts.append(f'<i class="h" style="top:{top:.2f}%"></i>')
        parts.append(f'<span class="yt" style="top:{top:.2f}%">{words.number(tick, y_digits)}</span>')
    for tick in x_scale.ticks:
        said = words.measure(tick, x_unit, x_digits)
        parts.append(f'<span class="xt" style="left:{x_scale.place(tick):.2f}%">{escape(said)}</span>')
    for spot in sorted(spots, key=lambda s: s.own):
        x, y = x_scale.place(spot.x), 100 - y_scale.place(spot.y)
        kind = "sp me" if spot.own else "sp"
        parts.append(f'<i class="{kind}" style="left:{x:.2f}%;top:{y:.2f}%" title="{escape(spot.said)}"></i>')
        if spot.label:
            side = " before" if x > 60 else ""
            parts.append(f'<span class="sl{side}" style="left:{x:.2f}%;top:{y:.2f}%">{escape(spot.label)}</span>')
    return "".join(parts) + "</div>"
