"""paho-mqtt in batches: many packets out of one read, many acknowledgements in one write.

paho reads a packet in three calls to the system and sends each acknowledgement by itself. Two of its private methods
are used here to do better, only with the versions for which that was tested; with any other everything goes the
public way, slower and as right.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import paho.mqtt
import paho.mqtt.client as mqtt

KNOWN_VERSIONS = ("2.1.0", "2.2.0")
IS_KNOWN = paho.mqtt.__version__ in KNOWN_VERSIONS

_READ_BYTES = 65_536
_PUBACK = 0x40
_PUBACK_LENGTH = 2


class BatchClient(mqtt.Client):
    """paho's client with a read buffer of its own."""

    _ahead = b""
    _ahead_at = 0

    @property
    def has_read_ahead(self) -> bool:
        """Whether bytes wait here that the socket no longer knows of."""
        return self._ahead_at < len(self._ahead)

    def _sock_recv(self, bufsize: int) -> bytes:
        if not IS_KNOWN:
            return super()._sock_recv(bufsize)
        at, ahead = self._ahead_at, self._ahead
        if at >= len(ahead):
            if bufsize >= _READ_BYTES:
                return super()._sock_recv(bufsize)
            self._ahead = ahead = super()._sock_recv(_READ_BYTES)
            self._ahead_at = at = 0
        end = min(at + bufsize, len(ahead))
        self._ahead_at = end
        return ahead[at:end]


def acknowledge_all(client: BatchClient, packet_ids: Sequence[int]) -> None:
    """Acknowledge QoS 1 messages: PUBACK of each, in one write."""
    if IS_KNOWN:
        packets = b"".join(struct.pack("!BBH", _PUBACK, _PUBACK_LENGTH, packet_id) for packet_id in packet_ids)
        client._packet_queue(mqtt.PUBACK, packets, 0, 0)
    else:
        for packet_id in packet_ids:
            client.ack(packet_id, 1)
    client.loop_write()
