"""keys.csv of a region: AES keys by device, a secret that only its owner may read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from models.errors import VodaError
from models.region_csv import read_table
from models.region_problem import Problem
from models.region_tables import Column, Table

if TYPE_CHECKING:
    from smartvoda.wiring import Parts

FILE = "keys.csv"
KEY_DIGITS = 32
"""AES-128 in hexadecimal digits."""


class DeviceKey(NamedTuple):
    """The key of a device, in hex."""

    device: str
    key: str


_TABLE = Table(
    FILE, "keys", DeviceKey, (Column("device", "device", required=True), Column("key", required=True)), ("device",)
)


def is_key(text: str) -> bool:
    """Whether a text is an AES-128 key in hex."""
    return len(text) == KEY_DIGITS and not set(text.lower()) - set("0123456789abcdef")


def read(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """Keys by canonical device, and what is wrong with the file; nothing and nothing where there is none.

    No message repeats a key. Raises VodaError (region.unreadable).
    """
    path = folder / FILE
    if not path.exists():
        return {}, []
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read().decode("utf-8-sig", "replace")
    except OSError as error:
        raise VodaError("region.unreadable", f"{path}: {error.strerror}; let its owner run this") from error
    if mode & 0o077:
        message = f"others than its owner may read it (mode {mode:04o}); run: chmod 600 {path}"
        return {}, [Problem("region.keys_not_private", FILE, None, "", message)]
    first = text.split("\n", 1)[0].replace(";", ",")
    if {name.strip() for name in first.split(",")} != {"device", "key"}:
        return {}, [Problem("region.keys_header", FILE, 1, "", "write the header: device,key")]
    rows, problems = read_table(_TABLE, text, ZoneInfo("UTC"))
    return {row.device: row.key for row in rows}, [*problems, *_check(rows)]


def load(parts: Parts, folder: Path, who: str, why: str) -> str:
    """Make a region's keys.csv the keys in the database; what changed in words, empty where nothing did.

    A folder without the file leaves the keys alone: an export never has one, and applying it must not lose them. To
    take all of them back, apply a file that has its header only.
    """
    keys = _wanted(folder)
    change = None if keys is None else parts.key_ring.save_keys(keys, who, why, parts.clock.now())
    return str(change) if change and any(change) else ""


def difference(parts: Parts, folder: Path) -> str:
    """What `load` would change, in words; empty where nothing."""
    from models.records import key_change  # with numpy, for which `decode` need not wait

    keys = _wanted(folder)
    change = None if keys is None else key_change(parts.key_ring.keys(), keys)
    return str(change) if change and any(change) else ""


def _wanted(folder: Path) -> dict[str, str] | None:
    """The keys of a folder, None where it has no file of keys. Raises VodaError (region.invalid)."""
    if not (folder / FILE).exists():
        return None
    keys, problems = read(folder)
    if problems:
        raise VodaError("region.invalid", str(problems[0]))
    return {device: key.lower() for device, key in keys.items()}


def _check(rows: tuple[DeviceKey, ...]) -> Iterator[Problem]:
    for device, key in rows:
        if not is_key(key):
            message = f"the key of {device} has {len(key)} characters; write {KEY_DIGITS} hexadecimal digits"
            yield Problem("region.bad_key", FILE, None, "key", message)
    devices = [row.device for row in rows]
    for device in sorted({device for device in devices if devices.count(device) > 1}):
        yield Problem("region.duplicate", FILE, None, "device", f"{device} stands twice; keep one")
