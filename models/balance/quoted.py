"""A balance as figures that people quote: each term with its interval, coverage, or the reason why there is none."""

from __future__ import annotations

from datetime import timedelta

from models.balance.loss_indicators import Bounded, Network, infrastructure_leakage_index, per_connection_day, ratio
from models.balance.terms import Balance
from models.records import Figure, FigurePeriod

FEW = "balance.too_few_covered"
NOT_SET = "balance.not_set"
NO_NETWORK = "balance.no_network"
NO_PRESSURE = "balance.no_pressure"

LOSSES = ("nrw_m3", "losses_m3", "apparent_m3", "real_m3")
SETTABLE = ("under_registration_m3", "data_errors_m3", "theft_m3")
ESTIMATED = ("system_input_m3", "billed_m3", "unbilled_m3")
"""Terms of which it is told how much was estimated, as `estimated_of_` figures in m³."""
PER_CONNECTION, PER_KM = "real_lcd", "real_m3kmd"
"""Real losses in L per connection and day, in m³ per km and day: an area has one of the two."""
PRESSURE = "pressure_m"
"""Mean pressure that UARL stands on; its coverage is the share of connections whose zone's was measured."""
CARL, UARL, ILI = "carl_m3d", "uarl_m3d", "ili"
"""Of twelve months only."""


class Quoter:
    """Makes figures of one balance."""

    def __init__(self, result: Balance, period: FigurePeriod) -> None:
        self._result = result
        self._period: FigurePeriod = period

    def figure(
        self, quantity: str, value: Bounded | float | None, reason: str = "", coverage: float | None = None
    ) -> Figure:
        """One figure; without a value its reason is the given one, else the balance's."""
        result = self._result
        number = value.value if isinstance(value, Bounded) else value
        half = value.half_width if isinstance(value, Bounded) and value.half_width > 0 else None
        covered = result.covered if coverage is None else coverage
        return Figure(
            result.level,
            result.subject,
            self._period,
            quantity,
            result.start,
            None if number is None else round(number, 6),
            None if number is None or half is None else round(number - half, 6),
            None if number is None or half is None else round(number + half, 6),
            round(covered, 6),
            "" if number is not None else (reason or result.reason or FEW),
        )

    def term(self, quantity: str, reason: str = "", coverage: float | None = None) -> Figure:
        """A term of the balance with its interval."""
        value = self._result.value(quantity)
        bounded = None if value is None else Bounded(value, self._result.half_width_m3(quantity))
        return self.figure(quantity, bounded, reason, coverage)


def figures(
    result: Balance, period: FigurePeriod, network: Network | None = None, uarl: Bounded | None = None
) -> list[Figure]:
    """The balance as figures people quote, in m³; of losses also per connection and day, of twelve months ILI.

    network : what losses are held against; uarl : of the same, only wanted of twelve months
    """
    quote = Quoter(result, period)
    found = [
        quote.term("system_input_m3", "balance.no_inflow", result.input_coverage),
        quote.term("household_m3", FEW, result.household_covered),
        quote.term("other_m3", FEW),
        quote.term("billed_m3", FEW),
        quote.term("own_use_m3", coverage=1.0),
        quote.term("fire_m3", coverage=1.0),
        quote.term("unbilled_m3", coverage=1.0),
        *(quote.term(name) for name in LOSSES if name != "apparent_m3"),
        _apparent(quote, result),
        *(quote.term(name, "" if result.reason else NOT_SET) for name in SETTABLE),
        quote.figure("nrw_pct", _share(result)),
        *(quote.figure(f"estimated_of_{name}", _estimated(result, name)) for name in ESTIMATED),
    ]
    if network is not None:
        found.append(_per_connection(quote, result, network))
        if period == "year":
            found += _annual(quote, result, uarl)
            found.append(quote.figure(PRESSURE, network.pressure_m, NO_PRESSURE, network.pressure_measured))
    return found


def _apparent(quote: Quoter, result: Balance) -> Figure:
    """Apparent losses; where none of them is set they are not nothing but unknown, and real losses contain them."""
    if not result.reason and all(result.value(name) is None for name in SETTABLE):
        return quote.figure("apparent_m3", None, NOT_SET)
    return quote.term("apparent_m3")


def _share(result: Balance) -> Bounded | None:
    """NRW over input [%]: both err together, so it is 1 − billed / input whose parts are independent."""
    put_in, billed = result.system_input_m3, result.billed_m3
    if not put_in or billed is None or result.nrw_m3 is None:
        return None
    used = ratio(
        Bounded(billed, result.half_width_m3("billed_m3")), Bounded(put_in, result.half_width_m3("system_input_m3"))
    )
    return Bounded(100.0 * (1.0 - used.value), 100.0 * used.half_width)


def _estimated(result: Balance, term: str) -> float | None:
    return None if result.value(term) is None else result.estimated_m3(term)


def _per_connection(quote: Quoter, result: Balance, network: Network) -> Figure:
    name = PER_CONNECTION if network.per_connection else PER_KM
    if result.real_m3 is None:
        return quote.figure(name, None)
    if network.mains_km <= 0 and not network.per_connection:
        return quote.figure(name, None, NO_NETWORK)
    days = (result.end - result.start) / timedelta(days=1)
    real = Bounded(result.real_m3, result.half_width_m3("real_m3"))
    return quote.figure(name, per_connection_day(real, network, days))


def _annual(quote: Quoter, result: Balance, uarl: Bounded | None) -> list[Figure]:
    """CARL, UARL and ILI of twelve months."""
    days = (result.end - result.start) / timedelta(days=1)
    carl = None
    if result.real_m3 is not None:
        carl = Bounded(result.real_m3 / days, result.half_width_m3("real_m3") / days)
    ili = None
    if carl is not None and uarl is not None and uarl.value > 0:
        ili = ratio(carl, uarl)._replace(value=infrastructure_leakage_index(carl.value, uarl.value))
    return [
        quote.figure(CARL, carl),
        quote.figure(UARL, uarl, NO_PRESSURE, coverage=1.0),
        quote.figure(ILI, ili, "" if uarl is None and result.reason else (NO_PRESSURE if uarl is None else "")),
    ]


QUOTED = (
    "system_input_m3",
    "household_m3",
    "other_m3",
    "billed_m3",
    "own_use_m3",
    "fire_m3",
    "unbilled_m3",
    *LOSSES,
    *SETTABLE,
    "nrw_pct",
    *(f"estimated_of_{name}" for name in ESTIMATED),
    PER_CONNECTION,
    PER_KM,
    CARL,
    UARL,
    ILI,
    PRESSURE,
)
"""Everything that a balance is quoted by."""
