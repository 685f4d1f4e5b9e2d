"""The section of a dam's page with the fan of its storage."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard.figures.reservoir import storage_unit
from dashboard.figures.reservoir_limits import Limit
from dashboard.figures.storage_fan import fan_chart
from dashboard.markup import Chart
from dashboard.pages.parts import key, section
from dashboard.pages.reservoir_words import stored_text
from dashboard.views.storage_fan import StorageFan
from dashboard.visit import Visit
from models.registry import Reservoir
from models.reservoir import one_storage_m3


def fan_section(visit: Visit, reservoir: Reservoir, fan: StorageFan | None) -> list[Component]:
    """Storage of the last months and the months to come; nothing where there is no forecast: the outlook says why."""
    if fan is None:
        return []
    words = visit.words
    name = words.say("Storage to come")
    full = one_storage_m3(reservoir, reservoir.full_m)
    divisor, _ = storage_unit(full)
    written = words.say("million m³") if divisor > 1 else "m³"
    limits = [Limit(full / divisor, words.say("full {level}", level=stored_text(full, words)))]
    figure = fan_chart(fan, visit.now, (divisor, written), limits, words)
    chart = Chart(figure, "260px", name, header="dam-fan-readout", id="dam-fan")
    years = words.plural("from the course of {n} earlier year", "from the courses of {n} earlier years", fan.years)
    keys = key(
        ("observed", words.say("measured")),
        ("band", words.say("80 % of the courses")),
        ("compare", words.say("their middle")),
    )
    return [section(name, chart, note=f"{written}; {years}", end=keys, readout="dam-fan-readout")]
