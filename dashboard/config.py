"""What wiring tells the dashboard beside its store, records and clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.rule_trial import RuleDesk
from models.tables import ImportDesk

Publish = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True)
class DashboardConfig:
    """Settings of one dashboard process.

    publish : sends (topic, payload) to the broker; given only in a simulated region, for the burst button
    base_url : how people reach it, for absolute links in exports
    mqtt_expected : whether an ingest should be connected; /healthz is then 503 while it is not
    version : of the product, for /healthz and the foot of pages
    rules : tries mapping rules on payloads; None where this service makes none
    imports : takes files of history that people hand in; None where this service takes none
    """

    publish: Publish | None = None
    base_url: str = ""
    mqtt_expected: bool = True
    version: str = ""
    imports: ImportDesk | None = None
    rules: RuleDesk | None = None
