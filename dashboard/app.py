"""The dashboard's ASGI application: pages, live stream and HTTP interface on one FastAPI server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from brotli_asgi import BrotliMiddleware
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.backends._fastapi import reset_current_request, set_current_request
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse
from plotly.io.json import to_json_plotly

from dashboard import shell
from dashboard.actions import add_actions
from dashboard.api.routes import add_api
from dashboard.config import DashboardConfig
from dashboard.edit_actions import add_edit_actions
from dashboard.imports import add_imports
from dashboard.live.hub import Hub
from dashboard.live.routes import add_live
from dashboard.new_device_actions import add_new_device_actions
from dashboard.rendering import Opened, make_page, open_page
from dashboard.static import CachedStatic
from dashboard.visit import Rooms
from models.clock import Clock
from models.judged import judged
from models.records import Records
from models.store import Store

__all__ = ["DashboardConfig", "VodaDash", "create"]

ASSETS = Path(__file__).parent / "assets"
# Not by every page: plotly comes with the first chart, the worker is started by the browser itself.
NOT_IN_PAGE = r"(plotly-cartesian\.min|live-worker)\.js"
COOKIE_S = 365 * 24 * 3600

_opened: ContextVar[Opened] = ContextVar("opened")


class VodaDash(Dash):
    """Dash with our own document around it."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override] # Dash calls it by names
        """The document of the page that is being made (see shell)."""
        return shell.html(
            shell.Frame(
                opened=_opened.get(),
                css=parts["css"],
                scripts=parts["scripts"],
                config=parts["config"],
                renderer=parts["renderer"],
                plotly_url=asset_url("plotly-cartesian.min.js"),
                worker_url=asset_url("live-worker.js"),
            )
        )


def asset_url(name: str) -> str:
    """Address of a file in assets/ that changes with the file, so that a browser may keep it."""
    return f"/assets/{name}?m={(ASSETS / name).stat().st_mtime}"


def create(store: Store, records: Records, clock: Clock, config: DashboardConfig) -> FastAPI:
    """The whole dashboard as an ASGI application.

    `app.state.hub.close()` ends its live streams; a server must call it before it waits for connections to end
    (see dashboard.server).
    """
    # Pages show readings as they count; the API's raw ones stay as they came.
    rooms = Rooms(judged(store, records), records, clock, config)
    hub = Hub(rooms)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.health.health()
        yield
        hub.close()
        app.state.health.close()

    app = FastAPI(
        title="Smart voda",
        version=config.version or "0",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        lifespan=lifespan,
    )
    app.state.hub = hub
    # The order of routes decides: ours come before Dash's, and "everything else" before Dash's own catch-all, which
    # would answer 200 to any path.
    document = _document(rooms)
    app.add_api_route("/", document, methods=["GET"], include_in_schema=False)
    add_api(app, rooms, hub)
    add_live(app, rooms, hub)
    add_actions(app, rooms)
    add_imports(app, rooms)
    add_new_device_actions(app, rooms)
    add_edit_actions(app, rooms)
    app.state.dash = _dash(app)
    app.add_api_route("/_page", _page(rooms), methods=["GET"], include_in_schema=False)
    app.add_api_route("/{path:any}", document, methods=["GET"], include_in_schema=False)
    app.add_middleware(BrotliMiddleware, quality=4, minimum_size=600, excluded_handlers=["^/live"])
    app.add_middleware(CachedStatic, prefixes=("/assets/", "/_dash-component-suites/"))
    return app


def _dash(app: FastAPI) -> VodaDash:
    dash = VodaDash(
        __name__,
        server=app,  # type: ignore[arg-type] # Dash takes its backend's server
        backend="fastapi",
        assets_folder=str(ASSETS),
        assets_ignore=NOT_IN_PAGE,
        title="Smart voda",
        update_title="",
        suppress_callback_exceptions=True,
        add_log_handler=False,
    )
    # No callback runs on the server: a socket a tab would only take connections from the browser.
    dash.backend.websocket_capability = False
    dash.layout = html.Div([dcc.Location(id="address", refresh=False), html.Div(id="page")])
    dash.clientside_callback(  # type: ignore[no-untyped-call] # Dash's
        ClientsideFunction("voda", "route"),
        Output("page", "children"),
        Input("address", "pathname"),
        Input("address", "search"),
    )
    # Dash registers its assets at the first request for "/"; the first request may be for another page.
    dash._setup_server()  # type: ignore[no-untyped-call] # Dash's
    return dash


def _document(rooms: Rooms) -> Callable[[Request], Response]:
    """GET of any page: the whole document, with the page's content in it."""

    def document(request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii", "replace")
        opened = open_page(rooms, path, dict(request.query_params), request.cookies)
        healthy = request.app.state.health.health().store == "ok"
        # While the store is in trouble the status is worth waiting for.
        made = None if healthy and opened.status == 200 else opened.made()
        before, after = _index(request, opened).split(shell.CONTENT_HERE)
        headers = {"Cache-Control": "no-store"}
        if made is not None:
            text = before + shell.content(made) + after
            response: Response = HTMLResponse(text, status_code=made.status, headers=headers)
        else:
            response = StreamingResponse(_stream(before, opened, after), media_type="text/html", headers=headers)
        if "lang" in request.query_params:
            response.set_cookie("lang", opened.visit.words.language, max_age=COOKIE_S, samesite="lax")
        return response

    return document


def _stream(before: str, opened: Opened, after: str) -> Iterator[str]:
    """The document in two pieces: the browser fetches and starts scripts while the content is made."""
    yield before
    yield shell.content(opened.made()) + after


def _index(request: Request, opened: Opened) -> str:
    # Dash reads the request while it writes its index; its own routes set it the same way.
    token = set_current_request(request)  # type: ignore[no-untyped-call] # Dash's
    opened_token = _opened.set(opened)
    try:
        return str(request.app.state.dash.index())
    finally:
        _opened.reset(opened_token)
        reset_current_request(token)  # type: ignore[no-untyped-call] # Dash's


def _page(rooms: Rooms) -> Callable[..., Response]:
    """GET of a page's content alone, for navigation without loading the document again."""

    def page(request: Request, path: str = "/", parts: str = "") -> Response:
        query = {name: value for name, value in request.query_params.items() if name not in ("path", "parts")}
        made = make_page(rooms, path, query, request.cookies)
        value = {"parts": made.parts(parts.split(","))} if parts else made.as_json()
        return Response(to_json_plotly(value), media_type="application/json", headers={"Cache-Control": "no-store"})

    return page
