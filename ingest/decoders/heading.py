"""Headings that name a place, a quantity and in brackets its unit: "VDJ Podháj hladina [m]", "Tlak ČS-2 (kPa)".

So SCADA programs export what they measure at several places: a column each, the time in the first. Such a column is of
its place, not of whoever sent the table.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ingest.decoders.fields import is_no_reading, meanings, stored, words
from models.units import find_unit

_BRACKETED = re.compile(r"(?P<text>[^\[\]()]{3,100}?)\s*[\[(]\s*(?P<unit>[^\[\]()]{1,16}?)\s*[\])]$")
_GAP = re.compile(r"[\s_]+")
_QUALIFIERS = frozenset(
    str.split(
        """denni mesicni rocni hodinovy hodinova tydenni nocni prumer prumerny prumerna prumerne maximalni minimalni
        maximum minimum celkovy celkova celkem soucet suma rozdil limit mez zadany zadana pozadovany pozadovana
        vypocteny vypoctena korigovany minuly minula predchozi posledni aktualni okamzity okamzita stredni vstupni
        vystupni vstup vystup tages monats jahres mittlere mittlerer maximale minimale soll grenzwert summe letzte
        aktuelle aktueller current instantaneous residual total corrected calculated manual"""
    )
)
"""Words beside a quantity that are no place: what makes a maximum or a sum of it, or says which of two at one place."""


class Heading(NamedTuple):
    """place : as written; field : the quantity's name; unit : as written in the brackets"""

    place: str
    field: str
    unit: str


@lru_cache(maxsize=4096)
def heading_of(name: str) -> Heading | None:
    """What a heading with a place names; None where it names none, or not all three.

    >>> heading_of("VDJ Podháj hladina [m]"), heading_of("Denní průtok [m3/d]")
    (Heading(place='VDJ Podháj', field='hladina', unit='m'), None)
    """
    match = _BRACKETED.match(name.strip())
    if match is None or find_unit(match["unit"]) is None or meanings(match["text"]):
        return None
    parts = [part for part in _GAP.split(match["text"].strip(" -:")) if part.strip("-:")]
    for cut in range(1, len(parts)):
        for place, field in ((parts[:cut], parts[cut:]), (parts[len(parts) - cut :], parts[: len(parts) - cut])):
            named, text = "_".join(field), " ".join(place).strip(" -:")
            if _is_place(text) and any(stored(one.quantity, 1.0, match["unit"]) is not None for one in meanings(named)):
                return Heading(text, named, match["unit"])
    return None


def _is_place(text: str) -> bool:
    """Whether words can be a place's name: capitals or a number, and none that makes something else of a quantity."""
    if not text or is_no_reading(text) or not _QUALIFIERS.isdisjoint(words(text)):
        return False
    return any(sign.isupper() or sign.isdigit() for sign in text)
