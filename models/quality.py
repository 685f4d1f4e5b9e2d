"""Quality of a value, named as QARTOD names it, plus ESTIMATED.

Source: U.S. IOOS, Manual for Real-Time Quality Control (QARTOD), flag scheme of IOC 54:V3.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Quality(IntEnum):
    """What is known of a value's trustworthiness; the number is what the store keeps."""

    GOOD = 1
    UNKNOWN = 2
    SUSPECT = 3
    FAIL = 4
    ESTIMATED = 5
    MISSING = 9


PRECEDENCE = (
    Quality.FAIL,
    Quality.MISSING,
    Quality.SUSPECT,
    Quality.ESTIMATED,
    Quality.UNKNOWN,
    Quality.GOOD,
)
"""The gravest first."""


def worst(qualities: Iterable[Quality]) -> Quality:
    """The quality that stands for several: the first present of FAIL, MISSING, SUSPECT, ESTIMATED, UNKNOWN, GOOD.

    >>> worst([Quality.GOOD, Quality.SUSPECT])
    <Quality.SUSPECT: 3>
    """
    present = set(qualities)
    return next((quality for quality in PRECEDENCE if quality in present), Quality.UNKNOWN)


USABLE = frozenset({Quality.GOOD, Quality.UNKNOWN, Quality.ESTIMATED})
"""Qualities whose values count in sums."""
