"""What customers rightly use in the hour of minimum night flow: the rest of it is leakage.

Measured where meters tell hours apart; connections without such a meter are taken at the mean of those that have one,
where these are enough for a sample, and at a settable assumption else. The three ways (estimate it, measure a sample,
measure everyone) are those of Thornton, Sturm and Kunkel, Water Loss Control, 2nd edition, McGraw-Hill 2008, chapter 16
(page 290).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import hypot, sqrt
from typing import NamedTuple

from models.balance.inputs import OPERATIONS_ERROR, USE_ERROR, Settings
from models.meter_error import LOWER, Z95, standard_deviation
from models.registry import Operation, Region, Zone

PERSON_RATE = "night_use_l_person_h"
CONNECTION_RATE = "night_use_l_connection_h"
OTHER_RATE = "night_use_l_other_h"
"""Inputs of balance_inputs.csv: litres per hour of a person, of a household connection (counts instead of persons where
it is given), of a connection of another customer."""

ASSUMED_L_PERSON_H = (0.6, 0.6)
"""Use of a person [L/h] and its ± (95 %) where nobody said: 6 % of people are awake in that hour and flush 10 L.

Source: defaults of R. McKenzie, SANFLOW user guide, WRC TT 109/99, 1999, as told with table 2 of the study at
iwaponline.com/view-large/1068139. The ± is this program's, as wide as the value itself. 46 households of Alicante
(DAIAD trial A, hourly meters) used 1.4–2.1 L/h each in the hours from 03:00 to 05:00, which is near it."""
ASSUMED_L_OTHER_H = (50.0, 50.0)
"""Use of a small customer who is no household [L/h] and its ±: the same source's default; the ± is this program's."""
LEAST_SAMPLE = 30.0
"""Meters of a class from which on their mean stands for connections without one."""
EVENT_M3 = 0.036
"""Variance over mean of what one household uses in an hour of the night: most use nothing, few some tens of litres.

Computed from 46 households of Alicante (DAIAD trial A, hours from 01:00 to 05:00 of a year): mean 3.3 L/h, standard
deviation 11 L/h. Where households use more, they do it more often and not each time more, so that this ratio holds."""


MINUTE_ALONE = 0.48
"""Share of the doubt of a meter's minute that is each night's own.

The hour was chosen for being low, by about 1.5 standard deviations of its use; meters that tell a third of it from
its neighbours make it look higher by 0.5, every night alike. Of 0.58 (√(1/3)) in all that leaves 0.28."""


class Metered(NamedTuple):
    """Customers of a class in one hour.

    volume_m3 : what their meters counted; covered : how many connections that is (a meter that tells half of the hour
    is half of one); connections : how many there are
    """

    volume_m3: float
    covered: float
    connections: float


class Rate(NamedTuple):
    """An assumed use [L/h] of each of `units` persons or connections, ± in the sense of a 95 % interval."""

    litres_h: float
    plus_minus: float
    units: float


class NightUse(NamedTuple):
    """Legitimate use in one hour [m³/h].

    sd_m3h : its standard deviation; alone_sd_m3h : the part of it that no other night shares (MINUTE_ALONE)
    covered : share of connections whose meters told it; the rest is inferred or assumed
    assumed_m3h : the part of it that rests on an assumption and on no meter
    """

    value_m3h: float
    sd_m3h: float
    covered: float
    assumed_m3h: float
    alone_sd_m3h: float = 0.0


def class_night_use(metered: Metered, assumed: Rate, meter_sd: float) -> NightUse:
    """Night use of a class of customers: measured, with the rest inferred from a sample or assumed.

    assumed : what all connections of the class would use by assumption; meter_sd : relative, of the measured part

    Unmetered connections n − m at the mean q of m metered ones: (n − m) · q, whose variance is EVENT_M3 · q · (n − m) ·
    n / m: that of the sum of the unmetered, and that of the mean of m. A meter that is read once an hour, at any
    minute, tells an hour that begins at another with a variance of EVENT_M3 · q / 3: water is spread evenly between
    readings, so that a share φ of the hour is told by a neighbour: 2 φ (1 − φ) of the variance, over φ a third.

    SANFLOW's inputs for its Area 15 are 2,124 people in 278 connections; hand-computed by its defaults: 1.27 m³/h.

    >>> round(class_night_use(Metered(0.0, 0.0, 278), Rate(*ASSUMED_L_PERSON_H, 2124), 0.01).value_m3h, 3)
    1.274
    >>> found = class_night_use(Metered(0.1, 50.0, 100.0), Rate(0.6, 0.6, 240), 0.0)
    >>> found.value_m3h, round(found.sd_m3h, 4), found.covered, found.assumed_m3h
    (0.2, 0.1095, 0.5, 0.0)
    """
    rest = max(metered.connections - metered.covered, 0.0)
    share = metered.covered / metered.connections if metered.connections else 1.0
    minute = sqrt(EVENT_M3 * max(metered.volume_m3, 0.0) / 3)
    own = hypot(metered.volume_m3 * meter_sd, minute)
    if rest == 0.0:
        return NightUse(metered.volume_m3, own, 1.0, 0.0, MINUTE_ALONE * minute)
    if metered.covered >= LEAST_SAMPLE:
        mean = metered.volume_m3 / metered.covered
        spread = sqrt(EVENT_M3 * max(mean, 0.0) * rest * metered.connections / metered.covered)
        scale = 1 + rest / metered.covered
        return NightUse(
            metered.volume_m3 * scale, hypot(own * scale, spread), share, 0.0, MINUTE_ALONE * minute * scale
        )
    units = assumed.units * (rest / metered.connections)
    taken = assumed.litres_h * units / 1000
    whole = hypot(own, assumed.plus_minus * units / 1000 / Z95)
    return NightUse(metered.volume_m3 + taken, whole, share, taken, MINUTE_ALONE * minute)


def can_be_told(metered: Metered, assumed: Rate) -> bool:
    """Whether the use of a class follows from its meters, from a sample of them, or from an assumption for somebody.

    >>> nobody = Rate(0.6, 0.6, 0.0)
    >>> can_be_told(Metered(0.1, 5.0, 5.0), nobody), can_be_told(Metered(0.1, 5.0, 9.0), nobody)
    (True, False)
    """
    enough = min(LEAST_SAMPLE, metered.connections)
    return metered.covered >= enough - 1e-9 or assumed.units > 0


class Area(NamedTuple):
    """Whom a zone, municipality or region supplies, at one time: its outermost zones together.

    others : connections of customers who are no households, as registered; households are the remainder
    """

    households: float
    others: float
    persons: float


def area(outermost: Iterable[Zone], household_points: int, other_points: int) -> Area:
    """The area of some zones, of which so many customers are registered as points."""
    zones = list(outermost)
    homes = max(sum(zone.connections for zone in zones) - other_points, household_points)
    return Area(float(homes), float(other_points), float(sum(zone.population_served for zone in zones)))


class Assumptions(NamedTuple):
    """What is assumed in an area at a time: use of all its households and other customers, errors of what is metered.

    sources : where the rates come from, in the words of balance_inputs.csv; empty: this program's defaults
    meter_sd, operations_sd : relative standard deviations
    """

    homes: Rate
    others: Rate
    sources: tuple[str, ...]
    meter_sd: float
    operations_sd: float


def assumptions(region: Region, subject: str, moment: datetime, who: Area) -> Assumptions:
    """The assumptions that hold for a subject: its own, its municipality's, the region's, or this program's."""
    said = Settings(region, subject, moment)
    person, connection, other = (said.row(name) for name in (PERSON_RATE, CONNECTION_RATE, OTHER_RATE))
    homes = Rate(*ASSUMED_L_PERSON_H, who.persons)
    if person is not None:
        homes = Rate(person.value, person.plus_minus, who.persons)
    if connection is not None:
        homes = Rate(connection.value, connection.plus_minus, who.households)
    others = Rate(*ASSUMED_L_OTHER_H, who.others)
    if other is not None:
        others = Rate(other.value, other.plus_minus, who.others)
    stated = said.stated(USE_ERROR)
    # At night customers' meters work near their lower end, where their class permits more.
    meter_sd = standard_deviation(LOWER[2]) if stated is None else stated / 100 / Z95
    sources = tuple(row.source for row in (connection or person, other) if row is not None)
    return Assumptions(homes, others, sources, meter_sd, said.plus_minus(OPERATIONS_ERROR) / 100 / Z95)


def households_night_use(homes: Iterable[tuple[Metered, Rate]], meter_sd: float) -> NightUse:
    """Night use of the households of several zones, each by its own meters, sample or assumption.

    A house of one family says nothing of a block of flats in the next zone: a mean per connection stays in its zone.
    What is assumed errs alike in all of them. Hand-computed: 150 metered houses, and 4,000 persons at 2 ± 0.5 L/h.

    >>> found = households_night_use(
    ...     [(Metered(0.9, 150.0, 150.0), Rate(2.0, 0.5, 340)), (Metered(0.0, 0.0, 900.0), Rate(2.0, 0.5, 4000))], 0.0)
    >>> round(found.value_m3h, 3), round(found.covered, 3), found.assumed_m3h
    (8.9, 0.143, 8.0)
    """
    several = list(homes)
    parts = [class_night_use(metered, assumed, meter_sd) for metered, assumed in several]
    alike = sum(part.sd_m3h for part in parts if part.assumed_m3h > 0)
    connections = sum(metered.connections for metered, _ in several)
    covered = sum(min(metered.covered, metered.connections) for metered, _ in several)
    return NightUse(
        sum(part.value_m3h for part in parts),
        hypot(alike, *(part.sd_m3h for part in parts if part.assumed_m3h == 0)),
        covered / connections if connections else 1.0,
        sum(part.assumed_m3h for part in parts),
        hypot(*(part.alone_sd_m3h for part in parts)),
    )


def legitimate_night_use(
    homes: Sequence[tuple[Metered, Rate]], others: Metered, own_use_m3: float, logged_m3: float, assumed: Assumptions
) -> NightUse:
    """Night use of an area in one hour: households, other customers, metered own use, logged flushing and the like.

    homes : households of each of its zones; others : without the large users that were taken off the night flow already
    """
    parts = [
        households_night_use(homes, assumed.meter_sd),
        class_night_use(others, assumed.others, assumed.meter_sd),
        NightUse(own_use_m3, own_use_m3 * assumed.meter_sd, 1.0, 0.0),
        NightUse(logged_m3, logged_m3 * assumed.operations_sd, 1.0, 0.0),
    ]
    households = sum(metered.connections for metered, _ in homes)
    connections = households + others.connections
    covered = parts[0].covered * households + min(others.covered, others.connections)
    return NightUse(
        sum(part.value_m3h for part in parts),
        hypot(*(part.sd_m3h for part in parts)),
        covered / connections if connections else 1.0,
        sum(part.assumed_m3h for part in parts),
        hypot(*(part.alone_sd_m3h for part in parts)),
    )


def logged_in_hour_m3(operations: Iterable[Operation], at: datetime) -> float:
    """Volume of logged operations in the hour from a time: each spread evenly over its own duration."""
    total = 0.0
    for item in operations:
        if item.volume_m3 is None or item.end is None or item.end <= item.start:
            continue
        overlap = min(item.end, at + timedelta(hours=1)) - max(item.start, at)
        total += item.volume_m3 * max(overlap / (item.end - item.start), 0.0)
    return total
