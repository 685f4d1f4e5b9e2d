"""What `/healthz` of a service says: honest, quick, and never well by default."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import StoreUnavailableError
from smartvoda.health import SILENT_S, Health, told_lately
from tests.e2e.running import get_json
from tests.servers.process import free_port

BEGAN = datetime(2026, 11, 24, 8, tzinfo=UTC)
FACT = {"at": "2026-11-24T08:10:00Z", "lag_s": 0.0, "problem": ""}
SAID = datetime(2026, 11, 24, 8, 10, tzinfo=UTC)
LONG = timedelta(seconds=SILENT_S + 5)


def test_a_fact_told_just_now_is_taken_as_it_is() -> None:
    assert told_lately(FACT, BEGAN, SAID + timedelta(seconds=6)) == FACT


def test_a_service_that_fell_silent_has_a_problem() -> None:
    assert told_lately(FACT, BEGAN, SAID + LONG)["problem"] == f"it has said nothing for {SILENT_S + 5:.0f} s"


def test_seconds_of_silence_are_the_machines_not_the_scaled_clocks() -> None:
    assert told_lately(FACT, BEGAN, SAID + LONG, speed=60.0)["problem"] == ""
    assert told_lately(FACT, BEGAN, SAID + 60 * LONG, speed=60.0)["problem"] != ""


@pytest.mark.parametrize("fact", [{}, {"at": ""}, {**FACT, "at": "2026-11-24T07:59:59.999Z"}])
def test_the_word_of_an_earlier_process_proves_nothing(fact: dict[str, object]) -> None:
    assert str(told_lately(fact, BEGAN, SAID)["problem"]).startswith("starting")


def test_its_own_problem_is_handed_on() -> None:
    assert told_lately({**FACT, "problem": "store.busy: …"}, BEGAN, SAID)["problem"] == "store.busy: …"


def test_it_answers_before_it_knows_and_says_so() -> None:
    port = free_port()
    with Health(port):
        assert get_json(f"http://127.0.0.1:{port}/healthz") == {"status": "failing", "problem": "starting"}
    assert get_json(f"http://127.0.0.1:{port}/healthz") is None


def test_a_look_that_fails_or_hangs_is_a_problem_and_the_answer_stays_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartvoda.health.LOOK_S", 0.05)
    monkeypatch.setattr("smartvoda.health.OLD_S", 0.3)
    port, hang = free_port(), [0.0]
    away: list[Exception] = []

    def look() -> dict[str, object]:
        time.sleep(hang[0])
        if away:
            raise away[0]
        return {"problem": ""}

    def said() -> str:
        begin = time.monotonic()
        answer = get_json(f"http://127.0.0.1:{port}/healthz")
        assert time.monotonic() - begin < 0.2
        return str(answer["problem"])

    with Health(port) as health:
        health.watch(look)
        assert said() == ""
        away.append(StoreUnavailableError("records.unavailable", "gone"))
        time.sleep(0.3)
        assert said() == "records.unavailable: gone"
        away[0] = ZeroDivisionError("ours")
        time.sleep(0.3)
        assert said() == "ZeroDivisionError('ours')"
        away.clear()
        time.sleep(0.3)
        hang[0] = 2.0
        time.sleep(0.6)
        assert said() == "the database has not answered for long"
