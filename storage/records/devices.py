"""What devices say of themselves, and which ever sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, select

from models.notice import Notice, NoticeKind
from models.reading import from_ms, to_ms
from models.records import NewDevice
from storage.engine import reading, writing
from storage.records.section import Section, insert
from storage.schema import notices as notices_table
from storage.schema import seen_devices, seen_quantities


class DeviceRecords(Section):
    """Notices and seen devices. See models.records.Records."""

    def add_notices(self, notices: Sequence[Notice]) -> None:
        """Keep notices, a repeat changes nothing."""
        if not notices:
            return
        rows = [
            {
                "device": notice.device,
                "notice": notice.notice.value,
                "active": notice.active,
                "time_ms": to_ms(notice.time),
                "time_source": notice.time_source,
                "source": notice.source,
            }
            for notice in notices
        ]
        with writing(self.engine) as connection:
            connection.execute(insert(connection, notices_table).on_conflict_do_nothing(), rows)

    def notices(self, device: str | None, start: datetime, end: datetime) -> list[Notice]:
        """Notices in order of time; None: of every device."""
        columns = notices_table.c
        statement = select(notices_table).where(columns.time_ms >= to_ms(start), columns.time_ms < to_ms(end))
        if device is not None:
            statement = statement.where(columns.device == device)
        with reading(self.engine) as connection:
            rows = connection.execute(statement).all()
        found = [
            Notice(row.device, NoticeKind(row.notice), row.active, from_ms(row.time_ms), row.time_source, row.source)
            for row in rows
        ]
        return sorted(found, key=lambda notice: (notice.time, notice.device, notice.notice, notice.active))

    def see_devices(self, seen: Sequence[NewDevice]) -> None:
        """Remember devices as they send (known ones too): first and last time, topic, dialect, quantities."""
        if not seen:
            return
        # In one order for everyone, or two writers could wait for each other's rows for ever.
        rows = [
            {
                "device": device.device,
                "dialect": device.dialect,
                "topic": device.topic,
                "first_ms": to_ms(device.first_seen),
                "last_ms": to_ms(device.last_seen),
            }
            for device in sorted(seen, key=lambda item: item.device)
        ]
        quantities = sorted({(device.device, quantity) for device in seen for quantity in device.quantities})
        with writing(self.engine) as connection:
            statement = insert(connection, seen_devices)
            new, old = statement.excluded, seen_devices.c
            merged = {
                "dialect": case((new.last_ms >= old.last_ms, new.dialect), else_=old.dialect),
                "topic": case((new.last_ms >= old.last_ms, new.topic), else_=old.topic),
                "first_ms": case((new.first_ms < old.first_ms, new.first_ms), else_=old.first_ms),
                "last_ms": case((new.last_ms > old.last_ms, new.last_ms), else_=old.last_ms),
            }
            connection.execute(statement.on_conflict_do_update(index_elements=["device"], set_=merged), rows)
            if quantities:
                pairs = [{"device": device, "quantity": quantity} for device, quantity in quantities]
                connection.execute(insert(connection, seen_quantities).on_conflict_do_nothing(), pairs)

    def seen_devices(self) -> list[NewDevice]:
        """Every device that ever sent, the last to appear first."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(seen_devices)).all()
            pairs = connection.execute(select(seen_quantities.c.device, seen_quantities.c.quantity)).all()
        quantities: defaultdict[str, list[str]] = defaultdict(list)
        for device, quantity in pairs:
            quantities[device].append(quantity)
        rows = sorted(rows, key=lambda row: (-row.first_ms, row.device))
        return [
            NewDevice(
                row.device,
                row.dialect,
                row.topic,
                from_ms(row.first_ms),
                from_ms(row.last_ms),
                tuple(sorted(quantities[row.device])),
            )
            for row in rows
        ]
