"""From an arrival to a delivery: repeats, retained messages, alarms, refusals; receipts and rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest.alarm_memory import AlarmMemory
from ingest.decoders import Decoded
from ingest.knowledge import knowledge
from ingest.mqtt import Arrival
from ingest.receipts import Receipts
from ingest.source_rules import SourceRules
from ingest.understanding import Understanding, Understood
from models.notice import Notice, NoticeKind
from models.reading import Reading
from models.registry import Source

RECEIVED = datetime(2026, 11, 24, 10, tzinfo=UTC)
WITH_TIME = json.dumps({"device": "A", "quantity": "volume_m3", "value": 1, "time": "2026-11-24T08:00:00Z"}).encode()


def arrival(topic: str, payload: bytes, *, retained: bool = False) -> Arrival:
    return Arrival(topic, payload, 7, False, retained, 1)


def understood(one: Arrival, *, possible_repeat: bool = False) -> Understood:
    return Understanding(knowledge(timezone="Europe/Prague"), (), "session").delivery(one, RECEIVED, possible_repeat)


def test_possible_repeat_marks_what_has_no_time_of_its_own() -> None:
    bare = understood(arrival("v/B/volume_m3", b"5"), possible_repeat=True).delivery
    own = understood(arrival("v/x", WITH_TIME), possible_repeat=True).delivery
    assert bare.readings[0].flags == ("POSSIBLE_REPEAT",)
    assert own.readings[0].flags == ()


def test_retained_is_last_known_without_a_time_and_a_reading_with_one() -> None:
    bare = understood(arrival("v/B/volume_m3", b"5", retained=True))
    own = understood(arrival("v/x", WITH_TIME, retained=True))
    assert (bare.delivery.readings, bare.worth_keeping) == ((), False)
    assert [(reading.device, reading.value) for reading in bare.last_known] == [("B", 5.0)]
    assert len(own.delivery.readings) == 1


def test_refused_is_kept_with_its_payload_and_nothing_to_read_is_not() -> None:
    refused = understood(arrival("v/x", b'{"foo": 1}'))
    assert refused.worth_keeping
    assert refused.delivery.refused is not None
    assert refused.delivery.refused[0] == "decode.unknown_fields"
    assert refused.delivery.payload == b'{"foo": 1}'
    for payload in (b"", b'{"device": "A", "volume_m3": null}', b'{"command": "burst"}'):
        assert not understood(arrival("v/x", payload)).worth_keeping


def test_two_values_that_can_not_be_told_apart_are_kept_beside_what_can() -> None:
    both = {"device": "A", "readings": [{"volume_m3": 1}, {"volume_m3": 2}], "battery_v": 3.6}
    delivery = understood(arrival("v/x", json.dumps(both).encode())).delivery
    assert [reading.quantity for reading in delivery.readings] == ["battery_v"]
    assert delivery.refused is not None
    assert delivery.refused[0] == "decode.two_values"
    assert delivery.payload


def alarm(minute: int, active: bool) -> Decoded:
    time = RECEIVED + timedelta(minutes=minute)
    return Decoded("json", (), (Notice("A", NoticeKind.LEAK, active, time),))


def status(minute: int, *alarms: NoticeKind) -> Decoded:
    time = RECEIVED + timedelta(minutes=minute)
    notices = tuple(Notice("A", kind, True, time) for kind in alarms)
    return Decoded("wmbusmeters", (Reading("A", "volume_m3", 1.0, time),), notices, (), ("A",))


def test_no_alarm_is_news_once() -> None:
    memory = AlarmMemory()
    told = [bool(memory.news(alarm(minute, False))) for minute in range(3)]
    assert told == [True, False, False]
    assert [bool(memory.news(alarm(minute, minute < 6))) for minute in range(4, 9)] == [True, True, True, False, False]


def test_late_absence_does_not_end_a_newer_alarm() -> None:
    memory = AlarmMemory()
    memory.news(alarm(10, True))
    assert memory.news(alarm(5, False)) == ()
    assert len(memory.news(alarm(4, True))) == 1
    assert [notice.active for notice in memory.news(alarm(11, False))] == [False]


def test_status_that_names_every_alarm_ends_those_it_does_not_name() -> None:
    memory = AlarmMemory([Notice("A", NoticeKind.DRY, True, RECEIVED - timedelta(days=1))])
    news = memory.news(status(0, NoticeKind.LEAK))
    assert {(notice.notice, notice.active) for notice in news} == {(NoticeKind.LEAK, True), (NoticeKind.DRY, False)}
    assert [(notice.notice, notice.active) for notice in memory.news(status(1))] == [(NoticeKind.LEAK, False)]
    assert memory.news(status(2)) == ()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5)), max_size=50))
def test_receipts_of_a_topic_rise(messages: list[tuple[str, int]]) -> None:
    receipts = Receipts()
    now = RECEIVED
    last: dict[str, datetime] = {}
    for topic, pause_ms in messages:
        now += timedelta(milliseconds=pause_ms)
        received = receipts.next(topic, now)
        assert received >= now
        assert topic not in last or received > last[topic]
        last[topic] = received


def test_first_rule_that_fits_a_topic_holds() -> None:
    one, two, bad = Source("a/+/level", quantity="level_m"), Source("a/#", dialect="json"), Source("a/#/b")
    rules = SourceRules([bad, one, two])
    assert [rules.rule(topic) for topic in ("a/1/level", "a/1/flow", "b")] == [one, two, None]


def test_new_rules_hold_from_the_next_message_on() -> None:
    understanding = Understanding(knowledge(), (), "session")
    before = understanding.delivery(arrival("x/1", b"5"), RECEIVED, False)
    understanding.use(knowledge([Source("x/+", device="D{2}", quantity="pressure_m", unit="bar")]))
    after = understanding.delivery(arrival("x/1", b"5"), RECEIVED, False)
    assert before.delivery.refused is not None
    assert [(reading.device, reading.value) for reading in after.delivery.readings] == [("D1", 50.986)]
