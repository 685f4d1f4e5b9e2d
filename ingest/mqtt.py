"""The MQTT session of ingest: one thread drives it, nothing is acknowledged before the caller says so."""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from ingest.paho_batches import BatchClient, acknowledge_all
from ingest.publish_packets import Arrival, Cutter, topic_of
from models.errors import VodaError

Version = Literal["3.1.1", "5"]
State = Literal["connected", "connecting", "off"]

__all__ = ["Address", "Arrival", "MqttOptions", "Session", "State", "Version", "address_of", "without_password"]

PORT, TLS_PORT = 1883, 8883
KEEPALIVE_S = 30
SESSION_EXPIRY_S = 14 * 24 * 3600
"""As long as the broker of a real deployment keeps a session: longer than any outage that one recovers from."""

RECEIVE_MAXIMUM = 1000
CONNECT_TIMEOUT_S = 5.0
MESSAGES_A_STEP = 1000
BYTES_A_STEP = 8 * 1024 * 1024
_MISC_EVERY_S = 1.0
_ACCEPTED = 128


@dataclass(frozen=True, slots=True)
class MqttOptions:
    """Where the broker is and how to speak to it.

    url : mqtt://user:password@host:port or mqtts://…
    topics : filters; `#` leaves out $SYS by itself
    share_group : instances of one group divide the messages among them ($share); empty: each gets all
    ca_file, cert_file, key_file : the authority that signed the broker's certificate; a certificate of one's own
    """

    url: str
    topics: tuple[str, ...] = ("#",)
    client_id: str = ""
    version: Version = "3.1.1"
    share_group: str = ""
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = field(default=None, repr=False)

    @property
    def filters(self) -> list[str]:
        """What is subscribed to."""
        return [f"$share/{self.share_group}/{topic}" if self.share_group else topic for topic in self.topics]


class Address(NamedTuple):
    """A broker's address out of its URL."""

    host: str
    port: int
    tls: bool
    user: str
    password: str


def address_of(url: str) -> Address:
    """What an MQTT URL says.

    Raises VodaError mqtt.bad_url.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or port == -1:
        raise VodaError(
            "mqtt.bad_url", f"{without_password(url)!r} is no MQTT URL; write mqtt://user:password@host:1883"
        )
    tls = parts.scheme == "mqtts"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(parts.hostname, port or (TLS_PORT if tls else PORT), tls, user, password)


def without_password(url: str) -> str:
    """A URL as it may be shown: neither user nor password.

    >>> without_password("mqtt://ingest:secret@broker:1883")
    'mqtt://broker:1883'
    """
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"


class Session:
    """A persistent session with a broker. Not thread-safe: one thread calls `step` again and again."""

    def __init__(
        self,
        options: MqttOptions,
        on_arrivals: Callable[[Sequence[Arrival]], None],
        on_session: Callable[[bool], None],
    ) -> None:
        """on_session is told at each connection whether the broker still knew the session."""
        self.options = options
        self.address = address_of(options.url)
        self.state: State = "off"
        self.problem = ""
        self.connection = 0
        self._on_arrivals = on_arrivals
        self._on_session = on_session
        self._client: BatchClient | None = None
        self._poll = select.poll()
        self._arrived = 0
        self._arrived_bytes = 0
        self._misc_at = 0.0

    def open(self) -> None:
        """Begin a connection; `step` carries it on. Raises VodaError mqtt.unreachable, mqtt.tls."""
        self.close()
        self.connection += 1
        self.state = "connecting"
        host, port = self.address.host, self.address.port
        try:
            client = self._new_client()
            if self.options.version == "5":
                client.connect(host, port, KEEPALIVE_S, clean_start=False, properties=_session_properties())
            else:
                client.connect(host, port, KEEPALIVE_S)
        except ssl.SSLError as error:
            self.state = "off"
            raise VodaError(
                "mqtt.tls",
                f"{host}:{port}: TLS failed ({error.reason or error}); check the CA file and the certificate",
            ) from error
        except OSError as error:
            self.state = "off"
            raise VodaError(
                "mqtt.unreachable", f"no MQTT broker at {host}:{port} ({error}); start it or correct the URL"
            ) from error
        self._client = client
        if (socket := client.socket()) is not None:
            self._poll = select.poll()
            self._poll.register(socket, select.POLLIN)

    def close(self) -> None:
        """Leave, if connected politely; the broker keeps the session."""
        client, self._client = self._client, None
        self.state = "off"
        if client is not None:
            client.disconnect()
            client.loop_write()
            if (socket := client.socket()) is not None:
                socket.close()

    def step(self, wait_s: float) -> int:
        """Wait so long for the network, hand over what came; how many messages that were.

        Raises VodaError mqtt.lost, mqtt.refused; then `open` anew.
        """
        client = self._client
        socket = client.socket() if client else None
        if client is None or socket is None:
            raise self._lost("the connection is closed")
        before = self._arrived
        buffered = isinstance(socket, ssl.SSLSocket) and socket.pending() > 0
        self._poll.modify(socket, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
        events = self._poll.poll(0 if buffered else max(0, int(wait_s * 1000)))
        happened = events[0][1] if events else 0
        if happened & select.POLLOUT:
            self._check(client.loop_write())
        if buffered or happened & ~select.POLLOUT:
            self._read(client)
        now = time.monotonic()
        if now >= self._misc_at:
            self._misc_at = now + _MISC_EVERY_S
            self._check(client.loop_misc())
        return self._arrived - before

    def publish(self, topic: str, payload: bytes) -> bool:
        """Send one message at QoS 0, as Sparkplug wants its commands; False where the connection does not take it."""
        if self._client is None or self.state != "connected":
            return False
        return self._client.publish(topic, payload, qos=0).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

    def acknowledge(self, arrivals: Iterable[Arrival]) -> None:
        """Tell the broker that these are durable; those of an earlier connection come again and are left out."""
        packet_ids = [a.packet_id for a in arrivals if a.packet_id and a.connection == self.connection]
        if self._client is not None and packet_ids and self.state == "connected":
            acknowledge_all(self._client, packet_ids)

    def unsubscribe(self, filters: Sequence[str]) -> None:
        """Let go of filters that an earlier configuration left in the session."""
        if self._client is not None and filters:
            self._client.unsubscribe(list(filters))

    def _read(self, client: BatchClient) -> None:
        """Until the socket has no more, or enough for one step came."""
        begin, begin_bytes = self._arrived, self._arrived_bytes
        while self._arrived - begin < MESSAGES_A_STEP and self._arrived_bytes - begin_bytes < BYTES_A_STEP:
            before = self._arrived
            self._check(client.read_batch(self._published))
            if self._arrived == before:
                return

    def _check(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._lost(mqtt.error_string(code))

    def _lost(self, why: str) -> VodaError:
        refused, self._client = self.problem, None
        self.state = "off"
        where = f"{self.address.host}:{self.address.port}"
        if refused:
            return VodaError("mqtt.refused", f"broker {where} refuses: {refused}; check user, password and its ACL")
        return VodaError("mqtt.lost", f"connection to broker {where} was lost: {why}")

    def _new_client(self) -> BatchClient:
        five = self.options.version == "5"
        client = BatchClient(
            CallbackAPIVersion.VERSION2,
            client_id=self.options.client_id,
            clean_session=None if five else False,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.cutter = Cutter(self.connection, five=five)
        client.connect_timeout = CONNECT_TIMEOUT_S
        if self.address.user:
            client.username_pw_set(self.address.user, self.address.password or None)
        if self.address.tls:
            self._use_tls(client)
        # With a writer registered paho queues instead of sending each acknowledgement by itself.
        client.on_socket_register_write = _do_nothing
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        return client

    def _use_tls(self, client: BatchClient) -> None:
        options = self.options
        files = (options.ca_file, options.cert_file, options.key_file)
        if missing := [str(file) for file in files if file is not None and not file.is_file()]:
            raise VodaError("mqtt.tls", f"no file {', '.join(missing)}; correct the CA file, certificate or key")
        ca, certificate, key = (str(file) if file else None for file in files)
        try:
            client.tls_set(ca_certs=ca, certfile=certificate, keyfile=key)
        except (OSError, ValueError) as error:
            raise VodaError("mqtt.tls", f"CA file, certificate or key can't be used: {error}") from error

    def _connected(
        self, client: mqtt.Client, _data: object, flags: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        if code.is_failure:
            self.problem = str(code)
            return
        self.problem = ""
        self._on_session(flags.session_present)
        filters = self.options.filters
        if self.options.version == "5":
            # Retained messages only with a new session: at a reconnect they are known.
            once = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            client.subscribe([(topic, once) for topic in filters])
        else:
            client.subscribe([(topic, 1) for topic in filters])

    def _subscribed(
        self, _client: mqtt.Client, _data: object, _mid: int, codes: list[ReasonCode], _p: Properties | None
    ) -> None:
        denied = [t for t, code in zip(self.options.filters, codes, strict=False) if code.value >= _ACCEPTED]
        self.problem = f"subscription to {', '.join(denied)} is denied" if denied else ""
        self.state = "connected"

    def _message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        """What came the public way."""
        packet_id = message.mid if message.qos else 0
        topic = topic_of(message._topic)
        payload = bytes(message.payload)
        self._published([Arrival(topic, payload, packet_id, message.dup, message.retain, self.connection)])

    def _published(self, arrivals: Sequence[Arrival]) -> None:
        self._arrived += len(arrivals)
        self._arrived_bytes += sum([len(arrival.payload) for arrival in arrivals])
        # Messages may come before SUBACK where the session was known.
        self.state = "connected"
        self._on_arrivals(arrivals)


def _session_properties() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    properties.SessionExpiryInterval = SESSION_EXPIRY_S
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    return properties


def _do_nothing(_client: mqtt.Client, _data: object, _socket: object) -> None:
    return None
