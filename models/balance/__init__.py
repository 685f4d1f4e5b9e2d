"""The water balance of a zone, municipality or region: its terms, how sure they are, and what is said of them."""

from models.balance.amounts import Amount, Ledger, amounts
from models.balance.customers import LEAST_COVERED, Use, class_use, customer_points, own_connections
from models.balance.czech_return import CzechReturn, czech_return, return_figures
from models.balance.loss_indicators import (
    Network,
    mean_pressures_m,
    network_of,
    pressure_devices,
    uarl,
    within_range,
)
from models.balance.narrowing import Narrowing, most_narrowing
from models.balance.quoted import figures
from models.balance.terms import Balance, balance
from models.balance.validity_grades import Grade, OverdueMeter, grades, overdue_meters, score

__all__ = [
    "LEAST_COVERED",
    "Amount",
    "Balance",
    "CzechReturn",
    "Grade",
    "Ledger",
    "Narrowing",
    "Network",
    "OverdueMeter",
    "Use",
    "amounts",
    "balance",
    "class_use",
    "customer_points",
    "czech_return",
    "figures",
    "grades",
    "mean_pressures_m",
    "most_narrowing",
    "network_of",
    "overdue_meters",
    "own_connections",
    "pressure_devices",
    "return_figures",
    "score",
    "uarl",
    "within_range",
]
