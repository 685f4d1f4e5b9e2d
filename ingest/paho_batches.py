"""paho-mqtt in batches: many PUBLISH packets out of one read, many acknowledgements in one write.

paho reads a packet in three calls to the system, goes through a dozen functions with each, and sends each
acknowledgement by itself. Here PUBLISH packets are cut out of a read buffer and everything else is left to paho. For
that two of its private methods are used, only with the versions for which it was tested; with any other everything
goes the public way, slower and as right.

Source of the packet format: OASIS, MQTT Version 3.1.1 and 5.0, sections 2.2 and 3.3.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import NamedTuple

import paho.mqtt
import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

KNOWN_VERSIONS = ("2.1.0", "2.2.0")
IS_KNOWN = paho.mqtt.__version__ in KNOWN_VERSIONS

_READ_BYTES = 262_144
_PUBLISH, _PUBACK = 0x30, 0x40
_PUBACK_LENGTH = 2
_QOS_BITS, _QOS_2 = 0x06, 0x04
_TYPE_BITS, _DUP_BIT, _RETAIN_BIT = 0xF0, 0x08, 0x01
_MORE_BIT, _LENGTH_BYTES_AT_MOST = 0x80, 4


class Publish(NamedTuple):
    """A PUBLISH packet. packet_id 0 at QoS 0."""

    topic: bytes
    payload: bytes
    packet_id: int
    duplicate: bool
    retained: bool


class MalformedError(Exception):
    """The stream is no MQTT any more: the connection must be closed."""


class BatchClient(mqtt.Client):
    """paho's client with a read buffer of its own."""

    _ahead = b""
    _ahead_at = 0

    def read_batch(self, take: Callable[[Publish], None]) -> MQTTErrorCode:
        """Read once what the socket has; PUBLISH packets go to `take`, all others to paho and its callbacks."""
        if not IS_KNOWN:
            return self.loop_read()
        try:
            came = super()._sock_recv(_READ_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            came = b""
        if not came:
            return self._end()
        self._ahead, self._ahead_at = self._ahead[self._ahead_at :] + came, 0
        try:
            return self._cut(take)
        except MalformedError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL

    def _cut(self, take: Callable[[Publish], None]) -> MQTTErrorCode:
        five = self._protocol == mqtt.MQTTv5
        while (packet := whole_packet(self._ahead, self._ahead_at)) is not None:
            body, end = packet
            first = self._ahead[self._ahead_at]
            if first & _TYPE_BITS == _PUBLISH and first & _QOS_BITS != _QOS_2:
                self._ahead_at = end
                take(publish_in(self._ahead, first, body, end, five))
                continue
            # paho asks for exactly the bytes of this packet, and finds them all in the buffer.
            code = self.loop_read()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return code
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _end(self) -> MQTTErrorCode:
        """The connection is gone; paho closes its side and tells."""
        self._ahead, self._ahead_at = b"", 0
        code = self.loop_read()
        return code if code != MQTTErrorCode.MQTT_ERR_SUCCESS else MQTTErrorCode.MQTT_ERR_CONN_LOST

    def _sock_recv(self, bufsize: int) -> bytes:
        at, ahead = self._ahead_at, self._ahead
        if at >= len(ahead):
            return super()._sock_recv(bufsize)
        end = min(at + bufsize, len(ahead))
        self._ahead_at = end
        return ahead[at:end]


def whole_packet(buffer: bytes, at: int) -> tuple[int, int] | None:
    """Where the packet that begins at `at` has its body and its end, None where it is not all there yet.

    Raises MalformedError.
    """
    length, shift, place = 0, 0, at + 1
    while True:
        if place >= len(buffer):
            return None
        byte = buffer[place]
        place += 1
        length |= (byte & ~_MORE_BIT) << shift
        if not byte & _MORE_BIT:
            break
        shift += 7
        if place - at > _LENGTH_BYTES_AT_MOST:
            raise MalformedError
    return (place, place + length) if place + length <= len(buffer) else None


def publish_in(buffer: bytes, first: int, body: int, end: int, five: bool) -> Publish:
    """The PUBLISH packet whose body lies at [body, end). Raises MalformedError."""
    place = body + 2
    topic_end = place + (buffer[body] << 8 | buffer[body + 1]) if place <= end else end + 1
    packet_id, rest = 0, topic_end
    if first & _QOS_BITS:
        rest = topic_end + 2
        packet_id = buffer[topic_end] << 8 | buffer[topic_end + 1] if rest <= end else 0
    if five and rest < end:
        rest = _after_properties(buffer, rest, end)
    if rest > end or (first & _QOS_BITS and not packet_id):
        raise MalformedError
    return Publish(
        buffer[place:topic_end], buffer[rest:end], packet_id, bool(first & _DUP_BIT), bool(first & _RETAIN_BIT)
    )


def _after_properties(buffer: bytes, at: int, end: int) -> int:
    length, shift = 0, 0
    while at < end:
        byte = buffer[at]
        at += 1
        length |= (byte & ~_MORE_BIT) << shift
        if not byte & _MORE_BIT:
            return at + length
        shift += 7
    raise MalformedError


def acknowledge_all(client: BatchClient, packet_ids: Sequence[int]) -> None:
    """Acknowledge QoS 1 messages: PUBACK of each, in one write."""
    if IS_KNOWN:
        packets = b"".join(struct.pack("!BBH", _PUBACK, _PUBACK_LENGTH, packet_id) for packet_id in packet_ids)
        client._packet_queue(mqtt.PUBACK, packets, 0, 0)
    else:
        for packet_id in packet_ids:
            client.ack(packet_id, 1)
    client.loop_write()
