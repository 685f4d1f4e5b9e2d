"""Where the sample region lies: in the installed package, else in the checkout, never by current folder."""

from __future__ import annotations

from pathlib import Path

from models.errors import VodaError


def sample_region() -> Path:
    """Folder of the sample region's files."""
    here = Path(__file__).resolve().parent
    for folder in (here / "sample", here.parent / "data" / "sample"):
        if (folder / "region.toml").is_file():
            return folder
    raise VodaError("sample.missing", f"the sample region is not beside {here}; install the package again")
