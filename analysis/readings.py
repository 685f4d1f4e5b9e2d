"""Readings as models need them: a span with what lies before and after it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from models.consumption import CONTEXT_DAYS, REGISTERS
from models.quantity import QUANTITIES
from models.reading import Series
from models.store import Store

REGISTER_MARGIN = timedelta(days=CONTEXT_DAYS)
MARGIN = timedelta(days=3)


def margin_of(quantity: str) -> timedelta:
    """How far beyond a span a quantity's readings say something of it."""
    known = QUANTITIES.get(quantity)
    if quantity in REGISTERS or (known is not None and known.kind == "register"):
        return REGISTER_MARGIN
    return MARGIN


def around(
    store: Store, keys: Iterable[tuple[str, str]], start: datetime, end: datetime, margin: timedelta | None = None
) -> dict[tuple[str, str], Series]:
    """Series of keys in [start, end) and around it, without the empty ones.

    margin : on both sides; None: what each quantity needs
    """
    by_margin: dict[timedelta, list[tuple[str, str]]] = {}
    for key in dict.fromkeys(keys):
        by_margin.setdefault(margin_of(key[1]) if margin is None else margin, []).append(key)
    result: dict[tuple[str, str], Series] = {}
    for reach, group in by_margin.items():
        found = store.series(group, start - reach, end + reach)
        result.update({key: series for key, series in zip(group, found, strict=True) if series.time_ms.size})
    return result
