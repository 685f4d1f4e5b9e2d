"""What a heading means: roles of columns and quantities, in Czech, English and German.

A heading is compared as a whole, without accents, case, punctuation and the unit in it. What is not here is not
understood, and a person names it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, cast

from ingest.decoders.fields import DIMENSION_OF, is_no_reading, meanings, own_unit
from ingest.tables.heading_words import ATTRIBUTES, QUANTITY_WORDS, ROLES
from ingest.tables.time_cells import unaccented
from models.quantity import QUANTITIES
from models.tables import Role
from models.units import find_unit

_GENERIC_OF_DIMENSION = {
    "flow": "flow_m3h",
    "pressure": "pressure_m",
    "turbidity": "turbidity_ntu",
    "conductivity": "conductivity_uscm",
}
"""What a column of one device can only be, by its unit; a volume may be a register or an interval's, so it waits."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PUNCTUATION = re.compile(r"[\s_\-–—./:;,()\[\]{}#'\"°*|]+")
_BRACKETS = re.compile(r"\s*[\[(]\s*([^\])]{1,16})\s*[\])]\s*")
_TAIL_UNIT = re.compile(r"(?:^|[\s_,;/-]|\bv\s)([^\s_,;]{1,10})$")


def normal(text: str) -> str:
    """A heading as the tables above write it.

    >>> normal("Č. vodoměru:"), normal("DATUM_ODEČTU"), normal("Zähler-Nr.")
    ('c vodomeru', 'datum odectu', 'zahler nr')
    """
    return " ".join(part for part in _PUNCTUATION.split(unaccented(text)) if part)


def _table(groups: dict[str, str]) -> dict[str, str]:
    return {" ".join(word.split()): name for name, words in groups.items() for word in words.split("|") if word.strip()}


_ROLE_OF = _table(ROLES)
_ATTRIBUTE_OF = _table(ATTRIBUTES) | {name.replace("_", " "): name for name in ATTRIBUTES}
_QUANTITY_OF = _table(QUANTITY_WORDS)


class Split(NamedTuple):
    """A heading without its unit, and the unit, empty where it has none."""

    stem: str
    unit: str


@lru_cache(maxsize=8192)
def split_unit(heading: str) -> Split:
    """A heading's words and its unit.

    >>> split_unit("Průtok [l/s]"), split_unit("objem m³"), split_unit("Q_lps")
    (Split(stem='Průtok', unit='l/s'), Split(stem='objem', unit='m³'), Split(stem='Q', unit='lps'))
    >>> split_unit("Objem [tis. m3]"), split_unit("Stav")
    (Split(stem='Objem', unit='tis. m3'), Split(stem='Stav', unit=''))
    """
    text = " ".join(heading.split())
    for match in reversed(list(_BRACKETS.finditer(text))):
        if is_unit(match[1]):
            return Split((text[: match.start()] + " " + text[match.end() :]).strip(" -–,;:"), match[1])
    for cut in (2, 1):
        words = text.rsplit(None, cut)
        tail = " ".join(words[1:])
        if len(words) == cut + 1 and is_unit(tail) and _is_long_enough(tail):
            return Split(words[0].strip(" -–,;:"), tail)
    tail_unit = _TAIL_UNIT.search(text)
    if tail_unit and is_unit(tail_unit[1]) and _is_long_enough(tail_unit[1]):
        return Split(text[: tail_unit.start()].strip(" -–,;:_"), tail_unit[1])
    if is_unit(text) and len(text) > 1:
        return Split("", text)
    return Split(text, "")


def _is_long_enough(unit: str) -> bool:
    """A single letter at the end of a heading is as well its name: pump C, pole V."""
    return len(unit) > 1 or unit in "m%"


_OTHERS = frozenset(
    ["maximalni", "minimalni", "maxima", "minima", "predchozi", "minuly", "minule", "lonsky", "lonske", "rozdil"]
) | frozenset(["soucet", "celkem", "plan", "planovany", "norma", "mez", "meze", "vorheriger", "letzter", "summe"])


def names_another(words: str) -> bool:
    """Whether a heading, or one of the group above it, makes of a reading something else: a maximum, a limit, a sum.

    >>> names_another("Minimální"), names_another("Max. hodnoty"), names_another("VDJ Bynov")
    (True, True, False)
    """
    return is_no_reading(words) or not _OTHERS.isdisjoint(normal(words).split())


THOUSAND_M3 = frozenset(["tis m3", "tis m³", "tism3", "1000 m3", "10^3 m3", "tsd m3", "tm3", "tis. m3", "tis. m³"])


def is_unit(word: str) -> bool:
    """Whether a word is a unit that we know, "tis. m3" of billed volumes with them.

    >>> is_unit("l/s"), is_unit("m n. m."), is_unit("Děčín")
    (True, True, False)
    """
    trimmed = word.strip()
    return find_unit(trimmed) is not None or trimmed.casefold() in THOUSAND_M3 or trimmed.casefold() in _ABOVE_SEA


_ABOVE_SEA = frozenset(["m n. m.", "m n.m.", "mnm", "m n m", "m nm", "m ü. nn", "m ü.nn", "m a.s.l.", "m asl"])


@lru_cache(maxsize=8192)
def role_of(heading: str) -> Role | None:
    """The role of a column that is no value, None where its heading is none of ours.

    >>> role_of("Číslo vodoměru"), role_of("Zeitstempel"), role_of("receivedAt"), role_of("Průtok")
    ('device', 'time', 'time', None)
    """
    return cast("Role | None", _ROLE_OF.get(normal(heading)) or _ROLE_OF.get(normal(_CAMEL.sub(" ", heading))))


def roles_of(heading: str) -> str:
    """What a heading may be, for telling a head from rows: any role, attribute or quantity; empty where nothing."""
    stem = split_unit(heading).stem
    role = role_of(heading) or role_of(stem)
    if role:
        return role
    return attribute_of(heading) or quantity_of(stem, split_unit(heading).unit) or ""


def attribute_of(heading: str) -> str:
    """The column of devices.csv or assignments.csv that a heading means, or an empty word.

    >>> attribute_of("Q3 (m3/h)"), attribute_of("Ověření do"), attribute_of("Barva")
    ('q3_m3h', 'verified_until', '')
    """
    stem = split_unit(heading).stem
    return _ATTRIBUTE_OF.get(normal(heading)) or _ATTRIBUTE_OF.get(normal(stem)) or ""


@lru_cache(maxsize=8192)
def quantity_of(words: str, unit: str = "") -> str:
    """The quantity that words name, with the help of a unit where they leave it open; empty where unknown.

    >>> quantity_of("Průtok"), quantity_of("Zählerstand"), quantity_of("Hladina", "m n. m."), quantity_of("Obec")
    ('flow_m3h', 'volume_m3', 'stage_m', '')
    >>> quantity_of("Teplota", "°C"), quantity_of("volume_m3"), quantity_of("Objem", "m3"), quantity_of("Max. průtok")
    ('', 'volume_m3', '', '')
    """
    if words in QUANTITIES:
        return words
    name = normal(words)
    found = _QUANTITY_OF.get(name, "")
    if found == "level_m" and unit.strip().casefold() in _ABOVE_SEA:
        return "stage_m"
    if found and (not unit or fits(found, unit)):
        return found
    if found or not name or name in _LEFT_OPEN or is_no_reading(words):
        return ""
    known = {meaning.quantity for meaning in meanings(name.replace(" ", "_"))}
    fitting = {quantity for quantity in known if not unit or fits(quantity, unit)}
    return fitting.pop() if len(fitting) == 1 else ""


_LEFT_OPEN = frozenset(
    "objem|volume|volumen|total|celkem|teplota|temperature|temp|temperatur|napeti|voltage".split("|")  # noqa: SIM905 - to be read
)
"""Words that name several things in tables: a register or an interval, water or air. A person says which."""


def quantity_of_unit(unit: str) -> str:
    """What a device's column can only be by its unit, or an empty word.

    >>> quantity_of_unit("l/s"), quantity_of_unit("bar"), quantity_of_unit("m3")
    ('flow_m3h', 'pressure_m', '')
    """
    found = find_unit(unit)
    return _GENERIC_OF_DIMENSION.get(found.dimension, "") if found else ""


def fits(quantity: str, unit: str) -> bool:
    """Whether values of a quantity can be in a unit.

    >>> fits("flow_m3h", "l/s"), fits("pressure_m", "m"), fits("flow_m3h", "m3"), fits("stage_m", "m n. m.")
    (True, True, False, True)
    """
    if unit.strip().casefold() in _ABOVE_SEA:
        return quantity == "stage_m"
    found, dimension = find_unit(unit), DIMENSION_OF.get(quantity)
    if found is None or dimension is None:
        return False
    return found.dimension == dimension or (dimension == "pressure" and found.dimension == "length")


def unit_of(quantity: str) -> str:
    """The unit that a quantity of our own naming carries (flow_m3h: m³/h), empty for counts and states."""
    return own_unit(quantity)


def needs_unit(quantity: str) -> bool:
    """Whether a quantity's values mean nothing without a unit.

    >>> needs_unit("flow_m3h"), needs_unit("pulses"), needs_unit("ph")
    (True, False, False)
    """
    return quantity in DIMENSION_OF
