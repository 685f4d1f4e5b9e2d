"""`make bench-data DATA=FOLDER`: our figures on real data that others published, part by part.

The folder holds a folder for each part; none of it belongs to this project, and no path stands in the code. A part is
a module with one function, `report(folder)`, that yields what it prints: lines of its table (`str`) and what it claims
(`Claim`). It leaves by raising `DataMissingError` where the folder isn't what it should be. `python -m bench.data
FOLDER NAME…` runs some of the parts.

Exit code: 0 every claim held; 1 one did not; 2 data is missing, or the command is wrong.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from bench.claims import Claim, DataMissingError

Report = Callable[[Path], Iterable[str | Claim]]


class Part(NamedTuple):
    """name: also the folder's name below FOLDER; module: where `report` stands; files: what the folder must hold."""

    name: str
    module: str
    files: tuple[str, ...]
    what: str


# The visible table: a new part is a line here and a module beside this one.
PARTS: tuple[Part, ...] = (
    Part("daiad", "bench.data_daiad", ("readings.csv.gz",), "intervals of 46 household meters against their registers"),
    Part("bwdf", "bench.data_districts", ("inflow_2021-01_2022-07.csv.gz", "site.toml"), "ten districts summed"),
    Part(
        "dirty",
        "bench.data_exports",
        ("energycontrol_water.csv", "edc_cz_quarter_hours.csv"),
        "exports as portals and apps write them, imported and summed",
    ),
    Part(
        "reservoirs",
        "bench.data_reservoirs",
        ("snake_2009_2013.csv.gz",),
        "balances and storage forecasts of five reservoirs",
    ),
    Part(
        "battledim",
        "bench.data_nights",
        ("scada_2018.csv.gz", "leaks_repaired_2018.csv"),
        "steps in the night flow of a year against known leaks",
    ),
)


def main(arguments: list[str], parts: tuple[Part, ...] = PARTS) -> int:
    """Run the parts named after the folder, or all; print each claim as soon as it is known."""
    names = {part.name for part in parts}
    if not arguments or arguments[0][:1] in ("", "-") or set(arguments[1:]) - names:
        print(f"usage: make bench-data DATA=FOLDER [ARGS='PART…']; parts: {', '.join(sorted(names))}", file=sys.stderr)
        return 2
    folder, wanted = Path(arguments[0]), set(arguments[1:]) or names
    if not folder.is_dir():
        print(f"bench-data: there is no folder {folder}; give the one that holds the parts' folders", file=sys.stderr)
        return 2
    outcomes = {part.name: run(part, folder / part.name) for part in parts if part.name in wanted}
    print(f"\n== summary{''.join(f'  {name}: {outcome.words}' for name, outcome in outcomes.items())}")
    codes = {outcome.code for outcome in outcomes.values()}
    return 1 if 1 in codes else max(codes, default=0)


class Outcome(NamedTuple):
    """What came of a part: the exit code it asks for, and words for the summary."""

    code: int
    words: str


def run(part: Part, folder: Path) -> Outcome:
    """Print a part's table and claims. Missing data is said, and is neither a success nor a failed claim."""
    print(f"\n== {part.name}: {part.what}", flush=True)
    began, claims = time.monotonic(), list[Claim]()
    try:
        require(folder, part.files)
        report: Report = importlib.import_module(part.module).report
        for line in report(folder):
            print(line, flush=True)
            if isinstance(line, Claim):
                claims.append(line)
    except DataMissingError as error:
        print(f"missing: {error}", flush=True)
        return Outcome(2, "data missing")
    held = sum(claim.held for claim in claims)
    words = f"{held} of {len(claims)} claims held, {time.monotonic() - began:.0f} s"
    return Outcome(int(not claims or held < len(claims)), words)


def require(folder: Path, files: Iterable[str]) -> None:
    """Raise DataMissingError with every file that a part needs and that is not there."""
    if not folder.is_dir():
        raise DataMissingError(f"the folder {folder}")
    if absent := [name for name in files if not (folder / name).is_file()]:
        raise DataMissingError(f"{', '.join(absent)} in {folder}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
