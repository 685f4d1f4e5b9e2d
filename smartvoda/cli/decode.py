"""`smartvoda decode`: what a payload means, without a region, a broker or a store."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.decode_cli import decode_file, decode_jsonl
from models.errors import VodaError
from smartvoda import regions
from smartvoda.clock import machine_clock


def decode(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The payload's bytes; - reads standard input.")
    ] = None,
    topic: Annotated[str, typer.Option(help="MQTT topic the payload came on.")] = "",
    jsonl: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Many at once: JSON lines in, JSON lines out; - reads stdin.")
    ] = None,
    received: Annotated[str, typer.Option(metavar="ISO", help="Time of receipt; now unless told.")] = "",
    key: Annotated[list[str] | None, typer.Option(metavar="DEVICE=HEX", help="AES key of a device.")] = None,
    region: Annotated[Path | None, typer.Option(metavar="DIR", help="Region whose sources.toml applies.")] = None,
) -> None:
    """Say what a payload means: one JSON reading a line, or exit 1 and the reason on standard error.

    With --jsonl each line {"id","topic","payload" or "payload_b64","received","keys"} is answered by a line
    {"id","readings"} or {"id","error"}, in order; one bad payload never ends it.
    """
    found = regions.load(region) if region else None
    sources, timezone = (found.sources, found.timezone) if found else ((), "Europe/Prague")
    if (file is None) == (jsonl is None):
        raise typer.BadParameter("give one FILE with --topic, or --jsonl FILE")
    if jsonl is not None:
        with _lines(jsonl) as lines:
            decode_jsonl(iter(lines), sys.stdout, machine_clock().now(), sources, timezone)
        return
    assert file is not None
    for line in decode_file(topic, _bytes(file), _moment(received), _keys(key or []), sources, timezone):
        typer.echo(line)


def _bytes(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _lines(file: Path) -> io.BufferedIOBase:
    try:
        return sys.stdin.buffer if str(file) == "-" else file.open("rb")  # type: ignore[return-value]  # both are binary
    except OSError as error:
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> VodaError:
    return VodaError("decode.unreadable", f"{file}: {error.strerror}; give a file that can be read, or -")


def _moment(text: str) -> datetime:
    if not text:
        return machine_clock().now()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--received {text!r} is no ISO time, for example 2026-11-24T08:00:00Z") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _keys(given: list[str]) -> dict[str, str]:
    return dict(_key(item) for item in given)


def _key(item: str) -> tuple[str, str]:
    device, _, key = item.partition("=")
    if not device or len(key) != 32 or set(key.lower()) - set("0123456789abcdef"):
        raise typer.BadParameter(f"--key {device or '?'}=…: write DEVICE=32 hexadecimal digits")
    return device, key
