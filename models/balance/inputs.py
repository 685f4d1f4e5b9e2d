"""What people set for a balance (balance_inputs.csv): estimates of apparent losses, known errors, with ± and grade."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from models.registry import BalanceInput, Region


class Input(NamedTuple):
    """A settable input: its name in balance_inputs.csv, what ± means where nobody said, a sentence."""

    name: str
    plus_minus: float
    meaning: str


UNDER_REGISTRATION = "under_registration_pct"
DATA_ERRORS = "data_errors_pct"
THEFT = "theft_pct"
INPUT_ERROR = "system_input_error_pct"
USE_ERROR = "metered_use_error_pct"
OPERATIONS_ERROR = "operations_error_pct"
BILLING_ERROR = "estimated_billing_error_pct"
MAINS_ERROR = "mains_error_pct"
CONNECTIONS_ERROR = "connections_error_pct"
SERVICE_ERROR = "service_private_error_pct"
PRESSURE_ERROR = "pressure_error_pct"

INPUTS = (
    Input(UNDER_REGISTRATION, 0.0, "what customers' meters miss, in % of what they registered"),
    Input(DATA_ERRORS, 0.0, "what is lost between reading and invoice, in % of billed consumption"),
    Input(THEFT, 0.0, "water taken without right, in % of billed consumption"),
    Input(INPUT_ERROR, 0.0, "± of all input meters together, instead of what their types permit; value unused"),
    Input(USE_ERROR, 0.0, "± of all customers' meters together, instead of what their types permit; value unused"),
    Input(OPERATIONS_ERROR, 30.0, "± of a volume written in operations.csv; value unused"),
    Input(BILLING_ERROR, 5.0, "± of a row of billing.csv with method estimated; value unused"),
    Input(MAINS_ERROR, 1.0, "± of the length of mains; value unused"),
    Input(CONNECTIONS_ERROR, 2.0, "± of the number of service connections; value unused"),
    Input(SERVICE_ERROR, 20.0, "± of the length of private pipe; value unused"),
    Input(PRESSURE_ERROR, 5.0, "± of the mean pressure at the average zone point; value unused"),
)
"""All of them. The ± where nobody said are assumptions of this program, made to be replaced."""

_DEFAULT = {item.name: item.plus_minus for item in INPUTS}


def settled(region: Region, subject: str, town: str, name: str, moment: datetime) -> BalanceInput | None:
    """What holds for a subject at a time: its own row, else its town's, else the region's; None: nobody said."""
    for who in dict.fromkeys((subject, town, region.name)):
        for item in region.balance_inputs:
            begun = item.valid_from is None or item.valid_from <= moment
            ended = item.valid_to is not None and item.valid_to <= moment
            if item.subject == who and item.input == name and begun and not ended:
                return item
    return None


class Settings:
    """The inputs that hold for one subject at one time."""

    def __init__(self, region: Region, subject: str, moment: datetime) -> None:
        zone = region.zone.get(subject)
        self._region, self._subject, self._moment = region, subject, moment
        self._town = zone.municipality if zone else ""

    def row(self, name: str) -> BalanceInput | None:
        """The row that holds, or None where nobody said."""
        return settled(self._region, self._subject, self._town, name, self._moment)

    def plus_minus(self, name: str) -> float:
        """± [%] of an input, the assumed one where nobody said."""
        row = self.row(name)
        return _DEFAULT[name] if row is None else row.plus_minus

    def stated(self, name: str) -> float | None:
        """± [%] where somebody said so."""
        row = self.row(name)
        return None if row is None else row.plus_minus
