"""`smartvoda check` against a broker that wants to see a certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.front.commands import call
from tests.ingest import test_mqtt
from tests.servers.broker import Mosquitto

certificates, tls_broker = test_mqtt.certificates, test_mqtt.tls_broker


@pytest.mark.parametrize(("own", "code"), [(True, 0), (False, 1)])
def test_check_shows_its_own_certificate(
    own: bool, code: int, tls_broker: tuple[Mosquitto, str], certificates: Path, tmp_path: Path
) -> None:
    files = {"mqtt_cert": certificates / "client.pem", "mqtt_key": certificates / "client.key"} if own else {}
    answer = call("check", data_dir=tmp_path, mqtt_url=tls_broker[1], mqtt_ca=certificates / "ca.pem", **files)
    assert answer.code == code, answer.err
    assert (answer.err == "") == own
