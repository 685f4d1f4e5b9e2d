"""The region's schematic map as SVG with names in HTML over it, so that they keep their size."""

from __future__ import annotations

import math
from collections.abc import Iterable

from dashboard.i18n import Words
from dashboard.markup import escape
from dashboard.pages.parts import link, severity
from dashboard.sentences import severity_label
from dashboard.views.events import EventItem
from dashboard.views.geography import Geography, Label
from dashboard.views.region_map import DamSpot, RegionMap, TownCell

LARGE = 40_000
"""Inhabitants from which a town's name is set large."""
_SIDES = {
    "right": "translate({d}px,-50%)",
    "left": "translate(calc(-100% - {d}px),-50%)",
    "above": "translate(-50%,calc(-100% - {d}px))",
    "below": "translate(-50%,{d}px)",
}


def region_map(view: RegionMap, words: Words, label: str) -> str:
    """The map as HTML."""
    shape = view.geography
    names = {town.code: town for town in view.towns}
    parts = [
        f'<div class="map" style="--ar:{shape.width:.0f}/{shape.height:.0f}">',
        f'<svg viewBox="0 0 {shape.width:.0f} {shape.height:.0f}" role="group" aria-label="{escape(label)}">',
        *(_cell(shape, town, view.indicator) for town in _quiet_first(view.towns)),
        *(f'<path class="river" d="{_line(river.points)}" stroke-width="{river.width:g}"/>' for river in shape.rivers),
        f'<path class="region" d="{_line(shape.outline)}Z" vector-effect="non-scaling-stroke"/>',
        "</svg>",
        *(_river_name(shape, *placed) for placed in shape.river_labels),
        *(_town(shape, names[code], shape.labels[code]) for code in shape.towns if code in names),
        *(_dam(shape, dam) for dam in view.dams if dam.reservoir.reservoir in shape.dams),
        *_marks(shape, view.marks, words),
        "</div>",
    ]
    return "".join(parts)


def _quiet_first(towns: Iterable[TownCell]) -> list[TownCell]:
    """Cells that deviate last, so that their edges lie on top."""
    return sorted(towns, key=lambda town: {"plain": 0, "nodata": 1, "warn": 2, "crit": 3}[town.state])


def _line(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _cell(shape: Geography, town: TownCell, indicator: bool) -> str:
    step = "nodata" if town.level is None else f"step{town.level}"
    kind = step if indicator else town.state
    path = "".join(_line(ring) + "Z" for ring in shape.cells.get(town.code, ()))
    said = escape(f"{town.name}: {town.said}")
    return (
        f'<a href="{link("municipalities", town.code)}" aria-label="{said}"><path class="cell {kind}" d="{path}"'
        f' vector-effect="non-scaling-stroke"><title>{said}</title></path></a>'
    )


def _at(shape: Geography, x: float, y: float) -> str:
    return f"left:{x / shape.width * 100:.2f}%;top:{y / shape.height * 100:.2f}%"


def _town(shape: Geography, town: TownCell, label: Label) -> str:
    place = _at(shape, *shape.towns[town.code])
    size = max(5, round(math.sqrt(town.population) / 22))
    large = town.population >= LARGE
    side = _SIDES[label.side].format(d=round(size / 2) + 4)
    classes = "tl" + (" big" if large else "") + (" minor" if label.minor and town.state == "plain" else "")
    dot = f'<i class="town" style="{place};width:{size}px;height:{size}px"></i>'
    return f'{dot}<span class="{classes}" style="{place};transform:{side}">{escape(label.text)}</span>'


def _river_name(shape: Geography, name: str, x: float, y: float) -> str:
    return f'<span class="rl minor" style="{_at(shape, x, y)}">{escape(name)}</span>'


def _dam(shape: Geography, dam: DamSpot) -> str:
    place = _at(shape, *shape.dams[dam.reservoir.reservoir])
    water = ""
    if dam.filled is not None:
        top = 13 - 13 * min(1.0, max(0.0, dam.filled))
        inset = 8.8 * top / 13
        water = f'<path d="M{inset:.1f} {top:.1f}H{20 - inset:.1f}L11.2 13H8.8Z" style="fill:var(--water-strong)"/>'
    said = escape(f"{dam.reservoir.name}: {dam.said}")
    return (
        f'<a class="damspot" style="{place}" href="{link("reservoirs", dam.reservoir.reservoir)}" title="{said}"'
        f' aria-label="{said}"><svg width="20" height="15" viewBox="-1 -1 22 15" aria-hidden="true">{water}'
        '<path d="M0 0 8.8 13H11.2L20 0" fill="none" style="stroke:var(--ink)" stroke-width="1.4"/></svg></a>'
    )


def _marks(shape: Geography, items: Iterable[EventItem], words: Words) -> list[str]:
    """Marks of events beside their towns; several of one town stand in a row."""
    result = []
    count: dict[str, int] = {}
    for item in items:
        code = item.municipality.code if item.municipality else ""
        if code not in shape.towns:
            continue
        x, y = shape.towns[code]
        k = count[code] = count.get(code, 0) + 1
        place = _at(shape, x + 26 * k, y + 30)
        mark = severity(item.event, str(item.rank), severity_label(item.event, words))
        result.append(f'<a class="mk" style="{place}" href="{link("events", item.event.id)}">{mark}</a>')
    return result
