"""A detector that a test kills: every transaction moves state, cursor and event by one, and says so when it is done.

python -m tests.storage.records.detector_process URL
"""

from __future__ import annotations

import sys
import uuid

from storage.records import SqlRecords
from tests.storage.records.samples import SetClock, entry, event

DETECTOR, SUBJECT = "burst", 'Bynov, "šachta" 7'


def main(url: str) -> None:
    records = SqlRecords(url, SetClock())
    while True:
        stored = records.detector_state(DETECTOR, SUBJECT)
        turn = 1 + (0 if stored is None else int(str(stored[2]["turn"])))
        with records.detecting() as transaction:
            transaction.put_state(DETECTOR, SUBJECT, 1, str(turn), {"turn": turn})
            present = transaction.open_event(DETECTOR, SUBJECT)
            event_id = str(uuid.uuid4()) if present is None else present.id
            transaction.put_event(event(event_id, SUBJECT, loss_m3=float(turn)), entry(event_id, f"turn {turn}"))
            transaction.put_cursor("analysis", str(turn))
        print(turn, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
