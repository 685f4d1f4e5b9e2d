"""docker-compose.yml, as Docker's or Debian's compose reads it, and the image's recipe."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from smartvoda import settings
from tests.servers import ServerError
from tests.servers.broker import CONFIGURATION
from tests.servers.programs import ROOT

SECRETS = ("SMARTVODA_MQTT_PASSWORD", "INFLUXDB_PASSWORD", "INFLUXDB_TOKEN", "POSTGRES_PASSWORD")
SERVICES = ("mosquitto", "influxdb", "postgres", "ingest", "analysis", "dashboard")
OWN = {"ingest": "ingest", "analysis": "analyse", "dashboard": "dashboard"}


def compose_command() -> list[str]:
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False, timeout=60)
        if plugin.returncode == 0:
            return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise ServerError("docker compose is missing: run scripts/system_packages.sh docker-compose")


def run_config(folder: Path) -> subprocess.CompletedProcess[str]:
    """`config` over a copy of the project's file beside the .env of `folder`, with nothing from our environment."""
    shutil.copy(ROOT / "docker-compose.yml", folder)
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [*compose_command(), "--project-directory", str(folder), "-f", str(folder / "docker-compose.yml")]
    return subprocess.run(
        [*command, "config"], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def filled_example(**changes: str) -> str:
    """.env made after .env.example, as its reader would: every empty line gets a value."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    values = dict.fromkeys((line[:-1] for line in lines if re.fullmatch(r"[A-Z_]+=", line)), "a1b2c3d4")
    values["SMARTVODA_MQTT_DEVICES"] = "bilina:geheim teplice:tajne"
    return "\n".join(f"{name}={value}" for name, value in {**values, **changes}.items()) + "\n"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("compose")
    (folder / ".env").write_text(filled_example())
    answer = run_config(folder)
    assert answer.returncode == 0, answer.stderr
    parsed: dict[str, Any] = yaml.safe_load(answer.stdout)
    return parsed


def test_it_has_the_services(config: dict[str, Any]) -> None:
    assert sorted(config["services"]) == sorted(SERVICES)


def test_images(config: dict[str, Any]) -> None:
    images = {name: service["image"] for name, service in config["services"].items()}
    assert images["mosquitto"] == "eclipse-mosquitto:2"
    assert images["influxdb"] == "influxdb:2.7"
    assert {images[name] for name in OWN} == {"smartvoda:latest"}


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_watched_restarted_and_not_root(config: dict[str, Any], name: str) -> None:
    service = config["services"][name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert not service["user"].startswith(("0", "root"))
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", SERVICES)
def test_data_lies_in_named_volumes(config: dict[str, Any], name: str) -> None:
    sources = [source_of(volume) for volume in config["services"][name]["volumes"]]
    assert any(f"{name}-data" in source for source in sources)
    assert f"{name}-data" in config["volumes"]


def source_of(volume: str | dict[str, Any]) -> str:
    return volume.split(":")[0] if isinstance(volume, str) else str(volume["source"])


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_broker_is_open_to_the_network(config: dict[str, Any], name: str) -> None:
    addresses = [host_of(port) for port in config["services"][name].get("ports", [])]
    if name == "mosquitto":
        assert addresses == [""]
    else:
        assert set(addresses) <= {"127.0.0.1"}


def host_of(port: str | dict[str, Any]) -> str:
    if isinstance(port, str):
        return port.split(":")[0] if port.count(":") == 2 else ""
    return str(port.get("host_ip", ""))


@pytest.mark.parametrize("name", sorted(OWN))
def test_own_services_know_where_everything_is(config: dict[str, Any], name: str) -> None:
    service = config["services"][name]
    environment = service["environment"]
    assert service["command"] == [OWN[name]]
    assert environment["SMARTVODA_MQTT_URL"] == "mqtt://ingest:a1b2c3d4@mosquitto:1883"
    assert environment["SMARTVODA_STORE_URL"] == "influxdb://a1b2c3d4@influxdb:8086/smartvoda/readings"
    assert environment["SMARTVODA_DATABASE_URL"] == "postgresql+psycopg://smartvoda:a1b2c3d4@postgres:5432/smartvoda"
    port = environment["SMARTVODA_PORT" if name == "dashboard" else "SMARTVODA_HEALTH_PORT"]
    assert f":{port}/healthz" in " ".join(service["healthcheck"]["test"])


@pytest.mark.parametrize("name", sorted(OWN))
def test_own_services_get_only_settings_that_exist(config: dict[str, Any], name: str) -> None:
    known = {variable for variable, _default, _sentence in settings.table()}
    assert set(config["services"][name]["environment"]) <= known


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("given", ["missing", "empty"])
def test_a_missing_secret_is_named(tmp_path: Path, secret: str, given: str) -> None:
    lines = filled_example(**{secret: ""}).splitlines()
    if given == "missing":
        lines.remove(f"{secret}=")
    (tmp_path / ".env").write_text("\n".join(lines))
    answer = run_config(tmp_path)
    assert answer.returncode != 0
    assert f"set {secret} in .env" in answer.stderr


def test_the_example_names_every_variable() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert named == used
    assert set(SECRETS) <= named


def test_the_example_holds_no_secret() -> None:
    text = (ROOT / ".env.example").read_text()
    assert all(f"\n{secret}=\n" in text for secret in SECRETS)


def test_the_broker_gets_the_tested_configuration(config: dict[str, Any]) -> None:
    source = (ROOT / "docker-compose.yml").read_text()
    assert "- ./deploy/mosquitto:/mosquitto/config:ro" in source
    command = " ".join(config["services"]["mosquitto"]["command"])
    for path in re.findall(r"/mosquitto/config/(\S+)", command):
        assert (CONFIGURATION / path).is_file()
    conf = dict(
        line.split(" ", 1)
        for line in (CONFIGURATION / "mosquitto.conf").read_text().splitlines()
        if line and not line.startswith("#")
    )
    assert conf["acl_file"] == "/mosquitto/config/acl"
    assert f"passwords.sh {conf['password_file']}" in command
    assert any(str(mount).startswith("/run/mosquitto") for mount in config["services"]["mosquitto"]["tmpfs"])


def test_image_is_locked_and_not_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    assert users == ["USER 10001:10001"]
    assert 'ENTRYPOINT ["smartvoda"]' in lines
    assert any("-r /tmp/requirements.lock" in line for line in lines)
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} == {"python:3.11-slim"}


def test_image_gets_what_the_wheel_is_made_of() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "requirements.lock"}
    assert needed | {"pyproject.toml", *project["project"]["license-files"]} <= let_in
