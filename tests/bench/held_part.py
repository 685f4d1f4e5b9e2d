"""A part of the data benchmark whose claim is true when its table says so."""

from collections.abc import Iterator
from pathlib import Path

from bench.claims import Claim


def report(folder: Path) -> Iterator[str | Claim]:
    words = (folder / "table.csv").read_text().strip()
    yield f"table says {words}"
    yield Claim("the table says good", words == "good", words)
