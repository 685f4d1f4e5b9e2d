"""Debian's mosquitto, with the configuration that docker-compose.yml mounts."""

from __future__ import annotations

import getpass
import os
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from tests.servers.process import LOOPBACK, Server, ServerError, listens
from tests.servers.programs import ROOT, find_program

CONFIGURATION = ROOT / "deploy" / "mosquitto"
SERVICE_USER = "ingest"
PUBLISHER_USER = "simulator"
DEVICE_USERS = (PUBLISHER_USER, "bilina", "teplice", "chirpstack", "thethingsstack", "thingsboard")
CONNECT_SECONDS = 10.0
OnMessage = Callable[[str, bytes], None]


class Mosquitto(Server):
    """The broker with users, ACL and bounds of a real deployment.

    `ingest` reads everything, `simulator` publishes anywhere, `bilina` and `teplice` are devices. One broker serves
    the whole run, so a test takes topics and client ids of its own. `replace` swaps single lines of the
    configuration by their directive, for tests of the bounds.
    """

    name = "mosquitto"

    def __init__(self, folder: Path, replace: dict[str, str] | None = None) -> None:
        super().__init__(folder)
        self.passwords = {user: secrets.token_hex(8) for user in (SERVICE_USER, *DEVICE_USERS)}
        self.configuration = folder / "mosquitto.conf"
        self._replace = replace or {}

    @property
    def users(self) -> Sequence[str]:
        return tuple(self.passwords)

    @property
    def url(self) -> str:
        """For the services (SMARTVODA_MQTT_URL)."""
        return self.url_for(SERVICE_USER)

    @property
    def publisher_url(self) -> str:
        """For whoever publishes on any topic: the simulator, or a test in the place of many devices."""
        return self.url_for(PUBLISHER_USER)

    def url_for(self, user: str) -> str:
        return f"mqtt://{user}:{self.passwords[user]}@{LOOPBACK}:{self.port}"

    def command(self) -> list[str]:
        program = find_program("mosquitto", "mosquitto")
        if not self.configuration.exists():
            self._configure()
        return [program, "-c", str(self.configuration)]

    def is_ready(self) -> bool:
        return listens(self.port)

    @contextmanager
    def client(
        self,
        user: str = PUBLISHER_USER,
        *,
        client_id: str = "",
        clean: bool = True,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
        on_message: OnMessage | None = None,
    ) -> Iterator[mqtt.Client]:
        """A connected paho client with its network loop running in a thread.

        `on_message` gets (topic, payload); set later on the client, it would miss what a kept session has waiting.
        """
        five = protocol is MQTTProtocolVersion.MQTTv5
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id or f"test-{secrets.token_hex(6)}",
            clean_session=None if five else clean,
            protocol=protocol,
        )
        client.username_pw_set(user, self.passwords[user])
        connected = threading.Event()
        answers: list[ReasonCode] = []

        def on_connect(
            _client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, code: ReasonCode, _p: Properties | None
        ) -> None:
            answers.append(code)
            connected.set()

        client.on_connect = on_connect
        if on_message is not None:
            client.on_message = lambda _c, _d, message: on_message(message.topic, bytes(message.payload))
        client.connect(LOOPBACK, self.port)
        client.loop_start()
        try:
            if not connected.wait(CONNECT_SECONDS) or answers[0].is_failure:
                raise ServerError(f"mosquitto refused {user}: {answers}")
            yield client
        finally:
            client.disconnect()
            client.loop_stop()

    def _configure(self) -> None:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        passwords = self.folder / "passwords"
        write_passwords(passwords, self.passwords)
        changes = {
            "listener": f"listener {self.port} {LOOPBACK}",
            "persistence_location": f"persistence_location {data}/",
            "password_file": f"password_file {passwords}",
            "acl_file": f"acl_file {CONFIGURATION / 'acl'}",
            **self._replace,
        }
        lines = (CONFIGURATION / "mosquitto.conf").read_text().splitlines()
        # As root, mosquitto would become a user that may not enter the temporary folder.
        lines = [f"user {getpass.getuser()}", *replaced(lines, changes)]
        self.configuration.write_text("\n".join(lines) + "\n")


def write_passwords(file: Path, passwords: dict[str, str]) -> None:
    """Make the password file with the script that the container runs."""
    find_program("mosquitto_passwd", "mosquitto")
    devices = " ".join(f"{user}:{word}" for user, word in passwords.items() if user != SERVICE_USER)
    environment = {
        "PATH": os.environ["PATH"],
        "SMARTVODA_MQTT_PASSWORD": passwords[SERVICE_USER],
        "SMARTVODA_MQTT_DEVICES": devices,
    }
    script = CONFIGURATION / "passwords.sh"
    subprocess.run(["sh", str(script), str(file)], env=environment, check=True, timeout=60)


def replaced(lines: Sequence[str], changes: dict[str, str]) -> list[str]:
    """The configuration with some directives' lines replaced; each must stand there exactly once."""
    result = list(lines)
    for directive, line in changes.items():
        places = [i for i, old in enumerate(result) if old.split(" ")[0] == directive]
        if len(places) != 1:
            raise ServerError(f"mosquitto.conf: {directive} stands there {len(places)} times instead of once")
        result[places[0]] = line
    return result
