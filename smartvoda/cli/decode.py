"""`smartvoda decode`: what a payload means, without a region, a broker or a store."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple

import typer

from models.errors import VodaError
from smartvoda.clock import machine_clock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from models.registry import Source


def decode(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The payload's bytes; - reads standard input.")
    ] = None,
    topic: Annotated[str, typer.Option(metavar="TOPIC", help="MQTT topic the payload came on.")] = "",
    jsonl: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Many at once: JSON lines in, JSON lines out; - reads stdin.")
    ] = None,
    received: Annotated[str, typer.Option(metavar="ISO", help="Time of receipt; now unless told.")] = "",
    key: Annotated[
        list[str] | None, typer.Option(metavar="DEVICE=HEX", help="AES key of a device; may be given again.")
    ] = None,
    region: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Region whose sources.toml, time zone and keys.csv apply.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which rule gave each reading, on standard error.")
    ] = False,
) -> None:
    """Say what a payload means: one JSON reading a line.

    Needs no region. Where neither a reading nor a notice comes out, the reason stands on standard error and it exits
    1. A device's own alarms are lines that have `notice` instead of `quantity`.

    With --jsonl each line {"id","topic","payload" or "payload_b64","received","keys":{device:hex}} is answered, in
    order, by a line {"id","readings":[…]} or {"id","error":"…"}; one bad payload never ends it, none takes longer than
    2 s.

    --explain says for each reading the dialect and by what it was recognised, where the value stood, its unit and where
    that was said, the time's source, the quality and why, and then what was left out and why. It stands on standard
    error, so that standard output stays the same; with --jsonl each answer has these lines as "explain".

    \b
    Examples:
      echo '{"device":"12345678","volume_m3":7.704}' | smartvoda decode --topic voda/1 -
        {"device": "12345678", "quantity": "volume_m3", "value": 7.704, "time": …}
      smartvoda decode --topic application/1/device/70b3/event/up uplink.json
      mosquitto_sub -t '#' -F %j | smartvoda decode --jsonl -
        {"id": 1, "readings": [{"device": "12345678", …}]}
    """
    if (file is None) == (jsonl is None):
        raise typer.BadParameter("give one FILE with --topic, or --jsonl FILE")
    rules = _rules(region)
    keys = {**rules.keys, **dict(_key(item) for item in key or [])}
    if jsonl is not None:
        _answer_lines(jsonl, rules, keys, explain)
        return
    assert file is not None
    from ingest.decode_cli import decode_file, explain_file

    _say_in_utf8()
    question = (topic, _bytes(file), _moment(received), keys, rules.sources, rules.timezone)
    if explain:
        for line in explain_file(*question):
            typer.echo(line, err=True)
    for line in decode_file(*question):
        typer.echo(line)


class _Rules(NamedTuple):
    """What a region says of its payloads."""

    sources: Sequence[Source] = ()
    timezone: str = "Europe/Prague"
    keys: Mapping[str, str] = MappingProxyType({})


def _rules(folder: Path | None) -> _Rules:
    if folder is None:
        return _Rules()
    from smartvoda import keys, regions

    region = regions.load(folder)
    return _Rules(region.sources, region.timezone, keys.read(folder)[0])


def _answer_lines(file: Path, rules: _Rules, keys: Mapping[str, str], explain: bool) -> None:
    from ingest.decode_cli import decode_jsonl

    _say_in_utf8()
    with _lines(file) as lines:
        decode_jsonl(iter(lines), sys.stdout, machine_clock().now(), rules.sources, rules.timezone, keys, explain)


def _say_in_utf8() -> None:
    """JSON is UTF-8 whatever the terminal speaks; half a character (a lone surrogate) becomes its JSON escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _bytes(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise _unreadable(file, error) from error


def _lines(file: Path) -> AbstractContextManager[BinaryIO]:
    try:
        return nullcontext(sys.stdin.buffer) if str(file) == "-" else file.open("rb")
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


def _key(item: str) -> tuple[str, str]:
    from models.device import canonical
    from smartvoda.keys import is_key

    device, _, key = item.partition("=")
    if not device or not is_key(key):
        raise typer.BadParameter(f"--key {device or '?'}=…: write DEVICE=32 hexadecimal digits")
    return canonical(device), key
