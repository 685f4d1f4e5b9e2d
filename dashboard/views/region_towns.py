"""What the map says of towns and dams."""

from __future__ import annotations

from dashboard.i18n import Words
from dashboard.views.region import RegionView
from dashboard.views.region_map import CellState, DamSpot, TownCell
from models.event import EventKind, Priority
from models.registry import Region


def town_cells(region: Region, view: RegionView, words: Words) -> tuple[TownCell, ...]:
    """Each town's state: the worst of its standing events, else whether its data have stopped."""
    states: dict[str, CellState] = {}
    for item in view.items:
        if item.municipality is None or item.event.end is not None:
            continue
        code = item.municipality.code
        if item.event.kind is EventKind.DATA_STOPPED:
            states.setdefault(code, "nodata" if item.event.level in ("zone", "municipality") else "plain")
        elif item.event.priority is Priority.HIGH:
            states[code] = "crit"
        elif states.get(code) != "crit" and item.event.priority is Priority.MEDIUM:
            states[code] = "warn"
    return tuple(
        TownCell(
            code=town.code,
            name=town.name,
            population=town.population,
            state=_state(states.get(town.code), view, town.code),
            said=_said(view, town.code, words),
        )
        for town in region.municipalities
    )


def _state(known: CellState | None, view: RegionView, code: str) -> CellState:
    if known in ("crit", "warn"):
        return known
    spark = view.town_sparks.get(code)
    if spark is None or spark.last_m3h is None or spark.stale_since is not None:
        return "nodata"
    return known or "plain"


def _said(view: RegionView, code: str, words: Words) -> str:
    spark = view.town_sparks.get(code)
    if spark is None or spark.last_m3h is None:
        return words.say("no data")
    if spark.stale_since is not None:
        return words.say("no data since {time}", time=words.moment(spark.stale_since))
    return words.say("inflow {flow}", flow=words.flow(spark.last_m3h))


def dam_spots(view: RegionView, words: Words) -> tuple[DamSpot, ...]:
    """Each dam with how full it is."""
    return tuple(
        DamSpot(dam.reservoir, dam.filled(), words.say("no data") if dam.share is None else words.percent(dam.share))
        for dam in view.dams
    )
