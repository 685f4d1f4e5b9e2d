"""GET /api/v1/devices/{device}/readings."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from dashboard.api.parameters import ParameterError, span_of
from dashboard.visit import Rooms
from models.device import canonical
from models.quantity import QUANTITIES
from models.reading import Reading, as_json


class ReadingJson(BaseModel):
    """One stored value, as `smartvoda decode` writes it; `time` is UTC."""

    device: str
    quantity: str
    value: float | None
    time: str
    time_source: Literal["payload", "received"]
    quality: str
    flags: list[str]
    source: str


class Readings(BaseModel):
    """Readings in order of time."""

    readings: list[ReadingJson]


class Problem(BaseModel):
    """What was wrong with a request."""

    code: str
    message: str


def known_quantity(quantity: str | None) -> str | None:
    """The quantity if it exists. Raises ParameterError (api.quantity)."""
    if quantity is not None and quantity not in QUANTITIES:
        raise ParameterError("api.quantity", f"quantity {quantity!r} is not known; use one of {', '.join(QUANTITIES)}")
    return quantity


def stored(rooms: Rooms, device: str, quantity: str | None, start: str | None, end: str | None) -> list[Reading]:
    """Readings of a device in a span given as the address gives it."""
    first, last = span_of(start, end, rooms.clock.now())
    return rooms.store.readings(canonical(device), known_quantity(quantity), first, last)


def router(rooms: Rooms) -> APIRouter:
    """The path, bound to its rooms."""
    paths = APIRouter(tags=["readings"])

    @paths.get("/devices/{device:any}/readings", response_model=Readings, responses={400: {"model": Problem}})
    def readings(
        device: str,
        quantity: str | None = None,
        start: Annotated[
            str | None, Query(alias="from", description="inclusive, ISO 8601; one day before `to`")
        ] = None,
        end: Annotated[str | None, Query(alias="to", description="exclusive, ISO 8601; now")] = None,
    ) -> dict[str, list[dict[str, object]]]:
        """Stored readings of a device, registered or not, in [from, to)."""
        return {"readings": [as_json(reading) for reading in stored(rooms, device, quantity, start, end)]}

    return paths
