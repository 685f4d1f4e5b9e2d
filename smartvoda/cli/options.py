"""Options that several commands share."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Folder of stores, spool and logs [SMARTVODA_DATA_DIR]."),
]
Host = Annotated[str | None, typer.Option("--host", metavar="ADDRESS", help="Address to listen on [SMARTVODA_HOST].")]
Port = Annotated[
    int | None,
    typer.Option("--port", metavar="PORT", min=1, max=65535, help="Port of the dashboard, else 8050 [SMARTVODA_PORT]."),
]
MqttUrl = Annotated[
    str | None,
    typer.Option("--broker", metavar="URL", help="mqtt://user:password@host:1883 or mqtts://… [SMARTVODA_MQTT_URL]."),
]


def log_to_stderr(level: str) -> None:
    """Log lines go to standard error; standard output is for results."""
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "uvicorn.access", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
