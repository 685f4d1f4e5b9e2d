"""InfluxDB down, overloaded, refusing, half-way: the identities in the store are those that were sent."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.service import IngestConfig
from models.reading import iso_z
from tests.faults.proxy import PARTIAL, proxy
from tests.faults.stream import KINDS, ROUNDS, Message, blocks, messages, publishing, whole
from tests.ingest.rig import Rig, make_rig, until
from tests.servers import Bucket, Influxd, Mosquitto

MINUTE = timedelta(minutes=1)

MESSAGES = 200
HOUR = 4_500 if ROUNDS > 1 else 700
"""An hour of the sample region, of each kind: 82 flow meters, 138 pressure sensors, 26 stations every five minutes, 727
meters every hour."""

KEPT_FOR = timedelta(days=3650)
TOO_OLD = datetime(2005, 1, 1, tzinfo=UTC)
"""A time that a bucket which forgets after ten years does not take any more."""


@pytest.mark.parametrize("round_", range(ROUNDS))
@pytest.mark.parametrize("kind", KINDS)
def test_influxd_that_answers_429_500_413_and_half_a_write(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, kind: str, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.drainer._FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr("ingest.drainer._LONGEST_PAUSE_S", 0.2)
    prefix, dice = tmp_path.name, random.Random(f"{kind} {round_}")
    sent = messages(MESSAGES, prefix, kind)
    with proxy(influxd.new_bucket()) as (middle, bucket):
        middle.answers = [*dice.choices([429, 500, 503, PARTIAL, 0], k=8), 429, 500, PARTIAL]
        middle.refuse_large = True
        with running(tmp_path / "data", mosquitto, bucket) as rig:
            with publishing(mosquitto, sent, pace_s=0.0005) as finished:
                finished(30)
            whole(rig.store, sent)
            assert {429, 500, PARTIAL} <= set(middle.given)
            until(lambda: rig.ingest.status()["waiting"] == 0)
            assert rig.store.readings_total() == MESSAGES


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_influxd_itself_takes_a_part_of_a_write(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int
) -> None:
    """Its own `partial write`: what it will never take is kept as refused, with its reason; all else is in once."""
    prefix, bucket, dice = tmp_path.name, influxd.new_bucket(KEPT_FOR), random.Random(round_)
    sent = [one for block in blocks(300, prefix) for one in block]
    bad = [unwritable(number, prefix) for number in range(1, 13)]
    both = [*sent, *bad]
    dice.shuffle(both)
    with running(tmp_path / "data", mosquitto, bucket) as rig:
        with publishing(mosquitto, both) as finished:
            finished(30)
        whole(rig.store, sent)
        until(lambda: len(rig.records.refused()) == len(bad))
        kept = rig.records.refused()
        assert {(item.code, json.loads(item.payload)["value"]) for item in kept} == {
            ("store.rejected", identity[3]) for _, _, identity in bad
        }
        assert all("partial write" in item.reason for item in kept)
        assert rig.ingest.status()["problem"] == ""


def unwritable(number: int, prefix: str) -> Message:
    """A message with a reading that the bucket does not take."""
    body = {"device": "P1", "quantity": "volume_m3", "value": number, "time": iso_z(TOO_OLD + number * MINUTE)}
    return f"{prefix}/own", json.dumps(body).encode(), ("P1", "volume_m3", None, float(number))


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_influxd_away_for_an_hours_worth_of_load(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour's load of each kind, at once; some messages came before."""
    monkeypatch.setattr("ingest.drainer._LONGEST_PAUSE_S", 0.5)
    sent = [one for block in blocks(HOUR, tmp_path.name) for one in block]
    with running(tmp_path / "data", mosquitto, influxd.new_bucket()) as rig:
        with publishing(mosquitto, sent[:200]) as finished:
            finished(30)
        whole(rig.store, sent[:200])
        influxd.kill9()
        with publishing(mosquitto, sent[200:]) as finished:
            finished(60)
        until(lambda: rig.ingest.status()["waiting"] == len(sent) - 200)
        until(lambda: "store." in str(rig.ingest.status()["problem"]))
        influxd.start()
        whole(rig.store, sent)
        until(lambda: rig.ingest.status()["problem"] == "")


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_influxd_killed_at_random_moments(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.drainer._LONGEST_PAUSE_S", 0.3)
    dice, sent = random.Random(round_), blocks(500, tmp_path.name)
    with running(tmp_path / "data", mosquitto, influxd.new_bucket()) as rig:
        for block in sent:
            with publishing(mosquitto, block, pace_s=0.001) as finished:
                time.sleep(dice.uniform(0.05, 0.5))
                influxd.kill9()
                influxd.start()
                finished(30)
        whole(rig.store, [one for block in sent for one in block])


@contextmanager
def running(folder: Path, broker: Mosquitto, bucket: Bucket) -> Iterator[Rig]:
    """An ingest that is connected and takes all below the test's own topic, the name of the folder's parent."""
    rig = make_rig(folder, IngestConfig(broker.url, (f"{folder.parent.name}/#",)), bucket)
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        yield rig
    finally:
        rig.close()
