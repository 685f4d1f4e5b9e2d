"""Detectors at the live edge: what each has seen, what it says, and the events that follow, committed together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from analysis.subjects import Subject
from models.detector import Finding, JsonState, Row
from models.event_rules import Judged, awakened, closed_as_history, explained_by_late_data, judged
from models.reading import from_ms, to_ms
from models.records import DetectorTransaction, Records

LATE_REACH = timedelta(hours=1)
"""What late data show may seem to have begun so long before them."""


class Kept(NamedTuple):
    """What is kept of a detector on a subject.

    seen_ms : time of the last row it was given; late_ms : the earliest row that came after it was passed over, or 0
    """

    state: JsonState
    seen_ms: int
    late_ms: int

    def json(self) -> JsonState:
        """As it is stored."""
        return {"state": self.state, "seen_ms": self.seen_ms, "late_ms": self.late_ms}


class Said(NamedTuple):
    """A detector's next state on a subject and what it found on the way."""

    subject: Subject
    kept: Kept
    findings: list[Finding]


class Watch:
    """Runs detectors over new rows. State is cached; it is replaced only after its transaction has committed."""

    def __init__(self, records: Records, new_id: Callable[[], str] = lambda: str(uuid4())) -> None:
        self.records = records
        self.new_id = new_id
        self._kept: dict[tuple[str, str], Kept | None] = {}

    def kept(self, subject: Subject) -> Kept | None:
        """What is kept of a subject; None where nothing is, or only of an older version of its detector."""
        key = subject.key
        if key not in self._kept:
            stored = self.records.detector_state(*key)
            self._kept[key] = None
            if stored is not None and stored[0] == subject.detector.version:
                self._kept[key] = _of_json(stored[2])
        return self._kept[key]

    def judge(self, subject: Subject, rows: Sequence[Row], now: datetime, late_ms: int = 0) -> Said | None:
        """Give new rows to a subject's detector; None where it has no state yet (it must be replayed first)."""
        kept = self.kept(subject)
        if kept is None:
            return None
        fresh = [row for row in rows if row.value is None or to_ms(row.time) > kept.seen_ms]
        state, findings = subject.detector.step(kept.state, fresh, subject.context(now))
        seen = max((to_ms(row.time) for row in fresh if row.value is not None), default=kept.seen_ms)
        late = min(filter(None, (kept.late_ms, late_ms)), default=0)
        return Said(subject, Kept(state, max(seen, kept.seen_ms), late), findings)

    def commit(self, said: Iterable[Said], cursors: dict[str, str], now: datetime) -> int:
        """States, events and cursors in one transaction. Returns how many events changed."""
        several = list(said)
        changed = 0
        with self.records.detecting() as transaction:
            for one in several:
                changed += sum(self._apply(transaction, one.subject, finding) for finding in one.findings)
                if one.kept is not self.kept(one.subject):
                    self._put(transaction, one, cursors)
            for name, cursor in cursors.items():
                transaction.put_cursor(name, cursor)
        self._kept.update({one.subject.key: one.kept for one in several})
        return changed

    def keep(self, said: Iterable[Said]) -> None:
        """Take over states that hold nothing worth a transaction (the clock's ticks)."""
        self._kept.update({one.subject.key: one.kept for one in said})

    def replay(self, subjects: Iterable[tuple[Subject, Sequence[Row]]], now: datetime) -> None:
        """Bring subjects' detectors up to now by rows from the store.

        What was over before now becomes an event of the past, closed and told to nobody, and only where the subject
        has no events yet: after a change of the detector the past was judged already. What stands is an alarm.
        """
        replayed: list[Said] = []
        for subject, rows in subjects:
            detector = subject.detector
            state, findings = detector.step(detector.initial(), rows, subject.context(now))
            seen = to_ms(rows[-1].time) if rows else 0
            replayed.append(Said(subject, Kept(state, seen, 0), _told(findings)))
        with self.records.detecting() as transaction:
            for said in replayed:
                self._replayed(transaction, said, now)
                self._put(transaction, said, {})
        self._kept.update({said.subject.key: said.kept for said in replayed})

    def _replayed(self, transaction: DetectorTransaction, said: Said, now: datetime) -> None:
        kinds = {finding.kind.value for finding in said.findings}
        judged_before = any(transaction.last_event(kind, said.subject.name) for kind in kinds)
        for finding in _standing(said.findings) if judged_before else said.findings:
            self._apply(transaction, said.subject, finding, for_the_past=not judged_before)
        self._awaken(transaction, said.subject, kinds, now)

    def _awaken(self, transaction: DetectorTransaction, subject: Subject, kinds: Iterable[str], now: datetime) -> None:
        """What was found in the past and stands still is an alarm, whether or not another reading follows."""
        for kind in kinds:
            event = transaction.open_event(kind, subject.name)
            awake = None if event is None or event.end else awakened(event, now)
            if awake is not None:
                transaction.put_event(*awake)

    def judge_late(self, subject: Subject, rows: Sequence[Row], now: datetime) -> None:
        """Judge rows again that now have late data among them; the live state goes on as it is.

        What they show and no event covers is found later; an event that they no longer show says so.
        """
        kept = self.kept(subject)
        if kept is None:
            return
        detector = subject.detector
        late = from_ms(kept.late_ms) - LATE_REACH
        state, findings = detector.step(detector.initial(), rows, subject.context(now))
        # What the late data began and nothing has ended yet goes on from here.
        goes_on = bool(_standing(findings)) and findings[-1].start >= late
        done = Said(subject, Kept(state if goes_on else kept.state, kept.seen_ms, 0), [])
        with self.records.detecting() as transaction:
            chains = [chain for chain in _chains(findings) if (chain[-1].end or now) >= late]
            self._explain(transaction, subject, chains, late, now)
            for chain in chains:
                self._found_later(transaction, subject, chain)
            if goes_on:
                self._awaken(transaction, subject, {findings[-1].kind.value}, now)
            self._put(transaction, done, {})
        self._kept[subject.key] = done.kept

    def _explain(
        self,
        transaction: DetectorTransaction,
        subject: Subject,
        chains: Sequence[Sequence[Finding]],
        late: datetime,
        now: datetime,
    ) -> None:
        """Say of an event detected since the late data that they no longer show it."""
        for kind in subject.kinds:
            event = transaction.last_event(kind, subject.name)
            if event is None or event.detected_at < late or event.level != subject.level:
                continue
            if not any(chain[0].start <= (event.end or now) and chain[-1].time >= event.start for chain in chains):
                transaction.put_event(*explained_by_late_data(event, now))

    def _found_later(self, transaction: DetectorTransaction, subject: Subject, chain: Sequence[Finding]) -> None:
        """An event of the past, unless there was one then, or one is not closed: it would be taken for its return."""
        kind = chain[0].kind.value
        last = transaction.last_event(kind, subject.name)
        if last is not None and chain[0].start <= (last.end or chain[-1].time) and chain[-1].time >= last.start:
            return
        if transaction.open_event(kind, subject.name) is not None:
            return
        for finding in chain:
            self._apply(transaction, subject, finding, for_the_past=True)

    def _apply(
        self, transaction: DetectorTransaction, subject: Subject, finding: Finding, for_the_past: bool = False
    ) -> bool:
        kind = finding.kind.value
        at = Judged(
            subject.level,
            subject.name,
            transaction.open_event(kind, subject.name),
            transaction.last_event(kind, subject.name),
            for_the_past,
        )
        transition = judged(finding, at, self.new_id)
        if transition is None:
            return False
        transaction.put_event(*transition)
        history = closed_as_history(transition.event, finding.time)
        if history is not None:
            transaction.put_event(*history)
        return True

    def _put(self, transaction: DetectorTransaction, said: Said, cursors: dict[str, str]) -> None:
        detector = said.subject.detector
        cursor = next(iter(cursors.values()), "")
        transaction.put_state(detector.name, said.subject.name, detector.version, cursor, said.kept.json())


def _of_json(stored: JsonState) -> Kept | None:
    state, seen, late = stored.get("state"), stored.get("seen_ms"), stored.get("late_ms")
    if isinstance(state, dict) and isinstance(seen, int) and isinstance(late, int):
        return Kept(state, seen, late)
    return None


def _chains(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings from one raise to the next."""
    chains: list[list[Finding]] = []
    for finding in findings:
        if finding.action == "raise" or not chains:
            chains.append([])
        chains[-1].append(finding)
    return chains


def _told(findings: Sequence[Finding]) -> list[Finding]:
    """What is worth keeping of the past: of each chain how it was raised, how it stood last, how it ended."""
    told: list[Finding] = []
    for finding in findings:
        if finding.action == "update" and told and told[-1].action == "update":
            told[-1] = finding
        else:
            told.append(finding)
    return told


def _standing(findings: Sequence[Finding]) -> list[Finding]:
    """The findings of what stands at the end."""
    chains = _chains(findings)
    return chains[-1] if chains and chains[-1][-1].action != "clear" else []
