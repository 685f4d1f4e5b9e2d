"""One ingest as a process of its own, for tests that kill it.

`python -m tests.ingest.runner FOLDER URL TOPIC [GROUP NAME [INFLUX_URL TOKEN ORG BUCKET]]`
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from ingest.service import IngestConfig
from tests.ingest.rig import make_rig
from tests.servers import Bucket


def main(folder: str, url: str, topic: str, group: str = "", name: str = "one", *influx: str) -> None:
    bucket = Bucket(*influx) if influx else None
    rig = make_rig(Path(folder), IngestConfig(url, (topic,), share_group=group), bucket, name=name)
    rig.ingest.start()
    print("started", flush=True)
    while True:
        time.sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
