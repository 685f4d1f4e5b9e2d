"""A connection to the broker for one purpose: send one message, or see whether it lets us in."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt import address_of
from models.errors import VodaError

ANSWER_S = 5.0


def publish_once(
    url: str,
    topic: str,
    payload: bytes,
    ca_file: Path | None = None,
    cert_file: Path | None = None,
    key_file: Path | None = None,
) -> None:
    """Send one message at QoS 1 and return when the broker has it.

    Raises VodaError mqtt.unreachable, mqtt.tls, mqtt.refused, mqtt.silent.
    """
    client = _connected(url, ca_file, cert_file, key_file)
    try:
        message = client.publish(topic, payload, qos=1)
        message.wait_for_publish(ANSWER_S)
        if not message.is_published():
            raise VodaError("mqtt.silent", f"the broker did not take a message on {topic} within {ANSWER_S:.0f} s")
    finally:
        _leave(client)


def probe(url: str, ca_file: Path | None = None, cert_file: Path | None = None, key_file: Path | None = None) -> None:
    """Connect and leave again; returns when the broker let us in. Raises as publish_once does."""
    _leave(_connected(url, ca_file, cert_file, key_file))


def _connected(url: str, ca_file: Path | None, cert_file: Path | None, key_file: Path | None) -> mqtt.Client:
    address = address_of(url)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect_timeout = ANSWER_S
    if address.user:
        client.username_pw_set(address.user, address.password or None)
    answered = threading.Event()
    answers: list[ReasonCode] = []

    def on_connect(
        _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None
    ) -> None:
        answers.append(code)
        answered.set()

    client.on_connect = on_connect
    where = f"{address.host}:{address.port}"
    try:
        if address.tls:
            ca, cert, key = (str(file) if file else None for file in (ca_file, cert_file, key_file))
            client.tls_set(ca, cert, key)
        client.connect(address.host, address.port)
    except ssl.SSLError as error:
        raise VodaError("mqtt.tls", f"{where}: TLS failed ({error.reason or error}); check the CA file") from error
    except OSError as error:
        raise VodaError(
            "mqtt.unreachable", f"no MQTT broker at {where} ({error}); start it or correct SMARTVODA_MQTT_URL"
        ) from error
    client.loop_start()
    if not answered.wait(ANSWER_S):
        _leave(client)
        raise VodaError("mqtt.silent", f"{where} accepts connections but does not answer as an MQTT broker")
    if answers[0].is_failure:
        _leave(client)
        raise VodaError("mqtt.refused", f"broker {where} refuses: {answers[0]}; check user and password")
    return client


def _leave(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()
