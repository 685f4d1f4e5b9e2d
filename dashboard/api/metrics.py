"""GET /metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard.api.health import Watch
from dashboard.live.hub import Hub


class _Voda(Collector):
    """Figures at the moment of asking, from the same look as /healthz."""

    def __init__(self, watch: Watch, hub: Hub) -> None:
        self._watch = watch
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        """All metric families."""
        health = self._watch.health()
        gauges: list[tuple[str, str, float | None]] = [
            ("smartvoda_store_up", "1 while the store can do its work", float(health.store == "ok")),
            (
                "smartvoda_mqtt_connected",
                "1 while ingest is connected to the broker",
                float(health.mqtt == "connected"),
            ),
            ("smartvoda_last_reading_age_seconds", "Since the newest message came", health.last_reading_age_s),
            ("smartvoda_analysis_lag_seconds", "Age of the oldest unseen change", health.analysis_lag_s),
            ("smartvoda_queue_readings", "Readings that wait to reach the store", float(health.waiting)),
            ("smartvoda_events_waiting", "Events to be acknowledged", float(health.events_waiting)),
            ("smartvoda_live_streams", "Open live streams of this process", float(self._hub.readers)),
        ]
        if health.readings_total is not None:
            yield CounterMetricFamily("smartvoda_readings", "Readings in the store", value=health.readings_total)
        for name, meaning, value in gauges:
            if value is not None:
                yield GaugeMetricFamily(name, meaning, value=value)


def router(watch: Watch, hub: Hub) -> APIRouter:
    """The path, bound to its watch."""
    paths = APIRouter(tags=["operation"])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Voda(watch, hub))

    @paths.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Figures in Prometheus's text format."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return paths
