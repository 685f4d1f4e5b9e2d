"""Smart voda's own payload read the quick way: the same reading as on the way of all payloads, or none."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.decoders import DecodeContext, Message, decode
from ingest.own_payload import leaves_alone, own_reading
from models.errors import RefusedError
from models.quantity import QUANTITIES
from models.reading import Reading, iso_z
from models.registry import Source

RECEIVED = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
GOOD = {"device": "12345678", "quantity": "volume_m3", "value": 7.704, "time": "2026-11-24T08:00:00Z"}


def slow(payload: bytes) -> tuple[Reading, ...]:
    try:
        return decode(Message("a/b", payload, RECEIVED), DecodeContext()).readings
    except RefusedError:
        return ()


def both_agree(payload: bytes) -> bool:
    """Whether the quick way read it; where it did, the other gives the same and nothing else."""
    quick = own_reading(payload, RECEIVED)
    if quick is not None:
        assert slow(payload) == (quick,)
    return quick is not None


def test_what_the_product_writes_is_read() -> None:
    assert own_reading(json.dumps(GOOD).encode(), RECEIVED) == slow(json.dumps(GOOD).encode())[0]
    assert both_agree(json.dumps({**GOOD, "time_source": "payload", "quality": "GOOD"}).encode())
    assert both_agree(json.dumps({**GOOD, "device": "70:B3:D5:67:70:0F:F0:3A", "value": 5}, indent=1).encode())


DOUBLED = b'{"device":"a","quantity":"volume_m3","value":1,%s"time":"2026-11-24T08:00:00Z"}'


@pytest.mark.parametrize(
    "payload",
    [
        DOUBLED % b'"value":2,',
        DOUBLED % b'"quality" :"GOOD","quality":"GOOD",',
        DOUBLED % b'"value":2,"device":"a",',
        json.dumps({**GOOD, "device": 'a"b'}).encode(),
        json.dumps({**GOOD, "quality": "SUSPECT"}).encode(),
        json.dumps({**GOOD, "flags": ["LEAK"]}).encode(),
        json.dumps({**GOOD, "unit": "l"}).encode(),
        json.dumps({**GOOD, "value": -1}).encode(),
        json.dumps({**GOOD, "value": 1e13}).encode(),
        json.dumps({**GOOD, "value": "7,704"}).encode(),
        json.dumps({**GOOD, "value": None}).encode(),
        json.dumps({**GOOD, "time": "2026-11-27T08:00:00Z"}).encode(),
        json.dumps({**GOOD, "time": "1999-11-27T08:00:00Z"}).encode(),
        json.dumps({**GOOD, "time": "2026-W48-2T08:00:00Z"}).encode(),
        json.dumps({**GOOD, "time": "2026-11-24T08:00:60Z"}).encode(),
        json.dumps([GOOD]).encode(),
        b"\xef\xbb\xbf" + json.dumps(GOOD).encode(),
        json.dumps(GOOD).encode()[:-1],
        json.dumps(GOOD).encode() + b" x",
    ],
)
def test_whatever_differs_goes_the_way_of_all_payloads(payload: bytes) -> None:
    assert own_reading(payload, RECEIVED) is None


names = st.sampled_from([*GOOD, "quality", "time_source", "flags", "source", "unit"])
texts = st.text(max_size=12) | st.sampled_from(["00012345", "A1:B2:C3:D4:E5:F6", "volume_m3", "GOOD", "payload"])
times = st.integers(800_000_000, 1_900_000_000).map(lambda s: iso_z(datetime.fromtimestamp(s, UTC)))
values = st.floats() | st.integers(-(10**25), 10**25) | texts | st.none() | st.booleans()
own = st.fixed_dictionaries(
    {"device": texts, "quantity": st.sampled_from(sorted(QUANTITIES)), "value": values, "time": times | texts},
    optional={"quality": st.sampled_from(["GOOD", "FAIL"]), "time_source": st.sampled_from(["payload", "received"])},
)


@given(own, st.booleans())
@example(GOOD, False)
def test_both_ways_agree_on_payloads_of_its_own_kind(fields: dict[str, object], as_text: bool) -> None:
    both_agree(json.dumps(fields, ensure_ascii=as_text).encode("utf-8", "surrogatepass"))


@given(st.lists(st.tuples(names, values | times), max_size=8))
def test_both_ways_agree_whatever_is_doubled_or_missing(pairs: list[tuple[str, object]]) -> None:
    known = [*GOOD.items(), *pairs]
    body = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in known)
    both_agree(("{" + body + "}").encode())


def test_a_rule_that_changes_times_or_names_another_dialect_is_heeded() -> None:
    assert leaves_alone(None)
    assert leaves_alone(Source("a/#", municipality="Bílina"))
    assert not leaves_alone(Source("a/#", dialect="json"))
    assert not leaves_alone(Source("a/#", rate_step_s=900))
    late = RECEIVED + timedelta(hours=24)
    body = json.dumps({**GOOD, "time": late.strftime("%Y-%m-%dT%H:%M:%SZ")}).encode()
    assert own_reading(body, RECEIVED) is not None
    assert own_reading(body, RECEIVED - timedelta(seconds=1)) is None
