"""The embedded MQTT broker of a demonstration: rumqttd, in iotcore's wheel, in a process of its own.

Real deployments use mosquitto. This is the one place that knows which broker is embedded.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Protocol

from models.errors import VodaError

START_SECONDS = 10.0
_PRIVATE = ("127.0.0.1", "::1", "localhost")


class Broker(Protocol):
    """A running broker."""

    def stop(self) -> None:
        """End it and free its port; a second call does nothing."""


def start(host: str, port: int, folder: Path) -> Broker:
    """Start the embedded broker and return when it accepts connections.

    host : an address of this machine's loopback only: the broker asks nobody for a password
    folder : for its configuration; retained messages and sessions live in memory and end with it

    Raises VodaError broker.port_taken, broker.not_loopback, broker.disk, broker.failed.
    """
    from iotcore import Broker as IotcoreBroker  # loads a compiled library that only a demonstration needs

    if host not in _PRIVATE:
        raise VodaError("broker.not_loopback", f"the embedded broker serves this machine only, not {host}")
    _check_free(host, port)
    configuration = folder / "broker.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        configuration.write_text(_configuration(host, port), encoding="utf-8")
    except OSError as error:
        raise VodaError(
            "broker.disk",
            f"{configuration} can't be written ({error.strerror}); make room on the disk or choose another folder",
        ) from error
    broker = IotcoreBroker(config_path=str(configuration))
    try:
        broker.start(START_SECONDS)
    except OSError as error:
        raise _taken(host, port) from error
    except RuntimeError as error:
        raise VodaError("broker.failed", f"the embedded broker did not start: {error}; see the log") from error
    running: Broker = broker
    return running


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _taken(host, port) from error


def _taken(host: str, port: int) -> VodaError:
    return VodaError(
        "broker.port_taken",
        f"port {port} of {host} is in use by another program (a mosquitto, another demo?); "
        "stop that one or choose a port with --mqtt-port",
    )


def _configuration(host: str, port: int) -> str:
    """rumqttd's settings: MQTT 3.1.1 (what it serves whole: retained messages, persistent sessions, QoS 1).

    A log segment is kept in memory for each subscription filter, so a few megabytes each, not the usual hundreds.
    """
    address = f"[{host}]:{port}" if ":" in host else f"{'127.0.0.1' if host == 'localhost' else host}:{port}"
    return f"""id = 0

[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 500
max_segment_size = 2097152
max_segment_count = 8

[v4.1]
name = "v4-1"
listen = "{address}"
next_connection_delay_ms = 1
    [v4.1.connections]
    connection_timeout_ms = 60000
    max_payload_size = 1048576
    max_inflight_count = 500
    dynamic_filters = true
"""
