"""Every error that a person can see has a line in docs/errors.md, and the other way round.

A code is what is given for a parameter or field named `code`: to VodaError and its subclasses, Problem, Refused,
CellError, whatever functions hand one on. It may stand there itself or be a constant of a module; a few messages
begin with their code instead.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("smartvoda", "ingest", "storage", "analysis", "models", "dashboard")
CODE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z][a-z0-9_]*")
BEGINS = re.compile(rf"({CODE.pattern}): ")
FILES = (".toml", ".csv")
LOOKED_AT = (ast.Assign, ast.Call, ast.ClassDef, ast.Constant, ast.Dict, ast.FunctionDef)
REASONS = {"Why", "because", "Cause", "of_devices", "_devices"}
"""Their codes are sentences about events and about why figures changed, not errors."""


@cache
def nodes(room: str) -> list[ast.AST]:
    """All that stands in the modules of a room, as far as it matters here."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / room).rglob("*.py")))
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, LOOKED_AT)]


@cache
def constants() -> dict[str, str]:
    """Codes that modules have given a name."""
    return {
        target.id: node.value.value
        for room in ROOMS
        for node in nodes(room)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@cache
def takers() -> dict[str, set[int]]:
    """Functions and classes that take a `code`, and at which place."""
    found: dict[str, set[int]] = {}
    classes: list[ast.ClassDef] = []
    for node in (node for room in ROOMS for node in nodes(room)):
        if isinstance(node, ast.FunctionDef):
            _note(found, node.name, [argument.arg for argument in node.args.args])
        elif isinstance(node, ast.ClassDef):
            classes.append(node)
            made = next((item for item in node.body if _is_init(item)), None)
            fields = [ast.unparse(item.target) for item in node.body if isinstance(item, ast.AnnAssign)]
            _note(found, node.name, [argument.arg for argument in made.args.args] if made else fields)
    for _ in range(3):  # A subclass of a subclass may stand before its base.
        for node in classes:
            for base in node.bases:
                found.setdefault(node.name, set()).update(found.get(ast.unparse(base), ()))
    return {name: places for name, places in found.items() if places and name not in REASONS}


def _note(found: dict[str, set[int]], name: str, parameters: list[str]) -> None:
    names = [parameter for parameter in parameters if parameter not in ("self", "cls")]
    if "code" in names:
        found.setdefault(name, set()).add(names.index("code"))


def _is_init(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__"


@cache
def codes_of(room: str) -> set[str]:
    """Every code that a room says."""
    return {code for node in nodes(room) for code in _codes(node) if CODE.fullmatch(code) and not code.endswith(FILES)}


def _codes(node: ast.AST) -> Iterator[str]:
    given: list[ast.expr] = []
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and (begins := BEGINS.match(node.value)):
        yield begins[1]
    elif isinstance(node, ast.Dict):
        given = [value for key, value in zip(node.keys, node.values, strict=True) if _is(key, "code")]
    elif isinstance(node, ast.Call):
        given = list(_arguments(node))
    for value in given:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value
        elif isinstance(value, ast.Name) and value.id in constants():
            yield constants()[value.id]


def _arguments(call: ast.Call) -> Iterator[ast.expr]:
    """What a call gives as a code."""
    name = _name(call.func)
    for keyword in call.keywords:
        if keyword.arg == "code" and name not in REASONS:
            yield keyword.value
        elif keyword.arg == "refused" and isinstance(keyword.value, ast.Tuple):
            yield keyword.value.elts[0]
    if name == "getattr" and _is(call.args[1], "code"):
        yield from call.args[2:]
    elif name == "__init__":
        yield from call.args[:1]
    else:
        yield from (call.args[place] for place in takers().get(name, ()) if place < len(call.args))


def _is(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def documented() -> dict[str, list[str]]:
    """Codes by room, as docs/errors.md lists them."""
    rooms: dict[str, list[str]] = {}
    room = ""
    for line in (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            room = line.removeprefix("## ").strip("`/ ")
        elif line.startswith("| `"):
            rooms.setdefault(room, []).append(line.split("`")[1])
    return rooms


def all_documented() -> set[str]:
    return {code for codes in documented().values() for code in codes}


def test_every_code_is_documented() -> None:
    said = {code for room in ROOMS for code in codes_of(room)}
    assert said - all_documented() == set()


def test_nothing_is_documented_that_is_never_said() -> None:
    said = {code for room in ROOMS for code in codes_of(room)}
    assert all_documented() - said == set()


def test_a_code_stands_once_in_a_room_that_says_it_and_in_order() -> None:
    listed = documented()
    assert list(listed) == [room for room in ROOMS if room in listed]
    codes = [code for codes in listed.values() for code in codes]
    assert len(codes) == len(set(codes))
    for room, own in listed.items():
        assert own == sorted(own)
        assert set(own) <= codes_of(room)


def test_every_line_says_what_happened_and_what_to_do() -> None:
    for line in (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            _, _, happened, cure, _ = (cell.strip() for cell in re.split(r"(?<!\\)\|", line))
            assert len(happened) > 8, line
            assert len(cure) > 8, line


def test_codes_are_found_wherever_they_stand() -> None:
    """Of each way in which a code is said, one that is known to be said so."""
    assert {"mqtt.refused", "region.bad_number", "region.duplicate"} <= codes_of("ingest") | codes_of("models")
    assert {"decode.no_reading", "ingest.failed", "ingest.unwritable", "simulator.command"} <= codes_of("ingest")
    assert {"spool.damaged", "records.newer", "store.denied"} <= codes_of("storage")
    assert {"api.time", "api.failed", "page.failed"} <= codes_of("dashboard")
