"""Settings: one table. Read from the environment (prefix SMARTVODA_) or given on the command line."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, FilePath, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from models.errors import VodaError

PREFIX = "SMARTVODA_"
_TOPIC_FILTER = re.compile(r"#|(\+|[^+#/]*)(/(\+|[^+#/]*))*(/#)?")


def topic_filters(text: str) -> list[str]:
    """Filters out of the setting `mqtt_topics`.

    >>> topic_filters("bilina/#, teplice/+/up")
    ['bilina/#', 'teplice/+/up']
    """
    return [topic.strip() for topic in text.split(",") if topic.strip()]


def default_data_dir() -> Path:
    """Where data lie unless told: the user's data folder, never the current one."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "smartvoda"


class Settings(BaseSettings):
    """Every setting with its default and one sentence; the variable is SMARTVODA_ and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    data_dir: Path = Field(default_factory=default_data_dir, description="Folder of stores, spool and simulator log.")
    store_url: SecretStr = Field(
        default=SecretStr("sqlite:"),
        description="Store of readings: sqlite: (in the data folder), sqlite:///path/readings.db, "
        "or influxdb://TOKEN@host:8086/org/bucket (influxdbs:// for TLS).",
    )
    store_timeout_s: float = Field(default=10.0, gt=0, description="How long InfluxDB may take for one request.")
    database_url: SecretStr = Field(
        default=SecretStr("sqlite:"),
        description="Registry, events and change feed: sqlite: (in the data folder) or a SQLAlchemy URL, "
        "for example postgresql+psycopg://user:password@host/smartvoda.",
    )
    mqtt_url: SecretStr = Field(
        default=SecretStr("mqtt://127.0.0.1:1883"),
        description="Broker: mqtt://user:password@host:1883, or mqtts:// for TLS.",
    )
    mqtt_version: Literal["3.1.1", "5"] = Field(default="3.1.1", description="Version of MQTT to speak.")
    mqtt_topics: str = Field(default="#", description="Topic filters to subscribe to, separated by commas.")
    mqtt_share: str = Field(default="", description="Group of a shared subscription; empty for an ordinary one.")
    mqtt_ca: FilePath | None = Field(
        default=None, description="The broker's certificate authority (PEM), else the system's."
    )
    mqtt_cert: FilePath | None = Field(default=None, description="Own certificate (PEM) where the broker asks for one.")
    mqtt_key: FilePath | None = Field(default=None, description="Key of the own certificate (PEM).")
    instance: str = Field(
        default="1",
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$",
        description="Name of this ingest among several: its spool and MQTT session; letters, digits, . _ -",
    )
    spool_limit_mb: int = Field(default=2048, ge=1, description="Disk that readings may take while the store is away.")
    refused_limit_mb: int = Field(default=64, ge=1, description="Room for payloads no one understood; oldest go first.")
    timezone: str = Field(default="UTC", description="Time zone of payload times that name none, where no region says.")
    region: Path | None = Field(default=None, description="Folder of a region, loaded at start into an empty registry.")
    host: str = Field(default="127.0.0.1", description="Address the dashboard listens on.")
    port: int = Field(default=8050, ge=1, le=65535, description="Port of the dashboard.")
    health_port: int = Field(
        default=0, ge=0, le=65535, description="Port of /healthz where ingest or analyse run alone; 0: none."
    )
    clock: str = Field(
        default="", description="Scaled time of a demonstration, handed to child processes: machine,domain,speed."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="How much is logged.")

    @field_validator("data_dir")
    @classmethod
    def _of_a_user(cls, path: Path) -> Path:
        return path.expanduser()

    @field_validator("timezone")
    @classmethod
    def _is_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            raise ValueError(f"{name!r} is no time zone, for example Europe/Prague") from None
        return name

    @field_validator("mqtt_topics")
    @classmethod
    def _are_filters(cls, text: str) -> str:
        for topic in topic_filters(text) or [""]:
            if not topic or not _TOPIC_FILTER.fullmatch(topic):
                raise ValueError(f"{topic!r} is no topic filter: + stands alone in a level, # alone in the last")
        return text


def load(**given: object) -> Settings:
    """Settings from what was given (None means not given), then the environment, then the defaults.

    Raises VodaError (settings.invalid) with one line that names the setting and what it takes.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked by Pydantic
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        wrong = first["msg"].removeprefix("Value error, ")
        message = f"{name} ({PREFIX}{name.upper()}): {wrong}; {_meaning(name)}"
        # Its cause would show what was given, and that may be a secret.
        raise VodaError("settings.invalid", message) from None


def _meaning(name: str) -> str:
    field = Settings.model_fields.get(name)
    return field.description or "" if field else "no such setting"


def table() -> list[tuple[str, str, str]]:
    """(variable, default, sentence) of every setting, for the documentation."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = default.get_secret_value()
        shown = "the user's data folder" if name == "data_dir" else ("" if default is None else str(default))
        rows.append((PREFIX + name.upper(), shown, field.description or ""))
    return rows
