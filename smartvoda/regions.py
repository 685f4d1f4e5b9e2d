"""Region files on disk: read, checked, written."""

from __future__ import annotations

from pathlib import Path

from models.errors import VodaError
from models.region_check import check
from models.region_files import Problem, parse, render
from models.registry import Region

FILES = ("*.toml", "*.csv", "*.geojson")
SECRET = frozenset({"keys.csv"})


def read(folder: Path) -> tuple[Region | None, list[Problem]]:
    """A region and everything that is wrong with its files; None where they can't be read at all."""
    if not folder.is_dir():
        raise VodaError("region.no_folder", f"{folder} is not a folder; give the folder that holds region.toml")
    texts: dict[str, str] = {}
    for path in sorted(path for pattern in FILES for path in folder.glob(pattern)):
        if path.name in SECRET:
            continue
        try:
            texts[path.name] = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise VodaError("region.encoding", f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    region, problems = parse(texts)
    if region is not None:
        problems = [*problems, *check(region)]
    return region, problems


def load(folder: Path) -> Region:
    """A region without a problem. Raises VodaError (region.invalid) that names the first and counts the rest."""
    region, problems = read(folder)
    if problems or region is None:
        first = str(problems[0]) if problems else "nothing to read"
        more = f" (and {len(problems) - 1} more: smartvoda check {folder})" if len(problems) > 1 else ""
        raise VodaError("region.invalid", f"{first}{more}")
    return region


def write(region: Region, folder: Path) -> list[Path]:
    """Write a region's canonical files; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in sorted(render(region).items()):
        path = folder / name
        path.write_bytes(text.encode("utf-8"))
        paths.append(path)
    return paths
