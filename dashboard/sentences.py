"""Generated sentences. Names stand in the nominative after a noun that carries the case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from dashboard.i18n import NBSP, Words, mark
from dashboard.views.events import EventItem
from models.event import AlarmState, CaseState, Event, EventKind, Priority, Why

CERTAIN = 0.8
"""Certainty from which an inflow above its band is called a probable burst."""

PRIORITIES: dict[Priority, str] = {
    Priority.HIGH: mark("high severity"),
    Priority.MEDIUM: mark("medium severity"),
    Priority.LOW: mark("low severity"),
}
CASES: dict[CaseState, str] = {
    CaseState.NEW: mark("new"),
    CaseState.INVESTIGATING: mark("being looked into"),
    CaseState.LOCATED: mark("located"),
    CaseState.CREW_SENT: mark("crew sent"),
    CaseState.REPAIRED: mark("repaired"),
    CaseState.VERIFIED: mark("verified"),
    CaseState.CLOSED: mark("closed"),
}
ALARMS: dict[AlarmState, str] = {
    AlarmState.NORMAL: mark("over"),
    AlarmState.UNACKNOWLEDGED: mark("waiting for acknowledgement"),
    AlarmState.ACKNOWLEDGED: mark("acknowledged"),
    AlarmState.RETURNED_UNACKNOWLEDGED: mark("over, waiting for acknowledgement"),
    AlarmState.SHELVED: mark("shelved"),
    AlarmState.SUPPRESSED: mark("suppressed"),
    AlarmState.OUT_OF_SERVICE: mark("out of service"),
}
OPERATIONS: dict[str, str] = {
    "flushing": mark("flushing"),
    "hydrant": mark("hydrant"),
    "tank_cleaning": mark("tank cleaning"),
    "fire": mark("fire-fighting"),
    "shutdown": mark("shutdown"),
    "repair": mark("repair"),
}

REASONS: dict[str, str] = {
    "burst.inflow_above_expected": mark(
        "{excess} more flows into zone {name} than expected: {inflow} instead of {expected}. Lost so far: {loss}."
    ),
    "burst.inflow_returned": mark(
        "The inflow of zone {name} has returned to {inflow}, expected is {expected}. Lost: {loss}."
    ),
    "burst.explained_by_operation": mark(
        "Zone {name}: the inflow is explained by a logged operation ({operation}). Used: {loss}."
    ),
    "tank_low.below_limit": mark("The level in tank {name} is {level}, below the limit of {limit} for {delay}."),
    "tank_low.below_critical": mark(
        "The level in tank {name} is {level}, below the critical limit of {limit} for {delay}."
    ),
    "tank_low.recovered": mark("The level in tank {name} is back at {level}, above {limit}. The lowest was {lowest}."),
    "pressure_low.below_limit": mark(
        "The pressure at point {name} is {pressure}, below the limit of {limit} for {delay}."
    ),
    "pressure_low.below_critical": mark(
        "The pressure at point {name} is {pressure}, below the critical limit of {limit} for {delay}."
    ),
    "pressure_low.recovered": mark(
        "The pressure at point {name} is back at {pressure}, above {limit}. The lowest was {lowest}."
    ),
    "data_stopped.silent": mark("Device {name} has been silent for {silent}; it usually reports every {usual}."),
    "data_stopped.heard_again": mark("Device {name} reports again after {silent}."),
    "data_stopped.customers_silent": mark(
        "Only {heard} of the meters in zone {name} report; at least {limit} are expected."
    ),
    "data_stopped.customers_heard_again": mark("{heard} of the meters in zone {name} report again."),
}
"""models.why's codes → sentences. Endings of the values' names tell the unit (see `_values`)."""


def title(event: Event, words: Words) -> str:
    """What an event is called."""
    if event.kind is EventKind.BURST:
        if event.score >= CERTAIN and (event.end is None or _worked_on(event)):
            return words.say("Probably a burst main")
        return words.say("Inflow above the expected range")
    return words.say(_KINDS[event.kind])


def _worked_on(event: Event) -> bool:
    """Whether people found and mended something: a main does not heal, what ended by itself was something else."""
    return not event.found_later and event.case not in (CaseState.NEW, CaseState.INVESTIGATING)


_KINDS: dict[EventKind, str] = {
    EventKind.TANK_LOW: mark("Service tank low"),
    EventKind.PRESSURE_LOW: mark("Low pressure"),
    EventKind.DATA_STOPPED: mark("Data stopped"),
}


def why(reason: Why, words: Words, name: str = "") -> str:
    """Why an event was raised; the code where a reason has no sentence yet."""
    sentence = REASONS.get(reason.code)
    if sentence is None:
        return reason.code
    values = _values(reason.values, words)
    if name:
        values["name"] = name
    return words.say(sentence, **values)


def _values(values: dict[str, float | str], words: Words) -> dict[str, str | int | float]:
    written: dict[str, str | int | float] = {}
    for key, value in values.items():
        for ending, write in _WRITERS.items():
            if key.endswith(ending) and not isinstance(value, str):
                written[key.removesuffix(ending)] = write(words, float(value))
                break
        else:
            written[key] = _word(key, value, words)
    return written


def _word(key: str, value: float | str, words: Words) -> str:
    text = str(value)
    return words.say(OPERATIONS[text]) if key == "operation" and text in OPERATIONS else text


_WRITERS: dict[str, Callable[[Words, float], str]] = {
    "_m3h": lambda words, value: words.flow(value),
    "_m3": lambda words, value: words.volume(value),
    "_m": lambda words, value: words.measure(value, "m", 1),
    "_s": lambda words, value: words.duration(timedelta(seconds=value)),
    "_pct": lambda words, value: words.percent(value / 100),
}


def place(item: EventItem) -> str:
    """Where an event is: Děčín › Bynov."""
    names = [item.municipality.name if item.municipality else "", item.zone.name if item.zone else ""]
    if item.event.level in ("point", "device", "reservoir"):
        names.append(item.subject_name)
    return " › ".join(name for name in names if name)


def cost(item: EventItem, words: Words) -> list[str]:
    """What it costs and how certain it is, in parts: flow, money, certainty."""
    parts = []
    event = item.event
    if event.end is not None and event.loss_m3 is not None:
        parts.append(words.say("{volume} lost", volume=words.volume(event.loss_m3)))
        if item.cost_czk is not None:
            parts.append(words.say("{money} CZK", money=words.number(item.cost_czk)))
        return parts
    if event.loss_m3h is not None:
        parts.append(words.flow(event.loss_m3h))
    else:
        parts += _measured(event.why, words)
    if item.cost_czk_h is not None:
        parts.append(words.say("{money} CZK/h", money=words.number(item.cost_czk_h)))
    parts.append(words.say("{share} certain", share=words.percent(event.score)))
    return parts


def _measured(reason: Why, words: Words) -> list[str]:
    """What was measured against what, where nothing is lost: 1,1 m, mez 1,5 m."""
    values = {name: float(value) for name, value in reason.values.items() if not isinstance(value, str)}
    found = next((values[name] for name in ("level_m", "pressure_m") if name in values), None)
    if found is not None and "limit_m" in values:
        limit = words.say("limit {value}", value=words.measure(values["limit_m"], "m", 1))
        return [f"{words.measure(found, 'm', 1)}, {limit}"]
    if "heard_pct" in values:
        return [words.say("{share} of the meters report", share=words.percent(values["heard_pct"] / 100))]
    if "usual_s" in values:
        return [words.say("usually {every}", every=every(timedelta(seconds=values["usual_s"]), words))]
    return []


def who(event: Event, words: Words, now: datetime) -> str:
    """Since when it is known, or who has it."""
    if event.acknowledged_at is not None and event.acknowledged_by:
        time = words.since(event.acknowledged_at, now)
        text = words.say("{who} acknowledged {time}", who=event.acknowledged_by, time=time)
    else:
        text = words.say(
            "since {start}, found {found}",
            start=words.since(event.start, now),
            found=words.since(event.detected_at, now),
        )
    if event.case is not CaseState.NEW:
        text += f", {words.say(CASES[event.case])}"
    if event.end is not None:
        text += ", " + words.say("over since {time}", time=words.since(event.end, now))
    return text


def event_text(event: Event, acknowledged_by: str, now: datetime, words: Words) -> str:
    """Since when an event is known, who has it, whether it is over; acknowledged_by as the page names them."""
    parts = [
        words.say(
            "Since {start}, found {found}.",
            start=words.since(event.start, now),
            found=words.since(event.detected_at, now),
        )
    ]
    if event.found_later:
        parts.append(words.say("It was found later, in data of the past; nobody was notified."))
    elif event.state in (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED_UNACKNOWLEDGED):
        parts.append(words.say("It waits for acknowledgement."))
    elif event.acknowledged_at is not None and acknowledged_by:
        when = words.since(event.acknowledged_at, now)
        parts.append(words.say("Acknowledged by {who} at {time}.", who=acknowledged_by, time=when))
    if event.end is not None:
        lasted = words.duration(max(event.end - event.start, timedelta()))
        over = words.since(event.end, now)
        parts.append(words.say("Over since {time}, it lasted {duration}.", time=over, duration=lasted))
    return " ".join(parts)


def quantity(name: str, words: Words) -> str:
    """What a series of evidence is called within a sentence."""
    return words.say(_EVIDENCE[name]) if name in _EVIDENCE else name


_EVIDENCE: dict[str, str] = {
    "net_inflow_m3h": mark("inflow of the zone"),
    "heard_pct": mark("share of meters that report"),
    "flow_m3h": mark("flow"),
    "inflow_m3h": mark("inflow"),
    "outflow_m3h": mark("outflow"),
    "stage_m": mark("water level"),
    "level_m": mark("water level"),
    "pressure_m": mark("pressure"),
    "volume_m3": mark("register of the meter"),
}
SEVERITIES: dict[Priority, str] = {
    Priority.HIGH: mark("high"),
    Priority.MEDIUM: mark("medium"),
    Priority.LOW: mark("low"),
}


def severity_label(event: Event, words: Words) -> str:
    """The severity of an event for those who don't see its mark."""
    return words.say(PRIORITIES[event.priority])


def region_headline(losing: int, waiting: int, words: Words) -> str:
    """The region's answer: who loses water, what waits."""
    if losing:
        first = words.plural("{n} zone loses water", "{n} zones lose water", losing)
    else:
        # One in twenty leaves a 90 % range upwards on a good day: only an event says that water is lost.
        first = words.say("No zone loses water beyond what is expected")
    if not waiting:
        return f"{first}."
    second = words.plural("{n} event waits for acknowledgement", "{n} events wait for acknowledgement", waiting)
    return f"{first}, {second}."


def zones_within(within: int, everyone: int, silent: int, words: Words) -> str:
    """How many zones are where they are expected, and how many say nothing."""
    text = words.plural(
        "{n} of {all} zones keeps within the expected range.",
        "{n} of {all} zones keep within the expected range.",
        within,
        all=words.number(everyone),
    )
    if silent:
        text += " " + words.plural("{n} zone sends no data.", "{n} zones send no data.", silent)
    return text


def region_text(within: int, everyone: int, silent: int, came: int, ended: int, since: str, words: Words) -> str:
    """The region's second sentence."""
    arrived = words.plural("Since {since} {n} event came", "Since {since} {n} events came", came, since=since)
    over = words.plural("{n} ended.", "{n} ended.", ended)
    return f"{zones_within(within, everyone, silent, words)} {arrived}, {over}"


def events_headline(waiting: int, in_hand: int, words: Words) -> str:
    """The answer of the list of events: how many wait for a person, how many someone has."""
    if not waiting and not in_hand:
        return words.say("Nothing waits and nothing is in hand.")
    if not waiting:
        return words.plural(
            "Nothing waits for acknowledgement, {n} event is in hand.",
            "Nothing waits for acknowledgement, {n} events are in hand.",
            in_hand,
        )
    first = words.plural("{n} event waits for acknowledgement", "{n} events wait for acknowledgement", waiting)
    if not in_hand:
        return f"{first}."
    second = words.plural("{n} more is in hand.", "{n} more are in hand.", in_hand)
    return f"{first}, {second}"


def zone_headline(
    name: str, flow_m3h: float | None, lower: float | None, upper: float | None, stale_since: str, words: Words
) -> str:
    """The zone's answer: how much flows in against what was expected."""
    if stale_since:
        return words.say("Zone {name} sends no data since {time}.", name=name, time=stale_since)
    if flow_m3h is None:
        return words.say("Zone {name} has sent no data yet.", name=name)
    if lower is None or upper is None:
        return words.say("{flow} flows into zone {name}.", flow=words.flow(flow_m3h), name=name)
    if flow_m3h > upper:
        excess = words.flow(flow_m3h - (lower + upper) / 2)
        return words.say("{flow} more flows into zone {name} than expected.", flow=excess, name=name)
    if flow_m3h < lower:
        missing = words.flow((lower + upper) / 2 - flow_m3h)
        return words.say("{flow} less flows into zone {name} than expected.", flow=missing, name=name)
    return words.say("As much flows into zone {name} as expected.", name=name)


def town_headline(
    name: str, losing: int, outside: int, flow_m3h: float | None, stale_since: str, zones: int, words: Words
) -> str:
    """A town's answer: which of its zones lose water or take more than expected."""
    if losing:
        return words.plural(
            "{n} zone of town {name} loses water.", "{n} zones of town {name} lose water.", losing, name=name
        )
    if stale_since:
        return words.say("Town {name} sends no data since {time}.", name=name, time=stale_since)
    if flow_m3h is None:
        return words.say("Town {name} has sent no data yet.", name=name)
    if outside:
        return words.plural(
            "{n} zone of town {name} takes more than expected.",
            "{n} zones of town {name} take more than expected.",
            outside,
            name=name,
        )
    if zones == 1:
        return words.say("As much flows into town {name} as expected.", name=name)
    return words.say("All zones of town {name} keep within their expected range.", name=name)


def every(step: timedelta, words: Words) -> str:
    """How often a device reports: every hour, every 5 min."""
    seconds = step.total_seconds()
    if abs(seconds - 3600) < 600:
        return words.say("every hour")
    if abs(seconds - 86400) < 7200:
        return words.say("once a day")
    return words.say("every {time}", time=words.duration(_round(step)))


def _round(step: timedelta) -> timedelta:
    seconds = step.total_seconds()
    unit = 60 if seconds >= 120 else 1
    return timedelta(seconds=round(seconds / unit) * unit)


def joined(parts: list[str]) -> str:
    """Parts of a line with a middle dot between them."""
    return f"{NBSP}· ".join(parts)
