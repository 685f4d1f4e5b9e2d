"""Ingest whose data lie on a disk of six megabytes: in a mount namespace of its own, gone with it.

unshare --mount python -m tests.faults.disk_child FOLDER URL TOPIC COUNT

Says `started`, then `full` when ingest stopped to acknowledge and says why, makes room, then `whole` and what came.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

from ingest.service import IngestConfig
from tests.faults.stream import identities
from tests.ingest.rig import make_rig, until

DISK = "size=6m"
ROOM_LEFT = 400_000


def main(folder: str, url: str, topic: str, count: str) -> None:
    logging.basicConfig(level=logging.WARNING)
    disk = Path(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", folder], check=True)
    rig = make_rig(disk / "data", IngestConfig(url, (topic,)))
    rig.ingest.start()
    until(lambda: rig.ingest.status()["mqtt"] == "connected")
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        while (free := _free(disk)) > ROOM_LEFT:
            file.write(bytes(free - ROOM_LEFT))
            file.flush()
    print("started", flush=True)
    until(lambda: "spool.disk" in str(rig.ingest.status()["problem"]), 30, "a full disk that is said")
    print("full", str(rig.ingest.status()["problem"]), flush=True)
    ballast.unlink()
    until(lambda: sum(identities(rig.store).values()) >= int(count), 40, "going on by itself")
    until(lambda: rig.ingest.status()["problem"] == "")
    found = [[*key[:2], key[2].isoformat() if key[2] else None, key[3], n] for key, n in identities(rig.store).items()]
    print("whole", json.dumps(found), flush=True)
    rig.close()


def _free(disk: Path) -> int:
    return shutil.disk_usage(disk).free


if __name__ == "__main__":
    main(*sys.argv[1:])
