"""A problem in a region's files: where it stands, which value, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """Something wrong in a region's files that a person can put right.

    code : stable, ``region.…``; the screen's translation key
    file : the file's name, e.g. ``zones.csv``
    row : as a spreadsheet counts (the header is row 1); in TOML the table's number from 1; None: the whole file
    column : column or key, empty where it is the whole row
    message : what is wrong, with the value, and the cure; one line
    """

    code: str
    file: str
    row: int | None
    column: str
    message: str

    def __str__(self) -> str:
        """One line for a terminal.

        >>> str(Problem("region.bad_number", "zones.csv", 3, "mains_km", "'12 km' is no number; write 12"))
        "zones.csv, row 3, mains_km: '12 km' is no number; write 12 [region.bad_number]"
        """
        place = ", ".join(
            part for part in (self.file, f"row {self.row}" if self.row is not None else "", self.column) if part
        )
        return f"{place}: {self.message} [{self.code}]"
