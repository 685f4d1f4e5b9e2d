"""Every detector. A new one is one file and one line here."""

from __future__ import annotations

from models.anomalies.data_stopped import CustomersStopped, DataStopped
from models.anomalies.pressure_low import PressureLow
from models.anomalies.tank_low import TankLow
from models.detector import Detector
from models.leaks.burst import Burst

DETECTORS: tuple[Detector, ...] = (
    Burst(),
    TankLow(),
    PressureLow(),
    DataStopped(),
    CustomersStopped(),
)
