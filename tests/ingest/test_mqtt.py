"""The session with the broker: TLS, both ways of reading paho's packets, addresses, acknowledgements."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import paho_batches
from ingest.mqtt import Arrival, MqttOptions, Session, Version, address_of, without_password
from models.errors import VodaError
from tests.servers.broker import Mosquitto
from tests.servers.process import LOOPBACK, free_port
from tests.servers.programs import find_program


class Listener:
    """A session and what it got."""

    def __init__(self, options: MqttOptions) -> None:
        self.got: list[Arrival] = []
        self.known: list[bool] = []
        self.session = Session(options, self.got.extend, self.known.append)

    def run_until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"it did not happen; {len(self.got)} came"
            self.session.step(0.05)

    def take(self, count: int) -> None:
        """Until so many came, each acknowledged."""
        done = 0
        deadline = time.monotonic() + 20
        while done < count:
            assert time.monotonic() < deadline, f"only {done} came"
            self.session.step(0.05)
            self.session.acknowledge(self.got[done:])
            done = len(self.got)

    def connect(self) -> None:
        self.session.open()
        self.run_until(lambda: self.session.state == "connected")


def options(mosquitto: Mosquitto, tmp_path: Path, version: Version = "3.1.1") -> MqttOptions:
    return MqttOptions(mosquitto.url, (f"{tmp_path.name}/#",), f"listener-{tmp_path.name}", version)


@pytest.mark.parametrize("batches", [True, False])
@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_every_message_once_and_acknowledged(
    mosquitto: Mosquitto, tmp_path: Path, version: Version, batches: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In batches and, with a paho that nobody tested, the public way."""
    monkeypatch.setattr(paho_batches, "IS_KNOWN", batches)
    bodies = [str(n).encode() * (1 + n % 50) for n in range(1500)] + [b"x" * 300_000]
    listener = Listener(options(mosquitto, tmp_path, version))
    listener.connect()
    with mosquitto.client() as client:
        for body in bodies:
            client.publish(f"{tmp_path.name}/a", body, qos=1)
        listener.take(len(bodies))
    assert [arrival.payload for arrival in listener.got] == bodies
    listener.session.step(0.1)
    listener.session.close()
    assert listener.known == [False]
    again = Listener(listener.session.options)
    again.connect()
    again.session.step(0.3)
    assert again.known == [True]
    assert again.got == []
    again.session.close()


def test_what_is_not_acknowledged_comes_again_marked(mosquitto: Mosquitto, tmp_path: Path) -> None:
    listener = Listener(options(mosquitto, tmp_path))
    listener.connect()
    with mosquitto.client() as client:
        for n in range(10):
            client.publish(f"{tmp_path.name}/a", b"%d" % n, qos=1).wait_for_publish(5)
    listener.run_until(lambda: len(listener.got) == 10)
    listener.session.acknowledge(listener.got[:4])
    listener.session.step(0.1)
    first, listener.got[:] = list(listener.got), []
    listener.session.close()
    listener.connect()
    listener.run_until(lambda: len(listener.got) == 6)
    assert [(a.payload, a.packet_id) for a in listener.got] == [(a.payload, a.packet_id) for a in first[4:]]
    assert all(arrival.duplicate for arrival in listener.got)
    listener.session.acknowledge(first)
    assert listener.session.step(0.1) == 0, "acknowledgements of an earlier connection are left out"
    listener.session.close()


def test_idle_connection_is_kept_alive(mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mosquitto drops whoever is silent for one and a half keep-alives."""
    monkeypatch.setattr("ingest.mqtt.KEEPALIVE_S", 1)
    listener = Listener(options(mosquitto, tmp_path))
    listener.connect()
    until = time.monotonic() + 4
    while time.monotonic() < until:
        listener.session.step(0.5)
    with mosquitto.client() as client:
        client.publish(f"{tmp_path.name}/a", b"1", qos=1).wait_for_publish(5)
    listener.take(1)
    listener.session.close()


def test_frozen_broker_is_noticed(mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection stands and nothing answers: it is given up, and made anew when the broker is back."""
    monkeypatch.setattr("ingest.mqtt.KEEPALIVE_S", 1)
    monkeypatch.setattr("ingest.mqtt.CONNECT_TIMEOUT_S", 1.0)
    listener = Listener(options(mosquitto, tmp_path))
    listener.connect()
    mosquitto.pause()
    try:
        with pytest.raises(VodaError, match=r"mqtt\.lost"):
            listener.run_until(lambda: False, 10)
        assert listener.session.state == "off"
    finally:
        mosquitto.resume()
    listener.connect()
    listener.session.close()


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """A CA, a certificate of the broker and one of a client."""
    openssl = find_program("openssl", "openssl")

    def run(*arguments: str) -> None:
        subprocess.run([openssl, *arguments], cwd=tmp_path, check=True, capture_output=True, timeout=60)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test CA")
    (tmp_path / "san.txt").write_text(f"subjectAltName=IP:{LOOPBACK}\n")
    for name in ("broker", "client"):
        run("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        sign = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "san.txt"]
        run("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *sign)
    return tmp_path


@pytest.fixture
def tls_broker(certificates: Path) -> Iterator[tuple[Mosquitto, str]]:
    """mosquitto as deployed, with one more listener that speaks TLS and wants to see the client's certificate."""
    port = free_port()
    listener = [
        f"listener {port} {LOOPBACK}",
        f"cafile {certificates / 'ca.pem'}",
        f"certfile {certificates / 'broker.pem'}",
        f"keyfile {certificates / 'broker.key'}",
        "require_certificate true",
    ]
    folder = certificates / "mosquitto"
    folder.mkdir()
    with Mosquitto(folder, {"set_tcp_nodelay": "\n".join(["set_tcp_nodelay true", *listener])}) as broker:
        yield broker, broker.url.replace("mqtt://", "mqtts://").replace(str(broker.port), str(port))


def test_tls_with_an_authority_and_a_certificate_of_ones_own(
    tls_broker: tuple[Mosquitto, str], certificates: Path
) -> None:
    broker, url = tls_broker
    good = MqttOptions(
        url,
        ("tls/#",),
        "tls",
        ca_file=certificates / "ca.pem",
        cert_file=certificates / "client.pem",
        key_file=certificates / "client.key",
    )
    listener = Listener(good)
    listener.connect()
    with broker.client() as client:
        for n in range(300):
            client.publish("tls/a", b"%d" % n, qos=1)
        listener.run_until(lambda: len(listener.got) == 300)
    listener.session.acknowledge(listener.got)
    listener.session.close()
    with pytest.raises(VodaError, match=r"mqtt\.tls.*CA file"):
        Session(replace(good, ca_file=None), print, print).open()
    without = Listener(replace(good, cert_file=None, key_file=None))
    with pytest.raises(VodaError, match=r"mqtt\.(tls|lost|unreachable)"):
        without.connect()


def test_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(VodaError, match=r"mqtt\.tls.*no-such\.pem"):
        Session(
            MqttOptions("mqtts://127.0.0.1:1", client_id="x", ca_file=tmp_path / "no-such.pem"), print, print
        ).open()


def test_no_broker_is_said_in_one_line() -> None:
    with pytest.raises(VodaError) as error:
        Session(MqttOptions(f"mqtt://user:secret@{LOOPBACK}:{free_port()}", client_id="x"), print, print).open()
    assert error.value.code == "mqtt.unreachable"
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["", "broker:1883", "http://broker", "mqtt://", "mqtt://broker:port", "mqtt://b:99999"])
def test_no_address(url: str) -> None:
    with pytest.raises(VodaError, match=r"mqtt\.bad_url"):
        address_of(url)


def test_address() -> None:
    assert address_of("mqtt://a%40b:c%2Fd@broker") == ("broker", 1883, False, "a@b", "c/d")
    assert address_of("mqtts://broker:9999")[:3] == ("broker", 9999, True)
    assert without_password("mqtts://a:b@[::1]:8883/x") == "mqtts://[::1]:8883/x"
