"""A broker that is killed or drops everyone, a spool whose owner died, two that share: identities, never counts."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from ingest.service import IngestConfig
from tests.faults.stream import ROUNDS, Message, blocks, identities, publishing, settled, whole
from tests.ingest.rig import make_rig, until
from tests.ingest.test_kill9 import process
from tests.servers import Mosquitto

SAFE = {"autosave_interval": "autosave_interval 1", "autosave_on_changes": "autosave_on_changes true"}


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_mosquitto_killed_at_a_random_moment(tmp_path: Path, round_: int) -> None:
    """It forgets what it had promised; the publisher sends again what is not in the store: nothing is doubled."""
    dice = random.Random(round_)
    folder = tmp_path / "broker"
    folder.mkdir()
    with Mosquitto(folder, SAFE) as broker:
        rig = make_rig(tmp_path / "data", IngestConfig(broker.url, (f"{tmp_path.name}/#",)))
        kinds = blocks(400, tmp_path.name)
        try:
            rig.ingest.start()
            until(lambda: rig.ingest.status()["mqtt"] == "connected")
            for sent in kinds:
                with publishing(broker, sent, pace_s=0.001, insists=False):
                    time.sleep(dice.uniform(0.1, 0.4))
                    broker.kill9()
                broker.start()
                until(lambda: rig.ingest.status()["mqtt"] == "connected")
                settled(lambda: rig.ingest.status()["received"])
                there = identities(rig.store)
                again = [one for one in sent if one[2] not in there]
                if again:
                    with publishing(broker, again) as finished:
                        finished(30)
            whole(rig.store, [one for sent in kinds for one in sent])
        finally:
            rig.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_broker_that_drops_everyone_every_second(mosquitto: Mosquitto, tmp_path: Path, round_: int) -> None:
    """The connection is cut under ingest again and again; each time it comes back as itself."""
    prefix = tmp_path.name
    kinds = blocks(1000, prefix)
    rig = make_rig(tmp_path / "data", IngestConfig(mosquitto.url, (f"{prefix}/#",)))
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        for sent in kinds:
            with publishing(mosquitto, sent, pace_s=0.001) as finished:
                time.sleep(random.Random(round_).uniform(0.8, 1.0))
                # Another client of the same id makes mosquitto close the first one's connection.
                with mosquitto.client("ingest", client_id=rig.spool.client_id, clean=False):
                    pass
                finished(30)
        whole(rig.store, [one for sent in kinds for one in sent])
    finally:
        rig.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_two_share_and_one_is_killed_and_comes_back_as_itself(
    mosquitto: Mosquitto, tmp_path: Path, round_: int
) -> None:
    """What waits in the session of the killed one is taken when it returns; here only its own client id gets it."""
    prefix, data, dice = tmp_path.name, tmp_path / "data", random.Random(round_)
    group = f"g-{prefix}"
    config = IngestConfig(mosquitto.url, (f"{prefix}/#",), share_group=group)
    one = make_rig(data, config, name="one")
    came: list[Message] = []
    try:
        one.ingest.start()
        until(lambda: one.ingest.status()["mqtt"] == "connected")
        for sent in blocks(400, prefix):
            came += sent
            with process(data, mosquitto.url, f"{prefix}/#", group, "two"):
                time.sleep(0.5)  # its session with the subscription must be there before anything is published
                with publishing(mosquitto, sent[:250], pace_s=0.001):
                    time.sleep(dice.uniform(0.05, 0.25))
            with publishing(mosquitto, sent[250:]) as finished:
                finished(30)
            settled(lambda: one.ingest.status()["received"])
            assert sum(identities(one.store).values()) < len(came), "mosquitto keeps a share for who is away"
            two = make_rig(data, config, name="two")
            try:
                two.ingest.start()
                whole(one.store, came)
            finally:
                two.close()
    finally:
        one.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_ingest_killed_leaves_a_readable_spool(mosquitto: Mosquitto, tmp_path: Path, round_: int) -> None:
    """kill -9 of ingest, whose writer is a thread of it; behind its write-ahead log stands half a frame."""
    prefix, folder, dice = tmp_path.name, tmp_path / "data", random.Random(round_)
    with process(folder, mosquitto.url, f"{prefix}/#"):
        time.sleep(0.5)  # the session with its subscription must be there before anything is published
    kinds = blocks(400, prefix)
    for sent in kinds:
        with publishing(mosquitto, sent, pace_s=0.002) as finished:
            with process(folder, mosquitto.url, f"{prefix}/#"):
                time.sleep(dice.uniform(0.05, 0.8))
            finished(30)
        tail = folder / "readings.db-wal"
        if tail.exists() and tail.stat().st_size > 4096:
            # A frame that was being written when the power went: never acknowledged, so the broker has its messages.
            with tail.open("ab") as log:
                log.write(dice.randbytes(1000))
    rig = make_rig(folder, IngestConfig(mosquitto.url, (f"{prefix}/#",)))
    try:
        rig.ingest.start()
        whole(rig.store, [one for sent in kinds for one in sent])
    finally:
        rig.close()
