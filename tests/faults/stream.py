"""Messages whose identities can be told apart afterwards, and who sends them until the store has all.

A message carries its number as its value. With a time of its own a reading's identity is (device, quantity, time,
value); a bare number has none but its device, quantity and value, since its time is its receipt.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from models.store import Store
from tests.servers.broker import PUBLISHER_USER, Mosquitto
from tests.servers.process import LOOPBACK

ROUNDS = int(os.environ.get("SMARTVODA_FAULT_ROUNDS", "1"))
"""One in `make test`, ten in `make faults`."""

DEVICES = 10
KINDS = ("timed", "bare", "mix")
"""In `make test` the kinds go through a fault one after another on the same parts."""

START = datetime(2026, 11, 20, tzinfo=UTC)
EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))

Identity = tuple[str, str, datetime | None, float]
Message = tuple[str, bytes, Identity]


def message(number: int, prefix: str, kind: str) -> Message:
    """The message of a number, from 1 on."""
    timed = kind == "timed" or (kind == "mix" and number % 3 > 0)
    device = f"{'T' if timed else 'N'}{number % DEVICES}"
    if not timed:
        return f"{prefix}/{device}/volume_m3", str(number).encode(), (device, "volume_m3", None, float(number))
    moment = START + timedelta(seconds=number)
    body = {"device": device, "quantity": "volume_m3", "value": number, "time": moment.isoformat()}
    return f"{prefix}/own", json.dumps(body).encode(), (device, "volume_m3", moment, float(number))


def messages(count: int, prefix: str, kind: str, first: int = 1) -> list[Message]:
    return [message(number, prefix, kind) for number in range(first, first + count)]


def blocks(count: int, prefix: str) -> list[list[Message]]:
    """So many messages of each kind, with numbers of their own."""
    return [messages(count, prefix, kind, 1 + place * count) for place, kind in enumerate(KINDS)]


def identities(store: Store) -> Counter[Identity]:
    """Every reading in the store; the time counts where the device's readings have one of their own."""
    keys = [(f"{letter}{place}", "volume_m3") for letter in "TN" for place in range(DEVICES)]
    found: Counter[Identity] = Counter()
    for device, quantity in keys:
        for reading in store.readings(device, quantity, *EVER):
            own = reading.time if reading.time_source == "payload" else None
            found[device, quantity, own, reading.value or 0.0] += 1
    return found


def assert_same(store: Store, sent: Iterable[Message]) -> None:
    """Nothing lost, nothing doubled, nothing taken for another value of a key."""
    expected = Counter(identity for _, _, identity in sent)
    found = identities(store)
    assert not expected - found, f"lost: {list((expected - found).items())[:3]}"
    assert not found - expected, f"doubled or made up: {list((found - expected).items())[:3]}"
    assert not any(
        store.revisions(f"{letter}{place}", "volume_m3", *EVER) for letter in "TN" for place in range(DEVICES)
    )


def whole(store: Store, sent: Iterable[Message], seconds: float = 40.0) -> None:
    """Wait until the store has as many readings, give a repeat the time to show, then compare identities."""
    wanted = [*sent]
    deadline = time.monotonic() + seconds
    while sum(identities(store).values()) < len(wanted) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(0.5)
    assert_same(store, wanted)


def settled(received: Callable[[], object], quiet_s: float = 0.4) -> None:
    """Wait until nothing comes any more."""
    last: object = None
    while last != (last := received()):
        time.sleep(quiet_s)


@contextmanager
def publishing(
    broker: Mosquitto | int, sent: list[Message], pace_s: float = 0.0, *, insists: bool = True
) -> Iterator[Callable[[float], None]]:
    """Publish at QoS 1 in the background; call what it gives to wait for it.

    broker : or the port of one that asks nobody for a password
    insists : connects again as often as need be and repeats what the broker did not confirm; else the first lost
        connection is its end, and what is missing is somebody else's to find out
    """
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"sender-{sent[0][0]}".replace("/", "-"),
        clean_session=not insists,
        reconnect_on_failure=insists,
    )
    if isinstance(broker, Mosquitto):
        client.username_pw_set(PUBLISHER_USER, broker.passwords[PUBLISHER_USER])
    client.reconnect_delay_set(1, 1)
    client.max_inflight_messages = 100
    client.connect(LOOPBACK, broker.port if isinstance(broker, Mosquitto) else broker)
    client.loop_start()
    confirmed: list[int] = []
    client.on_publish = lambda _client, _data, number, *_: confirmed.append(number)

    def send() -> None:
        for topic, body, _ in sent:
            client.publish(topic, body, qos=1)
            if pace_s:
                time.sleep(pace_s)

    sender = threading.Thread(target=send)
    sender.start()

    def finished(seconds: float = 40.0) -> None:
        sender.join(seconds)
        deadline = time.monotonic() + seconds
        while len(confirmed) < len(sent) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(confirmed) == len(sent), "the broker did not take everything"

    try:
        yield finished
    finally:
        sender.join(60)
        client.disconnect()
        client.loop_stop()
