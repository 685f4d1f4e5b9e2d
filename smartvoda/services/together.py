"""All services under one command, for a broker and store that exist."""

from __future__ import annotations

import threading
from contextlib import closing

from smartvoda import web
from smartvoda.services.dashboard import serve_pages
from smartvoda.services.ingest import ingesting
from smartvoda.services.start import STOP_S, load_region_once
from smartvoda.settings import Settings
from smartvoda.supervise import Child, child_environment
from smartvoda.wiring import open_parts


def run_all(settings: Settings, stop: threading.Event) -> None:
    """Ingest and dashboard here, analysis as a child: `smartvoda serve`."""
    listener = web.bind(settings.host, settings.port)
    with closing(open_parts(settings, f"ingest-{settings.instance}")) as parts:
        load_region_once(parts, settings.region)
        analysis = Child("analyse", ["analyse"], child_environment(settings))
        with ingesting(parts):

            def stop_analysis() -> None:
                stop.wait()
                analysis.stop(STOP_S)

            # Both are asked at once, so that a slow one does not make the other late.
            stopper = threading.Thread(target=stop_analysis, name="stop-analysis", daemon=True)
            stopper.start()
            analysis.start()
            try:
                serve_pages(parts, listener, stop=stop)
            finally:
                stop.set()
                stopper.join()
