"""Reading and writing the TOML files of a region: region, reservoirs, sources."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

from models.device import canonical
from models.region_problem import Problem
from models.registry import Reservoir, Source

REGION_KEYS: dict[str, Any] = {"name": str, "languages": list, "timezone": str, "simulated": bool, "currency": str}
_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")


def load(file: str, text: str) -> tuple[dict[str, Any], list[Problem]]:
    """A TOML file's content, or the problem that it can't be read."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff")), []
    except tomllib.TOMLDecodeError as error:
        return {}, [Problem("region.toml_syntax", file, None, "", f"not readable as TOML: {error}")]


def read_region(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Values of region.toml: name, languages, timezone, simulated (default false), currency (default CZK)."""
    defaults = {"languages": ["cs", "en", "de"], "simulated": False, "currency": "CZK"}
    values: dict[str, Any] = {**defaults, **content}
    problems = [_unknown_key("region.toml", None, key, REGION_KEYS) for key in content if key not in REGION_KEYS]
    for key, kind in REGION_KEYS.items():
        if key not in values:
            problems.append(Problem("region.missing_key", "region.toml", None, key, f"{key} is missing; add it"))
        elif not isinstance(values[key], kind) or values[key] in ("", []):
            problems.append(
                Problem("region.bad_value", "region.toml", None, key, f"{values[key]!r} is no {kind.__name__}; mend it")
            )
    if not problems:
        try:
            ZoneInfo(values["timezone"])
        except (KeyError, ValueError, OSError):
            cure = "write a name of the IANA list such as Europe/Prague"
            message = f"{values['timezone']!r} is no time zone; {cure}"
            problems.append(Problem("region.bad_timezone", "region.toml", None, "timezone", message))
        values["languages"] = tuple(str(language) for language in values["languages"])
    return values, problems


def write_region(name: str, languages: Sequence[str], timezone: str, simulated: bool, currency: str) -> str:
    """The canonical region.toml."""
    pairs: dict[str, Any] = {
        "name": name,
        "languages": languages,
        "timezone": timezone,
        "simulated": simulated,
        "currency": currency,
    }
    return "".join(f"{key} = {_value(value)}\n" for key, value in pairs.items())


def read_tables(
    file: str, name: str, make: type[Reservoir] | type[Source], content: Mapping[str, Any]
) -> tuple[tuple[Any, ...], list[Problem]]:
    """The [[name]] tables of a file as dataclasses, and every problem found on the way."""
    problems = [_unknown_key(file, None, key, {name: None}) for key in content if key != name]
    tables = content.get(name, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        message = f"{name} is no list of tables; begin each with [[{name}]]"
        return (), [*problems, Problem("region.bad_value", file, None, name, message)]
    items = []
    for number, table in enumerate(tables, start=1):
        item, found = _read_item(file, number, make, table)
        problems += found
        items += [] if found else [item]
    return tuple(items), problems


def _read_item(
    file: str, number: int, make: type[Reservoir] | type[Source], table: Mapping[str, Any]
) -> tuple[Any, list[Problem]]:
    hints = get_type_hints(make)
    known: dict[str, Field[Any]] = {field.name: field for field in fields(make)}
    problems = [_unknown_key(file, number, key, known) for key in table if key not in known]
    values: dict[str, Any] = {}
    for key, field in known.items():
        if key in table:
            try:
                values[key] = _convert(key, table[key], hints[key])
            except (TypeError, ValueError):
                message = f"{table[key]!r} does not fit; {_wanted(key, hints[key])}"
                problems.append(Problem("region.bad_value", file, number, key, message))
        elif field.default is MISSING and hints[key] is str and key not in ("reservoir", "name", "topic_filter"):
            values[key] = ""
        elif field.default is MISSING:
            problems.append(Problem("region.missing_key", file, number, key, f"{key} is missing; add it"))
    return (None if problems else make(**values)), problems


def _convert(key: str, value: Any, hint: Any) -> Any:
    """A TOML value in the shape of its field. Raises TypeError or ValueError."""
    if key == "mapping":
        if not isinstance(value, dict) or not all(isinstance(quantity, str) for quantity in value.values()):
            raise TypeError
        return tuple(value.items())
    if key in ("curve", "rule_curve"):
        first = float if key == "curve" else _whole
        return tuple((first(a), _number(b)) for a, b in value)
    options = [option for option in get_args(hint) if option is not type(None)]
    if options and all(isinstance(option, str) for option in options):
        if value not in options:
            raise ValueError
        return value
    kind = options[0] if options else hint
    if kind is float:
        return _number(value)
    if kind is int:
        return _whole(value)
    if not isinstance(value, kind):
        raise TypeError
    return canonical(value) if key == "device" else value.strip() if kind is str else value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) == float("inf"):
        raise TypeError
    return float(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _wanted(key: str, hint: Any) -> str:
    if key == "mapping":
        return 'write a table of field = "quantity"'
    if key in ("curve", "rule_curve"):
        return "write pairs of numbers such as [[0.0, 0.0], [4.0, 600.0]]"
    options = [option for option in get_args(hint) if isinstance(option, str)]
    if options:
        return f"write one of {', '.join(options)}"
    names = {"str": "text in quotes", "float": "a number", "int": "a whole number", "bool": "true or false"}
    kinds = [option for option in get_args(hint) if option is not type(None)] or [hint]
    return f"write {names.get(kinds[0].__name__, kinds[0].__name__)}"


def _unknown_key(file: str, row: int | None, key: str, known: Mapping[str, Any]) -> Problem:
    return Problem("region.unknown_key", file, row, key, f"key {key!r} is not known; keys are {', '.join(known)}")


def item_values(item: Reservoir | Source) -> dict[str, str]:
    """A table's keys and the TOML text of their values; what has its default or nothing to say is left out."""
    result: dict[str, str] = {}
    for field in fields(item):
        value = getattr(item, field.name)
        if value is None or value == "" or (field.default is not MISSING and value == field.default):
            continue
        if field.name == "mapping":
            pairs = ", ".join(f"{_key(path)} = {_value(quantity)}" for path, quantity in value)
            result[field.name] = f"{{ {pairs} }}"
        else:
            result[field.name] = _value(value)
    return result


def write_tables(name: str, items: Sequence[Reservoir | Source]) -> str:
    """The canonical file of [[name]] tables, in the items' order."""
    blocks = (
        f"[[{name}]]\n" + "".join(f"{key} = {value}\n" for key, value in item_values(item).items()) for item in items
    )
    return "\n".join(blocks)


def _key(text: str) -> str:
    return text if _BARE_KEY.match(text) else _value(text)


def _value(value: Any) -> str:
    """TOML text of a string, number, truth or list of such."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    return "[" + ", ".join(_value(part) for part in value) + "]"
