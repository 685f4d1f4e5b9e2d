"""InfluxDB down, overloaded, refusing, half-way: the identities in the store are those that were sent."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from ingest.service import IngestConfig
from tests.faults.proxy import PARTIAL, proxy
from tests.faults.stream import KINDS, ROUNDS, message, messages, publishing, whole
from tests.ingest.rig import make_rig, until
from tests.servers import Influxd, Mosquitto

MESSAGES = 200


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
        rig = make_rig(tmp_path / "data", IngestConfig(mosquitto.url, (f"{prefix}/#",)), bucket)
        try:
            rig.ingest.start()
            until(lambda: rig.ingest.status()["mqtt"] == "connected")
            with publishing(mosquitto, sent, pace_s=0.0005) as finished:
                finished(30)
            whole(rig.store, sent)
            assert {429, 500, PARTIAL} <= set(middle.given)
            assert rig.ingest.status()["waiting"] == 0
            assert rig.store.readings_total() == MESSAGES
        finally:
            rig.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_influxd_away_for_an_hours_worth_of_load(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour of a region of 3,000 meters that send hourly; some messages came before."""
    monkeypatch.setattr("ingest.drainer._LONGEST_PAUSE_S", 0.5)
    prefix, count = tmp_path.name, 3000
    sent = messages(count, prefix, KINDS[round_ % 3])
    rig = make_rig(tmp_path / "data", IngestConfig(mosquitto.url, (f"{prefix}/#",)), influxd.new_bucket())
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        with publishing(mosquitto, sent[:200]) as finished:
            finished(30)
        whole(rig.store, sent[:200])
        influxd.kill9()
        with publishing(mosquitto, sent[200:]) as finished:
            finished(30)
        until(lambda: rig.ingest.status()["waiting"] == count - 200)
        until(lambda: "store." in str(rig.ingest.status()["problem"]))
        influxd.start()
        whole(rig.store, sent)
        assert rig.ingest.status()["problem"] == ""
    finally:
        rig.close()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_influxd_killed_at_random_moments(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.drainer._LONGEST_PAUSE_S", 0.3)
    prefix, dice = tmp_path.name, random.Random(round_)
    sent = [message(number, prefix, "mix") for number in range(1, 1501)]
    rig = make_rig(tmp_path / "data", IngestConfig(mosquitto.url, (f"{prefix}/#",)), influxd.new_bucket())
    try:
        rig.ingest.start()
        until(lambda: rig.ingest.status()["mqtt"] == "connected")
        with publishing(mosquitto, sent, pace_s=0.001) as finished:
            until(lambda: dice.random() < 0.05)
            influxd.kill9()
            influxd.start()
            finished(30)
        whole(rig.store, sent)
    finally:
        rig.close()
