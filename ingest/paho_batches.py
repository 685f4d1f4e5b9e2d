"""paho-mqtt in batches: many PUBLISH packets out of one read, many acknowledgements in one write.

paho reads a packet in three calls to the system, goes through a dozen functions with each, and sends each
acknowledgement by itself. Here PUBLISH packets are cut out of a read buffer and everything else is left to paho. For
that two of its private methods are used, only with the versions for which it was tested; with any other everything
goes the public way, slower and as right.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import paho.mqtt
import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode

from ingest.publish_packets import Arrival, Cutter, MalformedError, whole_packet

KNOWN_VERSIONS = ("2.1.0", "2.2.0")
IS_KNOWN = paho.mqtt.__version__ in KNOWN_VERSIONS

_READ_BYTES = 262_144
_PUBACK = 0x4002_0000
"""An acknowledgement of QoS 1: its kind, two bytes follow, and these are the packet id."""


class BatchClient(mqtt.Client):
    """paho's client with a read buffer of its own. `cutter` is set before the first read."""

    cutter: Cutter
    _ahead = b""
    _ahead_at = 0

    def read_batch(self, take: Callable[[Sequence[Arrival]], None]) -> MQTTErrorCode:
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

    def _cut(self, take: Callable[[Sequence[Arrival]], None]) -> MQTTErrorCode:
        while True:
            found, self._ahead_at = self.cutter.cut(self._ahead, self._ahead_at)
            if found:
                take(found)
            if whole_packet(self._ahead, self._ahead_at) is None:
                return MQTTErrorCode.MQTT_ERR_SUCCESS
            # paho asks for exactly the bytes of this packet, and finds them all in the buffer.
            code = self.loop_read()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return code

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


def acknowledge_all(client: BatchClient, packet_ids: Sequence[int]) -> None:
    """Acknowledge QoS 1 messages: PUBACK of each, in one write."""
    if IS_KNOWN:
        packets = struct.pack(f"!{len(packet_ids)}I", *[_PUBACK | packet_id for packet_id in packet_ids])
        client._packet_queue(mqtt.PUBACK, packets, 0, 0)
    else:
        for packet_id in packet_ids:
            client.ack(packet_id, 1)
    client.loop_write()
