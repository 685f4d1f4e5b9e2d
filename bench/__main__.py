"""`make bench`: one table of what was measured on this machine, in one run.

A row is a measure, ours, the peer's (where one runs beside it), their ratio, and the goal. `python -m bench NAME…`
runs some of it; NAMES are the modules in BENCHES.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
from collections.abc import Iterable

BENCHES = ("mqtt", "store", "page", "demo", "decode", "truth")

Row = dict[str, object]


def main(names: list[str]) -> int:
    """Run the named benches, or all of them, and print a row as soon as it is there."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"bench: no {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
    print(f"{'measure':<58} {'ours':>12} {'peer':>12} {'ratio':>7}  unit, goal")
    for name in names or BENCHES:
        for row in importlib.import_module(f"bench.{name}").rows():
            print(_line(row), flush=True)
    return 0


def _line(row: Row) -> str:
    numbers = (_number(row.get(key)) for key in ("ours", "peer", "ratio"))
    ours, peer, ratio = numbers
    return f"{row['name']:<58} {ours:>12} {peer:>12} {ratio:>7}  {row.get('unit', '')} {row.get('goal', '')}".rstrip()


def _number(value: object) -> str:
    if value is None:
        return "–"
    number = float(str(value))
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def arguments(argv: Iterable[str]) -> list[str]:
    """Names given on the command line."""
    return [argument for argument in argv if not argument.startswith("-")]


if __name__ == "__main__":
    sys.exit(main(arguments(sys.argv[1:])))
