"""An analysis that a test kills: python -m tests.analysis.analysis_process FOLDER (its time is in FOLDER/now)."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from tests.analysis.desk import Desk, FileClock


def main(folder: Path) -> None:
    desk = Desk.open(folder, FileClock(folder / "now"), writer="analysis")
    print("started", flush=True)
    desk.analysis.run(threading.Event())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
