"""GET /live: server-sent events."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from dashboard import shell
from dashboard.live.hub import Hub
from dashboard.rendering import make_visit
from dashboard.visit import Rooms


def add_live(app: FastAPI, rooms: Rooms, hub: Hub) -> None:
    """Register the stream and what a page asks for when the stream says that something changed."""

    @app.get("/live", include_in_schema=False)
    async def live(request: Request, cursor: str = "") -> Response:
        cursor = request.headers.get("last-event-id") or cursor
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(hub.stream(cursor), media_type="text/event-stream", headers=headers)

    @app.get("/_notes", include_in_schema=False)
    def notes(request: Request) -> HTMLResponse:
        return HTMLResponse(shell.notes(make_visit(rooms, dict(request.query_params), request.cookies)))
