"""Whether a supplier falls under the leakage assessment of directive (EU) 2020/2184, article 4(3), and what it tells.

The article (read in French, doctrine.fr): levels of leakage are assessed by the infrastructure leakage index (ILI) or
another suitable method; at least suppliers of 10 000 m³ a day or more, or serving 50 000 people or more, are covered.
"""

from __future__ import annotations

from typing import NamedTuple

from models.registry import Region
from models.rollup import Level

LEAST_M3D = 10_000.0
LEAST_PEOPLE = 50_000


class Supplier(NamedTuple):
    """A municipality, or the region as one supplier.

    people : persons supplied; supplied_m3d : mean net input of twelve months, None where it is not known
    """

    level: Level
    subject: str
    people: int
    supplied_m3d: float | None

    @property
    def must_assess(self) -> bool | None:
        """Whether the directive's assessment covers it; None where that hangs on a volume that is not known.

        >>> Supplier("municipality", "a", 50_000, None).must_assess, Supplier("municipality", "b", 10, None).must_assess
        (True, None)
        >>> Supplier("municipality", "c", 49_999, 9_999.0).must_assess
        False
        """
        if self.people >= LEAST_PEOPLE:
            return True
        return None if self.supplied_m3d is None else self.supplied_m3d >= LEAST_M3D


def people_supplied(region: Region, level: Level, subject: str) -> int:
    """Persons supplied: of municipalities as the registry says, of a zone those of its outermost zone."""
    if level == "region":
        return sum(town.population_supplied for town in region.municipalities)
    if level == "municipality":
        return region.municipality[subject].population_supplied
    zone = region.zone.get(subject)
    return zone.population_served if zone is not None else 0
