"""`make bench-models DATA=FOLDER SCORING=FOLDER`: forecasts and detectors, scored by the field's published scripts.

The product is run by its command lines, as anybody would, and what it prints is scored by the scripts in SCORING. A
part is a module with one function, `report(data, scoring, weeks)`, that yields lines of its table. Published figures of
peers stand beside ours with their source; they were measured on test parts that nobody here has seen.

Exit code: 0 every claim held; 1 one did not; 2 data is missing, or the command is wrong.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

from bench.claims import Claim, DataMissingError

# The visible table: a new part is a line here and a module beside this one.
PARTS = {"forecast": "bench.models_forecast"}


def main(arguments: list[str]) -> int:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="make bench-models", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("scoring", type=Path)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []])
    parser.add_argument("--weeks", type=int, default=4, help="rolling weeks of the forecast")
    told = parser.parse_args(arguments)
    failed = False
    for name in told.parts or PARTS:
        print(f"\n== {name}", flush=True)
        try:
            for line in importlib.import_module(PARTS[name]).report(told.data, told.scoring, told.weeks):
                print(line, flush=True)
                failed |= isinstance(line, Claim) and not line.held
        except DataMissingError as error:
            print(f"missing: {error}", file=sys.stderr)
            return 2
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
