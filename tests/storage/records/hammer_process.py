"""A process that uses the records as a service does, from several threads, as fast as it can.

python -m tests.storage.records.hammer_process URL NAME TURNS
"""

from __future__ import annotations

import dataclasses
import sys
import threading
from datetime import timedelta

from models.event import Event, EventLogEntry
from models.notice import Notice, NoticeKind
from models.records import Figure, NewDevice, Refused
from storage.records import SqlRecords
from tests.storage.records.samples import NOON, SetClock, entry, event

LIMIT_BYTES = 2000


def ingest(records: SqlRecords, name: str, turn: int) -> None:
    moment = NOON + timedelta(seconds=turn)
    records.see_devices([NewDevice(f"d{n}", "auto", name, moment, moment, ("volume_m3",)) for n in range(5)])
    records.add_notices([Notice("shared", NoticeKind.LEAK, True, moment)])
    records.add_refused([Refused(0, name, moment, "c", "r", bytes(100))], LIMIT_BYTES)
    records.set_fact(name, {"turn": turn})


def analyse(records: SqlRecords, name: str, turn: int) -> None:
    hours = [("zone", f"z{n}", NOON + timedelta(hours=turn)) for n in range(10)]
    records.mark_dirty(hours)
    with records.detecting() as transaction:
        present = transaction.open_event("burst", "shared")
        found = event(f"by-{name}", "shared", loss_m3=0.0) if present is None else present
        counted = dataclasses.replace(found, loss_m3=(found.loss_m3 or 0.0) + 1)
        transaction.put_event(counted, entry(found.id, "updated", who=name))
        transaction.put_state("burst", name, 1, str(turn), {"turn": turn})
    records.done_dirty(records.take_dirty("zone", 20))
    records.supersede_figures([Figure("zone", "shared", "day", "q", NOON, float(turn), None, None, 1.0)])


def look(records: SqlRecords, name: str, _turn: int) -> None:
    def count(present: Event) -> tuple[Event, EventLogEntry]:
        changed = dataclasses.replace(present, loss_m3=(present.loss_m3 or 0.0) + 1)
        return changed, entry(present.id, "noted", who=name)

    records.events_version()
    for found in records.events():
        records.change_event(found.id, count)
    records.region()
    records.facts()


def main(url: str, name: str, turns: int) -> None:
    records = SqlRecords(url, SetClock())
    errors: list[BaseException] = []

    def repeat(job: object) -> None:
        try:
            for turn in range(turns):
                job(records, name, turn)  # type: ignore[operator]  # one of the three above
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(job,)) for job in (ingest, analyse, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    records.close()
    if errors:
        raise errors[0]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
