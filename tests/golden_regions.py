"""Golden cases of broken regions: a folder is a case. `python -m tests.golden_regions` rewrites what is expected.

tests/golden/regions/base is a small region in order. A case holds the files that differ from it, and expected.txt:
what `smartvoda check` says of it.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from smartvoda import regions

FOLDER = Path(__file__).parent / "golden" / "regions"
BASE = FOLDER / "base"
EXPECTED = "expected.txt"


@dataclass(frozen=True)
class Case:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    def write(self, to: Path) -> Path:
        """The whole broken region as a folder."""
        shutil.copytree(BASE, to, dirs_exist_ok=True)
        for file in self.folder.iterdir():
            if file.name != EXPECTED:
                shutil.copy(file, to / file.name)
        return to

    def said(self) -> str:
        """What the check says now, a line a fault."""
        with tempfile.TemporaryDirectory() as folder:
            return "".join(f"{problem}\n" for problem in regions.read(self.write(Path(folder)))[1])

    def expected(self) -> str:
        return (self.folder / EXPECTED).read_text(encoding="utf-8")


def cases() -> list[Case]:
    return [Case(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir() and folder != BASE]


def main() -> None:
    """Rewrite what differs."""
    for case in cases():
        said = case.said()
        if not (case.folder / EXPECTED).exists() or said != case.expected():
            (case.folder / EXPECTED).write_text(said, encoding="utf-8")
            print(f"rewritten: {case.name}")


if __name__ == "__main__":
    main()
