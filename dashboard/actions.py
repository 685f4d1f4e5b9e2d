"""What people change from pages: POSTs of buttons with data-action (see assets/base.js).

Each asks for the header X-Voda, which a form of another site can't send.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastapi import Body, FastAPI, Request
from fastapi.responses import JSONResponse

from dashboard.i18n import Words
from dashboard.rendering import make_visit
from dashboard.visit import Rooms, Visit
from models.errors import VodaError

COMMAND_TOPIC = "smartvoda/simulator/command"
BURST_M3H = 20.0

Act = Callable[[Visit, dict[str, Any]], str]
"""Does something and says in one sentence what was done; raises VodaError where it could not."""


def add_actions(app: FastAPI, rooms: Rooms) -> None:
    """Register every action."""
    _add(app, rooms, "/actions/burst", burst)
    _add(app, rooms, "/actions/repair", repair)


def _add(app: FastAPI, rooms: Rooms, path: str, act: Act) -> None:
    def endpoint(request: Request, values: dict[str, Any] = Body(default_factory=dict)) -> JSONResponse:  # noqa: B008 - FastAPI's way to say "the body"
        if request.headers.get("x-voda") != "1":
            return JSONResponse({"code": "action.foreign", "message": "header X-Voda is missing"}, status_code=403)
        visit = make_visit(rooms, dict(request.query_params), request.cookies)
        try:
            return JSONResponse({"message": act(visit, values)})
        except VodaError as error:
            return JSONResponse(
                {"code": error.code, "message": _sentence(visit.words, error)}, status_code=_status(error)
            )

    app.add_api_route(path, endpoint, methods=["POST"], include_in_schema=False)


def _status(error: VodaError) -> int:
    return 404 if error.code.endswith(".unknown") else 409


def _sentence(words: Words, error: VodaError) -> str:
    return words.say("This could not be done: {reason}", reason=error.message)


def burst(visit: Visit, values: dict[str, Any]) -> str:
    """Burst a pipe in a simulated zone."""
    zone = _simulated_zone(visit, values)
    _publish(visit, {"command": "burst", "zone": zone, "flow_m3h": float(values.get("flow_m3h", BURST_M3H))})
    return visit.words.say("A pipe bursts in zone {zone}.", zone=visit.region.zone[zone].name)


def repair(visit: Visit, values: dict[str, Any]) -> str:
    """Repair what was burst in a simulated zone."""
    zone = _simulated_zone(visit, values)
    _publish(visit, {"command": "repair", "zone": zone})
    return visit.words.say("The pipe in zone {zone} is repaired.", zone=visit.region.zone[zone].name)


def _simulated_zone(visit: Visit, values: dict[str, Any]) -> str:
    zone = str(values.get("zone", ""))
    if zone not in visit.region.zone:
        raise VodaError("zone.unknown", f"there is no zone {zone!r}")
    if not visit.region.simulated or visit.rooms.config.publish is None:
        raise VodaError("burst.not_simulated", "pipes burst on command only in a simulated region")
    return zone


def _publish(visit: Visit, command: dict[str, object]) -> None:
    publish = visit.rooms.config.publish
    if publish is not None:
        publish(COMMAND_TOPIC, json.dumps(command).encode())
