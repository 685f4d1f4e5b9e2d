"""All paths of the HTTP interface."""

from __future__ import annotations

from fastapi import FastAPI

from dashboard.api import changes, comparison, events, export, health, metrics, parameters, readings, returns
from dashboard.live.hub import Hub
from dashboard.visit import Rooms
from models.errors import VodaError


def add_api(app: FastAPI, rooms: Rooms, hub: Hub) -> None:
    """Register /api/v1, /healthz and /metrics."""
    app.add_exception_handler(VodaError, parameters.answer)
    watch = health.Watch(rooms)
    app.state.health = watch
    app.include_router(readings.router(rooms), prefix="/api/v1")
    app.include_router(export.router(rooms), prefix="/api/v1")
    app.include_router(events.router(rooms), prefix="/api/v1")
    app.include_router(comparison.router(rooms), prefix="/api/v1")
    app.include_router(returns.router(rooms), prefix="/api/v1")
    app.include_router(changes.router(rooms), prefix="/api/v1")
    app.include_router(health.router(watch))
    app.include_router(metrics.router(watch, hub))
