"""What people ask of the simulated region: bursts and repairs, kept in a log that is replayed at every start."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from models.errors import VodaError
from models.reading import from_ms, iso_z, to_ms
from models.registry import Region

TOPIC = "smartvoda/simulator/command"
_MAX_FLOW_M3H = 2000.0


@dataclass(frozen=True, slots=True)
class Command:
    """A burst of a flow [m³/h] that begins in a zone, or the repair of whatever leaks there, at a domain time."""

    time: datetime
    command: Literal["burst", "repair"]
    zone: str
    flow_m3h: float = 0.0


class CommandError(VodaError):
    """A command that can't be followed: simulator.command."""

    def __init__(self, message: str) -> None:
        super().__init__("simulator.command", message)


def parse(payload: bytes, region: Region, time: datetime) -> Command:
    """A command of the topic, to take effect at `time`. Raises CommandError that says what is wrong."""
    try:
        said = json.loads(payload)
    except ValueError as error:
        raise CommandError(f"{payload[:80]!r} is no JSON ({error})") from error
    if not isinstance(said, dict):
        raise CommandError(f"{payload[:80]!r} is no JSON object")
    zone, name, flow = said.get("zone"), said.get("command"), said.get("flow_m3h", 0.0)
    if not isinstance(zone, str) or zone not in region.zone:
        raise CommandError(f"zone {zone!r} is not in the region")
    if name == "repair":
        return Command(time, "repair", zone)
    if name != "burst":
        raise CommandError(f"command {name!r} is none of burst, repair")
    if isinstance(flow, bool) or not isinstance(flow, (int, float)) or not 0 < flow <= _MAX_FLOW_M3H:
        raise CommandError(f"flow_m3h {flow!r} is no number above 0 and at most {_MAX_FLOW_M3H:g}")
    return Command(time, "burst", zone, float(flow))


def append(path: Path, command: Command) -> None:
    """Write a command to the log; it is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"time": iso_z(command.time), "command": command.command, "zone": command.zone}
    if command.command == "burst":
        line["flow_m3h"] = command.flow_m3h  # type: ignore[assignment]  # a JSON object of mixed values
    with path.open("ab") as log:
        # A crash may have cut the last line short: the new one begins on its own.
        lead = b"\n" if log.tell() else b""
        log.write(lead + json.dumps(line).encode())
        log.flush()
        os.fsync(log.fileno())


def read(path: Path) -> tuple[Command, ...]:
    """Commands of a log in order of time; a line cut short by a crash was never followed and is left out."""
    if not path.is_file():
        return ()
    commands = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            said = json.loads(line)
            time = from_ms(to_ms(datetime.fromisoformat(said["time"])))
            commands.append(Command(time, said["command"], said["zone"], float(said.get("flow_m3h", 0.0))))
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(sorted(commands, key=lambda command: command.time))
