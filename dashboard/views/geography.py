"""The region's map in projected coordinates: outline, rivers, a cell for each town. Schematic, offline."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import shapely
from shapely import MultiPoint, Point, Polygon
from shapely.geometry.base import BaseGeometry

from models.registry import Municipality, Region

FOLDER = Path(__file__).parents[1] / "geography"
WIDTH = 1000.0
MARGIN_SHARE = 0.04


@dataclass(frozen=True)
class River:
    """A river as a line in map units, with the width it is drawn with."""

    name: str
    width: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Label:
    """Where a town's name stands beside its dot."""

    text: str
    side: str
    minor: bool


@dataclass(frozen=True)
class Geography:
    """A region's map.

    width, height : of the box in map units; y grows downwards
    outline : of the region; cells : by town's code; places : towns' and dams' positions
    """

    width: float
    height: float
    outline: tuple[tuple[float, float], ...]
    cells: dict[str, tuple[tuple[tuple[float, float], ...], ...]]
    towns: dict[str, tuple[float, float]]
    dams: dict[str, tuple[float, float]]
    rivers: tuple[River, ...]
    labels: dict[str, Label]
    river_labels: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class _Projection:
    """Equirectangular, true to scale at the middle latitude."""

    west: float
    north: float
    scale: float
    squeeze: float

    def __call__(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.squeeze * self.scale, (self.north - lat) * self.scale


def geography(region: Region) -> Geography | None:
    """The map of a region, kept until its towns change; None where no town has a position."""
    towns = tuple(town for town in region.municipalities if math.isfinite(town.lat) and math.isfinite(town.lon))
    dams = tuple(
        (dam.reservoir, dam.lon, dam.lat)
        for dam in region.reservoirs
        if dam.kind == "dam" and dam.lat is not None and dam.lon is not None
    )
    return _drawn(region.name, towns, dams) if towns else None


@lru_cache(maxsize=4)
def _drawn(name: str, towns: tuple[Municipality, ...], dams: tuple[tuple[str, float, float], ...]) -> Geography:
    typed = _typed(name)
    outline = _outline(typed, MultiPoint([(town.lon, town.lat) for town in towns]))
    west, south, east, north = outline.bounds
    squeeze = math.cos(math.radians((south + north) / 2))
    margin = (east - west) * MARGIN_SHARE
    scale = WIDTH / ((east - west + 2 * margin) * squeeze)
    place = _Projection(west - margin, north + margin * squeeze, scale, squeeze)
    shape = Polygon([place(x, y) for x, y in _ring(outline)])
    spots = {town.code: place(town.lon, town.lat) for town in towns}
    labels = typed.get("label", {})
    return Geography(
        width=WIDTH,
        height=(north - south + 2 * margin * squeeze) * scale,
        outline=_ring(shape),
        cells=_cells(shape, spots),
        towns=spots,
        dams={code: place(lon, lat) for code, lon, lat in dams},
        rivers=tuple(
            River(river["name"], river["width"], tuple(place(*point) for point in river["points"]))
            for river in typed.get("river", [])
        ),
        labels={town.code: _label(town, labels.get(town.code, {})) for town in towns},
        river_labels=tuple((river, *place(*point)) for river, point in typed.get("river_label", {}).items()),
    )


def _outline(typed: dict[str, Any], towns: MultiPoint) -> Polygon:
    """The typed outline, or one around the towns where there is none or it leaves some out."""
    outline = Polygon(typed["outline"]) if "outline" in typed else Polygon()
    if outline.is_valid and outline.covers(towns):
        return outline
    joined = shapely.union_all([outline.buffer(0), towns.convex_hull.buffer(0.08)])
    return max(_polygons(joined), key=lambda part: part.area)


def _ring(shape: Polygon) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y, *_ in shape.exterior.coords)


def _typed(name: str) -> dict[str, Any]:
    """The typed map of a region of that name, empty where there is none."""
    for file in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        if content["region"] == name:
            return content
    return {}


def _label(town: Municipality, typed: dict[str, object]) -> Label:
    return Label(str(typed.get("short", town.name)), str(typed.get("side", "right")), bool(typed.get("minor", False)))


def _cells(
    outline: Polygon, spots: dict[str, tuple[float, float]]
) -> dict[str, tuple[tuple[tuple[float, float], ...], ...]]:
    """Voronoi cells of the towns, clipped to the outline."""
    if len(spots) == 1:
        return {next(iter(spots)): (_ring(outline),)}
    found = shapely.voronoi_polygons(MultiPoint(list(spots.values())), extend_to=outline)
    cells: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {}
    for code, spot in spots.items():
        cell = next(part for part in found.geoms if part.covers(Point(spot)))
        cells[code] = tuple(_ring(part) for part in _polygons(cell.intersection(outline)))
    return cells


def _polygons(shape: BaseGeometry) -> list[Polygon]:
    parts = getattr(shape, "geoms", [shape])
    return [part for part in parts if isinstance(part, Polygon) and not part.is_empty]
