"""Devices as they send, gathered between two writes to the records."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ingest.understanding import Understood
from models.records import NewDevice

_DEVICES_AT_MOST = 50_000


@dataclass(slots=True)
class _Sender:
    dialect: str
    topic: str
    first: datetime
    last: datetime
    quantities: dict[str, None]


class Seen:
    """First and last time, topic, dialect and quantities of each device. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._senders: dict[str, _Sender] = {}

    def add(self, batch: Sequence[Understood]) -> None:
        """Remember who sent."""
        with self._guard:
            senders = self._senders
            for delivery, dialect, _ in batch:
                topic, received = delivery.topic, delivery.received
                for reading in delivery.readings:
                    sender = senders.get(reading.device)
                    if sender is None or received < sender.last or reading.quantity not in sender.quantities:
                        self._see(reading.device, dialect, topic, received, reading.quantity)
                    else:
                        sender.last, sender.dialect, sender.topic = received, dialect, topic
                for notice in delivery.notices:
                    self._see(notice.device, dialect, topic, received)

    def put_back(self, devices: Sequence[NewDevice]) -> None:
        """Remember again what could not be written."""
        with self._guard:
            for device in devices:
                for seen in (device.first_seen, device.last_seen):
                    self._see(device.device, device.dialect, device.topic, seen, *device.quantities)

    def take(self) -> list[NewDevice]:
        """What came since the last take."""
        with self._guard:
            senders, self._senders = self._senders, {}
        return [
            NewDevice(device, one.dialect, one.topic, one.first, one.last, tuple(one.quantities))
            for device, one in senders.items()
        ]

    def _see(self, device: str, dialect: str, topic: str, received: datetime, *quantities: str) -> None:
        sender = self._senders.get(device)
        if sender is None:
            if len(self._senders) >= _DEVICES_AT_MOST:
                return
            sender = self._senders[device] = _Sender(dialect, topic, received, received, {})
        if received >= sender.last:
            sender.last, sender.dialect, sender.topic = received, dialect, topic
        elif received < sender.first:
            sender.first = received
        for quantity in quantities:
            sender.quantities[quantity] = None
