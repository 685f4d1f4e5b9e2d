"""The one way by which history gets in: series in bounded chunks, with progress, idempotent and so repeatable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from models.errors import StoreUnavailableError
from models.reading import Series
from models.store import Store, Written

CHUNK_POINTS = 200_000
"""Points a write: some megabytes, so that neither memory nor a server's patience is strained."""

_TRIES = 6
_FIRST_PAUSE_S = 0.5


def import_series(store: Store, series: Iterable[Series], progress: Callable[[int], None] | None = None) -> Written:
    """Write history; what is there already changes nothing.

    progress : is told the points written so far, after each chunk

    Raises StoreUnavailableError if the store stays away for some 15 s, StoreRejectedError.
    """
    new = same = revised = points = 0
    for chunk in _chunks(series):
        written = _write(store, chunk)
        new, same, revised = new + written.new, same + written.same, revised + written.revised
        points += sum(len(part.time_ms) for part in chunk)
        if progress is not None:
            progress(points)
    return Written(new, same, revised)


def _write(store: Store, chunk: list[Series]) -> Written:
    pause_s = _FIRST_PAUSE_S
    for _ in range(_TRIES - 1):
        try:
            return store.write_series(chunk)
        except StoreUnavailableError:
            time.sleep(pause_s)
            pause_s *= 2
    return store.write_series(chunk)


def _chunks(series: Iterable[Series]) -> Iterator[list[Series]]:
    chunk: list[Series] = []
    points = 0
    for part in series:
        for piece in _pieces(part):
            if chunk and points + len(piece.time_ms) > CHUNK_POINTS:
                yield chunk
                chunk, points = [], 0
            chunk.append(piece)
            points += len(piece.time_ms)
    if chunk:
        yield chunk


def _pieces(part: Series) -> Iterator[Series]:
    length = len(part.time_ms)
    if length <= CHUNK_POINTS:
        if length:
            yield part
        return
    one_quality = len(part.quality) == 1
    for start in range(0, length, CHUNK_POINTS):
        cut = slice(start, start + CHUNK_POINTS)
        quality = part.quality if one_quality else part.quality[cut]
        yield part._replace(time_ms=part.time_ms[cut], value=part.value[cut], quality=quality)
