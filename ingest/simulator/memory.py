"""Giving memory back once a year of history is worked out and only a day of it is needed."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Hand freed memory back to the machine; glibc would keep some 200 MB of it. Elsewhere nothing happens."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
