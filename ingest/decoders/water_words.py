"""Whether a name that a person gave says that something is of water.

Bridges of homes carry everything: a probe's temperature or a battery is the water's only where a name says so.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.decoders.fields import words

_WATER = re.compile(
    r"(?:water|wasser|agua|acqua|eau|leak|flood|hladin|vod(?:a|y|u|ni|ou|omer|ojem|arn|ovod)|vdj|well|pipe|potrub|"
    r"tank|nadrz|reservoir|behalter|brunnen|studn|pramen|zdroj|kohout)"
)
_ELSE = re.compile(
    r"(?:gas(?:meter|zaehler|zahler|uhr)?$|plyn|strom|electr|elektr|power|energ|heat|heiz|waerme|warme|topen|kotel|"
    r"boiler|oil|oel|solar|pool|bazen|wetter|weather|meteo|pocasi)"
)


@lru_cache(maxsize=8192)
def is_of_water(name: str) -> bool:
    """Whether a name (a topic's, an entity's) says water; of several media the last one named is the value's.

    >>> is_of_water("tele/vodomer/SENSOR"), is_of_water("kotelna/vodomer"), is_of_water("voda/gaszaehler/main")
    (True, True, False)
    """
    return _medium(name) == "water"


@lru_cache(maxsize=8192)
def is_of_else(name: str) -> bool:
    """Whether a name says another medium: gas, electricity, heat, weather.

    >>> is_of_else("plynomer/total_m3"), is_of_else("kotelna/vodomer"), is_of_else("cs/7")
    (True, False, False)
    """
    return _medium(name) == "else"


def _medium(name: str) -> str:
    for word in reversed(words(name)):
        if _ELSE.match(word):
            return "else"
        if _WATER.match(word):
            return "water"
    return ""
