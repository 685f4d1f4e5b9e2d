"""How water walks through the zones: which meter sees what of whose use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingest.simulator.almanac import Hours
from ingest.simulator.chance import Floats, Ints, normal, red, streams
from ingest.simulator.parameters import Parameters
from models.registry import Region

STEPS = 12
"""Steps of five minutes in an hour."""

_HEAD_EXPONENT = 1.852
"""Friction rises with flow to this power (Hazen–Williams)."""

_WANDER = 0.05


@dataclass(frozen=True, slots=True)
class Inlet:
    """A zone's own inflow meter and its nominal share of what the zone takes from outside."""

    row: int
    share: float


class Network:
    """Flow meters of zones (`meters`: points in `inflows` and `outflows`) and how use passes them."""

    def __init__(self, region: Region, parameters: Parameters, seed: int) -> None:
        self.seed = seed
        self.zones = tuple(zone.zone for zone in region.zones)
        index = {zone: row for row, zone in enumerate(self.zones)}
        named = dict.fromkeys(point for zone in region.zones for point in (*zone.inflows, *zone.outflows))
        self.meters = tuple(named)
        self.meter = {point: row for row, point in enumerate(self.meters)}
        giver = {point: index[zone.zone] for zone in region.zones for point in zone.outflows}
        self._children: list[list[int]] = [[] for _ in self.zones]
        for zone in region.zones:
            if zone.parent in index:
                self._children[index[zone.parent]].append(index[zone.zone])
        self._received: list[list[Inlet]] = [[] for _ in self.zones]
        self._given: list[list[int]] = [[] for _ in self.zones]
        self._inlets: list[list[Inlet]] = [[] for _ in self.zones]
        received = set()
        for row, zone in enumerate(region.zones):
            for point in zone.inflows:
                share = parameters.point(point).share
                if point in giver:
                    self._received[row].append(Inlet(self.meter[point], share))
                    self._given[giver[point]].append(self.meter[point])
                    received.add(point)
                else:
                    self._inlets[row].append(Inlet(self.meter[point], share))
        self.exports = tuple(point for point in giver if point not in received)
        needs: list[list[int]] = [list(children) for children in self._children]
        for row, inlets in enumerate(self._received):
            for inlet in inlets:
                needs[giver[self.meters[inlet.row]]].append(row)
        self.order = _downstream_first(needs)
        self._wander = streams(seed, "share", [self.meters[i[0].row] for i in self._inlets if len(i) > 1])

    def flows(self, own: Ints, hours: Hours, exported: Ints) -> Ints:
        """Volumes that pass each meter, from what each zone's own ground takes.

        own : (zones, hours, k) volumes since the hour's start, exports included
        exported : (exports, hours, k) the same of the meters in `exports`
        """
        passing = np.zeros((len(self.meters), *own.shape[1:]), dtype=np.int64)
        for point, volume in zip(self.exports, exported, strict=True):
            passing[self.meter[point]] = volume
        first, last = int(hours.hour[0]), int(hours.hour[-1]) + 1
        wander = iter(_WANDER * red(self._wander, first, last, 30.0)) if len(self._wander) else iter(())
        wandering = {row: next(wander) for row, inlets in enumerate(self._inlets) if len(inlets) > 1}
        for row in self.order:
            given = (meter for meter in self._given[row] if self.meters[meter] not in self.exports)
            need = own[row] + sum(passing[meter] for meter in given)
            for child in self._children[row]:
                need = need + sum(passing[inlet.row] for inlet in self._inlets[child])
            rest = need
            for inlet in self._received[row]:
                passing[inlet.row] = np.rint(inlet.share * need).astype(np.int64)
                rest = rest - passing[inlet.row]
            inlets = self._inlets[row]
            for inlet in inlets[:-1]:
                share = np.clip(inlet.share * (1.0 + wandering[row]), 0.05, 0.95)[:, None]
                passing[inlet.row] = np.rint(share * rest).astype(np.int64)
                rest = rest - passing[inlet.row]
            if inlets:
                passing[inlets[-1].row] = rest
        return passing

    def weights(self) -> Floats:
        """Which part of a release in a zone passes a meter: (meters, zones)."""
        result = np.zeros((len(self.meters), len(self.zones)))
        for zone in range(len(self.zones)):
            need = np.zeros(len(self.zones))
            need[zone] = 1.0
            for row in self.order:
                for meter in self._given[row]:
                    need[row] += result[meter, zone]
                for child in self._children[row]:
                    need[row] += sum(result[inlet.row, zone] for inlet in self._inlets[child])
                rest = need[row]
                for inlet in self._received[row]:
                    result[inlet.row, zone] = inlet.share * need[row]
                    rest -= inlet.share * need[row]
                for inlet in self._inlets[row][:-1]:
                    result[inlet.row, zone] = inlet.share * rest
                    rest -= inlet.share * rest
                if self._inlets[row]:
                    result[self._inlets[row][-1].row, zone] = rest
        return result


def within_hours(seed: int, zones: Sequence[str], people: Floats, volumes: Ints, first: int) -> Ints:
    """Volumes since the hour's start at the ends of its twelve steps: (zones, hours, 12).

    volumes : (zones, hours + 2) hour volumes, one hour before and one after included; `first` is the hour of column 1.
    The course within an hour is the parabola that meets its neighbours and keeps the hour's sum, with chance on top.
    """
    flow = volumes.astype(np.float64)
    middle = flow[:, 1:-1]
    begin, end = (flow[:, :-2] + middle) / 2, (middle + flow[:, 2:]) / 2
    x = (np.arange(STEPS) + 0.5) / STEPS
    bulge = 6.0 * (middle - (begin + end) / 2)
    course = begin[..., None] + (end - begin)[..., None] * x + bulge[..., None] * (x * (1 - x))
    counter = np.arange(first * STEPS, (first + middle.shape[1]) * STEPS)
    size = 0.022 + 1.3 / np.sqrt(people)
    chance = normal(streams(seed, "five minutes", zones), counter).reshape(*middle.shape, STEPS)
    weight = np.maximum(course * (1.0 + size[:, None, None] * chance), 0.03 * middle[..., None]) + 1e-9
    cumulated = np.cumsum(weight, axis=2)
    share = cumulated / cumulated[..., -1:]
    return np.rint(share * middle[..., None]).astype(np.int64)


def friction(flow: Floats, mean_m3h: Floats | float) -> Floats:
    """Head loss relative to that at mean flow (dimensionless)."""
    return np.asarray((np.maximum(flow, 0.0) / mean_m3h) ** _HEAD_EXPONENT)


def _downstream_first(needs: list[list[int]]) -> tuple[int, ...]:
    """Zones so that each comes after those whose water passes it. A ring is cut where it is met."""
    order: list[int] = []
    seen: set[int] = set()

    def visit(row: int) -> None:
        if row in seen:
            return
        seen.add(row)
        for other in needs[row]:
            visit(other)
        order.append(row)

    for row in range(len(needs)):
        visit(row)
    return tuple(order)
