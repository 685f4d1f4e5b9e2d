"""How use is spread over the hours of a workday, a Saturday and a Sunday. Each profile has a mean week of 1."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ingest.simulator.chance import Floats

_WEEK = np.array([5.0, 1.0, 1.0]) / 7

# Hour by hour from midnight, local time. Nights are as high as in real districts: cisterns, leaking fittings, shifts.
_HOME = (
    "42 34 31 31 36 62 112 142 130 112 102 98 100 98 98 102 112 128 142 150 148 130 98 64",
    "50 39 33 31 32 40 64 100 138 152 148 138 130 120 112 110 112 120 130 138 134 118 95 70",
    "52 41 34 31 31 37 56 90 130 150 150 144 136 122 112 110 114 124 138 150 146 124 94 66",
)
_DAYTIME = (
    "35 33 32 32 34 45 75 110 150 165 168 165 162 155 150 142 125 105 85 70 58 50 44 38",
    "34 32 31 31 32 35 40 50 62 70 74 76 74 70 64 58 52 48 45 42 40 38 36 35",
    "34 32 31 31 31 33 36 42 48 52 54 55 54 52 50 48 46 44 42 40 38 37 36 35",
)
_EVENING = (
    "70 58 50 46 46 55 85 110 105 98 92 100 125 118 92 90 98 112 130 142 146 138 118 92",
    "80 66 55 48 46 50 70 100 122 122 108 110 128 122 102 100 108 122 138 150 152 146 126 102",
    "82 68 56 48 46 48 66 96 122 126 112 112 132 124 104 98 102 112 122 130 128 116 98 80",
)
_EVEN = (
    "92 90 88 88 90 96 106 110 110 108 108 106 106 106 110 108 104 102 100 100 100 98 96 94",
    "88 86 85 85 86 90 96 98 100 100 98 98 98 98 100 98 96 95 94 94 93 92 90 88",
    "86 84 83 83 84 86 90 92 94 94 94 93 93 93 94 93 92 91 91 90 90 89 88 87",
)
_OWN_USE = ("100 " * 24, "100 " * 24, "100 " * 24)

_FORMS = {
    "home": (_HOME, 0.70),
    "school": (_DAYTIME, 0.95),
    "offices": (_DAYTIME, 0.85),
    "workshop": (_DAYTIME, 0.85),
    "shops": (_DAYTIME, 0.70),
    "hotel": (_EVENING, 0.90),
    "inn": (_EVENING, 1.00),
    "public_baths": (_EVENING, 0.90),
    "hospital": (_EVENING, 0.45),
    "farm": (_HOME, 0.60),
    "brewery": (_EVEN, 1.60),
    "plant": (_EVEN, 1.00),
    "own_use": (_OWN_USE, 1.00),
    "village": (_HOME, 0.70),
}
"""Profile → hours of the three kinds of days, and how strongly they stand out from an even flow."""


@lru_cache(maxsize=64)
def profile(name: str) -> Floats:
    """Use by kind of day (3) and local hour (24), relative to the mean of a week; an unknown name is a workshop."""
    forms, contrast = _FORMS.get(name, _FORMS["workshop"])
    table = np.array([[float(word) for word in form.split()] for form in forms])
    table /= (_WEEK[:, None] * table).sum() / 24
    return np.asarray(1.0 + contrast * (table - 1.0))


def shifted(table: Floats, hours: Floats) -> Floats:
    """Copies of a profile moved later by fractions of an hour, one a row of `hours`: (len(hours), 3, 24)."""
    later = np.roll(table, 1, axis=1)[None]
    part = np.clip(hours, 0.0, 1.0)[:, None, None]
    return np.asarray((1.0 - part) * table[None] + part * later)
