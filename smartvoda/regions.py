"""Region files on disk: read, checked, written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from models.errors import VodaError
from models.region_check import check
from models.region_files import FILES, Problem, at_their_rows, parse, render
from models.registry import Region
from smartvoda import keys

PATTERNS = ("*.toml", "*.csv", "*.geojson")


def read(folder: Path) -> tuple[Region | None, list[Problem]]:
    """A region and everything that is wrong with its files; None where they can't be read at all.

    Raises VodaError (region.no_folder, region.unreadable, region.encoding).
    """
    if not folder.is_dir():
        raise VodaError("region.no_folder", f"{folder} is not a folder; give the folder that holds region.toml")
    paths = sorted(path for pattern in PATTERNS for path in folder.glob(pattern) if path.name != keys.FILE)
    files = {path.name: _text(path) for path in paths}
    region, problems = parse(files)
    if region is not None:
        problems = [*at_their_rows(check(region), files), *_unknown_dialects(region)]
    return region, [*problems, *keys.read(folder)[1]]


def _unknown_dialects(region: Region) -> Iterator[Problem]:
    """Rules that name a dialect which no decoder speaks: only ingest knows them."""
    from ingest.decoders import AUTO, BY_NAME

    for row, item in enumerate(region.sources, start=1):
        if item.dialect not in ("", AUTO) and item.dialect not in BY_NAME:
            message = f"{item.dialect!r} is no dialect; write {AUTO} or one of {', '.join(BY_NAME)}"
            yield Problem("region.unknown_dialect", "sources.toml", row, "dialect", message)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise VodaError("region.encoding", f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise VodaError("region.unreadable", f"{path}: {error.strerror}; mend its permissions") from error


def load(folder: Path) -> Region:
    """A region without a problem. Raises VodaError (region.invalid) that names the first and counts the rest."""
    region, problems = read(folder)
    if problems or region is None:
        first = str(problems[0]) if problems else "nothing to read"
        more = f" (and {len(problems) - 1} more: smartvoda check {folder})" if len(problems) > 1 else ""
        raise VodaError("region.invalid", f"{first}{more}")
    return region


def write(region: Region, folder: Path) -> list[Path]:
    """Write a region's canonical files and remove those that it has nothing for, so that the folder is the region.

    Other files of the folder, keys.csv among them, are left alone. Returns the paths written.
    Raises VodaError (region.unwritable).
    """
    texts = render(region)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in set(FILES) - set(texts):
            (folder / name).unlink(missing_ok=True)
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode("utf-8"))
    except OSError as error:
        raise VodaError(
            "region.unwritable", f"{error.filename}: {error.strerror}; choose a folder that you may write to"
        ) from error
    return [folder / name for name in sorted(texts)]
