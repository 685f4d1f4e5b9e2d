"""The one name of a device."""

from __future__ import annotations

import re

_HEX_PAIRS = re.compile(r"^[0-9a-f]{2}([:\-. ][0-9a-f]{2}){3,}$", re.IGNORECASE)
_HEX_WORD = re.compile(r"^(0x)?([0-9a-f]{8}|[0-9a-f]{12}|[0-9a-f]{16})$", re.IGNORECASE)


def canonical(name: str) -> str:
    """A device's canonical name: hex addresses in lower case without separators, all else as written, trimmed.

    Numbers stay as the frame writes them, leading zeros kept.

    >>> canonical("70:B3:D5:67:70:0F:F0:3A")
    '70b3d567700ff03a'
    >>> canonical(" 00012345 ")
    '00012345'
    >>> canonical("Vodoměr 7/B")
    'Vodoměr 7/B'
    """
    trimmed = name.strip()
    if _HEX_PAIRS.match(trimmed):
        return re.sub(r"[:\-. ]", "", trimmed).lower()
    if match := _HEX_WORD.match(trimmed):
        return match.group(2).lower()
    return trimmed
