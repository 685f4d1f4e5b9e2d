"""Duplicate devices: two names under which one meter reports, so that its water would be counted twice.

Source: own rule. Two meters may stand at the same figure once; they do not walk the same figures in the same hours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from models.quality import Quality
from models.reading import Series
from models.validation.flags import DAY_MS, Flag, rounded
from models.validation.thresholds import limit

SIGHT_DAYS = 7
FEWEST = 24
"""Different values from which two series say anything of each other."""
APART_MS = 3_600_000
"""A register's value that two ways bring may arrive so far apart."""


class Pair(NamedTuple):
    """Two devices of which one is the other.

    kept, double : by name; share : of the double's values that the kept one has at that time, 0–1
    """

    kept: str
    double: str
    share: float


def pairs(series: Sequence[Series], since_ms: Mapping[str, int]) -> list[Pair]:
    """Pairs of devices of one quantity that say the same, from series of the same days.

    Registers: the same value for the first time within an hour; other quantities: the same value at the same time.
    since_ms : since when a device hangs where it hangs; of two the one that hangs longer is kept, one that hangs
        nowhere is the double

    >>> times = np.arange(48) * 1_800_000
    >>> one = Series("a", "volume_m3", times, 100 + 0.013 * np.arange(48), np.ones(1, np.int8))
    >>> pairs([one, one._replace(device="b", time_ms=times + 60_000)], {"b": 0})
    [Pair(kept='b', double='a', share=1.0)]
    """
    walks: dict[str, dict[tuple[int, float], int]] = {}
    for item in series:
        least = limit("duplicate", item.quantity, "")
        if least is not None and (walk := _walk(item)):
            walks[item.device] = walk
    holders: dict[tuple[int, float], list[str]] = {}
    for device, walk in walks.items():
        for place in walk:
            holders.setdefault(place, []).append(device)
    common: dict[tuple[str, str], int] = {}
    for place, devices in holders.items():
        for k, one in enumerate(devices):
            for other in devices[k + 1 :]:
                if abs(walks[one][place] - walks[other][place]) <= APART_MS:
                    key = (one, other) if one < other else (other, one)
                    common[key] = common.get(key, 0) + 1
    found = []
    for (one, other), n in common.items():
        share = n / min(len(walks[one]), len(walks[other]))
        if n >= FEWEST and share > _least(series):
            kept, double = sorted((one, other), key=lambda name: (since_ms.get(name, 2**62), name))
            found.append(Pair(kept, double, rounded(share)))
    return sorted(found)


def candidates(series: Sequence[Series]) -> set[str]:
    """Devices that may have a double among series of one quantity and day: cheap to ask of a whole region.

    Of registers one of the day's last two figures is the same, of other quantities the day's extremes and last value.

    >>> times = np.arange(4) * 3_600_000
    >>> one = Series("a", "volume_m3", times, np.array([1.0, 2.0, 3.0, 4.0]), np.ones(1, np.int8))
    >>> late = one._replace(device="b", value=np.array([0.5, 1.0, 2.0, 3.0]))
    >>> sorted(candidates([one, late, one._replace(device="c", value=one.value + 0.5)]))
    ['a', 'b']
    """
    holders: dict[tuple[float, ...], list[str]] = {}
    for item in series:
        values = np.round(item.value[np.isfinite(item.value)], 6)
        if values.size < 2 or values.min() == values.max():
            continue
        if item.quantity == "volume_m3":
            marks: list[tuple[float, ...]] = [(float(value),) for value in np.unique(values)[-2:]]
        else:
            marks = [(float(values.min()), float(values.max()), float(values[-1]))]
        for mark in marks:
            holders.setdefault(mark, []).append(item.device)
    return {device for devices in holders.values() if len(devices) > 1 for device in devices}


def flags(found: Sequence[Pair], day: int) -> dict[str, Flag]:
    """A flag on a whole UTC day for each double, by device."""
    return {
        pair.double: Flag(
            day * DAY_MS,
            (day + 1) * DAY_MS - 1,
            Quality.SUSPECT,
            "duplicate",
            (("other", pair.kept), ("share_pct", rounded(100 * pair.share))),
        )
        for pair in found
    }


def _walk(series: Series) -> dict[tuple[int, float], int]:
    """Where a series was and when first: (time for all but registers, value) → time; empty where it hardly moves."""
    register = series.quantity == "volume_m3"
    values = np.round(series.value, 6)
    if np.unique(values).size < FEWEST:
        return {}
    walk: dict[tuple[int, float], int] = {}
    for moment, value in zip(series.time_ms.tolist(), values.tolist(), strict=True):
        walk.setdefault((0 if register else moment, value), moment)
    return walk


def _least(series: Sequence[Series]) -> float:
    row = limit("duplicate", series[0].quantity, "")
    return row.suspect if row is not None else 1.0
