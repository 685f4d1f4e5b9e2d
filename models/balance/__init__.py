"""The water balance of a zone, municipality or region: its terms, how sure they are, and what is said of them."""

from models.balance.amounts import Amount, Ledger, amounts
from models.balance.customers import LEAST_COVERED, Use, class_use, customer_points, own_connections
from models.balance.loss_indicators import Network, network_of, uarl
from models.balance.quoted import figures
from models.balance.terms import Balance, balance

__all__ = [
    "LEAST_COVERED",
    "Amount",
    "Balance",
    "Ledger",
    "Network",
    "Use",
    "amounts",
    "balance",
    "class_use",
    "customer_points",
    "figures",
    "network_of",
    "own_connections",
    "uarl",
]
