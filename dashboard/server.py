"""A uvicorn server that ends live streams first, so that Ctrl-C is not waited for."""

from __future__ import annotations

from types import FrameType

import uvicorn
from fastapi import FastAPI

GRACE_S = 2


class Server(uvicorn.Server):
    """Serves an application of dashboard.app.create; stops within a few seconds though streams are open."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._dashboard = app
        super().__init__(
            uvicorn.Config(
                app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S
            )
        )

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On a signal: close the streams, then do as uvicorn does."""
        self._dashboard.state.hub.close()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """The same without a signal, from another thread."""
        self._dashboard.state.hub.close()
        self.should_exit = True
