"""Events of every kind beside those of `filled`: standing, over, closed, found later; and months of balances."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.event import AlarmState, CaseState, Event, EventKind, EventLogEntry, Priority
from models.records import Figure
from models.why import because
from tests.dashboard.filled import BURST_ZONE, Filled, event

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
METERED_ZONE = "krupka-uncin"
NOTE = "Prasklý řad v ulici Teplická, opraveno."


@dataclass(frozen=True)
class Incidents:
    """Identifiers of what was raised."""

    burst: str
    tank: str
    pressure: str
    device: str
    point: str
    zone: str
    closed: str
    later: str
    unknown_loss: str


def raise_incidents(filled: Filled) -> Incidents:
    """One event of each kind and fate."""
    region, now = filled.region, filled.clock.now()
    standing = {found.kind: found for found in filled.records.events()}
    tank = next(item for item in region.reservoirs if item.kind == "tank")
    metered = region.zone[METERED_ZONE]
    return Incidents(
        burst=standing[EventKind.BURST].id,
        tank=_save(filled, event(EventKind.TANK_LOW, "reservoir", tank.reservoir, tank.name, now - HOUR)),
        pressure=standing[EventKind.PRESSURE_LOW].id,
        device=standing[EventKind.DATA_STOPPED].id,
        point=_save(
            filled, event(EventKind.DATA_STOPPED, "point", region.zone[BURST_ZONE].azp_point, "AZP", now - 3 * HOUR)
        ),
        zone=_save(
            filled,
            event(
                EventKind.DATA_STOPPED,
                "zone",
                metered.zone,
                metered.name,
                now - 2 * HOUR,
                priority=Priority.LOW,
                why=because("data_stopped.customers_silent", name=metered.name, heard_pct=42.0, limit_pct=50.0),
            ),
        ),
        closed=_closed(filled, now - 3 * DAY),
        later=_save(
            filled,
            event(
                EventKind.BURST,
                "zone",
                "litvinov-hamr",
                "Hamr",
                now - 9 * DAY,
                state=AlarmState.NORMAL,
                end=now - 9 * DAY + 5 * HOUR,
                loss_m3h=0.0,
                found_later=True,
            ),
        ),
        unknown_loss=_save(
            filled,
            event(
                EventKind.BURST,
                "zone",
                "decin-podmokly",
                "Podmokly",
                now - HOUR,
                loss_m3h=None,
                loss_m3=None,
                score=0.6,
                priority=Priority.MEDIUM,
            ),
        ),
    )


def _save(filled: Filled, made: Event, *further: EventLogEntry) -> str:
    what = "found_later" if made.found_later else "raised"
    filled.records.save_event(made, EventLogEntry(made.id, made.detected_at, "smartvoda", what))
    for entry in further:
        filled.records.save_event(made, entry)
    return made.id


def _closed(filled: Filled, at: datetime) -> str:
    """Acknowledged, judged anew three times, over, and closed straight away with its cause."""
    name = filled.region.zone["decin-boletice"].name
    made = event(
        EventKind.BURST,
        "zone",
        "decin-boletice",
        name,
        at,
        state=AlarmState.NORMAL,
        case=CaseState.CLOSED,
        end=at + 9 * HOUR,
        loss_m3h=0.0,
        loss_m3=369.0,
        acknowledged_by="K. Marek",
        acknowledged_at=at + timedelta(minutes=6),
        why=because("burst.inflow_returned", name=name, inflow_m3h=21.0, expected_m3h=20.4, loss_m3=369.0),
    )
    log = [EventLogEntry(made.id, at + timedelta(minutes=6), "K. Marek", "acknowledged")]
    log += [EventLogEntry(made.id, at + hours * HOUR, "smartvoda", "updated") for hours in (1, 2, 3)]
    log += [
        EventLogEntry(made.id, at + 9 * HOUR, "smartvoda", "ended"),
        EventLogEntry(made.id, at + 11 * HOUR, "J. Nováková", "closed", NOTE),
    ]
    return _save(filled, made, *log)


def quote(filled: Filled, town: str, start: datetime, reason: str = "", covered: float = 0.97) -> None:
    """A month's balance of a town: input 100 000 m³, NRW 21 000 m³, or no NRW for a reason."""

    def figure(quantity: str, value: float | None, lower: float | None = None, upper: float | None = None) -> Figure:
        said = reason if value is None else ""
        coverage = 0.62 if quantity == "system_input_m3" and reason == "balance.inflow_incomplete" else covered
        return Figure("municipality", town, "month", quantity, start, value, lower, upper, coverage, said)

    known = not reason
    filled.records.supersede_figures(
        [
            figure("system_input_m3", 100_000.0),
            figure("billed_m3", 79_000.0 if known else None),
            figure("own_use_m3", 1_000.0),
            figure("losses_m3", 20_000.0 if known else None),
            figure("nrw_m3", *((21_000.0, 18_500.0, 23_500.0) if known else (None,))),
            figure("nrw_pct", *((21.0, 18.5, 23.5) if known else (None,))),
        ]
    )
