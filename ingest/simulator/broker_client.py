"""The simulator's connection to the broker: QoS 1 both ways, waits for a broker that goes away, bounded."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from models.errors import VodaError

log = logging.getLogger("smartvoda.simulator")

_PORT, _TLS_PORT = 1883, 8883
_KEEPALIVE_S = 30
_WAITING_AT_MOST = 50_000
_IN_FLIGHT = 200


class BrokerClient:
    """Publishes, and hands commands of one topic to `hear` before they are acknowledged."""

    def __init__(self, url: str, client_id: str, command_topic: str, hear: Callable[[bytes], None]) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in ("mqtt", "mqtts") or not self._url.hostname:
            raise VodaError("simulator.broker", f"{_plain(url)} is no address of a broker; write mqtt://host:1883")
        self._topic, self._hear = command_topic, hear
        # A persistent session: a command given while the simulator restarts waits for it.
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, clean_session=False)
        if self._url.username:
            client.username_pw_set(unquote(self._url.username), unquote(self._url.password or ""))
        if self._url.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.max_queued_messages_set(_WAITING_AT_MOST)
        client.reconnect_delay_set(1, 5)
        client.on_connect = self._connected
        client.on_message = self._told
        self._client = client

    def start(self) -> None:
        """Connect. Raises VodaError simulator.broker where nobody answers."""
        port = self._url.port or (_TLS_PORT if self._url.scheme == "mqtts" else _PORT)
        try:
            self._client.connect(str(self._url.hostname), port, _KEEPALIVE_S)
        except OSError as error:
            raise VodaError(
                "simulator.broker",
                f"no broker answers at {self._url.hostname}:{port} ({error}); start one or give its address",
            ) from error
        self._client.loop_start()

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand a message to the broker, QoS 1; what waits while it is away is bounded, the newest is dropped."""
        self._client.publish(topic, payload, qos=1)

    def stop(self) -> None:
        """Say goodbye; what was handed over in the last moments goes out first."""
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            log.warning("simulator.broker: %s refuses the connection: %s", self._url.hostname, reason)
        else:
            client.subscribe(self._topic, qos=1)

    def _told(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if message.retain:
            log.warning("simulator.command: a retained command would be followed at every start; it is left alone")
            return
        self._hear(bytes(message.payload))


def _plain(url: str) -> str:
    """An address without user and password."""
    return url.rsplit("@", 1)[-1]
