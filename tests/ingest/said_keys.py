"""Every key that the reading of tables says, out of its code."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "ingest" / "tables"
SAYING = ("Said", "because", "bad", "_bad_time")
SECOND = {"_bad_time": 3, "bad": 1}


def said_keys() -> set[str]:
    """First arguments of Said and because, and what stands for a key where rows are refused."""
    found: set[str] = set()
    for file in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= _keys(node)
            elif isinstance(node, ast.Return) and node.value is not None:
                found |= _returned(node.value)
    return found


def _keys(call: ast.Call) -> set[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in SAYING or not call.args:
        return set()
    place = SECOND.get(name, 0)
    return _texts(call.args[place]) if place < len(call.args) else set()


def _texts(node: ast.expr) -> set[str]:
    """Constants, also of a choice and of an f-string's endings."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return _texts(node.body) | _texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        start = next((part.value for part in node.values if isinstance(part, ast.Constant)), "")
        return {f"{start}{end}" for end in ENDINGS.get(str(start), ())}
    return set()


ENDINGS = {"whose_": ("option", "above", "name"), "order_": ("dmy", "mdy")}


def _returned(node: ast.expr) -> set[str]:
    """Keys that a function gives back instead of a device or a value."""
    texts = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return texts & RETURNED


RETURNED = frozenset(
    [
        "no_name",
        "unknown_point",
        "nobody_there",
        "several_there",
        "swapped_that_day",
        "no_unit_in_row",
        "unit_of_another",
    ]
)
