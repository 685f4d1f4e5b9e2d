"""Ingest whose data lie on a disk of six megabytes: in a mount namespace of its own, gone with it.

unshare --mount python -m tests.faults.disk_child FOLDER URL TOPIC COUNT [PORT]

Says `started`, then `full` when ingest stopped to acknowledge and says why, makes room, then `whole` and what came.
With a port the embedded broker runs there, its folder on the same disk; another is started while that is full, and what
it says follows `broker`.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ingest import broker
from ingest.service import IngestConfig
from models.errors import VodaError
from tests.faults.stream import identities
from tests.ingest.rig import make_rig, until
from tests.servers import free_port
from tests.servers.process import LOOPBACK

DISK = "size=6m"
ROOM_LEFT = 400_000


def main(folder: str, url: str, topic: str, count: str, port: str = "") -> None:
    logging.basicConfig(level=logging.WARNING)
    disk = Path(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "tmpfs", folder], check=True)
    embedded = broker.start(LOOPBACK, int(port), disk / "mqtt") if port else None
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
    if embedded is not None:
        (disk / "mqtt2").mkdir()
        with suppress(OSError), ballast.open("ab", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        try:
            broker.start(LOOPBACK, free_port(), disk / "mqtt2")
        except VodaError as error:
            print("broker", str(error), flush=True)
    print("full", str(rig.ingest.status()["problem"]), flush=True)
    ballast.unlink()
    until(lambda: sum(identities(rig.store).values()) >= int(count), 40, "going on by itself")
    until(lambda: rig.ingest.status()["problem"] == "")
    found = [[*key[:2], key[2].isoformat() if key[2] else None, key[3], n] for key, n in identities(rig.store).items()]
    print("whole", json.dumps(found), flush=True)
    rig.close()
    if embedded is not None:
        embedded.stop()


def _free(disk: Path) -> int:
    return shutil.disk_usage(disk).free


if __name__ == "__main__":
    main(*sys.argv[1:])
