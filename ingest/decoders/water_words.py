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
    """Whether a name (a topic's, an entity's) has a word of water and none of another medium.

    >>> is_of_water("tele/vodomer/SENSOR"), is_of_water("tele/Wetterstation/SENSOR"), is_of_water("gaszaehler/main")
    (True, False, False)
    """
    said = words(name)
    return any(_WATER.match(word) for word in said) and not is_of_else(name)


@lru_cache(maxsize=8192)
def is_of_else(name: str) -> bool:
    """Whether a name has a word of another medium: gas, electricity, heat, weather."""
    return any(_ELSE.match(word) for word in words(name))
