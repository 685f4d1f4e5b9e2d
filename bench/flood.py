"""Many readings at once into a broker's waiting sessions: PUBLISH packets as fast as the broker takes them.

paho would need several times longer to send them than the receivers that are to be measured need to take them.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.servers import Mosquitto
from tests.servers.broker import PUBLISHER_USER
from tests.servers.process import LOOPBACK

CHUNK_MESSAGES = 500
ANSWER_S = 60.0
_CONNECT, _PUBLISH_QOS_1, _DISCONNECT = 0x10, 0x32, b"\xe0\x00"
_CLEAN, _PASSWORD, _USER = 0x02, 0x40, 0x80
_CONNACK_BYTES, _PUBACK_BYTES = 4, 4

Message = tuple[str, bytes]


def readings(topic: str, count: int, devices: int, start: datetime) -> Iterator[Message]:
    """Smart voda's own JSON, devices in turn, a second apart."""
    for number in range(count):
        device = f"{10_000_000 + number % devices}"
        body = {
            "device": device,
            "quantity": "volume_m3",
            "value": round(number / 8, 3),
            "time": (start + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        yield f"{topic}/{device}", json.dumps(body).encode()


def publish(broker: Mosquitto, messages: Iterator[Message]) -> None:
    """Publish at QoS 1 and return when the broker has acknowledged everything."""
    with socket.create_connection((LOOPBACK, broker.port), ANSWER_S) as connection:
        connection.sendall(_connect(PUBLISHER_USER, broker.passwords[PUBLISHER_USER]))
        answer = connection.recv(_CONNACK_BYTES)
        if answer[3:] != b"\0":
            raise RuntimeError(f"mosquitto refused the publisher: {answer!r}")
        packets = [_publish(topic, body, number % 65_535 + 1) for number, (topic, body) in enumerate(messages)]
        reader = threading.Thread(target=_await, args=(connection, len(packets)))
        reader.start()
        for begin in range(0, len(packets), CHUNK_MESSAGES):
            connection.sendall(b"".join(packets[begin : begin + CHUNK_MESSAGES]))
        reader.join(ANSWER_S)
        if reader.is_alive():
            raise RuntimeError("mosquitto did not acknowledge everything")
        connection.sendall(_DISCONNECT)


def _await(connection: socket.socket, count: int) -> None:
    left = count * _PUBACK_BYTES
    while left > 0 and (came := connection.recv(65_536)):
        left -= len(came)


def _connect(user: str, password: str) -> bytes:
    body = _text("MQTT") + bytes([4, _USER | _PASSWORD | _CLEAN]) + struct.pack("!H", 600)
    body += _text("bench-flood") + _text(user) + _text(password)
    return bytes([_CONNECT]) + _length(len(body)) + body


def _publish(topic: str, payload: bytes, packet_id: int) -> bytes:
    body = _text(topic) + struct.pack("!H", packet_id) + payload
    return bytes([_PUBLISH_QOS_1]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data


def _length(size: int) -> bytes:
    result = bytearray()
    while True:
        size, low = divmod(size, 128)
        result.append(low | (0x80 if size else 0))
        if not size:
            return bytes(result)
