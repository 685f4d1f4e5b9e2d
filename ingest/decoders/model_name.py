"""Whether a name that a person gave (of a profile, a device, a topic) names a certain model."""

from __future__ import annotations

import re
from functools import lru_cache

_RUN = re.compile(r"[a-z]+|\d+")


@lru_cache(maxsize=4096)
def runs(text: str) -> tuple[str, ...]:
    """A name's runs of letters and of digits, lower case.

    >>> runs("Milesight EM500-SWL"), runs("flowIQ2200")
    (('milesight', 'em', '500', 'swl'), ('flowiq', '2200'))
    """
    return tuple(_RUN.findall(text[:200].casefold()))


_OTHER_MEDIA = str.split(
    """hc-003-55 multical-303 multical-403 multical-602 multical-603 multical-803 qalcosonic-e1 qalcosonic-e3
    qalcosonic-e4 sharky sensostar zelsius sonometer heat-meter heatmeter waermezaehler gas-meter gasmeter
    electricity-meter energy-meter heat-cost"""
)
"""Models, and words for models, of meters of heat, gas and electricity."""


@lru_cache(maxsize=16_384)
def names_another_medium(name: str) -> bool:
    """Whether a name is that of a meter of heat, gas or electricity.

    >>> names_another_medium("kamstrup hc-003-55-multical"), names_another_medium("kamstrup multical 21")
    (True, False)
    """
    return any(fit(phrase, name) for phrase in _OTHER_MEDIA)


@lru_cache(maxsize=16_384)
def fit(phrase: str, name: str) -> int:
    """How many runs of a phrase a name has, 0 where one of the phrase's words is missing.

    >>> fit("axioma w1", "Axioma QALCOSONIC W1"), fit("axioma w1", "axioma-w12"), fit("em500-swl", "EM500 SWL v2")
    (3, 0, 3)
    """
    have = runs(name)
    found = 0
    for word in phrase.split():
        part = runs(word)
        if not any(have[at : at + len(part)] == part for at in range(len(have) - len(part) + 1)):
            return 0
        found += len(part)
    return found
