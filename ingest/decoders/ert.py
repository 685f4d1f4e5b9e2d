"""What radio scanners tell of American meters: Itron's ERT (SCM, SCM+, IDM) and Neptune's R900.

None of these messages says the unit of its count: it is the meter's, and only who reads its dial knows it. So a count
is pulses of unknown weight.

Sources: rtlamr, meters.md (types of ERT) and wiki, "Protocol" (flags of R900).
"""

from __future__ import annotations

import re

from ingest.decoders.document import Json
from ingest.decoders.result import Result
from ingest.decoders.time import Moment
from ingest.decoders.value import number
from models.errors import RefusedError
from models.notice import NoticeKind

_WATER_TYPES = frozenset([3, 11, 13])
_KINDS = {**dict.fromkeys((4, 5, 7, 8), "electricity"), **dict.fromkeys((0, 1, 2, 9, 12), "gas")}
_CODE = re.compile(r"(?:0x[0-9a-fA-F]{1,4}|\d{1,5})$")
_NOW = {0.0: False, 1.0: True, 2.0: True}


def check_water(type_code: Json, device: str) -> None:
    """Refuse a meter whose ERT type is not water's.

    type_code : the type, or SCM+'s endpoint type, whose low four bits it is; a number, or text in decimal or hex

    Raises RefusedError decode.not_water.
    """
    text = str(type_code).strip()
    kind = int(text, 0) & 0x0F if _CODE.match(text) and not re.match(r"0\d", text) else None
    if kind not in _WATER_TYPES:
        what = _KINDS.get(kind, "no known commodity") if kind is not None else "no known commodity"
        raise RefusedError("decode.not_water", f"ERT type {text[:12]!r} of meter {device} is {what}, not water")


def take_r900_flags(result: Result, device: str, leak_now: Json, backflow: Json, moment: Moment) -> None:
    """Add what an R900 says of leaks in the last 24 h and of backflow in the last 35 days, which it only remembers."""
    leak, back = number(leak_now), number(backflow)
    if leak is not None and leak.value in _NOW:
        result.notice(device, NoticeKind.LEAK, _NOW[leak.value], moment)
    if back is not None and back.value in (1, 2):
        result.notice(device, NoticeKind.REVERSE, False, moment)
