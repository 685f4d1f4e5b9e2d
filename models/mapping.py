"""Mapping rules of sources.toml: which field of a payload is which quantity, and which says device or time.

A rule is a field's path and what it is:

    "volume" = "volume_m3"              in the quantity's own unit
    "m.p1" = "pressure_m bar"           in another unit
    "ai3" = "level_m cm * 0.1"          in steps: a count of 1 is 0.1 cm
    "regs[0]" = "volume_m3 l"           the first of a list
    "sensors[*].v" = "temperature_c °C" every one of a list
    "sensors[type=flow].v" = "flow_m3h l/s"  those of a list whose `type` is flow
    "meta.serial" = "device", "ts" = "time", "when" = "time %d.%m.%Y %H:%M", "in" = "channel", "n" = "ignore"
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from models.quantity import QUANTITIES
from models.quantity_units import DIMENSION_OF, own_unit, stored

Role = Literal["value", "device", "time", "channel", "ignore"]

ROLES: tuple[Role, ...] = ("device", "time", "channel", "ignore")
EPOCH_UNITS = ("s", "ms", "us", "ns")

_FACTOR = re.compile(r"^(?P<unit>[^*×]*?)\s*[*×]\s*(?P<factor>[0-9.eE+-]+)$")
_STEP = re.compile(r"\[([^\[\]]*)\]")
_PATH = re.compile(r"^(?:[^\[\]]+|\[(?:\d{1,4}|\*|[^\[\]=]{1,60}=[^\[\]]{1,60})\])+$")
_ITEM = re.compile(r"\[[^\]]*\]")
_TIME_WORDS = re.compile(r"%[YymdHMSfzZjpIbB]")


class MappingError(ValueError):
    """A rule that can't be followed; its text says why and what to write."""


class Target(NamedTuple):
    """What a mapped field is.

    quantity, unit, factor : for values; value × factor is in `unit`
    detail : for times the unit of a number (s, ms, us, ns) or a pattern of strptime; empty: as it is written
    """

    role: Role
    quantity: str = ""
    unit: str = ""
    factor: float = 1.0
    detail: str = ""


@lru_cache(maxsize=4096)
def target(rule: str) -> Target:
    """What a rule says.

    Raises MappingError.

    >>> target("pressure_m bar").unit, target("level_m cm * 0.1").factor, target("time ms").detail
    ('bar', 0.1, 'ms')
    """
    word, _, rest = rule.strip().partition(" ")
    rest = rest.strip()
    if word in ROLES:
        return _role(word, rest)
    if word not in QUANTITIES:
        raise MappingError(f"{word[:40]!r} is no quantity and none of {', '.join(ROLES)}")
    factor = 1.0
    if match := _FACTOR.match(rest):
        rest = match["unit"].strip()
        try:
            factor = float(match["factor"])
        except ValueError:
            raise MappingError(f"{match['factor'][:20]!r} is no factor; write {word} {rest or 'unit'} * 0.1") from None
    if not math.isfinite(factor) or factor == 0.0:
        raise MappingError(f"a factor of {factor:g} leaves nothing of a value")
    if rest and word not in DIMENSION_OF:
        raise MappingError(f"{word} has no unit, so {rest[:20]!r} can't be its")
    if rest and stored(word, 1.0, rest) is None:
        raise MappingError(f"{rest[:20]!r} is no unit of {word}; write one such as {own_unit(word)}")
    return Target("value", word, rest or own_unit(word), factor)


def _role(word: str, rest: str) -> Target:
    if word == "time" and rest and rest not in EPOCH_UNITS and not _TIME_WORDS.search(rest):
        raise MappingError(f"time {rest[:30]!r}: write {', '.join(EPOCH_UNITS)} or a pattern such as %d.%m.%Y %H:%M")
    if word != "time" and rest:
        raise MappingError(f"nothing may follow {word}, and {rest[:30]!r} does")
    return Target(word, detail=rest)  # type: ignore[arg-type]  # the caller found it in ROLES


def path_problem(path: str) -> str:
    """Why a field's path can't be followed, empty where it can.

    >>> path_problem("sensors[type=flow].v"), path_problem("a[b")
    ('', "'a[b' is no path; write names between points, [0], [*] or [name=value] for lists")
    """
    if _PATH.match(path) and path == path.strip():
        return ""
    return f"{path[:60]!r} is no path; write names between points, [0], [*] or [name=value] for lists"


class RoleRule(NamedTuple):
    """A rule for a device, time or channel: objects at paths like `within` have it at `names`."""

    within: re.Pattern[str]
    names: str
    target: Target


class Rules:
    """A source's rules, ready to be looked up by the path at which a value stands.

    Paths of list items are written `readings[3;type=flow].v`: the place, then what `selectors` names of the item.
    Rules that can't be followed are left out; `smartvoda check` names them.
    """

    def __init__(self, mapping: tuple[tuple[str, str], ...]) -> None:
        self._exact = {path: rule for path, rule in mapping if "[" not in path}
        patterned = [(path, rule) for path, rule in mapping if "[" in path]
        self._patterns = [(_pattern(path), rule) for path, rule in patterned]
        self.selectors = tuple(
            sorted({step.partition("=")[0] for path, _ in patterned for step in _STEP.findall(path) if "=" in step})
        )
        self.has_lists = bool(patterned)
        self._stems = tuple(_ITEM.sub("[]", path) for path, _ in mapping)
        self.roles = tuple(_role_rules(mapping))

    def __bool__(self) -> bool:
        return bool(self._exact or self._patterns)

    def reach(self, path: str) -> bool:
        """Whether a rule names something below a path."""
        plain = _ITEM.sub("[]", path)
        return any(stem.startswith((f"{plain}.", f"{plain}[")) for stem in self._stems)

    def rule(self, path: str) -> str | None:
        """The rule for a value at a path, None where there is none."""
        found = self._exact.get(path)
        if found is None and self._patterns:
            return next((rule for pattern, rule in self._patterns if pattern.match(path)), None)
        return found


def _role_rules(mapping: tuple[tuple[str, str], ...]) -> Iterator[RoleRule]:
    for path, rule in mapping:
        try:
            found = target(rule)
        except MappingError:
            continue
        if found.role != "value":
            within, bracket, names = path.rpartition("]")
            yield RoleRule(_pattern(within + bracket), names.lstrip("."), found)


def item_path(path: str, at: int, item: object, selectors: tuple[str, ...]) -> str:
    """The path of a list's item.

    >>> item_path("sensors", 3, {"type": "flow", "v": 1}, ("type",))
    'sensors[3;type=flow]'
    """
    said = ""
    if selectors and isinstance(item, dict):
        said = "".join(f";{name}={str(item[name])[:60]}" for name in selectors if name in item)
    return f"{path}[{at}{said}]"


def _pattern(path: str) -> re.Pattern[str]:
    parts: list[str] = []
    end = 0
    for match in _STEP.finditer(path):
        parts.append(re.escape(path[end : match.start()]))
        step = match[1]
        if "=" in step:
            parts.append(rf"\[\d+(?:;[^\];]*)*;{re.escape(step)}(?:;[^\]]*)?\]")
        else:
            place = r"\d+" if step == "*" else re.escape(step)
            parts.append(rf"\[{place}(?:;[^\]]*)?\]")
        end = match.end()
    return re.compile("".join(parts) + re.escape(path[end:]) + r"\Z")
