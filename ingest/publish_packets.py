"""PUBLISH packets cut out of a buffer, as many as are whole.

Source of the format: OASIS, MQTT Version 3.1.1 and 5.0, sections 2.2 and 3.3.
"""

from __future__ import annotations

from typing import NamedTuple

TOPICS_AT_MOST = 100_000
_QOS_0_OR_1_BITS, _PUBLISH = 0xF4, 0x30
_QOS_1_BIT, _DUP_BIT, _RETAIN_BIT = 0x02, 0x08, 0x01
_MORE_BIT, _LENGTH_BYTES_AT_MOST = 0x80, 4


class Arrival(NamedTuple):
    """One PUBLISH. packet_id 0 at QoS 0; connection : number of the connection on which it may be acknowledged."""

    topic: str
    payload: bytes
    packet_id: int
    duplicate: bool
    retained: bool
    connection: int


class MalformedError(Exception):
    """The stream is no MQTT any more: the connection must be closed."""


class Cutter:
    """Cuts the packets of one connection; remembers topics, of which there are few and which come again and again.

    five : the connection speaks MQTT 5, whose packets have properties
    """

    def __init__(self, connection: int, *, five: bool) -> None:
        self._connection = connection
        self._five = five
        self._topics: dict[bytes, str] = {}

    def cut(self, buffer: bytes, at: int) -> tuple[list[Arrival], int]:
        """The PUBLISH packets at QoS 0 and 1 from `at` on, up to the first that is another kind or not whole.

        Returns them and where that one begins. Raises MalformedError.
        """
        # One loop without calls: at a hundred thousand packets a second each call is a twentieth of what there is.
        found: list[Arrival] = []
        add, new, kind = found.append, tuple.__new__, Arrival
        topics, connection, five, size = self._topics, self._connection, self._five, len(buffer)
        while at + 1 < size:
            first = buffer[at]
            if first & _QOS_0_OR_1_BITS != _PUBLISH:
                break
            length = buffer[at + 1]
            if length < _MORE_BIT:
                body = at + 2
                end = body + length
                if end > size:
                    break
            else:
                packet = whole_packet(buffer, at)
                if packet is None:
                    break
                body, end = packet
            if body + 2 > end:
                raise MalformedError
            rest = topic_end = body + 2 + (buffer[body] << 8 | buffer[body + 1])
            packet_id, with_id = 0, first & _QOS_1_BIT
            if with_id:
                rest += 2
                packet_id = buffer[topic_end] << 8 | buffer[topic_end + 1] if rest <= end else 0
            if five and rest < end:
                rest = _after_properties(buffer, rest, end)
            if rest > end or (with_id and not packet_id):
                raise MalformedError
            name = buffer[body + 2 : topic_end]
            topic = topics.get(name)
            if topic is None:
                topic = self._topic(name)
            duplicate, retained = first & _DUP_BIT != 0, first & _RETAIN_BIT != 0
            add(new(kind, (topic, buffer[rest:end], packet_id, duplicate, retained, connection)))
            at = end
        return found, at

    def _topic(self, name: bytes) -> str:
        if len(self._topics) >= TOPICS_AT_MOST:
            self._topics.clear()
        topic = self._topics[name] = topic_of(name)
        return topic


def topic_of(name: bytes) -> str:
    """A topic as text, whatever its bytes are."""
    return name.decode("utf-8", "backslashreplace")


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
